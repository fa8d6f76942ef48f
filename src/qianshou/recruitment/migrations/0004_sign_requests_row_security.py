"""Offices see the requests of their area, and a mother her own; she writes none of them."""

from django.db import migrations

from qianshou.common import rowsecurity

OWN = "mother_id = (SELECT scope_person())"


class Migration(migrations.Migration):
    dependencies = [("recruitment", "0003_sign_requests"), ("areas", "0002_scope_functions")]
    operations = [rowsecurity.secure("recruitment_signrequest", own=OWN)]
