"""Visits are seen in their area; a mother sees and writes those on which she goes along."""

from django.db import migrations

from qianshou.common import rowsecurity

HULL = rowsecurity.inside("area_code")
HERS = "mother_id = (SELECT scope_person())"
HER_CHILD = (
    f"{HERS} AND EXISTS (SELECT 1 FROM pairing_pairing p"
    " WHERE p.child_id = visits_visit.child_id AND p.mother_id = visits_visit.mother_id)"
)
WITH_HER = (
    "EXISTS (SELECT 1 FROM visits_visit v"
    " WHERE v.id = visits_goer.visit_id AND v.mother_id = (SELECT scope_person()))"
)


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0001_initial"),
        ("pairing", "0036_bars_row_security"),
        ("areas", "0003_scope_ranges"),
    ]
    operations = [
        rowsecurity.secure("visits_visit", own=HERS, write=f"{HULL} OR ({HER_CHILD})"),
        rowsecurity.secure("visits_goer", own=WITH_HER, write=f"{HULL} OR ({WITH_HER})"),
        rowsecurity.secure("visits_visittask"),
        rowsecurity.secure("visits_dayroute"),
    ]
