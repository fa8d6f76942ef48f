"""Files, links and questions are seen only in their area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [('registry', '0001_initial'), ('areas', '0002_scope_functions')]
    operations = [
        rowsecurity.secure("registry_child"),
        rowsecurity.secure("registry_guardian"),
        rowsecurity.secure("registry_guardianship"),
        rowsecurity.secure("registry_consent"),
        rowsecurity.secure("registry_link"),
        rowsecurity.secure("registry_doubt"),
        rowsecurity.secure("registry_apart"),
        rowsecurity.secure("registry_blockkey"),
        rowsecurity.secure("registry_childevent"),
    ]
