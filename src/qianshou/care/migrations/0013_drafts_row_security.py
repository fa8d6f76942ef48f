"""A draft is its writer's alone."""

from django.db import migrations

from qianshou.common import rowsecurity

THEIRS = "user_id = (SELECT scope_user())"


class Migration(migrations.Migration):
    dependencies = [("care", "0012_drafts"), ("areas", "0002_scope_functions")]
    operations = [
        rowsecurity.secure(
            "care_draft", own=THEIRS, write=f"({rowsecurity.inside('area_code')}) OR ({THEIRS})"
        ),
        # Whoever wrote it may drop it: the mother, who has no area.
        migrations.RunSQL(
            "DROP POLICY scope_delete ON care_draft;"
            f" CREATE POLICY scope_delete ON care_draft FOR DELETE"
            f" USING (({rowsecurity.inside('area_code')}) OR ({THEIRS}))",
            migrations.RunSQL.noop,
        ),
    ]
