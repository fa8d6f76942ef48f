"""Runs, proposals and pairings are seen in their area; a mother sees her own pairings."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [('pairing', '0001_initial'), ('registry', '0002_row_security'), ('areas', '0002_scope_functions')]
    operations = [
        rowsecurity.secure("pairing_matchrun"),
        rowsecurity.secure("pairing_proposal"),
        rowsecurity.secure("pairing_leftover"),
        rowsecurity.secure("pairing_pairing", own="mother_id = (SELECT scope_person())"),
        # A mother sees the children she is paired with today, and no other child ever.
        migrations.RunSQL(
            """
            CREATE POLICY scope_own_child ON registry_child FOR SELECT USING (
              (SELECT scope_person()) IS NOT NULL AND EXISTS (
                SELECT 1 FROM pairing_pairing p WHERE p.child_id = registry_child.id
                AND p.mother_id = (SELECT scope_person()) AND p.ended_on IS NULL));
            """,
            "DROP POLICY scope_own_child ON registry_child;",
        ),
    ]
