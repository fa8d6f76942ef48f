"""Raising quiet items: from the words of a note as it is logged, and from patterns by night.

What is raised is written as the system, since whoever logs a note must never see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.identity import new_id
from qianshou.protection.models import Signal
from qianshou.protection.queries import extensions, wording
from qianshou.protection.rules import danger, patterns
from qianshou.registry.models import Child


@dataclass(frozen=True)
class Note:
    """One note as it was logged; `origin` names it, so that it is looked at once."""

    text: str
    child_id: UUID
    pairing_id: UUID | None
    area_code: str
    origin: str
    at: datetime


def look_at_note(note: Note) -> Signal | None:
    """Look at one note; returns what it raised."""
    found = look_at_notes([note])
    return found[0] if found else None


def look_at_notes(notes: Sequence[Note]) -> list[Signal]:
    """Look at notes as they are logged, in the caller's transaction; the words load once a county.

    A note without a danger word costs no question to the database.
    """
    written = [each for each in notes if each.text]
    if not written:
        return []
    raised: list[Signal] = []
    finders: dict[str, tuple[danger.Finder, int]] = {}
    for note in written:
        county = area_rules.county_code(note.area_code)
        if county not in finders:
            words, version = wording.words_for(county)
            finders[county] = danger.Finder(words), version
        finder, version = finders[county]
        hits = finder.find(note.text)
        weight = danger.weight_of(hits)
        if weight >= danger.ENOUGH:
            raised.append(_signal_of(note, county, hits, weight=weight, version=version))
    return _written(raised)


def _signal_of(
    note: Note, county: str, hits: list[danger.Hit], *, weight: int, version: int
) -> Signal:
    now = timezone.now()
    terms = dict.fromkeys((hit.word.term, hit.word.kind) for hit in hits)
    made = Signal(
        id=new_id(), county=county, kind=Signal.Kind.WORDS, origin=note.origin,
        child_id=note.child_id, pairing_id=note.pairing_id, weight=weight, at=note.at,
        found=[{"term": term, "kind": kind} for term, kind in terms], raised_at=now,
        week=_monday(timezone.localdate(now)), words_version=version,
    )  # fmt: skip
    made.excerpt = danger.excerpt(note.text, hits)
    return made


def _written(raised: list[Signal]) -> list[Signal]:
    if raised:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            Signal.objects.bulk_create(raised, ignore_conflicts=True)
    return raised


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def counties() -> list[str]:
    """Return the counties whose pairs are looked through by night."""
    top = areas.first_code()
    return [each.code for each in areas.areas_inside(top, area_rules.COUNTY)] if top else []


@transaction.atomic
def look_through(county: str, *, today: date) -> int:
    """Raise what the patterns of a county's pairs say; each once in four weeks for a pair."""
    since = today - timedelta(days=patterns.LOOK_BACK)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        raised = [
            _pattern_signal(history, pattern, county=county, today=today)
            for history in extensions.histories(county, since)
            for pattern in _patterns_of(history, today)
        ]
        # A file that is gone or merged since is looked at under the file that took it in.
        known = set(
            Child.objects.filter(pk__in={each.child_id for each in raised}).values_list(
                "pk", flat=True
            )
        )
        raised = [each for each in raised if each.child_id in known]
        before = Signal.objects.count()
        Signal.objects.bulk_create(raised, ignore_conflicts=True)
        return Signal.objects.count() - before


def _patterns_of(history: extensions.History, today: date) -> list[patterns.Pattern]:
    touches = history.touches
    reached = [each.on for each in touches if each.reached]
    moods = [(each.on, each.mood) for each in touches if each.mood is not None]
    tries = [(each.on, each.reached) for each in touches]
    seen = (
        patterns.stopped(reached, today=today),
        patterns.mood_fell(moods, today=today),
        patterns.not_reached(tries, today=today) if tries else None,
    )
    return [each for each in seen if each is not None]


def _pattern_signal(
    history: extensions.History, pattern: patterns.Pattern, *, county: str, today: date
) -> Signal:
    now = timezone.now()
    month = _monday(today).toordinal() // 28
    return Signal(
        id=new_id(), county=county, kind=pattern.kind, child_id=history.child_id,
        origin=f"{history.pairing_id}/{month}", pairing_id=history.pairing_id,
        weight=pattern.weight, found=[{"figures": list(pattern.figures)}], at=now,
        raised_at=now, week=_monday(today),
    )  # fmt: skip
