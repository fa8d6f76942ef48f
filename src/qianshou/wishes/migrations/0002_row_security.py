"""Wishes are seen in their area and by the mother of the child; claims in their area alone.

What the public reads is a table of its own, in which no child can be found.
"""

from django.db import migrations

from qianshou.common import rowsecurity

HULL = rowsecurity.inside("area_code")
HERS = (
    "EXISTS (SELECT 1 FROM pairing_pairing p WHERE p.child_id = wishes_wish.child_id"
    " AND p.mother_id = (SELECT scope_person()) AND p.ended_on IS NULL)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("wishes", "0001_initial"),
        ("pairing", "0036_bars_row_security"),
        ("areas", "0003_scope_ranges"),
    ]
    operations = [
        rowsecurity.secure("wishes_wish", own=HERS, write=f"{HULL} OR ({HERS})"),
        rowsecurity.secure("wishes_claim"),
    ]
