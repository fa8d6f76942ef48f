"""Who sees and writes a mother's record: her area and herself; a request never whom it is about.

The function is the one place where the database knows her places: the check of capacity asks it.
"""

from django.db import migrations

from qianshou.common import rowsecurity

OWN = "mother_id = (SELECT scope_person())"
INSIDE = (
    "(area_code BETWEEN (SELECT scope_low()) AND (SELECT scope_high()) AND "
    "scope_holds(area_code, (SELECT scope_lows()), (SELECT scope_highs())))"
)
# She writes what is hers to say, and nothing else: what others record about her she only reads.
HERS = ("mothers_strainpulse", "mothers_rest", "mothers_hardshiprequest", "mothers_filechange")
READ = (
    "mothers_serviceentry", "mothers_commendation", "mothers_evaluation",
    "mothers_servicecertificate",
)

RULES = """
CREATE POLICY never_about_me ON mothers_hardshiprequest AS RESTRICTIVE FOR ALL
  USING (about_id IS NULL OR about_id IS DISTINCT FROM (SELECT scope_user()));

-- The owner's own functions (and nobody else) see all rows, as the check of capacity must.
CREATE POLICY integrity_read ON mothers_rest FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY integrity_read ON mothers_filechange FOR SELECT TO CURRENT_USER USING (true);

CREATE FUNCTION mothers_effective_capacity(mother uuid, day date) RETURNS int
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT LEAST(
    m.capacity,
    (SELECT min(r.places) FROM public.mothers_rest r
      WHERE r.mother_id = m.id AND day BETWEEN r.from_on AND r.until_on
        AND (r.ended_on IS NULL OR r.ended_on > day)),
    (SELECT min(c.places) FROM public.mothers_filechange c
      WHERE c.mother_id = m.id AND c.state = 'OPEN'))::int
  FROM public.mothers_mother m WHERE m.id = mother $$;
"""
UNDO = """
DROP FUNCTION mothers_effective_capacity(uuid, date);
DROP POLICY integrity_read ON mothers_filechange;
DROP POLICY integrity_read ON mothers_rest;
DROP POLICY never_about_me ON mothers_hardshiprequest;
"""


class Migration(migrations.Migration):
    dependencies = [("mothers", "0015_the_electronic_file"), ("areas", "0002_scope_functions")]
    operations = [
        *(rowsecurity.secure(table, own=OWN, write=f"{INSIDE} OR {OWN}") for table in HERS),
        *(rowsecurity.secure(table, own=OWN) for table in READ),
        migrations.RunSQL(RULES, UNDO),
    ]
