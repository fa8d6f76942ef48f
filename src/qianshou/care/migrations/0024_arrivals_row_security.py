"""Whoever sees a contact may note that it waits; only the system lets it be heard of."""

from django.db import migrations

from qianshou.common import rowsecurity

SYSTEM = "(SELECT scope_kind()) = 'SYSTEM'"
SEEN = "EXISTS (SELECT 1 FROM care_contact c WHERE c.id = care_arrival.contact_id)"
INSIDE = rowsecurity.inside("area_code")


class Migration(migrations.Migration):
    dependencies = [("care", "0023_arrivals"), ("areas", "0002_scope_functions")]
    operations = [
        migrations.RunSQL(
            f"""
            ALTER TABLE care_arrival ENABLE ROW LEVEL SECURITY;
            ALTER TABLE care_arrival FORCE ROW LEVEL SECURITY;
            CREATE POLICY scope_read ON care_arrival FOR SELECT USING ({INSIDE} OR ({SEEN}));
            CREATE POLICY scope_insert ON care_arrival FOR INSERT
              WITH CHECK ({INSIDE} OR ({SEEN}));
            CREATE POLICY scope_update ON care_arrival FOR UPDATE USING ({SYSTEM});
            CREATE POLICY scope_delete ON care_arrival FOR DELETE USING ({SYSTEM});
            """,
            """
            DROP POLICY scope_read ON care_arrival; DROP POLICY scope_insert ON care_arrival;
            DROP POLICY scope_update ON care_arrival; DROP POLICY scope_delete ON care_arrival;
            ALTER TABLE care_arrival NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE care_arrival DISABLE ROW LEVEL SECURITY;
            """,
        ),
    ]
