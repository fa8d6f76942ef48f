"""A mother is seen in her area, and by herself."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [('mothers', '0001_initial'), ('areas', '0002_scope_functions')]
    operations = [
        rowsecurity.secure("mothers_mother", own="id = (SELECT scope_person())"),
    ]
