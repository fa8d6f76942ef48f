"""What is asked, raised and due about a child is seen only in its area."""

from django.db import migrations

from qianshou.common import rowsecurity


class Migration(migrations.Migration):
    dependencies = [("assessment", "0003_questions_and_clocks")]
    operations = [
        rowsecurity.secure("assessment_inquiry"),
        rowsecurity.secure("assessment_alarm"),
        rowsecurity.secure("assessment_reassessment"),
    ]
