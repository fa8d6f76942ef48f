"""Plans are seen in their area; a mother sees hers, and writes ticks and goals of her pairings."""

from django.db import migrations

from qianshou.common import rowsecurity

HERS = "mother_id = (SELECT scope_person())"


def in_her_pairing(table: str) -> str:
    return (
        f"{rowsecurity.inside('area_code')} OR ({HERS} AND EXISTS ("
        f"SELECT 1 FROM pairing_pairing p WHERE p.id = {table}.pairing_id"
        f" AND p.mother_id = {table}.mother_id))"
    )


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial"), ("pairing", "0002_row_security")]
    operations = [
        rowsecurity.secure("plans_plan", own=HERS),
        rowsecurity.secure("plans_planmove"),
        *(
            rowsecurity.secure(table, own=HERS, write=in_her_pairing(table))
            for table in (
                "plans_slot",
                "plans_tick",
                "plans_goal",
                "plans_goalstep",
                "plans_parentcontact",
            )
        ),
        # What concerns the parents is the federation's alone.
        rowsecurity.secure("plans_guidance"),
        rowsecurity.secure("plans_session"),
        rowsecurity.secure("plans_homework"),
        rowsecurity.secure("plans_reminderchoice"),
    ]
