"""Scorecards, samples and pairs are seen only in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_initial"), ("areas", "0002_scope_functions")]
    operations = [
        rowsecurity.secure("quality_scorecard"),
        rowsecurity.secure("quality_sample"),
        rowsecurity.secure("quality_pair"),
    ]
