"""Task teams are seen in their area; a member who is not of it sees herself and what she is to do.
"""

from django.db import migrations

from qianshou.common import rowsecurity

OWN = "user_id = (SELECT scope_user()) OR mother_id = (SELECT scope_person())"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("areas", "0002_scope_functions")]
    operations = [
        rowsecurity.secure("cases_taskteam"),
        rowsecurity.secure("cases_lead"),
        rowsecurity.secure("cases_member", own=OWN),
        rowsecurity.secure("cases_strategy"),
        rowsecurity.secure("cases_meeting"),
        rowsecurity.secure("cases_action", own=OWN),
        rowsecurity.secure("cases_review"),
        rowsecurity.secure("cases_steptaken"),
    ]
