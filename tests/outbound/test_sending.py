"""T51, outbound: every fact arrives, signed, in order for each child, whatever the other does."""

import base64
import hmac
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from qianshou.common import bus, rowsecurity
from qianshou.common.identity import new_id
from qianshou.outbound.actions import publishing, receivers, sending
from qianshou.outbound.models import Delivery, Line, Message, Receiver
from qianshou.outbound.rules import kinds, signatures
from qianshou.pairing.events import PairingStarted
from qianshou.registry.events import FilesChanged
from tests import make, make_registry
from tests.outbound.conftest import SECRET, System, a_receiver

VILLAGE = "500236001001"


def happens(kind: str = kinds.CHANGED, *, child: UUID | None = None, area: str = VILLAGE) -> UUID:
    """Let something happen to a child."""
    child = child or new_id()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        publishing.put(kind, [(child, child, area)])
    return child


def until_quiet(receiver: Receiver, *, rounds: int = 400) -> None:
    """Send, and move the clock on, until nothing waits any more."""
    now = timezone.now()
    for _ in range(rounds):
        with time_machine.travel(now, tick=True):
            sending.send_all()
        if not Delivery.objects.waiting().filter(receiver=receiver).exists():
            return
        now += timedelta(hours=3, minutes=1)
    raise AssertionError("something waits for ever")


def test_what_happens_is_told_signed_and_names_no_person(db, system):
    child = make_registry.a_child(name="张雨桐")
    receiver = a_receiver(system.url)
    bus.publish(FilesChanged((child.pk,), None))
    pairing, mother = new_id(), new_id()
    bus.publish(PairingStarted(pairing, child.pk, mother, child.area_code))

    assert sending.send_all() == 2

    changed, started = system.events
    assert changed["type"] == "qianshou.child.changed"
    assert changed["subject"] == f"children/{child.pk}"
    assert changed["source"] == f"/qianshou/areas/{child.area_code[:6]}000000"
    assert started["data"] == {"child": str(child.pk), "mother": str(mother)}
    assert started["sequence"] > changed["sequence"]
    said = system.told[0]
    signed = f"{changed['id']}.{said['headers']['webhook-timestamp']}.{said['body']}".encode()
    right = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    assert said["headers"]["webhook-signature"] == f"v1,{right}"
    assert said["headers"]["webhook-id"] == changed["id"]
    assert "张雨桐" not in str(system.told)
    assert child.area_code not in str(system.told)
    assert Line.objects.get(receiver=receiver).reached_at is not None


def test_a_message_stands_or_falls_with_what_made_it_true(db, system):
    a_receiver(system.url)
    with suppress(RuntimeError), transaction.atomic():
        happens()
        raise RuntimeError

    assert sending.send_all() == 0
    assert Message.objects.count() == 0


def test_nothing_is_written_while_nobody_listens(db):
    happens()
    receiver = a_receiver(told=(kinds.STARTED,))
    happens()
    happens(area="510101001001")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        receivers.pause(receiver, by=make.a_user("fed_city", area=make.CITY))
    happens(kinds.STARTED)

    assert Message.objects.count() == 0


def told_by_child(system: System) -> dict[str, list[int]]:
    """Return the numbers that the system took in of each child, each message once, as they came."""
    seen: set[str] = set()
    found: dict[str, list[int]] = defaultdict(list)
    for event in system.events:
        if event["id"] not in seen:
            seen.add(event["id"])
            found[event["subject"]].append(int(event["sequence"]))
    return found


def hostile(rnd: Random, number: int) -> list[str]:
    """A bad day: outages, refusals, lost answers, requests to wait."""
    faults = [rnd.choice(["", "", "500", "503", "429", "lost", "redirect"]) for _ in range(number)]
    # Few enough that none is refused so often that it is set aside.
    return rnd.sample([*faults, *["422"] * 4], number + 4)


@pytest.mark.parametrize("seed", [1, 2])
def test_all_arrive_once_and_in_order_at_a_system_that_fails(db, system, seed):
    receiver, rnd = a_receiver(system.url), Random(seed)
    children = [new_id() for _ in range(5)]
    for _ in range(20):
        happens(child=rnd.choice(children))
    system.does(*hostile(rnd, 24))

    until_quiet(receiver)

    told = told_by_child(system)
    assert sum(map(len, told.values())) == 20
    assert all(numbers == sorted(numbers) for numbers in told.values())
    assert not Delivery.objects.exclude(state=Delivery.State.SENT).exists()


def test_without_holding_back_a_refusal_breaks_the_order(db, system, monkeypatch):
    def careless(receiver_id: UUID) -> Any:
        now = timezone.now()
        rows = Delivery.objects.waiting().filter(receiver=receiver_id, next_at__lte=now)
        yield from rows.select_related("message").order_by("number")

    receiver, child = a_receiver(system.url), new_id()

    for in_order, broken in ((sending._in_order, False), (careless, True)):
        monkeypatch.setattr(sending, "_in_order", in_order)
        for _ in range(2):
            happens(child=child)
        system.does("422")
        until_quiet(receiver)
        numbers = [int(each["sequence"]) for each in system.events[-2:]]
        assert (numbers != sorted(numbers)) == broken


def test_a_worker_that_dies_after_the_call_sends_again_under_the_same_id(db, system, monkeypatch):
    receiver = a_receiver(system.url)
    happens()
    with monkeypatch.context() as dying:
        dying.setattr(sending, "_note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sending.send_all()

    assert sending.send_all() == 1
    first, second = system.events
    assert first["id"] == second["id"]
    assert not Delivery.objects.waiting().filter(receiver=receiver).exists()


def test_a_refused_message_is_set_aside_and_the_next_one_about_the_child_goes_on(db, system):
    receiver = a_receiver(system.url)
    child = happens()
    system.refuses(f"children/{child}")
    sending.send_all()
    later = happens(child=child)

    until_quiet(receiver)

    assert later == child
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.ASIDE}
    assert system.events == []
    system.refuses()
    editor = make.a_user("fed_city", area=make.CITY)
    assert receivers.send_again(receiver, by=editor) == 2
    assert sending.send_all() == 2
    assert [int(each["sequence"]) for each in system.events] == sorted(
        int(each["sequence"]) for each in system.events
    )


def test_a_system_that_is_gone_is_told_nothing_more(db, system):
    receiver = a_receiver(system.url)
    happens()
    happens()
    system.does("410")

    assert sending.send_all() == 0
    receiver.refresh_from_db()
    assert not receiver.is_active
    assert Delivery.objects.waiting().count() == 2


def test_a_system_that_asks_for_rest_gets_it(db, system):
    receiver = a_receiver(system.url)
    happens()
    system.does("429")
    before = timezone.now()
    sending.send_all()

    line = Line.objects.get(receiver=receiver)
    assert line.next_at is not None
    assert line.next_at - before > timedelta(seconds=89)
    assert (line.failures, line.problem) == (1, {"code": "ANSWER", "value": "429"})
    assert sending.send_all() == 0


def test_no_message_leaves_before_two_administrators_open_the_way(db, system):
    receiver = a_receiver(system.url)
    receiver.egress.update(approved_at=None)
    happens()

    assert sending.send_all() == 0
    assert Line.objects.get(receiver=receiver).problem["code"] == "NOT_APPROVED"
    assert system.told == []


def test_only_one_worker_calls_a_receiver(db, system):
    from qianshou.exchange.connectors import progress

    receiver = a_receiver(system.url)
    happens()
    with progress.held(receiver.pk) as alone:
        assert alone is not None
        assert sending.send_all() == 0
    assert sending.send_all() == 1


def test_messages_are_forgotten_after_thirty_days_unless_they_wait(db, system):
    a_receiver(system.url)
    happens()
    sending.send_all()
    happens()
    sending.hand_out()
    numbers = set(Message.objects.values_list("number", flat=True))

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        sending.forget()
        assert Message.objects.count() == 1
        happens()
        sending.hand_out()
    assert max(Message.objects.values_list("number", flat=True)) > max(numbers)


def test_an_agreement_that_has_ended_ends_the_telling(db, system):
    a_receiver(system.url)
    happens()
    with time_machine.travel(timezone.now() + timedelta(days=101)):
        happens()
        assert sending.send_all() == 0
    assert Message.objects.count() == 1


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "hmac-sm3"])
def test_signatures_are_those_of_the_standard(algorithm):
    made = signatures.signature(
        "plJ3nmyCDGBKInavdOK15jsl", algorithm, ident="msg_loFOjxBNrRLzqYUf", timestamp=1731705121,
        body=b'{"event_type":"ping"}',
    )  # fmt: skip

    prefix, _, value = made.partition(",")
    assert prefix == signatures.PREFIXES[algorithm]
    assert len(base64.b64decode(value)) == 32
