"""A notice is seen in its area and by its reader, who may mark it as read wherever it stands."""

from django.db import migrations

from qianshou.common import rowsecurity

OWN = "to_id = (SELECT scope_user()) OR to_id = (SELECT scope_person())"
INSIDE = (
    "area_code BETWEEN (SELECT scope_low()) AND (SELECT scope_high())"
    " AND scope_holds(area_code, (SELECT scope_lows()), (SELECT scope_highs()))"
)


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("areas", "0002_scope_functions")]
    operations = [
        rowsecurity.secure("notices_notice", own=OWN, write=f"({INSIDE}) OR ({OWN})"),
    ]
