"""Accepted places of teams are seen in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("pairing", "0040_team_seats")]
    operations = [rowsecurity.secure("pairing_teamseat")]
