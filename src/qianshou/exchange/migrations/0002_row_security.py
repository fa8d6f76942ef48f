"""What a department delivered is seen only in its area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [('exchange', '0001_initial'), ('areas', '0002_scope_functions')]
    operations = [
        rowsecurity.secure("exchange_importrun"),
        rowsecurity.secure("exchange_record"),
        rowsecurity.secure("exchange_quarantinedrow"),
    ]
