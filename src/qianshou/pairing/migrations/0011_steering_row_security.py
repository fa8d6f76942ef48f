"""Steering, moves and the switch for batches are seen and written in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("pairing", "0010_steering")]
    operations = [
        rowsecurity.secure("pairing_steeringact"),
        rowsecurity.secure("pairing_move"),
        rowsecurity.secure("pairing_batching"),
    ]
