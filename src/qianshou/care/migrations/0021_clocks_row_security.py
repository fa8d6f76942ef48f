"""Clocks and reminders are seen and written in their area; a mother sees her own clocks."""

from django.db import migrations

from qianshou.common import rowsecurity

HERS = (
    "EXISTS (SELECT 1 FROM pairing_pairing p"
    " WHERE p.id = care_clock.pairing_id AND p.mother_id = (SELECT scope_person()))"
)


class Migration(migrations.Migration):
    dependencies = [("care", "0020_clocks"), ("pairing", "0002_row_security")]
    operations = [
        rowsecurity.secure("care_clock", own=HERS, write=rowsecurity.inside("area_code")),
        rowsecurity.secure("care_reminder"),
    ]
