"""How many places of a mother are taken, whoever asks: also by children of other areas.

Row security would let a county count only its own children, and a mother who has moved, or whose
child has, would look free there. The function tells a number and nothing of the children.
"""

from django.db import migrations

TAKEN = """
CREATE FUNCTION pairing_places_taken(asked uuid) RETURNS int LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*)::int FROM public.pairing_pairing
  WHERE mother_id = asked AND ended_on IS NULL $$;
"""


class Migration(migrations.Migration):
    dependencies = [("pairing", "0051_own_seats")]
    operations = [migrations.RunSQL(TAKEN, "DROP FUNCTION pairing_places_taken(uuid);")]
