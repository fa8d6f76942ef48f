"""What a person answers to a doubtful link, and taking the answer back."""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.registry.actions import belongings, doubting, learning, merging, voting
from qianshou.registry.models import Apart, ChildEvent, Doubt, Link

SAME, DIFFERENT, LATER = "same", "different", "later"
VERDICTS: Final = (SAME, DIFFERENT, LATER)


class AlreadyDecided(Refused):
    """Somebody has answered this question already."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has answered this question already."))


class UnknownVerdict(Refused):
    """Answer with same, different or later."""

    def __init__(self) -> None:
        super().__init__(_("Answer with same, different or later."))


@transaction.atomic
def decide_doubt(doubt: Doubt, *, by: User, verdict: str) -> Doubt:
    """Answer a question: one child, two children, or not now.

    "same" joins the two files, or confirms a row in the file it is in; "different" keeps the
    rows apart for good, and takes a row out of a file that held both. Where the county asks two
    people, nothing happens before two agree.
    """
    accounts.require(by, Power.DECIDE_LINKS, doubt.area_code)
    if verdict not in VERDICTS:
        raise UnknownVerdict
    with rowsecurity.acting(rowsecurity.SYSTEM):
        doubt = Doubt.objects.select_for_update().get(pk=doubt.pk)
        if doubt.state != Doubt.State.OPEN:
            raise AlreadyDecided
        act = _answered(doubt, by, verdict)
    audit.record(
        act,
        by=by,
        subject_kind="doubt",
        subject_id=doubt.pk,
        area_code=doubt.area_code,
        verdict=verdict,
        doubt_reason=doubt.reason,
    )
    return doubt


def _answered(doubt: Doubt, by: User, verdict: str) -> str:
    """Do what an answer does, and return what the trail calls it."""
    if verdict == LATER:
        _later(doubt)
        return "registry.doubt.decided"
    one, other = _links(doubt)
    voting.cast(doubt, by=by, same=verdict == SAME)
    eyes = voting.eyes_of((doubt.area_code, one.child.area_code, other.child.area_code))
    agreed = voting.outcome(doubt, eyes=eyes)
    if agreed is None:
        return "registry.doubt.answered"
    doubt.together = one.child_id == other.child_id
    doubt.met = doubting.listed(one.record_id, other.record_id)
    (_same if agreed else _different)(doubt, by)
    learning.learn_when_due()
    return "registry.doubt.decided"


def _same(doubt: Doubt, by: User) -> None:
    one, other = _links(doubt)
    if one.child_id == other.child_id:
        links = Link.objects.filter(pk__in=[one.pk, other.pk], state=Link.State.AUTO)
        links.update(state=Link.State.MANUAL, by=by)
    else:
        kept, absorbed = _elder(one, other)
        merging.merge_children(
            kept.child, absorbed.child, by=by, reason=str(doubt.get_reason_display()), doubt=doubt
        )
    _close(doubt, by, Doubt.State.SAME)


def _different(doubt: Doubt, by: User) -> None:
    one, other = _links(doubt)
    if one.child_id == other.child_id:
        _, newer = _elder(one, other)
        merging.split_record(
            newer.record, by=by, reason=str(doubt.get_reason_display()), doubt=doubt
        )
    else:
        Apart.objects.get_or_create(
            record_a_id=doubt.record_a_id,
            record_b_id=doubt.record_b_id,
            lifted_at=None,
            defaults={"area_code": doubt.area_code, "by": by, "since": timezone.now()},
        )
    _close(doubt, by, Doubt.State.DIFFERENT)


def _later(doubt: Doubt) -> None:
    """Put the question behind the others of its county."""
    Doubt.objects.filter(pk=doubt.pk).update(postponed=F("postponed") + 1, value=F("value") * 0.5)


def _links(doubt: Doubt) -> tuple[Link, Link]:
    links = {
        link.record_id: link
        for link in Link.objects.select_related("child", "record")
        .filter(record__in=[doubt.record_a_id, doubt.record_b_id])
        .exclude(state=Link.State.ENDED)
    }
    if len(links) != 2:
        raise AlreadyDecided
    return links[doubt.record_a_id], links[doubt.record_b_id]


def _elder(one: Link, other: Link) -> tuple[Link, Link]:
    """Return the two with the file that holds more first; among equals the older file."""
    ranked = sorted(
        (one, other),
        key=lambda link: (-len(link.child.departments), link.child.created_at, link.since, link.pk),
    )
    return ranked[0], ranked[1]


def _close(doubt: Doubt, by: User, state: str) -> None:
    doubt.state, doubt.by, doubt.decided_at = state, by, timezone.now()
    doubt.save(update_fields=["state", "by", "decided_at", "together", "met"])


@transaction.atomic
def reopen_doubt(doubt: Doubt, *, by: User) -> Doubt:
    """Take an answer back: files part again, rows rejoin, the question is open again."""
    accounts.require(by, Power.DECIDE_LINKS, doubt.area_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        doubt = Doubt.objects.select_for_update().get(pk=doubt.pk)
        decided = doubt.state in (Doubt.State.SAME, Doubt.State.DIFFERENT)
        if not voting.take_back(doubt, by=None if decided else by) and not decided:
            raise merging.CannotBeUndone
    if decided:
        _undo_decision(doubt, by)
    audit.record(
        "registry.doubt.reopened",
        by=by,
        subject_kind="doubt",
        subject_id=doubt.pk,
        area_code=doubt.area_code,
    )
    doubt.refresh_from_db()
    return doubt


def _undo_decision(doubt: Doubt, by: User) -> None:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        event = (
            ChildEvent.objects.filter(moves__doubt=str(doubt.pk), undone_by=None)
            .order_by("-at")
            .first()
        )
        if event is not None:
            merging.undo(event, by, timezone.now())
        else:
            _take_back(doubt)
        Doubt.objects.filter(pk=doubt.pk).update(state=Doubt.State.OPEN, by=None, decided_at=None)


def _take_back(doubt: Doubt) -> None:
    """Undo an answer that moved nothing: the wall goes, or the confirmation does.

    Either may speak of later versions of the rows by now.
    """
    one, other = (belongings.versions_of(each) for each in (doubt.record_a_id, doubt.record_b_id))
    if doubt.state == Doubt.State.DIFFERENT:
        Apart.objects.filter(
            Q(record_a__in=one, record_b__in=other) | Q(record_a__in=other, record_b__in=one),
            lifted_at=None,
        ).update(lifted_at=timezone.now())
        return
    for rows in (one, other):
        if not _confirmed_otherwise(rows, doubt):
            Link.objects.filter(record__in=rows, state=Link.State.MANUAL, by=doubt.by_id).update(
                state=Link.State.AUTO, by=None
            )


def _confirmed_otherwise(rows: frozenset[UUID], doubt: Doubt) -> bool:
    """Tell whether another answer holds a row where it is."""
    about = Q(record_a__in=rows) | Q(record_b__in=rows)
    return Doubt.objects.filter(about, state=Doubt.State.SAME).exclude(pk=doubt.pk).exists()
