"""Wishes and conflicts of interest are seen and written in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("pairing", "0022_wishes")]
    operations = [
        rowsecurity.secure("pairing_wish"),
        rowsecurity.secure("pairing_conflict"),
    ]
