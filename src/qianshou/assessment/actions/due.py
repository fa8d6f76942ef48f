"""When a child is looked at again: by its grade, and sooner when something happens to it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Least
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import POWERS, Power
from qianshou.areas import rules as area_rules
from qianshou.assessment.actions import instruments
from qianshou.assessment.models import Assessment, Reassessment
from qianshou.common import portions, rowsecurity
from qianshou.common.days import months_after
from qianshou.notices import actions as notices

# Something has happened: so soon is somebody to look.
SOON: Final = timedelta(days=14)
AT_ONCE: Final = timedelta(days=1)
CHUNK: Final = 2_000
SUBJECT: Final = gettext_noop("Your week with grades")
LINE: Final = gettext_noop("Children who were to be assessed again and were not: %(count)s")
# News of the registry that ask for a new look; the others are answered by the scale alone.
NEWS: Final[Mapping[str, str]] = {
    "PARENT_GONE": Reassessment.Because.PARENT_GONE,
    "DROPPED_OUT": Reassessment.Because.DROPPED_OUT,
    "MOVED": Reassessment.Because.MOVED,
    "DISABILITY": Reassessment.Because.NEWS,
    "ILLNESS": Reassessment.Because.NEWS,
    "WARNING": Reassessment.Because.NEWS,
    "REOPENED": Reassessment.Because.NEWS,
}


def next_on(grade: str, today: date) -> date:
    """Return the day on which a child of a grade is to be looked at again."""
    compiled = instruments.compiled(instruments.instrument_in_force().pk)
    return months_after(today, compiled.again[grade])


def looked_at(assessment: Assessment, *, by: User, today: date) -> Reassessment:
    """Put the open look away, because a person has just looked, and set the day of the next."""
    rows = Reassessment.objects.open().filter(child=assessment.child_id)
    rows.update(done_at=timezone.now(), done_by=by)
    return Reassessment.objects.create(
        child_id=assessment.child_id, area_code=assessment.area_code,
        because=Reassessment.Because.SCHEDULE, due_on=next_on(assessment.grade, today),
    )  # fmt: skip


def bring_forward(children: Mapping[UUID, str], *, today: date) -> int:
    """Let children be looked at soon, each because of what happened; an earlier day stays."""
    if not children:
        return 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assessed = Assessment.objects.current().filter(child__in=list(children))
        places = dict(assessed.values_list("child", "area_code"))
        made = [
            Reassessment(
                child_id=child, area_code=area, because=children[child],
                due_on=_soon(children[child], today),
            )
            for child, area in sorted(places.items())
        ]  # fmt: skip
        Reassessment.objects.bulk_create(made, ignore_conflicts=True)
        for because in sorted(set(children.values())):
            those = [child for child in places if children[child] == because]
            soon = _soon(because, today)
            later = Reassessment.objects.open().filter(child__in=those, due_on__gt=soon)
            later.update(due_on=Least(F("due_on"), soon), because=because, told_at=None)
        return len(places)


def _soon(because: str, today: date) -> date:
    return today + (AT_ONCE if because == Reassessment.Because.ALARM else SOON)


def note_news(news: tuple[tuple[UUID, str], ...], *, today: date) -> int:
    """Let the children in the news be looked at soon where the kind of news asks for it."""
    wanted: dict[UUID, str] = {}
    for child, kind in news:
        if kind in NEWS:
            wanted.setdefault(child, NEWS[kind])
    return bring_forward(wanted, today=today)


# -- the daily work -------------------------------------------------------------------------------

_ENDED: Final = """
UPDATE assessment_reassessment r SET done_at = now()
WHERE r.done_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM assessment_assessment a WHERE a.child_id = r.child_id AND a.is_current)
"""
_MOVED: Final = """
UPDATE assessment_{table} r SET area_code = c.area_code FROM registry_child c
WHERE c.id = r.child_id AND r.area_code <> c.area_code
"""


def sweep() -> dict[str, int]:
    """See that every confirmed grade has its next day, and that no closed file has one."""
    with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
        cursor.execute(_ENDED)
        ended = cursor.rowcount
        for table in ("reassessment", "inquiry", "alarm"):
            cursor.execute(_MOVED.format(table=table))
        rows = Assessment.objects.current().exclude(confirmed_at=None)
        open_ones = Reassessment.objects.open().values("child")
        missing = rows.exclude(child__in=open_ones).order_by("pk")
        months = instruments.compiled(instruments.instrument_in_force().pk).again
        columns = missing.values_list("child", "area_code", "grade", "confirmed_at")
        made = [
            Reassessment(
                child_id=child, area_code=area, because=Reassessment.Because.SCHEDULE,
                due_on=months_after(timezone.localdate(at), months[grade]),
            )
            for child, area, grade, at in columns
            if at is not None
        ]  # fmt: skip
        Reassessment.objects.bulk_create(made, ignore_conflicts=True, batch_size=CHUNK)
    return {"ended": ended, "made": len(made)}


def digest_week(*, today: date) -> int:
    """Tell each county in its people's one digest of the week how many looks are late."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        late = Reassessment.objects.open().filter(due_on__lt=today)
        counts: dict[str, int] = {}
        for code in late.values_list("area_code", flat=True).iterator(chunk_size=20_000):
            county = area_rules.county_code(code)
            counts[county] = counts.get(county, 0) + 1
    return portions.each(sorted(counts.items()), lambda each: _tell_county(*each, today=today))


def _tell_county(county: str, count: int, *, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return _tell(county, count, today=today)


def _tell(county: str, count: int, *, today: date) -> int:
    roles = [role for role, powers in POWERS.items() if Power.LEAD_CASES in powers]
    grants = Grant.objects.in_force(today).filter(role__in=roles, area=county)
    users = User.objects.filter(pk__in=grants.values("user"), is_active=True)
    monday = today - timedelta(days=today.weekday())
    for user in users.order_by("pk"):
        notices.digest(
            user, week=monday, room="assessment", area_code=county, subject=SUBJECT,
            lines=[notices.Line(LINE, {"count": count}, reverse("assessment:due"))],
        )  # fmt: skip
    return len(users)
