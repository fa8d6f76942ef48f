"""Steps are seen in their area; a mother sees a pair, and the child's file, once all have signed.

Until then she knows the card of her offer and nothing else, so that nobody can collect children
by being proposed to them (T43).
"""

from django.db import migrations

from qianshou.common import rowsecurity

UNKNOWN = (
    "'PROPOSED', 'REVIEWED', 'OFFERED_MOTHER', 'OFFERED_GUARDIAN', 'CHILD_ASSENT', 'AGREEMENT',"
    " 'DECLINED', 'LAPSED', 'WITHDRAWN'"
)
HULL = rowsecurity.inside("area_code")


def policies(condition: str) -> str:
    """Return the statements that set what a mother sees beside the staff of an area."""
    own = f"mother_id = (SELECT scope_person()){condition}"
    child = condition.replace("state", "p.state")
    return f"""
    DROP POLICY scope_read ON pairing_pairing;
    DROP POLICY scope_update ON pairing_pairing;
    CREATE POLICY scope_read ON pairing_pairing FOR SELECT USING ({HULL} OR ({own}));
    CREATE POLICY scope_update ON pairing_pairing FOR UPDATE USING ({HULL} OR ({own}))
      WITH CHECK ({HULL});
    DROP POLICY scope_own_child ON registry_child;
    CREATE POLICY scope_own_child ON registry_child FOR SELECT USING (
      (SELECT scope_person()) IS NOT NULL AND EXISTS (
        SELECT 1 FROM pairing_pairing p WHERE p.child_id = registry_child.id
        AND p.mother_id = (SELECT scope_person()) AND p.ended_on IS NULL{child}));
    """


class Migration(migrations.Migration):
    dependencies = [("pairing", "0030_steps")]
    operations = [
        rowsecurity.secure("pairing_steptaken"),
        migrations.RunSQL(policies(f" AND state NOT IN ({UNKNOWN})"), policies("")),
    ]
