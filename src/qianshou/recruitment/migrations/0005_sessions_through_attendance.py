"""Whoever sees that somebody was at a training sees the day of it: her hours follow her."""

from django.db import migrations

from qianshou.common import rowsecurity

ATTENDED = (
    "EXISTS (SELECT 1 FROM recruitment_attendance a WHERE a.session_id = recruitment_trainingsession.id)"
)
READ = """
DROP POLICY scope_read ON recruitment_trainingsession;
CREATE POLICY scope_read ON recruitment_trainingsession FOR SELECT USING ({condition});
"""


class Migration(migrations.Migration):
    dependencies = [("recruitment", "0004_sign_requests_row_security")]
    operations = [
        migrations.RunSQL(
            READ.format(condition=f"{rowsecurity.inside('area_code')} OR {ATTENDED}"),
            READ.format(condition=rowsecurity.inside("area_code")),
        )
    ]
