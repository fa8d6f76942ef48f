"""Assessing children in bulk: facts become points and a grade, and what a person said holds."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, TextField, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.assessment.actions import instruments
from qianshou.assessment.events import GradesRaised
from qianshou.assessment.models import Alarm, Assessment, Inquiry, Instrument, Reassessment
from qianshou.assessment.rules import grading
from qianshou.assessment.rules.facts import ALARM, ASKED
from qianshou.assessment.rules.grading import Confirmed
from qianshou.assessment.rules.instrument import Result
from qianshou.common import bus
from qianshou.common.copying import copy_rows
from qianshou.common.days import age_on
from qianshou.common.identity import new_ids
from qianshou.registry.actions import doubting
from qianshou.registry.models import Child

CHUNK: Final = 20_000
FEW: Final = 200
# A nightly run that was missed is made up for by looking back over some birthdays.
BIRTHDAYS_BACK: Final = 7
_COLUMNS: Final = (
    *("id", "child_id", "area_code", "instrument_id", "score", "computed_grade", "grade", "tier"),
    *("needs", "evidence", "triggers", "is_current", "computed_at"),
    *("confirmed_by_id", "confirmed_at", "reason"),
)


@dataclass
class Counts:
    """What a bulk assessment came to; `grades` counts the grades that were written."""

    assessed: int = 0
    changed: int = 0
    ended: int = 0
    raised: int = 0
    grades: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Row:
    """A new assessment about to be written."""

    child_id: UUID
    area_code: str
    result: Result
    grade: str
    said: tuple[UUID | None, datetime | None, str]


@transaction.atomic
def assess(child_ids: Iterable[UUID], *, today: date) -> Counts:
    """Assess children with the instrument in force and write what has changed.

    Files that are merged into another or closed lose their current assessment. Whatever a person
    has confirmed keeps counting as `rules.grading.counting` says.
    """
    counts, ids = Counts(), list(dict.fromkeys(child_ids))
    if ids:
        instrument = instruments.instrument_in_force()
        for start in range(0, len(ids), CHUNK):
            _assess_chunk(ids[start : start + CHUNK], instrument, counts=counts, today=today)
    return counts


def assess_area(area_code: str, *, today: date) -> Counts:
    """Assess every child of an area, as after a change of the instrument."""
    inside = Child.objects.filter(area_code__range=area_rules.subtree(area_code))
    return assess(inside.order_by("id").values_list("pk", flat=True), today=today)


def assess_everybody(*, today: date) -> Counts:
    """Assess every child of the installation."""
    return assess(Child.objects.order_by("id").values_list("pk", flat=True), today=today)


def assess_birthdays(*, today: date) -> Counts:
    """Assess the children whose age has changed in the last days."""
    days = {today - timedelta(days=back) for back in range(BIRTHDAYS_BACK)}
    born = Q(pk__in=[])
    for day in days:
        born |= Q(birth_on__month=day.month, birth_on__day=day.day)
    if any((day.month, day.day) == (3, 1) for day in days):
        # Who was born on 29 February grows a year older on 1 March of other years.
        born |= Q(birth_on__month=2, birth_on__day=29)
    ids = Child.objects.on_file().filter(born).values_list("pk", flat=True)
    return assess(ids, today=today)


def _assess_chunk(
    ids: Sequence[UUID], instrument: Instrument, *, counts: Counts, today: date
) -> None:
    compiled, now = instruments.compiled(instrument.pk), timezone.now()
    current = _current(ids)
    said = _said(ids, instrument.pk)
    rows: list[_Row] = []
    replaced: list[UUID] = []
    moved: list[UUID] = []
    found = set[UUID]()
    for child_id, area_code, facts in facts_of(ids, today):
        found.add(child_id)
        row = _row(child_id, area_code, compiled.result(facts), said=said.get(child_id))
        before = current.get(child_id)
        if before is not None and before.area_code != area_code:
            moved.append(child_id)
        if before is None or _differs(before, row, instrument.pk):
            rows.append(row)
            replaced += [before.id] if before is not None else []
    gone = [each.id for child_id, each in current.items() if child_id not in found]
    Assessment.objects.filter(pk__in=_among(replaced + gone)).update(is_current=False)
    _follow(moved)
    _write(rows, instrument.pk, now)
    doubting.value_anew([row.child_id for row in rows])
    counts.assessed += len(found)
    counts.ended += len(gone)
    _tell(rows, current, counts)


def facts_of(ids: Sequence[UUID], today: date) -> Iterator[tuple[UUID, str, dict[str, Any]]]:
    """Yield the files in force with their facts, age and schooling included."""
    alarmed, asked = _alarmed(ids), _asked(ids)
    rows = Child.objects.on_file().filter(pk__in=_among(ids))
    columns = rows.values_list("pk", "area_code", "birth_on", "boarding", "stage", "facts")
    for child_id, area_code, birth_on, boarding, stage, facts in _each(columns, ids):
        facts["age"] = age_on(birth_on, today)
        facts["boarding"] = boarding
        facts["stage"] = stage or None
        # No department can say these: a feed that brought such a name would be overruled here.
        for name in [each for each in facts if each.startswith(ASKED)]:
            del facts[name]
        facts[ALARM] = child_id in alarmed
        facts.update(asked.get(child_id, {}))
        yield child_id, area_code, facts


def _alarmed(ids: Sequence[UUID]) -> set[UUID]:
    """Return the children about whom an alarm is open."""
    rows = Alarm.objects.filter(child_id__in=_among(ids), ended_at=None)
    return set(rows.values_list("child_id", flat=True))


def _asked(ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Return what people answered about children, as facts."""
    rows = Inquiry.objects.filter(child_id__in=_among(ids), is_current=True)
    return {
        each.child_id: {
            f"{ASKED}{code}": value for code, value in json.loads(each.answers.open()).items()
        }
        for each in rows.only("pk", "child_id", "answers")
    }


class _Present(NamedTuple):
    """The current assessment of a child; its lists as the text that the database keeps."""

    child_id: UUID
    id: UUID
    area_code: str
    grade: str
    contents: tuple[Any, ...]


def _current(ids: Sequence[UUID]) -> dict[UUID, _Present]:
    rows = Assessment.objects.current().filter(child_id__in=_among(ids))
    texts = [Cast(name, TextField()) for name in ("needs", "evidence", "triggers")]
    columns: Any = rows.values_list(
        *("child_id", "pk", "area_code", "grade"),
        *("instrument_id", "score", "computed_grade"),
        *texts,
    )
    return {row[0]: _Present._make((*row[:4], row[4:])) for row in _each(columns, ids)}


def _among(ids: Iterable[UUID]) -> Any:
    """Return many ids as one array parameter; thousands of single ones cost more than the query.

    Of a few, the planner has to see how few they are: then it takes the index.
    """
    given = list(ids)
    return given if len(given) <= FEW else RawSQL("SELECT unnest(%s::uuid[])", [given])


def _each(rows: "QuerySet[Any, Any]", ids: Sequence[UUID]) -> Iterable[Any]:
    """Return the rows about these ids, a few at once and many piece by piece."""
    return rows if len(ids) <= FEW else rows.iterator(CHUNK)


@dataclass(frozen=True)
class _Said:
    """The last word of a person about a child, and who said it when and why."""

    word: Confirmed
    by_id: UUID | None
    at: datetime | None
    reason: str


def _said(ids: Sequence[UUID], instrument_id: UUID) -> dict[UUID, _Said]:
    """Return a person's last word on each child; one on a file it took in counts as well.

    A confirmation that was carried on keeps its time, so the lowest id is the original. One that
    was carried on with today's instrument comes first, for its points are the comparable ones.
    """
    homes = _homes(ids)
    other_scale = Case(When(instrument_id=instrument_id, then=0), default=1)
    rows = (
        Assessment.objects.filter(child_id__in=_among(homes), confirmed_at__isnull=False)
        .order_by("child_id", "-confirmed_at", other_scale, "id")
        .distinct("child_id")
    )
    found: dict[UUID, _Said] = {}
    for row in rows:
        word = Confirmed(
            row.grade,
            row.score,
            tuple(row.triggers),
            row.computed_grade,
            same_scale=row.instrument_id == instrument_id,
        )
        said = _Said(word, row.confirmed_by_id, row.confirmed_at, row.reason)
        home = homes[row.child_id]
        if home not in found or grading.is_raised(found[home].word.grade, word.grade):
            found[home] = said
    return found


def _homes(ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Map each file, and every file merged into it directly or by steps, to itself."""
    homes = {each: each for each in ids}
    wave = list(ids)
    while wave:
        absorbed_files = Child.objects.filter(merged_into_id__in=_among(wave))
        rows = absorbed_files.values_list("pk", "merged_into_id")
        wave = []
        for absorbed, kept in rows:
            if absorbed not in homes or homes[absorbed] == absorbed:
                homes[absorbed] = homes[kept]
                wave.append(absorbed)
    return homes


def _row(child_id: UUID, area_code: str, result: Result, *, said: _Said | None) -> _Row:
    word = said.word if said else None
    score, triggers = result.score, result.triggers
    grade = grading.counting(result.grade, score=score, triggers=triggers, said=word)
    holds = word is not None and not grading.speaks_anew(
        result.grade, score=score, triggers=triggers, confirmed=word
    )
    carried = (said.by_id, said.at, said.reason) if said and holds else (None, None, "")
    return _Row(child_id, area_code, result, grade, carried)


def _differs(before: _Present, row: _Row, instrument_id: UUID) -> bool:
    contents = (instrument_id, row.result.score, row.result.grade, *row.result.texts)
    return before.grade != row.grade or before.contents != contents


def _follow(child_ids: Sequence[UUID]) -> None:
    """Let the assessments of children who moved be seen where they live now."""
    home = Child.objects.filter(pk=OuterRef("child_id")).values("area_code")
    if child_ids:
        for everything in (Assessment, Alarm, Inquiry, Reassessment):
            table: Any = everything
            table.objects.filter(child_id__in=_among(child_ids)).update(area_code=Subquery(home))


def _write(rows: Sequence[_Row], instrument_id: UUID, now: datetime) -> None:
    ids = new_ids(len(rows))
    copy_rows(
        Assessment,
        _COLUMNS,
        (
            (
                *(made, row.child_id, row.area_code, instrument_id),
                *(row.result.score, row.result.grade, row.grade, grading.TIERS[row.grade]),
                *(*row.result.texts, True, now, *row.said),
            )
            for made, row in zip(ids, rows, strict=True)
        ),
    )


def _tell(rows: Sequence[_Row], current: dict[UUID, _Present], counts: Counts) -> None:
    """Count what was written, and announce every grade that became more urgent."""
    counts.changed += len(rows)
    raised = []
    for row in rows:
        counts.grades[row.grade] = counts.grades.get(row.grade, 0) + 1
        before = current.get(row.child_id)
        if grading.is_raised(before.grade if before else None, row.grade):
            raised.append((row.child_id, row.area_code, row.grade))
    counts.raised += len(raised)
    if raised:
        bus.publish(GradesRaised(tuple(raised)))
