"""What the circle does with a report: accept, hand over, answer, close, keep others out."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.protection.actions import circles, telling
from qianshou.protection.events import ReportAccepted
from qianshou.protection.models import Report, Step
from qianshou.protection.queries import reports, terms
from qianshou.protection.rules import codes, levels, life
from qianshou.registry.models import Child


class NotAtThisStage(Refused):
    """Somebody was here before you: the report does not stand where this step begins."""


class WordsNeeded(Refused):
    """Please say it in a few words; they stay with the report."""


class AuthorityNeeded(Refused):
    """Please choose the authority that the report was handed to."""


class NobodyAbove(Refused):
    """There is nobody on the next level who could take it. Call the city's federation."""


@transaction.atomic
def accept(report: Report, *, by: User, now: datetime, announce: bool = False) -> Report:
    """Take a report up: its clock stops, the reporter hears, and the child's grade may rise."""
    kept = _locked(report, by=by, act="accept")
    kept.accepted_by, kept.accepted_at, kept.escalate_at = by, now, None
    kept.feedback_by = terms.limits_of(kept.county).feedback_by(now)
    _move(kept, "accept", "accepted_by", "accepted_at", "escalate_at", "feedback_by")
    _step(kept, "ACCEPTED", by=by, now=now)
    telling.note("protection.report.accepted", kept, by=by)
    _tell_reporter(kept, "accepted")
    if announce and kept.child_id:
        _announce(kept, by=by, now=now)
    return kept


@transaction.atomic
def announce(report: Report, *, by: User, now: datetime) -> None:
    """Raise the child's grade after all; those who work with the child see it, and no reason."""
    kept = _locked(report, by=by)
    if kept.state not in life.TAKEN_UP or kept.child_id is None or kept.announced_at:
        raise NotAtThisStage
    _announce(kept, by=by, now=now)
    telling.note("protection.report.announced", kept, by=by)


def _announce(report: Report, *, by: User, now: datetime) -> None:
    if report.announced_at or report.child_id is None:
        return
    report.announced_at = now
    report.save(update_fields=["announced_at"])
    _step(report, "ANNOUNCED", by=by, now=now)
    # The rooms above assess and record; what they write is no longer this person's doing alone.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        bus.publish(ReportAccepted(report.child_id))


@transaction.atomic
def hand_over(
    report: Report, *, by: User, now: datetime, authority: str, done_at: datetime | None = None,
    receipt: str = "", words: str = "",
) -> None:  # fmt: skip
    """Note to which authority a report went, when, and under which number; as often as needed."""
    if authority not in codes.AUTHORITIES:
        raise AuthorityNeeded
    kept = _locked(report, by=by)
    if kept.state not in life.TAKEN_UP:
        raise NotAtThisStage
    if kept.state == life.ACCEPTED:
        _move(kept, "hand_over")
    made = Step(
        report=kept, kind="HANDED_OVER", at=now, by=by, authority=authority,
        done_at=min(done_at, now) if done_at else now, receipt=receipt[:60],
    )  # fmt: skip
    made.words = words[: codes.SHORT]
    made.save(force_insert=True)
    telling.note("protection.report.handed_over", kept, by=by, authority=authority)


@transaction.atomic
def give_feedback(report: Report, *, by: User, now: datetime, words: str) -> None:
    """Tell the reporter what became of it; what is written here is what the reporter reads."""
    if not words.strip():
        raise WordsNeeded
    kept = _locked(report, by=by)
    if kept.state not in life.TAKEN_UP:
        raise NotAtThisStage
    if kept.state != life.FEEDBACK:
        kept.feedback_at = now
        _move(kept, "feedback", "feedback_at")
    _step(kept, "FEEDBACK", by=by, now=now, words=words)
    telling.note("protection.report.answered", kept, by=by)
    _tell_reporter(kept, f"feedback/{now.isoformat()}")


@transaction.atomic
def close(report: Report, *, by: User, now: datetime, closing: str, words: str) -> None:
    """End the work on a report with its reason; nobody is punished for a mistake in good faith."""
    if closing not in codes.CLOSINGS or not words.strip():
        raise WordsNeeded
    kept = _locked(report, by=by, act="close")
    kept.closed_at, kept.closing = now, closing
    _move(kept, "close", "closed_at", "closing")
    _step(kept, "CLOSED", by=by, now=now, words=words)
    telling.note("protection.report.closed", kept, by=by, closing=closing)


@transaction.atomic
def pass_on(report: Report, *, by: User, now: datetime, words: str) -> None:
    """Give a report to the next level, because it is about this person or their office."""
    if not words.strip():
        raise WordsNeeded
    kept = _locked(report, by=by)
    if kept.state == life.CLOSED:
        raise NotAtThisStage
    _shut_out(kept, frozenset({by.pk}), by=by, now=now, kind="PASSED_ON", words=words)
    telling.note("protection.report.passed_on", kept, by=by)


@transaction.atomic
def exclude(report: Report, *, by: User, now: datetime, whom: UUID, words: str) -> None:
    """Shut out somebody of the circle, with their office, because it is about them."""
    if not words.strip():
        raise WordsNeeded
    kept = _locked(report, by=by)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        named = any(each.pk == whom for each in circles.members(kept))
    if not named or kept.state == life.CLOSED:
        raise NotFound
    _shut_out(kept, frozenset({whom}), by=by, now=now, kind="EXCLUDED", words=words)
    telling.note("protection.report.excluded", kept, by=by)


def _shut_out(
    report: Report, accused: frozenset[object], *, by: User, now: datetime, kind: str, words: str
) -> None:
    """Move a report out of reach of people and their offices, and tell whoever holds it now."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        posts = circles.posts_in(report.county)
        report.shut_out = circles.shut_out(report, accused, posts)
        circles.settle(report, posts)
        if not circles.people_of(report, report.level, posts):
            raise NobodyAbove
        report.save(update_fields=["shut_out", "level", "lowest"])
        _step(report, kind, by=by, now=now, words=words)
        circles.expel(report, now=now)
        circles.admit(report, posts, now=now)
        people = circles.members(report, report.level)
        telling.tell_circle(people, telling.WAITS, report=report, occasion=now.isoformat())


@transaction.atomic
def name_child(report: Report, *, by: User, now: datetime, child: Child) -> None:
    """Say which file a report is about, so that reports of one child stand beside each other."""
    kept = _locked(report, by=by)
    if kept.state not in life.OPEN:
        raise NotAtThisStage
    kept.child = child
    kept.save(update_fields=["child"])
    _step(kept, "CHILD_NAMED", by=by, now=now)
    telling.note("protection.report.child_named", kept, by=by)


@transaction.atomic
def open_report(report: Report, *, by: User) -> dict[str, Any]:
    """Return the words of a report; who read them stands in the trail."""
    telling.note("protection.report.read", report, by=by)
    return {
        "words": report.words.open(),
        "child_words": report.child_words.open(),
        "accused_words": report.accused_words.open(),
    }


@transaction.atomic
def open_reporter(report: Report, *, by: User, now: datetime, reason: str) -> dict[str, Any]:
    """Return who reported, to the lead or the deputy alone, with a reason that is kept."""
    if not reports.knows_reporter(by, report):
        raise NotAllowed
    if not reason.strip():
        raise WordsNeeded
    _step(report, "REPORTER_OPENED", by=by, now=now, words=reason)
    telling.note("protection.reporter.opened", report, by=by)
    known: dict[str, Any] = json.loads(report.reporter.identity.open() or "{}")
    return known


@transaction.atomic
def add(report: Report, *, words: str, now: datetime) -> None:
    """Let the reporter add to a report; it joins it as a step, and the circle is told."""
    if not words.strip():
        raise WordsNeeded
    with rowsecurity.acting(rowsecurity.SYSTEM):
        kept = Report.objects.select_for_update().get(pk=report.pk)
        if kept.state == life.CLOSED:
            raise NotAtThisStage
        _step(kept, "ADDED", by=None, now=now, words=words[: codes.LONGEST])
        people = [kept.accepted_by] if kept.accepted_by else circles.members(kept, kept.level)
        telling.tell_circle(people, telling.ADDED, report=kept, occasion=now.isoformat())
        telling.note("protection.report.added", kept, by=None)


def _locked(report: Report, *, by: User, act: str = "") -> Report:
    """Return the report as it stands now, for a person of its circle; nobody else moves it."""
    kept = reports.seen_by(by).filter(pk=report.pk).values("pk").first()
    if kept is None:
        raise NotFound
    fresh = Report.objects.select_for_update().get(pk=report.pk)
    if act and not life.REPORT.allows(act, fresh.state):
        raise NotAtThisStage
    return fresh


def _move(report: Report, act: str, *fields: str) -> None:
    report.state = life.REPORT.step(act).target
    report.save(update_fields=["state", *fields])


def _step(report: Report, kind: str, *, by: User | None, now: datetime, words: str = "") -> Step:
    made = Step(report=report, kind=kind, at=now, by=by, level=_level(report, kind))
    made.words = words
    made.save(force_insert=True)
    return made


def _level(report: Report, kind: str) -> str:
    moved = kind in ("PASSED_ON", "EXCLUDED") and report.level in levels.WORDS
    return report.level if moved else ""


def _tell_reporter(report: Report, occasion: str) -> None:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        telling.tell_reporter(report, occasion=occasion)
