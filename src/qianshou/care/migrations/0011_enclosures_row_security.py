"""A recording is seen in its area and by the mother who made it; she announces and uploads it."""

from django.db import migrations

from qianshou.common import rowsecurity

HERS = "mother_id = (SELECT scope_person())"
IN_HER_PAIRING = (
    f"{HERS} AND EXISTS (SELECT 1 FROM pairing_pairing p"
    " WHERE p.id = care_enclosure.pairing_id AND p.mother_id = care_enclosure.mother_id)"
)


class Migration(migrations.Migration):
    dependencies = [("care", "0010_enclosures"), ("areas", "0002_scope_functions")]
    operations = [
        rowsecurity.secure(
            "care_enclosure", own=HERS,
            write=f"({rowsecurity.inside('area_code')}) OR ({IN_HER_PAIRING})",
        )
    ]
