"""What hangs on a child is seen in its area; a guardian's page sees its own request and answers.

The scope of kind SIGNER holds no area at all, only the number of one request as its person. It may
read and change that request, and read and add answers of that request's child. Nothing else.
"""

from django.db import migrations

from qianshou.common import rowsecurity

INSIDE = (
    "area_code BETWEEN (SELECT scope_low()) AND (SELECT scope_high())"
    " AND scope_holds(area_code, (SELECT scope_lows()), (SELECT scope_highs()))"
)
SIGNER = "(SELECT scope_kind()) = 'SIGNER'"
OWN_REQUEST = f"{SIGNER} AND id = (SELECT scope_person())"
OWN_ANSWERS = (
    f"{SIGNER} AND child_id = (SELECT child_id FROM consents_signingrequest"
    " WHERE id = (SELECT scope_person()))"
)


class Migration(migrations.Migration):
    dependencies = [
        ("consents", "0001_initial"),
        ("registry", "0025_consent_purposes"),
        ("areas", "0002_scope_functions"),
    ]
    operations = [
        rowsecurity.secure("consents_assent"),
        rowsecurity.secure("consents_authority"),
        rowsecurity.secure(
            "consents_signingrequest", own=OWN_REQUEST, write=f"({INSIDE}) OR ({OWN_REQUEST})"
        ),
        migrations.RunSQL(
            f"""
            CREATE POLICY signer_read ON registry_consent FOR SELECT USING ({OWN_ANSWERS});
            CREATE POLICY signer_insert ON registry_consent FOR INSERT WITH CHECK ({OWN_ANSWERS});
            """,
            """
            DROP POLICY signer_read ON registry_consent;
            DROP POLICY signer_insert ON registry_consent;
            """,
        ),
    ]
