"""What care teams read of care plans: two rooms that do not know each other, joined here."""

from uuid import UUID

from qianshou.pairing.models import Pairing
from qianshou.plans.queries import lines


def goals_of(child_id: UUID) -> list[str]:
    """Return what a child's open goals aim at, for members whose place has that part.

    The child's own words stay sealed with the plan.
    """
    pairings = Pairing.objects.caring().filter(child=child_id)
    return [goal.aim for goal in lines.goals_of(pairings).values()]
