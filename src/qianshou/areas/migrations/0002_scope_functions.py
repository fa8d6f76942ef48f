"""The key table and the functions that every row-security policy asks."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("areas", "0001_initial")]
    operations = [rowsecurity.install()]
