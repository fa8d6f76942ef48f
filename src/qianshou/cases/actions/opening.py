"""Opening task teams: red opens one by itself, once; a person opens one with a reason."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment, Grade
from qianshou.audit import actions as audit
from qianshou.cases import permissions
from qianshou.cases.actions import moving, staffing
from qianshou.cases.models import StepTaken, TaskTeam
from qianshou.cases.queries import rhythms
from qianshou.cases.rules import road
from qianshou.cases.rules.rhythm import Rhythm
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.machines import STAFF, SYSTEM
from qianshou.registry.models import Child

LONGEST: Final = 4000
CHUNK: Final = 2_000


class OpenAlready(Refused):
    """This child has a task team already. Everything goes on there."""


class FileClosed(Refused):
    """The file of this child is closed, or has become part of another one."""


def open_for_red(raised: Iterable[tuple[UUID, str, str]], *, today: date) -> int:
    """See that every child that has become red has one open task team; return how many are new.

    Safe to repeat. A team that closed not long ago is opened again, with all that it knows.
    """
    red = {child: area for child, area, grade in raised if grade == Grade.RED}
    if not red:
        return 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        waiting = red.keys() - _answered_for(list(red))
        clocks = {county: rhythms.rhythm_for(county) for county in _counties_of(red, waiting)}
        again = {
            child: team
            for child, team in _last_closed(waiting).items()
            if _comes_back(team, clocks[area_rules.county_code(red[child])], today)
        }
        for child, team in again.items():
            clock = clocks[area_rules.county_code(red[child])]
            why = _("The child has become red again.")
            _open_again(team, clock, by=None, actor=SYSTEM, reason=why)
        return len(again) + _open_many({each: red[each] for each in waiting - again.keys()}, clocks)


def _counties_of(red: Mapping[UUID, str], waiting: Iterable[UUID]) -> set[str]:
    return {area_rules.county_code(red[child]) for child in waiting}


def _open_many(red: Mapping[UUID, str], clocks: Mapping[str, Rhythm]) -> int:
    """Open teams for any number of children with as many queries as for one.

    One entry per county says how many there were; each team's own first step is a row of its own.
    """
    now = timezone.now()
    made = [
        _new(child, area, clocks[area_rules.county_code(area)], because="RED", now=now, grade="RED")
        for child, area in sorted(red.items())
    ]
    TaskTeam.objects.bulk_create(made, ignore_conflicts=True, batch_size=CHUNK)
    # Where a team was opened in the same moment by somebody else, that one counts.
    ids = set(
        TaskTeam.objects.filter(pk__in=[each.pk for each in made]).values_list("pk", flat=True)
    )
    teams = [each for each in made if each.pk in ids]
    StepTaken.objects.bulk_create(
        [StepTaken(**moving.of(each), act="open", target=each.state) for each in teams],
        batch_size=CHUNK,
    )
    for county, count in Counter(each.county for each in teams).items():
        audit.record(
            "cases.team.opened", by=None, subject_kind="area", subject_id=county,
            area_code=county, count=count,
        )  # fmt: skip
    staffing.take_in_many(teams)
    return len(teams)


def _answered_for(children: Sequence[UUID]) -> set[UUID]:
    """Return the children who have an open team, or one that will come back from a merge."""
    rows = TaskTeam.objects.filter(
        Q(child__in=children, state__in=road.OPEN) | Q(came_from__in=children, state=road.JOINED)
    )
    pairs = rows.values_list("child_id", "came_from", "state")
    return {came if state == road.JOINED and came else child for child, came, state in pairs}


def _last_closed(children: Iterable[UUID]) -> dict[UUID, TaskTeam]:
    rows = TaskTeam.objects.filter(child__in=list(children), state=road.CLOSED)
    return {each.child_id: each for each in rows.order_by("closed_at")}


@transaction.atomic
def open_by_hand(child: Child, *, by: User, because: str, reason: str) -> TaskTeam:
    """Open a task team for a child on a referral, or because a person says so; both with words."""
    if not permissions.can_open(by, child.area_code):
        raise NotAllowed
    if not reason.strip():
        raise moving.ReasonMissing
    if child.state == Child.State.CLOSED or child.merged_into_id is not None:
        raise FileClosed
    clocks = rhythms.rhythm_for(child.area_code)
    closed = _last_closed([child.pk]).get(child.pk)
    today = timezone.localdate()
    if closed is not None and _comes_back(closed, clocks, today):
        return _open_again(closed, clocks, by=by, actor=STAFF, reason=reason)
    why = reason.strip()[:LONGEST]
    team = _made(child.pk, child.area_code, clocks, because=because, by=by, why=why)
    if team is None:
        raise OpenAlready
    moving.note(team, "team.opened", by=by, because=because)
    staffing.take_in(team)
    return team


def _comes_back(closed: TaskTeam, clocks: Rhythm, today: date) -> bool:
    ended = closed.closed_at
    return ended is not None and clocks.comes_back(timezone.localdate(ended), today)


def _new(
    child: UUID, area: str, clocks: Rhythm, *, because: str, now: datetime, grade: str
) -> TaskTeam:
    return TaskTeam(
        child_id=child, area_code=area, county=area_rules.county_code(area), because=because,
        opened_at=now, state_since=now, answer_by=clocks.answer_by(now),
        review_on=clocks.review_on(grade, timezone.localdate(now)),
    )  # fmt: skip


def _made(
    child: UUID, area: str, clocks: Rhythm, *, because: str, by: User | None, why: str
) -> TaskTeam | None:
    """Write the row of a new team; None if the child has got one in the meantime."""
    now = timezone.now()
    team = _new(child, area, clocks, because=because, now=now, grade=_grade_of(child))
    team.opened_by = by
    team.why = why
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError:
        return None
    StepTaken.objects.create(**moving.of(team), act="open", target=team.state, by=by)
    return team


def _grade_of(child: UUID) -> str:
    found = Assessment.objects.current().filter(child=child).values_list("grade", flat=True).first()
    return found or Grade.RED


def _open_again(
    team: TaskTeam, clocks: Rhythm, *, by: User | None, actor: str, reason: str
) -> TaskTeam:
    now: datetime = timezone.now()
    again = moving.move(
        team.pk, "reopen", by=by, actor=actor, reason=reason,
        answer_by=clocks.answer_by(now), answered_at=None, answered_by=None, told=0, lead=None,
        review_on=clocks.review_on(Grade.RED, timezone.localdate(now)), review_told_on=None,
        closed_at=None, next_step="", times_reopened=team.times_reopened + 1,
    )  # fmt: skip
    staffing.take_in(again)
    return again
