"""What visits add to a mother's day: those on which she goes along, on her page and her phone."""

from datetime import date

from django.urls import reverse

from qianshou.accounts.models import User
from qianshou.care.queries import extensions, own
from qianshou.pairing.models import Pairing
from qianshou.visits.models import Visit
from qianshou.visits.queries import lists
from qianshou.visits.rules import states


def goings_of(user: User, today: date) -> list[extensions.Going]:
    """Return the planned visits of the next week on which she goes along, of her own children."""
    if user.person_id is None:
        return []
    hers = Pairing.objects.caring().filter(mother_id=user.person_id).values("child")
    rows = Visit.objects.filter(
        mother_id=user.person_id, child__in=hers, state=states.PLANNED,
        planned_on__range=(today, today + lists.SOON),
    )  # fmt: skip
    found = rows.select_related("child", "book").prefetch_related("goers")
    return [_going(each) for each in found]


def _going(visit: Visit) -> extensions.Going:
    opens, closes = lists.clock(visit.opens), lists.clock(visit.closes)
    window = lists.clock(visit.comes_at) if visit.comes_at is not None else f"{opens}–{closes}"
    people = tuple(each.name for each in visit.goers.all() if each.mother_id != visit.mother_id)
    url = reverse("visits:visit", args=[visit.pk])
    name = own.called(visit.child)
    return extensions.Going(name, visit.planned_on, window, lists.purpose_words(visit), people, url)
