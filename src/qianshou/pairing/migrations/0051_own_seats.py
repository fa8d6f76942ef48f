"""Whoever sits in teams sees the own places, the own entry of the roster, and those children.

The scope of a partner or a mother has no area, only its person. A child is seen while a place in
its team stands and its file is in force; what of the file is shown is decided slot by slot.
"""

from django.db import migrations

PERSON = "(SELECT scope_person())"
HOLDS = f"(partner_id = {PERSON} OR mother_id = {PERSON})"


class Migration(migrations.Migration):
    dependencies = [("pairing", "0050_wider_seats"), ("registry", "0025_consent_purposes")]
    operations = [
        migrations.RunSQL(
            f"""
            CREATE POLICY own_seat_read ON pairing_teamseat FOR SELECT
              USING ({PERSON} IS NOT NULL AND ended_at IS NULL AND {HOLDS});
            CREATE POLICY own_entry_read ON pairing_partner FOR SELECT USING (id = {PERSON});
            CREATE POLICY own_team_read ON registry_child FOR SELECT USING (
              {PERSON} IS NOT NULL AND merged_into_id IS NULL AND state <> 'CLOSED' AND EXISTS (
                SELECT 1 FROM pairing_teamseat s WHERE s.child_id = registry_child.id
                AND s.ended_at IS NULL AND (s.partner_id = {PERSON} OR s.mother_id = {PERSON})));
            """,
            """
            DROP POLICY own_team_read ON registry_child;
            DROP POLICY own_entry_read ON pairing_partner;
            DROP POLICY own_seat_read ON pairing_teamseat;
            """,
        ),
    ]
