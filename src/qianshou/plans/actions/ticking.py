"""Ticks: made by hand, counted from contacts and goals, and withdrawn with a reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus, copying
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.consents.queries import photos
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.plans import permissions
from qianshou.plans.actions import opening
from qianshou.plans.events import TickWithdrawn
from qianshou.plans.models import Plan, Slot, Tick
from qianshou.plans.queries import sets
from qianshou.plans.rules import slots as rules
from qianshou.plans.rules.checklist import Item

# What was done can be ticked so long afterwards.
LATEST: Final = timedelta(days=92)
LONGEST: Final = 2000


class NotOnTheList(Refused):
    """This item is not on the checklist of this pairing, or not at that time."""


class NotRunning(Refused):
    """Care is not running in this pairing."""


class DayNotPossible(Refused):
    """The day lies in the future, before care began, or more than three months back."""


class EnoughAlready(Refused):
    """This is ticked as often as it counts in this period."""


class ProofMissing(Refused):
    """Say in a few words what was done; that is the proof of this item."""


class ReferenceMissing(Refused):
    """Say where the document or photo lies, such as the number of the file."""


class NoPhotoConsent(Refused):
    """Nobody has agreed to photos of this child. Write a note instead."""


class TooLong(Refused):
    """The note is longer than two thousand characters."""


class ReasonMissing(Refused):
    """Please say why the tick is wrong; it stays on the list with the reason."""


class WithdrawnAlready(Refused):
    """This tick has been withdrawn already."""


# What the form that was filled in can mend.
PROOF_REFUSALS: Final = (
    NotOnTheList, DayNotPossible, EnoughAlready, ProofMissing, ReferenceMissing, NoPhotoConsent,
    TooLong,
)  # fmt: skip


@dataclass(frozen=True)
class Done:
    """What somebody says was done."""

    item: str
    on: date
    part: str = ""
    note: str = ""
    evidence: str = "NOTE"
    reference: str = ""
    # The photo comes along: nobody has to say where it lies.
    photographed: bool = False


@dataclass(frozen=True)
class Counted:
    """A logged contact as care knows it: its key, its kind, the day on which it was, and whose."""

    pairing_id: UUID
    key: UUID
    kind: str
    on: date
    by_id: UUID


@transaction.atomic
def tick(pairing: Pairing, done: Done, *, by: User, key: UUID, now: datetime) -> Tick:
    """Note that an item was done; the same `key` is one tick."""
    made, is_new = take(pairing, done, by=by, key=key, now=now)
    if is_new:
        audit.record(
            "plans.ticked", by=by, subject_kind="pairing", subject_id=pairing.pk,
            area_code=pairing.area_code, item=made.item,
        )  # fmt: skip
    return made


def take(
    pairing: Pairing, done: Done, *, by: User, key: UUID, now: datetime,
    said_at: datetime | None = None,
) -> tuple[Tick, bool]:  # fmt: skip
    """Note that an item was done, without an entry of its own: a phone's batch has one for all.

    Returns the tick and whether it is new. Must run in a transaction.
    """
    side = permissions.side_of(by, pairing)
    kept = Tick.objects.filter(pairing=pairing, client_id=key).first()
    if kept is not None:
        return kept, False
    plan = _plan_of(pairing)
    item = sets.read(plan.care_set).item(done.item)
    if item is None:
        raise NotOnTheList
    if not permissions.can_tick(by, pairing, item):
        raise NotAllowed
    today = timezone.localtime(now).date()
    _check_day(plan, done.on, today)
    _check_proof(pairing, item, done)
    slot = _locked_slot(plan, item, done)
    if slot.done >= item.maximum:
        raise EnoughAlready
    made = _tick(
        slot, by_id=by.pk, key=key, on=done.on, source=side, now=now, said_at=said_at or now,
        evidence=done.evidence, reference=done.reference.strip()[:120],
    )  # fmt: skip
    made.note = done.note.strip()
    made.save(force_insert=True)
    recount([slot.pk])
    return made, True


def _plan_of(pairing: Pairing) -> Plan:
    """Return the plan of a pairing whose care runs."""
    if pairing.ended_on is not None or pairing.state not in life.CARING:
        raise NotRunning
    plan = Plan.objects.select_related("care_set", "pairing__child").filter(pairing=pairing).first()
    if plan is None:
        opening.begin_one(pairing.pk, today=timezone.localdate())
        plan = Plan.objects.select_related("care_set", "pairing__child").get(pairing=pairing)
    return plan


def _check_day(plan: Plan, on: date, today: date) -> None:
    if not max(plan.since, today - LATEST) <= on <= today:
        raise DayNotPossible


def _check_proof(pairing: Pairing, item: Item, done: Done) -> None:
    if len(done.note) > LONGEST:
        raise TooLong
    elsewhere = done.evidence in ("PHOTO", "DOCUMENT") and not done.photographed
    if elsewhere and not done.reference.strip():
        raise ReferenceMissing
    if done.evidence == "PHOTO" and not photos.agreed({pairing.child_id}, on=timezone.localdate()):
        raise NoPhotoConsent
    # A photo is deleted one day; the words stay.
    if not elsewhere and not done.note.strip():
        raise ProofMissing
    if item.evidence == "DOCUMENT" and done.evidence != "DOCUMENT":
        raise ReferenceMissing


def _locked_slot(plan: Plan, item: Item, done: Done) -> Slot:
    wanted = _slot_on(plan, item.code, done.part, on=done.on)
    if wanted is None:
        raise NotOnTheList
    rows = _locked([opening.row_of(plan, wanted)])
    return next(iter(rows.values()))


def _slot_on(plan: Plan, item: str, part: str, *, on: date) -> rules.Slot | None:
    found = rules.slots_between(
        sets.read(plan.care_set), since=plan.since, begin=on, until=on,
        calendar=sets.calendar(), birth_on=plan.pairing.child.birth_on,
    )  # fmt: skip
    return next((each for each in found if (each.item, each.part) == (item, part)), None)


SlotName = tuple[UUID, str, str, str]


def _locked(rows: Sequence[Slot]) -> dict[SlotName, Slot]:
    """Open periods if they are not open yet, and lock them in one order, so that counts agree."""
    wanted = {_name(each): each for each in rows}
    copying.insert_objects(list(wanted.values()), ignore_conflicts=True)
    held = (
        Slot.objects.select_for_update(of=("self",))
        .filter(
            pairing_id__in={each.pairing_id for each in rows},
            item__in={each.item for each in rows}, key__in={each.key for each in rows},
        )
        .order_by("pk")
    )  # fmt: skip
    return {_name(each): each for each in held if _name(each) in wanted}


def _name(slot: Slot) -> SlotName:
    return slot.pairing_id, slot.item, slot.part, slot.key


def _tick(
    slot: Slot, *, by_id: UUID, key: UUID, on: date, source: str, now: datetime, **more: Any
) -> Tick:
    return Tick(
        id=new_id(), slot=slot, pairing_id=slot.pairing_id, mother_id=slot.mother_id,
        area_code=slot.area_code, item=slot.item, on=on, source=source, client_id=key, by_id=by_id,
        received_at=now, **{"said_at": now, "evidence": "NOTE", **more},
    )  # fmt: skip


# -- what counts by itself ------------------------------------------------------------------------


# The long text of a checklist is read once in a process, not with every contact.
_TO_COUNT: Final = (
    "pairing_id", "mother_id", "area_code", "since", "care_set__sha256",
    "pairing__child__birth_on",
)  # fmt: skip


@transaction.atomic(savepoint=False)
def contact_counts(counted: Iterable[Counted], *, now: datetime) -> int:
    """Let logged contacts fulfil the items that they count for; the same contact counts once.

    Asks the database as often for five hundred contacts as for one; returns how many ticks arose.
    """
    contacts = list(counted)
    ids = {each.pairing_id for each in contacts}
    plans = {
        each.pairing_id: each
        for each in Plan.objects.filter(pairing__in=ids)
        .select_related("care_set", "pairing__child")
        .only(*_TO_COUNT)
    }
    rows: dict[tuple[UUID, str, date], list[Slot]] = {}
    for each in contacts:
        alike = (each.pairing_id, each.kind, each.on)
        if alike not in rows and (plan := plans.get(each.pairing_id)) is not None:
            rows[alike] = [opening.row_of(plan, slot) for slot in _counting(plan, each)]
    wanted = [
        (each, _name(row))
        for each in contacts
        for row in rows.get((each.pairing_id, each.kind, each.on), ())
    ]
    if not wanted:
        return 0
    held = _locked([row for found in rows.values() for row in found])
    made = [
        _tick(
            held[name], by_id=each.by_id, key=uuid5(each.key, held[name].item), on=each.on,
            now=now, source=Tick.Source.CONTACT, evidence="CONTACT", contact=each.key,
        )
        for each, name in wanted
    ]  # fmt: skip
    copying.insert_objects(made, ignore_conflicts=True)
    recount([each.pk for each in held.values()])
    return len(made)


def _counting(plan: Plan, each: Counted) -> list[rules.Slot]:
    checklist = sets.read(plan.care_set)
    codes = {item.code for item in checklist.items if each.kind in item.counts}
    if each.on < plan.since or not codes:
        return []
    found = rules.slots_between(
        checklist, since=plan.since, begin=each.on, until=each.on, calendar=sets.calendar(),
        birth_on=plan.pairing.child.birth_on,
    )  # fmt: skip
    return [slot for slot in found if slot.item in codes]


def goal_counts(pairing: Pairing, key: UUID, *, on: date, by: User, now: datetime) -> int:
    """Let a goal that was agreed, or looked at together, fulfil the item that is the child's own.

    Must run in a transaction.
    """
    plan = Plan.objects.filter(pairing=pairing).select_related("care_set", "pairing__child").first()
    if plan is None or on < plan.since:
        return 0
    items = [each for each in sets.read(plan.care_set).items if each.personal]
    found = [slot for each in items if (slot := _slot_on(plan, each.code, "", on=on)) is not None]
    held = _locked([opening.row_of(plan, each) for each in found]) if found else {}
    made = [
        _tick(
            slot, by_id=by.pk, key=uuid5(key, slot.item), on=on, now=now, source=Tick.Source.GOAL
        )
        for slot in held.values()
    ]  # fmt: skip
    Tick.objects.bulk_create(made, ignore_conflicts=True)
    recount([each.pk for each in held.values()])
    return len(made)


# -- counting -------------------------------------------------------------------------------------

# Once an item is done again, its earlier misses stand in the file and no longer on the list.
_SETTLE: Final = """
UPDATE plans_slot e SET heed_until = e.last_on FROM plans_slot f
WHERE f.id = ANY(%s) AND f.needed > 0 AND f.done >= f.needed
  AND e.pairing_id = f.pairing_id AND e.item = f.item AND e.part = f.part
  AND e.last_on < f.first_on AND e.done < e.needed AND e.heed_until > e.last_on
"""


def recount(slot_ids: Sequence[UUID]) -> None:
    """Count the ticks of some periods anew. The periods must be locked."""
    holding_ticks = (
        Tick.objects.filter(slot=OuterRef("pk"), withdrawn_at=None)
        .order_by()
        .values("slot")
        .annotate(count=Count("pk"))
        .values("count")
    )
    Slot.objects.filter(pk__in=slot_ids).update(done=Coalesce(Subquery(holding_ticks), 0))
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [list(slot_ids)])


@transaction.atomic
def withdraw(found: Tick, *, by: User, reason: str, now: datetime) -> Tick:
    """Say that a tick was wrong; it stays on the list, with the reason, and counts no more."""
    if not permissions.can_withdraw(by, found):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    Slot.objects.select_for_update().get(pk=found.slot_id)
    held = Tick.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if held.withdrawn_at is not None:
        raise WithdrawnAlready
    audit.record(
        "plans.tick.withdrawn", by=by, subject_kind="pairing", subject_id=held.pairing_id,
        area_code=held.area_code, reason=reason, item=held.item,
    )  # fmt: skip
    held.withdrawn_at, held.withdrawn_by = now, by
    held.withdrawn_for = reason.strip()[:200]
    held.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_for"])
    recount([held.slot_id])
    bus.publish(TickWithdrawn(held.pk))
    return held
