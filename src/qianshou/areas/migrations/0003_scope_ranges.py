"""Policies compare an area with one value that holds the scope, and are planned as what they are."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("areas", "0002_scope_functions")]
    operations = [rowsecurity.renew()]
