"""Offers and papers are seen in their area; a mother sees her own, and nothing of the others'."""

from django.db import migrations

from qianshou.common import rowsecurity

HERS = "mother_id = (SELECT scope_person())"


class Migration(migrations.Migration):
    dependencies = [("bonds", "0001_initial"), ("pairing", "0031_steps_row_security")]
    operations = [
        rowsecurity.secure("bonds_offer", own=f"{HERS} AND side = 'MOTHER'"),
        rowsecurity.secure("bonds_link"),
        rowsecurity.secure("bonds_agreement", own=f"{HERS} AND NOT ended"),
        rowsecurity.secure("bonds_signature", own=HERS),
        rowsecurity.secure("bonds_ceremony"),
        rowsecurity.secure("bonds_meeting", own=HERS),
    ]
