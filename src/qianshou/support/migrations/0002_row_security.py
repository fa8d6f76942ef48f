"""Contacts, duties, complaints and endings are seen in their area; a transfer in both counties."""

from django.db import migrations

from qianshou.common import rowsecurity

INSIDE = "scope_holds({area}, (SELECT scope_lows()), (SELECT scope_highs()))"
HULL = "({area} BETWEEN (SELECT scope_low()) AND (SELECT scope_high()) AND " + INSIDE + ")"
BOTH = f"{HULL.format(area='area_code')} OR {HULL.format(area='to_code')}"


class Migration(migrations.Migration):
    dependencies = [("support", "0001_initial"), ("pairing", "0036_bars_row_security")]
    operations = [
        rowsecurity.secure("support_contact"),
        rowsecurity.secure("support_followup"),
        rowsecurity.secure("support_digest", own="user_id = (SELECT scope_user())"),
        rowsecurity.secure("support_duty"),
        rowsecurity.secure("support_complaint"),
        rowsecurity.secure("support_ending"),
        rowsecurity.secure("support_endingstep"),
        # The receiving county reads the request, and writes its answer.
        rowsecurity.secure("support_transfer", own=HULL.format(area="to_code"), write=BOTH),
    ]
