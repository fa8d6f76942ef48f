"""What a phone hands in: each entry counts once, and one bad entry never holds up the others.

An entry's key is written in the transaction of its effect, so a batch that is repeated, shuffled
or cut into other portions leaves the same rows. The phone's row is locked before this is called
(`own.phone_by`): batches of one phone come one after another, those of different phones do not
meet.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from qianshou.audit import actions as audit
from qianshou.care import permissions
from qianshou.care.actions import contacts, doing, enclosing, hearing
from qianshou.care.actions.doing import Batch, Told
from qianshou.care.models import Contact, Device, Held, Operation
from qianshou.care.rules import clocks, codes, payload
from qianshou.care.rules.payload import Bad, Envelope
from qianshou.common import boxes, copying
from qianshou.common.crypto import Unreadable
from qianshou.common.errors import Refused
from qianshou.common.identity import new_id
from qianshou.pairing.models import Pairing

# What a blocked phone may still leave behind as evidence; a thief cannot fill the disk with it.
MOST_HELD: Final = 2000
HELD = Operation.Outcome.HELD
# Asked with every call of every phone: as plain SQL they cost half of what Django needs to write
# them anew each time.
_KNOWN: Final = """
SELECT client_id, digest, outcome, reason FROM care_operation
WHERE device_id = %s AND client_id = ANY(%s::uuid[])
"""
_OWN: Final = "SELECT * FROM pairing_pairing WHERE id = ANY(%s::uuid[]) AND mother_id = %s"
_SEEN: Final = """
UPDATE care_device SET last_seen_at = %s, received = received + %s,
  max_seq = greatest(max_seq, %s), skew_seconds = %s
WHERE id = %s
"""


class TooMany(Refused):
    """A batch holds at most two hundred entries. Send the rest in a further one."""


Opened = tuple[Envelope, bytes, "payload.Inside | Bad"]


@transaction.atomic(savepoint=False)
def take_in(
    device: Device, raw: Sequence[Any], *, sent_at: datetime | None, now: datetime
) -> list[Told]:
    """Take in one batch and say of each entry what became of it."""
    if len(raw) > payload.MOST_OPERATIONS:
        raise TooMany
    batch = Batch(device, clocks.offset(sent_at, now=now), now, is_open=permissions.is_open(device))
    opened = _open_all(batch, _new_ones(batch, raw))
    named = {said.pairing for _, _, said in opened if not isinstance(said, Bad)}
    batch.pairings = _own_pairings(device, {each for each in named if each})
    for each in sorted(opened, key=_turn):
        _decide(batch, each)
    _write(batch)
    return batch.told


def _new_ones(batch: Batch, raw: Sequence[Any]) -> list[Envelope]:
    """Return the entries that have not been here; the others are told again what became of them."""
    fresh: dict[UUID, Envelope] = {}
    envelopes: list[Envelope] = []
    for each in raw:
        try:
            envelopes.append(payload.envelope(each))
        except Bad as bad:
            _hold_raw(batch, each, bad.code)
    known = seen(batch.device, {each.key for each in envelopes})
    for each in envelopes:
        before = known.get(each.key)
        twin = fresh.get(each.key)
        if before is not None and bytes(before.digest) == each.digest:
            batch.told.append(Told(str(each.key), before.outcome, before.reason))
        elif twin is not None and twin.digest == each.digest:
            continue
        elif before is not None or twin is not None:
            _hold(batch, each, codes.DIFFERENT, body=_plain_of(batch, each))
        else:
            fresh[each.key] = each
    return list(fresh.values())


class Known(NamedTuple):
    """What became of an entry that was here before."""

    digest: bytes
    outcome: str
    reason: str


def seen(device: Device, keys: set[UUID]) -> dict[UUID, Known]:
    """Return the digest, outcome and reason of entries that have been taken in before, by key."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [device.pk, list(keys)])
        return {each[0]: Known(*each[1:]) for each in cursor.fetchall()}


def _open_all(batch: Batch, fresh: list[Envelope]) -> list[Opened]:
    opened: list[Opened] = []
    for each in fresh:
        plain = _plain_of(batch, each)
        if plain is None:
            opened.append((each, each.box, Bad(codes.UNREADABLE)))
            continue
        try:
            opened.append((each, plain, payload.inside(plain)))
        except Bad as bad:
            opened.append((each, plain, bad))
    return opened


def _plain_of(batch: Batch, each: Envelope) -> bytes | None:
    try:
        return boxes.open_box(each.box, bound=each.bound_to(batch.device.pk))
    except Unreadable:
        return None


def _own_pairings(device: Device, named: set[UUID]) -> dict[UUID, Pairing]:
    """Return those of the named pairings that are this mother's, also the ended ones."""
    if not named:
        return {}
    found = Pairing.objects.raw(_OWN, [list(named), device.mother_id])
    return {each.pk: each for each in found}


def _turn(opened: Opened) -> bool:
    """Sort what is taken always before the rest."""
    said = opened[2]
    return isinstance(said, Bad) or not said.always


def _decide(batch: Batch, opened: Opened) -> None:
    """Say what becomes of one entry that has not been here before."""
    each, plain, said = opened
    pairing = None if isinstance(said, Bad) else batch.pairing_of(said)
    reason, outcome = _objection(batch, said), ""
    if not reason and not isinstance(said, Bad):
        try:
            outcome = doing.do(batch, each, said)
        except Bad as bad:
            reason = bad.code
        except Refused:
            reason = codes.REFUSED
    if reason:
        _hold(batch, each, reason, body=plain, pairing=pairing)
        doing.expect(batch, each.key, said)
    _note(batch, each, outcome or HELD, reason=reason)


def _objection(batch: Batch, said: "payload.Inside | Bad") -> str:
    if isinstance(said, Bad):
        return said.code
    if said.always:
        return ""
    if not batch.is_open:
        return codes.REVOKED
    pairing = batch.pairing_of(said)
    if pairing is None:
        return codes.NOT_HERS
    return "" if contacts.is_running(pairing) else codes.ENDED


def _note(batch: Batch, each: Envelope, outcome: str, *, reason: str = "") -> None:
    # As plain values: nobody looks at the row again, and a batch brings up to two hundred.
    batch.operations.append(
        {
            "id": new_id(), "client_id": each.key, "seq": each.seq, "digest": each.digest,
            "outcome": outcome, "reason": reason, **batch.sender,
        }
    )  # fmt: skip
    batch.told.append(Told(str(each.key), outcome, reason))


def _hold(
    batch: Batch, each: Envelope, reason: str, *, body: bytes | None, pairing: Pairing | None = None
) -> None:
    """Keep an entry for a person, as readable as it is."""
    unread = body is None or reason == codes.UNREADABLE
    text = each.box.hex() if unread or body is None else body.decode("utf-8", "replace")
    held = _held(batch, reason, digest=each.digest, body=text)
    held.client_id, held.seq, held.pairing = each.key, each.seq, pairing
    if pairing is not None:
        held.area_code = pairing.area_code
    if reason == codes.DIFFERENT:
        batch.told.append(Told(str(each.key), HELD, reason))


def _hold_raw(batch: Batch, raw: Any, reason: str) -> None:
    """Keep an entry whose very outside is wrong."""
    text = payload.as_text(raw)
    _held(batch, reason, digest=payload.digest_of(text), body=text)
    name = raw.get("id") if isinstance(raw, dict) else None
    batch.told.append(Told(str(name)[:64] if name else "", HELD, reason))


def _held(batch: Batch, reason: str, *, digest: bytes, body: str) -> Held:
    device = batch.device
    made = Held(
        id=new_id(), device=device, user_id=device.user_id, mother_id=device.mother_id,
        area_code=device.area_code, digest=digest, reason=reason, received_at=batch.now,
        behind_seconds=int(batch.behind.total_seconds()),
    )  # fmt: skip
    made.body = body
    batch.held.append(made)
    return made


def _write(batch: Batch) -> None:
    """Write everything of a batch, last the trail, whose chain others wait for."""
    device, now = batch.device, batch.now
    copying.insert_values(Operation, batch.operations)
    _log(batch.logged, now=now)
    enclosing.write_announced(batch.enclosed)
    if batch.held and (batch.is_open or device.held.count() < MOST_HELD):
        Held.objects.bulk_create(batch.held, ignore_conflicts=True)
    highest = max((each["seq"] for each in batch.operations), default=0)
    behind = int(batch.behind.total_seconds())
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [now, len(batch.operations), highest, behind, device.pk])
    if batch.operations or batch.held:
        counts: dict[str, Any] = {**Counter(each.outcome for each in batch.told)}
        audit.record(
            "care.synced", by=device.user, subject_kind="phone", subject_id=device.pk,
            area_code=device.area_code, **counts,
        )  # fmt: skip


def _log(logged: list[Contact], *, now: datetime) -> None:
    """Write the contacts of a batch; those that are new are heard of in a moment.

    A phone that was set up anew may send what its earlier self had sent.
    """
    if written := copying.insert_objects(logged, ignore_conflicts=True):
        hearing.announce_later((each for each in logged if each.pk in written), now=now)
