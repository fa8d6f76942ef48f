"""What people set, held facts and answers are seen only in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("registry", "0015_values_by_hand")]
    operations = [
        rowsecurity.secure("registry_pin"),
        rowsecurity.secure("registry_hold"),
        rowsecurity.secure("registry_reviewrule"),
        rowsecurity.secure("registry_vote"),
    ]
