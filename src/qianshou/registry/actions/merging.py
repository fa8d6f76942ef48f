"""Joining two files, taking a row out of a file, and undoing either at any later time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import Refused
from qianshou.common.identity import new_id
from qianshou.exchange.models import Record
from qianshou.registry.actions import belongings, filing
from qianshou.registry.events import FilesChanged, FilesMerged, MergeUndone
from qianshou.registry.models import Apart, Child, ChildEvent, Doubt, Link, Vote
from qianshou.registry.rules import placing


class ReasonMissing(Refused):
    """Say why; the reason stays with the file."""


class NotTwoFiles(Refused):
    """Choose two different files that are both in force."""


class OnlyRow(Refused):
    """This is the only row of the file; there would be nothing left."""


class CannotBeUndone(Refused):
    """This was undone before, or is not something that can be undone."""


class KeptApart(Refused):
    """A person has kept rows of these two files apart."""


@dataclass(frozen=True)
class _Act:
    """Who acts, why and when; `run_id` when a rule acts on a delivery instead of a person."""

    by: User | None
    reason: str
    now: datetime
    run_id: UUID | None = None


def _by(person: User, reason: str) -> _Act:
    if len(reason.strip()) < 2:
        raise ReasonMissing
    return _Act(person, reason.strip(), timezone.now())


@transaction.atomic
def merge_children(
    kept: Child, absorbed: Child, *, by: User, reason: str, doubt: Doubt | None = None
) -> ChildEvent:
    """Join two files of one child; the second stays as a pointer to the first."""
    accounts.require(by, Power.DECIDE_LINKS, kept.area_code)
    act = _by(by, reason)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        event = _merge(kept, absorbed, act, doubt=doubt)
    if doubt is None:
        _record("registry.children.merged", event, act)
    return event


def merge_by_rule(kept: Child, absorbed: Child, *, run_id: UUID, now: datetime) -> ChildEvent:
    """Join an emptied file into the one its rows went to, as part of taking in a delivery."""
    if Apart.objects.filter(_between(kept.pk, absorbed.pk), lifted_at=None).exists():
        # Only a person lifts what a person has put up.
        raise KeptApart
    return _merge(kept, absorbed, _Act(None, "", now, run_id), doubt=None)


def _merge(kept: Child, absorbed: Child, act: _Act, *, doubt: Doubt | None) -> ChildEvent:
    pair = Child.objects.on_file().filter(pk__in=[kept.pk, absorbed.pk]).order_by("pk")
    if len(pair.select_for_update()) != 2:
        raise NotTwoFiles
    kept, absorbed = (Child.objects.get(pk=each.pk) for each in (kept, absorbed))
    links = list(_standing([absorbed.pk]))
    moved = belongings.move_all(absorbed.pk, kept.pk)
    moves: dict[str, Any] = {
        "origin": str(absorbed.pk),
        "target": str(kept.pk),
        "rows": {str(each): str(absorbed.pk) for each in
                 [*(link.record_id for link in links), *moved]},
        "place": belongings.hide_as(absorbed, kept),
        "homes": belongings.households_of(kept, absorbed),
        "lifted": _lift_between(kept.pk, absorbed.pk, act.now),
        "closed": _close_between(kept.pk, absorbed.pk, act.now, decided=doubt),
        "doubt": str(doubt.pk) if doubt else None,
        "reason": act.reason,
    }  # fmt: skip
    _move(links, kept.pk, act)
    Child.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    event = _event(ChildEvent.Kind.MERGED, kept, act, moves=moves)
    if act.by is not None:
        _confirm(event, act.by)
    _refresh([kept.pk], act)
    bus.publish(FilesMerged(kept.pk, absorbed.pk, event.pk))
    bus.publish(FilesChanged((kept.pk,), act.run_id))
    return event


@transaction.atomic
def split_record(record: Record, *, by: User, reason: str, doubt: Doubt | None = None) -> Child:
    """Take a row out of the file it was joined to; it becomes a file of its own."""
    link = Link.objects.select_related("child").exclude(state="ENDED").get(record=record)
    accounts.require(by, Power.DECIDE_LINKS, link.child.area_code)
    act = _by(by, reason)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        made, event = _split(link, act, doubt)
    if doubt is None:
        _record("registry.record.split", event, act)
    return made


def _split(link: Link, act: _Act, doubt: Doubt | None) -> tuple[Child, ChildEvent]:
    others = [each for each in _standing([link.child_id]) if each.pk != link.pk]
    if not others:
        raise OnlyRow
    child, target = link.child, new_id()
    moves: dict[str, Any] = {
        "origin": str(child.pk),
        "target": str(target),
        "rows": {str(each): str(child.pk) for each in
                 [link.record_id, *belongings.move_with_row(child.pk, link.record_id, target)]},
        "aparts": _keep_apart(link, [each.record_id for each in others], act),
        "doubt": str(doubt.pk) if doubt else None,
        "reason": act.reason,
    }  # fmt: skip
    _move([link], target, act)
    event = _event(ChildEvent.Kind.SPLIT, child, act, moves=moves)
    _refresh([child.pk, target], act, born=frozenset((target,)))
    bus.publish(FilesChanged((child.pk, target), None))
    return Child.objects.get(pk=target), event


@transaction.atomic
def undo_event(event: ChildEvent, *, by: User, reason: str = "", told: bool = True) -> ChildEvent:
    """Reverse a merge or a split; everything goes where it would be had it not happened.

    `told` is False when the caller writes the entry of the trail for a larger act.
    """
    accounts.require(by, Power.DECIDE_LINKS, event.area_code)
    act = _Act(by, reason, timezone.now())
    with rowsecurity.acting(rowsecurity.SYSTEM):
        done = undo(event, act.by, act.now)
    if told:
        _record("registry.event.undone", event, act)
    return done


def undo(event: ChildEvent, by: User | None, now: datetime) -> ChildEvent:
    """Reverse a merge or split without asking who may; for acts and rollbacks."""
    locked = ChildEvent.objects.select_for_update().get(pk=event.pk)
    kinds = (ChildEvent.Kind.MERGED, ChildEvent.Kind.SPLIT)
    if locked.kind not in kinds or ChildEvent.objects.filter(undoes=locked).exists():
        raise CannotBeUndone
    act = _Act(by, "", now)
    child = Child.objects.get(pk=locked.child_id)
    done = _event(ChildEvent.Kind.UNDONE, child, act, moves={"of": locked.kind}, undoes=locked)
    touched = _replace_rows(locked, act)
    _redirect(locked)
    _restore_questions(locked, now)
    if by is not None and locked.by_id is None:
        _hold_against_rules(locked, act)
    _part(locked)
    # The file that stayed first and by itself: it still lists the other one's parents, and what
    # it lists would draw the other one back into its household.
    stayed = UUID(locked.moves["target" if locked.kind == kinds[0] else "origin"])
    for group in ([stayed], sorted(touched - {stayed})):
        _refresh(group, act)
    _announce_undo(locked, done)
    bus.publish(FilesChanged(tuple(sorted(touched)), None))
    return done


def _hold_against_rules(event: ChildEvent, act: _Act) -> None:
    """Keep what a person undid from being done again by the rule that did it.

    Files that a rule joined stay apart for good; a row that a rule moved stays where it was.
    """
    rows = [UUID(row) for row in event.moves["rows"]]
    links = [link for link in _standing([UUID(event.moves["origin"])]) if link.record_id in rows]
    if event.kind == ChildEvent.Kind.SPLIT:
        Link.objects.filter(pk__in=[link.pk for link in links]).update(
            state=Link.State.MANUAL, by=act.by
        )
        return
    others = [link.record_id for link in _standing([UUID(event.moves["target"])])]
    for link in links:
        _keep_apart(link, others, act)


# -- moving rows ----------------------------------------------------------------------------------


def _standing(children: Sequence[UUID]) -> Iterable[Link]:
    return Link.objects.filter(child__in=children).exclude(state=Link.State.ENDED).order_by("pk")


def _move(links: Sequence[Link], target: UUID, act: _Act) -> None:
    """End links and make new ones in another file, so that the history of a row can be read."""
    _end(links, act.now)
    Link.objects.bulk_create(
        Link(
            record_id=link.record_id,
            child_id=target,
            area_code=link.area_code,
            state=Link.State.MANUAL if act.by else Link.State.AUTO,
            weight_bits=link.weight_bits,
            model_id=link.model_id,
            by=act.by,
            since=act.now,
        )
        for link in links
    )


def _end(links: Sequence[Link], now: datetime) -> None:
    Link.objects.filter(pk__in=[link.pk for link in links]).update(
        state=Link.State.ENDED, ended_at=now
    )


def _replace_rows(event: ChildEvent, act: _Act) -> set[UUID]:
    """Put every row the event moved where the standing decisions want it; return the files."""
    rows = [UUID(row) for row in event.moves["rows"]]
    decisions = _decisions(Q(moves__rows__has_any_keys=[str(row) for row in rows]))
    touched = {UUID(event.moves["origin"]), UUID(event.moves["target"])}
    for link in Link.objects.filter(record__in=rows).exclude(state=Link.State.ENDED):
        home = placing.place(link.record_id, decisions, link.child_id)
        if home != link.child_id:
            touched |= {home, link.child_id}
            _put_back(link, home, act)
    belongings.follow(rows, touched, decisions)
    return touched


def _part(event: ChildEvent) -> None:
    """Give both files back what the merge put together besides rows."""
    origin, target = UUID(event.moves["origin"]), UUID(event.moves["target"])
    if event.kind == ChildEvent.Kind.MERGED:
        belongings.show_as_before(target, event.moves.get("place") or {})
        belongings.part_households(target, event.moves.get("homes") or {})
    elif Child.objects.filter(pk=target, merged_into=origin).exists():
        # The file that the split made is none any more; what was noted on it belongs to the child.
        belongings.move_all(target, origin)
    _unconfirm(event)


def _confirm(event: ChildEvent, by: User) -> None:
    """Hold the rows of the file that stayed as well: no later delivery takes the two apart again.

    What the merge moved is the person's already.
    """
    links = Link.objects.filter(child=event.child_id, state=Link.State.AUTO)
    remember(event.pk, "confirmed", links.values_list("record_id", flat=True))
    links.update(state=Link.State.MANUAL, by=by)


def _unconfirm(event: ChildEvent) -> None:
    Link.objects.filter(
        record__in=event.moves.get("confirmed", []), state=Link.State.MANUAL
    ).update(state=Link.State.AUTO, by=None)


def remember(event_id: UUID, name: str, ids: Iterable[UUID]) -> None:
    """Keep with a merge what a room above changed because of it, for the day it is undone."""
    event = ChildEvent.objects.select_for_update().get(pk=event_id)
    event.moves[name] = [str(each) for each in ids]
    event.save(update_fields=["moves"])


def remembered(event_id: UUID, name: str) -> list[UUID]:
    """Return what a room above kept with a merge."""
    found = ChildEvent.objects.filter(pk=event_id).values_list("moves", flat=True).first() or {}
    return [UUID(each) for each in found.get(name, [])]


def _put_back(link: Link, home: UUID, act: _Act) -> None:
    """Link a row to an earlier file as it was linked there before."""
    former = (
        Link.objects.filter(record=link.record_id, child=home, state=Link.State.ENDED)
        .order_by("-since")
        .first()
    )
    _end([link], act.now)
    by = former.by_id if former else None
    Link.objects.create(
        record_id=link.record_id,
        child_id=home,
        area_code=link.area_code,
        state=Link.State.MANUAL if by else Link.State.AUTO,
        weight_bits=former.weight_bits if former else link.weight_bits,
        model_id=former.model_id if former else link.model_id,
        by_id=by,
        since=act.now,
    )


def _decisions(wanted: Q) -> list[placing.Decision]:
    events = ChildEvent.objects.filter(
        wanted, kind__in=[ChildEvent.Kind.MERGED, ChildEvent.Kind.SPLIT]
    ).select_related("undone_by")
    return [
        placing.Decision(
            event.kind,
            UUID(event.moves["origin"]),
            UUID(event.moves["target"]),
            {UUID(row): UUID(home) for row, home in event.moves["rows"].items()},
            undone=hasattr(event, "undone_by"),
        )
        for event in events.order_by("at", "pk")
    ]


def _redirect(event: ChildEvent) -> None:
    for key in ("origin", "target"):
        child = event.moves[key]
        decisions = _decisions(Q(moves__origin=child) | Q(moves__target=child))
        home = placing.redirect(UUID(child), decisions)
        if home is not None and any(_standing([UUID(child)])):
            home = None
        Child.objects.filter(pk=child).update(merged_into=home)


# -- questions and walls between files ------------------------------------------------------------


def _between(one: UUID, other: UUID) -> Q:
    first = Link.objects.filter(child=one).exclude(state="ENDED").values("record")
    second = Link.objects.filter(child=other).exclude(state="ENDED").values("record")
    return Q(record_a__in=first, record_b__in=second) | Q(record_a__in=second, record_b__in=first)


def _lift_between(one: UUID, other: UUID, now: datetime) -> list[str]:
    walls = Apart.objects.filter(_between(one, other), lifted_at=None)
    ids = [str(wall.pk) for wall in walls]
    Apart.objects.filter(pk__in=ids).update(lifted_at=now)
    return ids


def _close_between(one: UUID, other: UUID, now: datetime, *, decided: Doubt | None) -> list[str]:
    doubts = Doubt.objects.filter(_between(one, other), state=Doubt.State.OPEN)
    ids = [str(doubt.pk) for doubt in doubts if decided is None or doubt.pk != decided.pk]
    Doubt.objects.filter(pk__in=ids).update(state=Doubt.State.GONE, decided_at=now)
    return ids


def _keep_apart(link: Link, others: Iterable[UUID], act: _Act) -> list[str]:
    walls = []
    for other in others:
        low, high = sorted((link.record_id, other), key=str)
        wall, made = Apart.objects.get_or_create(
            record_a_id=low,
            record_b_id=high,
            lifted_at=None,
            defaults={"area_code": link.area_code, "by": act.by, "since": act.now},
        )
        walls += [str(wall.pk)] if made else []
    return walls


def _restore_questions(event: ChildEvent, now: datetime) -> None:
    moves = event.moves
    for wall in Apart.objects.filter(pk__in=moves.get("lifted", [])):
        same = Apart.objects.filter(
            record_a=wall.record_a_id, record_b=wall.record_b_id, lifted_at=None
        )
        if not same.exists():
            Apart.objects.filter(pk=wall.pk).update(lifted_at=None)
    Apart.objects.filter(pk__in=moves.get("aparts", []), lifted_at=None).update(lifted_at=now)
    decided = [moves["doubt"]] if moves.get("doubt") else []
    Doubt.objects.filter(pk__in=[*moves.get("closed", []), *decided]).update(
        state=Doubt.State.OPEN, by=None, decided_at=None
    )
    # An answer that was undone must not count beside the next one.
    Vote.objects.filter(doubt__in=decided, taken_back_at=None).update(taken_back_at=now)


# -- what every act ends with ---------------------------------------------------------------------


def _refresh(children: Sequence[UUID], act: _Act, born: frozenset[UUID] = frozenset()) -> None:
    # The files of a merge change because a person joined them, not because a department spoke:
    # the event of the merge tells it, so no second one is written.
    work = filing.Filing(by=act.by, now=act.now, born=born, quiet=True, lowers=True)
    for group in (
        [each for each in children if each in born],
        [each for each in children if each not in born],
    ):
        if group:
            filing.refresh(group, work)


def _event(
    kind: str,
    child: Child,
    act: _Act,
    *,
    moves: dict[str, Any],
    undoes: ChildEvent | None = None,
) -> ChildEvent:
    return ChildEvent.objects.create(
        child=child,
        area_code=child.area_code,
        kind=kind,
        at=act.now,
        by=act.by,
        run_id=act.run_id,
        moves=moves,
        undoes=undoes,
    )


def _announce_undo(event: ChildEvent, done: ChildEvent) -> None:
    origin, target = UUID(event.moves["origin"]), UUID(event.moves["target"])
    if event.kind == ChildEvent.Kind.MERGED:
        bus.publish(MergeUndone(target, origin, event.pk))
    elif Child.objects.filter(pk=target, merged_into=origin).exists():
        bus.publish(FilesMerged(origin, target, done.pk))


def _record(name: str, event: ChildEvent, act: _Act) -> None:
    audit.record(
        name,
        by=act.by,
        subject_kind="child",
        subject_id=event.child_id,
        area_code=event.area_code,
        reason=act.reason,
        event=str(event.pk),
        rows=len(event.moves.get("rows", {})),
    )
