"""What an entry of a phone does, by its kind; the reading of it stands in `care/rules/payload.py`.

A new kind of entry is a function and a line in `DOERS`. The function is called once for each
entry whose key has not been here before, inside the transaction of the batch. If it writes, it is
`@transaction.atomic`, so that what it refuses (`Bad`, or any `Refused`) leaves nothing behind: the
entry is then held with its reason, and the others of the batch go through.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.care.actions import contacts, enclosing, planning, trying
from qianshou.care.models import Contact, Device, Enclosure, Held, Operation
from qianshou.care.rules import clocks, payload
from qianshou.care.rules.payload import Envelope
from qianshou.consents.queries import photos
from qianshou.pairing.models import Pairing
from qianshou.plans.actions import ticking as checklists
from qianshou.protection.actions import handing

DONE, HELD, CONFLICT = Operation.Outcome


@dataclass
class Told:
    """What the phone is told about one entry."""

    key: str
    outcome: str
    reason: str = ""


@dataclass
class Batch:
    """One call of a phone while it is being taken in."""

    device: Device
    behind: timedelta
    now: datetime
    is_open: bool
    pairings: Mapping[UUID, Pairing] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    logged: list[Contact] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    enclosed: list[Enclosure] = field(default_factory=list)

    @cached_property
    def sender(self) -> dict[str, str]:
        """Return what is the same in every entry of the batch, by column and in words."""
        device = self.device
        return {
            "device_id": str(device.pk), "user_id": str(device.user_id),
            "area_code": device.area_code, "received_at": str(self.now),
        }  # fmt: skip

    def pairing_of(self, said: payload.Inside) -> Pairing | None:
        """Return the pairing that an entry is about, if it is one of hers."""
        return self.pairings.get(said.pairing) if said.pairing else None

    def when(self, said_at: datetime) -> clocks.Moment:
        """Return a time of this phone as we take it: put right if its clock is wrong."""
        return clocks.settle(said_at, behind=self.behind, now=self.now)


@dataclass(frozen=True)
class Entry:
    """One entry to be done: its key and number, and its pairing if it is one of hers."""

    key: UUID
    seq: int
    pairing: Pairing | None


def do(batch: Batch, envelope: Envelope, said: payload.Inside) -> str:
    """Do what an entry says; returns its outcome."""
    entry = Entry(envelope.key, envelope.seq, batch.pairing_of(said))
    return DOERS[type(said)](batch, entry, said)


def _log(batch: Batch, entry: Entry, said: payload.Said) -> str:
    """Log a contact; all of a batch are written together at its end."""
    assert entry.pairing is not None
    made = contacts.contact_of(
        entry.pairing, said, by=batch.device.user, key=entry.key, now=batch.now,
        when=batch.when(said.at),
    )  # fmt: skip
    made.device, made.seq = batch.device, entry.seq
    batch.logged.append(made)
    expect(batch, entry.key, said)
    return DONE


def expect(batch: Batch, key: UUID, said: "payload.Inside | payload.Bad") -> None:
    """Expect what a contact announces, also if the contact itself is held for a person."""
    pairing = None if isinstance(said, payload.Bad) else batch.pairing_of(said)
    if isinstance(said, payload.Said) and pairing is not None and batch.is_open:
        batch.enclosed += enclosing.announce(
            pairing, said.enclosed, key=key, device=batch.device, now=batch.now
        )


@transaction.atomic
def _plan(batch: Batch, entry: Entry, said: payload.Planned) -> str:
    """Set the next appointment, beside another version if there is one."""
    assert entry.pairing is not None
    maker = planning.Maker(batch.device.user, entry.key, batch.device)
    made = planning.write(entry.pairing, said, maker=maker, now=batch.now)
    return CONFLICT if made.state == CONFLICT else DONE


def _report(batch: Batch, entry: Entry, said: payload.Reported) -> str:
    """Hand a mandatory report to the safeguarding lead, also from a phone that is blocked."""
    child = entry.pairing.child_id if entry.pairing else None
    handing.hand_in(
        said.raw, key=entry.key, now=batch.now, settle=lambda at: _settled(batch, at),
        sender=handing.Sender(batch.device.user, batch.is_open, child),
    )  # fmt: skip
    return DONE


def _settled(batch: Batch, at: datetime) -> tuple[datetime, bool]:
    moment = batch.when(at)
    return moment.at, moment.skewed


@transaction.atomic
def _tick(batch: Batch, entry: Entry, said: payload.Ticked) -> str:
    """Tick an item of the checklist; what may not be ticked is held for a person.

    Its words carry a tick whose photo may no longer be kept: the photo alone is refused later.
    """
    assert entry.pairing is not None
    when = batch.when(said.at)
    photographed = bool(said.enclosed) and _may_photograph(entry.pairing)
    done = checklists.Done(
        item=said.item, part=said.part, note=said.note, on=timezone.localtime(when.at).date(),
        evidence="PHOTO" if photographed else "NOTE", photographed=photographed,
    )  # fmt: skip
    made, _is_new = checklists.take(
        entry.pairing, done, by=batch.device.user, key=entry.key, now=batch.now, said_at=when.said
    )
    batch.enclosed += enclosing.announce(
        entry.pairing, said.enclosed, key=entry.key, device=batch.device, now=batch.now, tick=made
    )
    return DONE


def _may_photograph(pairing: Pairing) -> bool:
    return bool(photos.agreed({pairing.child_id}, on=timezone.localdate()))


@transaction.atomic
def _tried(batch: Batch, entry: Entry, said: payload.Tried) -> str:
    """Note a try in vain."""
    assert entry.pairing is not None
    trying.note_try(entry.pairing, by=batch.device.user, at=batch.when(said.at).at, key=entry.key)
    return DONE


DOERS: Final[Mapping[type[payload.Inside], Callable[[Batch, Entry, Any], str]]] = {
    payload.Said: _log,
    payload.Planned: _plan,
    payload.Reported: _report,
    payload.Ticked: _tick,
    payload.Tried: _tried,
}
