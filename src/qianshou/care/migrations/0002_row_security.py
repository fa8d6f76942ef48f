"""Care is seen in its area; a mother sees and writes what is hers, and a blocked phone its own."""

from django.db import migrations

from qianshou.common import rowsecurity

INSIDE = (
    "area_code BETWEEN (SELECT scope_low()) AND (SELECT scope_high())"
    " AND scope_holds(area_code, (SELECT scope_lows()), (SELECT scope_highs()))"
)
HERS = "mother_id = (SELECT scope_person())"
THEIRS = "user_id = (SELECT scope_user())"


def in_her_pairing(table: str) -> str:
    return (
        f"{HERS} AND EXISTS (SELECT 1 FROM pairing_pairing p"
        f" WHERE p.id = {table}.pairing_id AND p.mother_id = {table}.mother_id)"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("care", "0001_initial"),
        ("pairing", "0002_row_security"),
        ("areas", "0002_scope_functions"),
    ]
    operations = [
        rowsecurity.secure(
            "care_device", own=f"{THEIRS} OR {HERS}", write=f"({INSIDE}) OR ({THEIRS}) OR ({HERS})"
        ),
        rowsecurity.secure("care_operation", own=THEIRS, write=f"({INSIDE}) OR ({THEIRS})"),
        rowsecurity.secure("care_held", own=THEIRS, write=f"({INSIDE}) OR ({THEIRS})"),
        rowsecurity.secure(
            "care_contact", own=HERS, write=f"({INSIDE}) OR ({in_her_pairing('care_contact')})"
        ),
        rowsecurity.secure(
            "care_appointment", own=HERS,
            write=f"({INSIDE}) OR ({in_her_pairing('care_appointment')})",
        ),
        rowsecurity.secure(
            "care_reply", own=HERS, write=f"({INSIDE}) OR ({HERS} AND kind = 'ANSWER')"
        ),
    ]
