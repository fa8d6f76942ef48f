"""Letting the rest of the house hear of contacts that phones have handed in.

A call of a phone writes its contacts and an arrival for each, and is answered. What follows from
them (clocks, ticks, follow-up, danger words) is done a moment later for many phones in one go:
by the worker within two seconds, or at once for a phone that asks for its day. An arrival goes in
the transaction of what follows from it, so each contact is heard of once, whoever is killed
(docs/decisions/0174).
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from qianshou.care.actions import contacts
from qianshou.care.models import Arrival, Contact
from qianshou.common import copying, queueing, rowsecurity

TASK: Final = "care.hear"
# Calls of so many seconds are heard of together.
GATHERED: Final = 1
AT_ONCE: Final = 500
# What went wrong is tried again after 1, 2, 4 ... minutes, at most once in a day.
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(days=1)
# Oldest first, and never the same by two: whoever waits for a lock finds the row gone.
# Materialised, or the planner may ask for the next ones again for every row.
_TAKE: Final = """
WITH next AS MATERIALIZED (
  SELECT a.contact_id FROM care_arrival a {joined}
  WHERE {which} ORDER BY a.due_at, a.contact_id LIMIT %(most)s FOR UPDATE OF a {waiting}
)
DELETE FROM care_arrival d USING next WHERE d.contact_id = next.contact_id RETURNING d.contact_id
"""
_DUE: Final = _TAKE.format(joined="", which="a.due_at <= %(now)s", waiting="SKIP LOCKED")
_HERS: Final = _TAKE.format(
    joined="JOIN care_contact c ON c.id = a.contact_id", which="c.mother_id = %(mother)s",
    waiting="",
)  # fmt: skip
_ONE: Final = _TAKE.format(joined="", which="a.contact_id = %(contact)s", waiting="SKIP LOCKED")
_FAILED: Final = """
UPDATE care_arrival SET failed = failed + 1,
  due_at = %(now)s + least(%(first)s * 2 ^ least(failed, 20), %(longest)s)
WHERE contact_id = %(contact)s
"""


def announce_later(written: Iterable[Contact], *, now: datetime) -> None:
    """Note contacts that have just been written, and wake the worker once this is committed."""
    rows = [
        {"contact_id": each.pk, "area_code": each.area_code, "due_at": str(now), "failed": 0}
        for each in written
    ]
    copying.insert_values(Arrival, rows)
    queueing.ask_after_commit(TASK, wait=GATHERED)


def hear_of_hers(mother_id: UUID) -> None:
    """Let everything be heard of that a mother's phones have handed in."""
    if not Arrival.objects.filter(contact__mother_id=mother_id).exists():
        return
    # Whatever goes wrong here goes wrong with the worker too, which says so: her day comes anyway.
    with suppress(Exception), rowsecurity.acting(rowsecurity.SYSTEM):
        _hear(_taken(_HERS, mother=mother_id, most=AT_ONCE))


def hear_of_due(now: datetime) -> int:
    """Let the oldest contacts that wait be heard of; returns how many were.

    If one of them cannot be, the others are done one by one, it waits for its next turn, and what
    went wrong is raised at the end.
    """
    try:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            return _hear(_taken(_DUE, now=now, most=AT_ONCE))
    except Exception:  # noqa: BLE001 - whatever it was, it is met again below, by name
        return _hear_one_by_one(now)


def hear_of_all() -> None:
    """Let everything be heard of before a night's work, which nothing of it may hold up."""
    # The job of every minute meets what goes wrong here again, and says so.
    with suppress(Exception):
        while hear_of_due(timezone.now()) == AT_ONCE:
            pass


def _hear_one_by_one(now: datetime) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        due = Arrival.objects.filter(due_at__lte=now).order_by("due_at", "pk")
        wanted = list(due.values_list("pk", flat=True)[:AT_ONCE])
    heard, trouble = 0, None
    for contact in wanted:
        try:
            with rowsecurity.acting(rowsecurity.SYSTEM):
                heard += _hear(_taken(_ONE, contact=contact, most=1))
        except Exception as problem:  # noqa: BLE001 - raised once the others are through
            trouble = problem
            _put_off(contact)
    if trouble is not None:
        raise trouble
    return heard


def _put_off(contact: UUID) -> None:
    given: dict[str, Any] = {"now": timezone.now(), "contact": contact}
    pauses = {"first": FIRST_PAUSE, "longest": LONGEST_PAUSE}
    with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
        cursor.execute(_FAILED, given | pauses)


def _taken(statement: str, **given: Any) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [contact for (contact,) in cursor.fetchall()]


def _hear(taken: Sequence[UUID]) -> int:
    """Announce contacts whose arrivals this transaction has taken away."""
    if taken:
        contacts.announce(Contact.objects.filter(pk__in=taken).select_related("pairing"))
    return len(taken)
