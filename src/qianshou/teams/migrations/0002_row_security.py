"""Teams and tasks are seen in their area, by their own members, and through a link of a task.

The scope of kind TEAM_TASK has no area, only the number of one task as its person: it may read and
answer that task, and read its one child while the task is open. The digests of links are asked for
before any scope exists; care models and their adoption are published configuration.
"""

from django.db import migrations

from qianshou.common import rowsecurity

PERSON = "(SELECT scope_person())"
SEATED = (
    f"{PERSON} IS NOT NULL AND EXISTS (SELECT 1 FROM pairing_teamseat s WHERE"
    f" s.ended_at IS NULL AND (s.partner_id = {PERSON} OR s.mother_id = {PERSON}) AND "
)
TEAM = f"{SEATED} s.child_id = teams_careteam.child_id)"
TASK = (
    f"{SEATED} s.id = teams_teamtask.seat_id)"
    f" OR (SELECT scope_kind()) = 'TEAM_TASK' AND id = {PERSON}"
)


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial"), ("areas", "0002_scope_functions")]
    operations = [
        rowsecurity.secure("teams_careteam", own=TEAM),
        rowsecurity.secure(
            "teams_teamtask", own=TASK, write=f"{rowsecurity.inside('area_code')} OR ({TASK})"
        ),
        migrations.RunSQL(
            f"""
            CREATE POLICY team_task_read ON registry_child FOR SELECT USING (
              (SELECT scope_kind()) = 'TEAM_TASK' AND merged_into_id IS NULL AND state <> 'CLOSED'
              AND id = (SELECT t.child_id FROM teams_teamtask t
                        WHERE t.id = {PERSON} AND t.state = 'OPEN'));
            """,
            "DROP POLICY team_task_read ON registry_child;",
        ),
    ]
