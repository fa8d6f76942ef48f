"""What the rule of two and the look for clashes ask about a family."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qianshou.care.models import Contact
from qianshou.care.rules import codes
from qianshou.registry.models import Child
from qianshou.visits.models import Visit
from qianshou.visits.queries import books
from qianshou.visits.rules import states


def family_of(child: Child) -> QuerySet[Child]:
    """Return the children of one household, or the child alone."""
    if child.household_id is None:
        return Child.objects.filter(pk=child.pk)
    return Child.objects.filter(Q(household_id=child.household_id) | Q(pk=child.pk))


def made_at(child: Child) -> int:
    """Count the days on which the family was visited and somebody was met."""
    rows = Visit.objects.filter(child__in=family_of(child), state=states.MADE)
    return rows.values("planned_on").distinct().count()


def week_of(day: date) -> tuple[date, date]:
    """Return Monday and Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def clashes(child: Child, day: date, *, but: Visit | None = None) -> list[str]:
    """Say who else goes to the family in the week of a day: planned visits, and mothers' visits."""
    monday, sunday = week_of(day)
    home = family_of(child)
    rows = Visit.objects.standing().filter(child__in=home, planned_on__range=(monday, sunday))
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    found = [_planned(each) for each in rows.select_related("lead", "book").order_by("planned_on")]
    mine = set(rows.values_list("pk", flat=True))
    met = Contact.objects.filter(
        pairing__child__in=home, kind=codes.VISIT, at__date__range=(monday, sunday)
    )
    said = _("A loving mother was there on %(day)s.")
    found += [
        said % {"day": at.date().isoformat()}
        for key, at in met.exclude(client_id__in=mine).values_list("client_id", "at")[:5]
    ]
    return found


def _planned(visit: Visit) -> str:
    purpose = books.read(visit.book).purposes.get(visit.purpose)
    values: dict[str, Any] = {
        "who": visit.lead.display_name,
        "day": visit.planned_on.isoformat(),
        "why": books.words(purpose.text) if purpose else visit.purpose,
    }
    return _("%(who)s goes there on %(day)s: %(why)s.") % values
