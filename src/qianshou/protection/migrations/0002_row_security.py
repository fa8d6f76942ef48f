"""A report is seen by its circle alone; no area opens it, and nobody but the system writes one.

The circle is asked for each row: a person named in `protection_access` whose role is in force
today. A signal is seen by whoever holds the safeguarding role for its county, or for the city.
"""

from django.db import migrations


SYSTEM = "(SELECT scope_kind()) = 'SYSTEM'"
ME = "(SELECT scope_user())"
HELD = """EXISTS (SELECT 1 FROM accounts_grant g WHERE g.id = a.grant_id AND g.user_id = a.user_id
  AND g.revoked_at IS NULL AND g.valid_from <= current_date + 1
  AND coalesce(g.valid_until, 'infinity') >= current_date)"""
LEADS = """EXISTS (SELECT 1 FROM accounts_grant g WHERE g.user_id = (SELECT scope_user())
  AND g.role IN ('safeguarding_lead', 'safeguarding_deputy') AND g.revoked_at IS NULL
  AND g.valid_from <= current_date + 1 AND coalesce(g.valid_until, 'infinity') >= current_date
  AND (g.area_id = protection_signal.county
       OR (right(g.area_id, 8) = '00000000' AND left(g.area_id, 2) = left(county, 2)
           AND left(g.area_id, 4) IN (left(county, 4), left(county, 2) || '00'))))"""


def in_circle(report: str, *, more: str = "") -> str:
    return (
        f"EXISTS (SELECT 1 FROM protection_access a WHERE a.report_id = {report}"
        f" AND a.user_id = {ME} AND a.ended_at IS NULL {more} AND {HELD})"
    )


def close(table: str, *, readable: str, insert: str = SYSTEM, update: str = SYSTEM) -> migrations.RunSQL:
    read, change = f"{SYSTEM} OR ({readable})", f"{SYSTEM} OR ({update})"
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope_read ON {table} FOR SELECT USING ({read});
        CREATE POLICY scope_insert ON {table} FOR INSERT WITH CHECK ({SYSTEM} OR ({insert}));
        CREATE POLICY scope_update ON {table} FOR UPDATE USING ({change}) WITH CHECK ({change});
        CREATE POLICY scope_delete ON {table} FOR DELETE USING ({SYSTEM});
        """,
        f"""
        DROP POLICY scope_read ON {table}; DROP POLICY scope_insert ON {table};
        DROP POLICY scope_update ON {table}; DROP POLICY scope_delete ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


CIRCLE = in_circle("protection_report.id")
OF_STEP = in_circle("protection_step.report_id")


class Migration(migrations.Migration):
    dependencies = [
        ("protection", "0001_initial"),
        ("areas", "0002_scope_functions"),
        ("accounts", "0003_safeguarding_roles"),
    ]
    operations = [
        close("protection_access", readable=f"user_id = {ME}"),
        close("protection_report", readable=CIRCLE, update=CIRCLE),
        close(
            "protection_reporter",
            readable=in_circle("protection_reporter.report_id", more="AND a.sees_reporter"),
        ),
        close("protection_step", readable=OF_STEP, insert=f"by_id = {ME} AND {OF_STEP}"),
        close("protection_signal", readable=LEADS, update=LEADS),
    ]
