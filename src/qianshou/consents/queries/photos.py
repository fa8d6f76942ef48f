"""Of whom photos may be kept: asked wherever one is taken, shown or proves something."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from qianshou.common import rowsecurity
from qianshou.consents.queries import holding
from qianshou.registry.models import Child, Consent


def agreed(child_ids: Collection[UUID], *, on: date) -> set[UUID]:
    """Return the children of whom photos may be kept; a mother herself sees no consents."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        holds = holding.condition(Consent.Purpose.PHOTOS, on=on)
        rows = Child.objects.filter(pk__in=child_ids).annotate(agreed=holds).filter(agreed=True)
        return set(rows.values_list("pk", flat=True))
