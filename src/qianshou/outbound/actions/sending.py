"""Draining the outbox: numbering what is committed, handing it out, and calling the receivers.

At least once: a call whose answer was lost is made again under the same `webhook-id`. About one
child, a receiver hears in order: while a message waits, later ones about the same child wait.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.exchange.actions import egress
from qianshou.outbound.actions import publishing
from qianshou.outbound.connectors.webhook import Caller, Said
from qianshou.outbound.models import Delivery, Line, Message, Receiver
from qianshou.outbound.queries import agreeing
from qianshou.outbound.rules import kinds, pauses
from qianshou.outbound.rules.pauses import Verdict

KEPT: Final = timedelta(days=30)
LONGEST: Final = 50.0
BATCH: Final = 500
# Any fixed number: one process numbers messages at a time.
NUMBERING: Final = 0x6F757462
NUMBER: Final = """
WITH fresh AS MATERIALIZED (
       SELECT id FROM outbound_message WHERE number IS NULL ORDER BY at, id),
     placed AS MATERIALIZED (SELECT id, nextval('outbound_number') AS number FROM fresh)
UPDATE outbound_message AS message SET number = placed.number
FROM placed WHERE message.id = placed.id
RETURNING message.id
"""
HAND_OUT: Final = """
INSERT INTO outbound_delivery (id, receiver_id, message_id, area_code, child, number, state, tries,
                               next_at, problem)
SELECT gen_random_uuid(), %(receiver)s, id, area_code, child, number, 'WAITING', 0, now(), '{}'
FROM outbound_message
WHERE id = ANY(%(ids)s) AND kind = ANY(%(kinds)s) AND area_code BETWEEN %(low)s AND %(high)s
"""


def send_all(*, longest: float = LONGEST) -> int:
    """Number and hand out what is new, and call every receiver that is due; returns what arrived.

    A second worker that comes meanwhile does nothing for the receivers that are being called.
    """
    ends = time.monotonic() + longest
    hand_out()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        due = list(_due().values_list("pk", flat=True))
    return sum(send_to(each, ends=ends) for each in due)


def hand_out() -> int:
    """Give every committed message its number and each receiver its copy; returns how many."""
    with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
        cursor.execute(NUMBER)
        ids = [row[0] for row in cursor.fetchall()]
        for receiver in _called() if ids else ():
            low, high = area_rules.subtree(receiver.area_code)
            told = _told_of(receiver, ids)
            cursor.execute(
                HAND_OUT,
                {
                    "receiver": receiver.pk, "ids": told, "kinds": receiver.kinds,
                    "low": low, "high": high,
                },
            )  # fmt: skip
        return len(ids)


def _told_of(receiver: Receiver, ids: list[UUID]) -> list[UUID]:
    """Return the messages that a receiver may get: all, or those to which guardians agree."""
    if not agreeing.asks(receiver):
        return ids
    children = dict(Message.objects.filter(pk__in=ids).values_list("pk", "child"))
    agreed = agreeing.agreed_among(children.values(), receiver.name)
    return [each for each in ids if children[each] in agreed]


def _called() -> QuerySet[Receiver]:
    """Return the receivers that are called, as against those that collect by themselves."""
    today = timezone.localdate()
    return Receiver.objects.filter(is_active=True, valid_until__gte=today).exclude(url="")


def _due() -> QuerySet[Receiver]:
    """Return the receivers that may be called now and for whom something waits."""
    now = timezone.now()
    waiting = Delivery.objects.waiting().filter(receiver=OuterRef("pk"), next_at__lte=now)
    rested = Q(line__next_at=None) | Q(line__next_at__lte=now)
    return _called().filter(rested, Exists(waiting))


def send_to(receiver_id: UUID, *, ends: float) -> int:
    """Call one receiver until nothing is due, the time is over, or it does not answer."""
    with egress.held(receiver_id) as alone:
        if alone is None:
            return 0
        with rowsecurity.acting(rowsecurity.SYSTEM):
            line = Line.objects.select_related("receiver").get(receiver=receiver_id)
        arrived = 0
        with Caller(line.receiver, line.secret.open()) as caller:
            for delivery in _in_order(receiver_id):
                if not agreeing.may_hear(line.receiver, delivery.child):
                    _withhold(delivery)
                    continue
                said = caller.call(_event(delivery))
                _note(line, delivery, said)
                arrived += said.verdict == Verdict.ARRIVED
                over = time.monotonic() > ends
                if over or said.verdict in (Verdict.BUSY, Verdict.GONE):
                    break
    if arrived and time.monotonic() > ends:
        publishing.wake()
    return arrived


def _withhold(delivery: Delivery) -> None:
    """Take a message away that the guardian no longer agrees to; later ones are looked at anew."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        Delivery.objects.filter(pk=delivery.pk).delete()
    delivery.state = Delivery.State.ASIDE


def _in_order(receiver_id: UUID) -> Iterator[Delivery]:
    """Yield what is due by number, skipping children of whom something earlier still waits.

    Judged again after each yield, since the caller has just changed the one it was given.
    """
    held_back: set[UUID] = set()
    number = 0
    while True:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            some = list(
                Delivery.objects.waiting()
                .filter(receiver=receiver_id, number__gt=number)
                .select_related("message")
                .order_by("number")[:BATCH]
            )
        if not some:
            return
        for delivery in some:
            number = delivery.number
            if delivery.child in held_back:
                continue
            if delivery.next_at <= timezone.now():
                yield delivery
            if delivery.state == Delivery.State.WAITING:
                held_back.add(delivery.child)


def _event(delivery: Delivery) -> dict[str, object]:
    message = delivery.message
    return kinds.envelope(
        number=delivery.number, ident=str(message.pk), kind=message.kind,
        subject=str(message.subject), area_code=message.area_code, at=message.at.isoformat(),
        body=message.body,
    )  # fmt: skip


def _note(line: Line, delivery: Delivery, said: Said) -> None:
    """Write what came of a call, in a transaction of its own."""
    now = timezone.now()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if said.verdict in (Verdict.ARRIVED, Verdict.REFUSED):
            _note_delivery(delivery, said, now)
            if line.failures or line.problem or said.verdict == Verdict.ARRIVED:
                line.failures, line.problem, line.next_at, line.reached_at = 0, {}, None, now
        else:
            line.failures = min(line.failures + 1, 1000)
            line.problem = said.problem
            line.next_at = now + timedelta(seconds=pauses.line_pause(line.failures, said.rest))
            if said.verdict == Verdict.GONE:
                _close(line.receiver)
        line.save(update_fields=["failures", "problem", "next_at", "reached_at"])


def _note_delivery(delivery: Delivery, said: Said, now: datetime) -> None:
    delivery.tries = min(delivery.tries + 1, 1000)
    delivery.problem, delivery.done_at = said.problem, None
    if said.verdict == Verdict.ARRIVED:
        delivery.state, delivery.done_at = Delivery.State.SENT, now
    elif (pause := pauses.message_pause(delivery.tries)) is None:
        delivery.state, delivery.done_at = Delivery.State.ASIDE, now
    else:
        delivery.next_at = now + timedelta(seconds=pause)
    delivery.save(update_fields=["state", "tries", "next_at", "problem", "done_at"])


def _close(receiver: Receiver) -> None:
    """Tell a receiver nothing more that answered 410: it is gone for good."""
    receiver.is_active = False
    receiver.save(update_fields=["is_active", "updated_at"])
    audit.record(
        "outbound.receiver.gone", by=None, subject_kind="receiver", subject_id=receiver.pk,
        area_code=receiver.area_code, code=receiver.code,
    )  # fmt: skip


def forget() -> int:
    """Delete messages after thirty days, unless one of them still waits to be sent."""
    before = timezone.now() - KEPT
    with rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
        waiting = Delivery.objects.waiting().filter(message=OuterRef("pk"))
        old = Message.objects.filter(~Exists(waiting), at__lt=before, number__isnull=False)
        ids = list(old.order_by("number").values_list("pk", flat=True)[:50_000])
        Delivery.objects.filter(message__in=ids).delete()
        return Message.objects.filter(pk__in=ids).delete()[0]
