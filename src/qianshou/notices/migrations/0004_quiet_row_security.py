"""Quiet hours are seen in their area and set by the person whose they are."""

from django.db import migrations

from qianshou.common import rowsecurity

OWN = "person_id = (SELECT scope_user()) OR person_id = (SELECT scope_person())"


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_times")]
    operations = [
        rowsecurity.secure(
            "notices_quiet", own=OWN, write=f"({rowsecurity.inside('area_code')}) OR ({OWN})"
        ),
    ]
