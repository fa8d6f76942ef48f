"""How pairs were in touch of late, told to protection: days and moods, never a note."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.care.models import Contact, Reminder
from qianshou.pairing.models import Pairing
from qianshou.protection.queries.extensions import History, Touch

AT_ONCE = 5000


def histories(county: str, since: date) -> Iterator[History]:
    """Yield, for each running pair of a county, how it was in touch since a day."""
    running = Pairing.objects.caring().filter(area_code__range=area_rules.subtree(county))
    rows = (
        Contact.objects.filter(pairing__in=running, at__date__gte=since)
        .order_by("pairing_id", "at")
        .values_list("pairing_id", "pairing__child_id", "at", "mood")
    )
    tries = _tries(running, since)
    for (pairing, child), found in groupby(rows.iterator(AT_ONCE), key=lambda row: row[:2]):
        touches = [Touch(timezone.localtime(at).date(), mood) for *_pair, at, mood in found]
        yield History(pairing, child, (*touches, *tries.pop((pairing, child), ())))
    for (pairing, child), in_vain in tries.items():
        yield History(pairing, child, tuple(in_vain))


def _tries(running: QuerySet[Pairing], since: date) -> dict[tuple[UUID, UUID], list[Touch]]:
    """Return when mothers tried in vain, by pairing and child."""
    rows = Reminder.objects.filter(
        pairing__in=running, act=Reminder.Act.TRIED, at__date__gte=since
    ).values_list("pairing_id", "pairing__child_id", "at")
    found: dict[tuple[UUID, UUID], list[Touch]] = {}
    for pairing, child, at in rows:
        day = timezone.localtime(at).date()
        found.setdefault((pairing, child), []).append(Touch(day, None, reached=False))
    return found
