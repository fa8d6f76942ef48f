"""Partners, teams and studies are seen in their area; a run's or study's row also from below."""

from django.db import migrations

from qianshou.common import rowsecurity


def _from_below(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE POLICY scope_read_above ON {table} FOR SELECT"
        " USING (area_code = ANY ((SELECT scope_above())::text[]));",
        f"DROP POLICY scope_read_above ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("pairing", "0015_policies_teams_outcomes")]
    operations = [
        rowsecurity.secure("pairing_partner"),
        rowsecurity.secure("pairing_rosterload"),
        rowsecurity.secure("pairing_teamrun"),
        rowsecurity.secure("pairing_teamplace"),
        rowsecurity.secure("pairing_weightstudy"),
        _from_below("pairing_teamrun"),
        _from_below("pairing_weightstudy"),
    ]
