"""A guardian's yes or no as civil affairs lists it, kept per child with the row that says so."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from qianshou.common import bus
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_ids
from qianshou.registry.actions import storing
from qianshou.registry.events import ConsentsEnded
from qianshou.registry.models import Consent
from qianshou.registry.rules.golden import Row

NEWEST: Final = """
SELECT DISTINCT ON (child_id) child_id, given, given_on, channel <> 'DEPARTMENT_LIST'
FROM registry_consent
WHERE child_id = ANY(%s) AND purpose = 'MATCHING'
ORDER BY child_id, given_on DESC, noted_at DESC
"""


def note(children: Sequence[tuple[UUID, str, Sequence[Row]]], now: datetime) -> None:
    """Write down each answer that differs from what is on file; an answer is never overwritten."""
    said = [
        (child, area_code, answer)
        for child, area_code, rows in children
        if (answer := _answer(rows)) is not None
    ]
    if not said:
        return
    newest = {
        child: (given, given_on, by_hand)
        for child, given, given_on, by_hand in storing.fetch(NEWEST, [[each[0] for each in said]])
    }
    fresh = [
        (child, area_code, dated)
        for child, area_code, answer in said
        if (dated := _dated(answer, newest.get(child))) is not None
    ]
    ended = tuple(
        child
        for child, _, (given, _, _) in fresh
        if not given and child in newest and newest[child][0]
    )
    copy_rows(
        Consent,
        ("id", "child_id", "area_code", "purpose", "given", "given_on", "channel", "record_id",
         "noted_at", "capacity", "giver", "basis", "text_sha256", "parties", "reason", "proof"),
        (
            (each, child, area_code, "MATCHING", given, on, "DEPARTMENT_LIST", record, now,
             "", "", "", "", "[]", "", "{}")
            for each, (child, area_code, (given, on, record)) in zip(
                new_ids(len(fresh)), fresh, strict=True
            )
        ),
    )  # fmt: skip
    if ended:
        bus.publish(ConsentsEnded(ended, Consent.Purpose.MATCHING, ConsentsEnded.LIST))


def _answer(rows: Sequence[Row]) -> tuple[bool, str, str, str] | None:
    """Return the newest answer of any row: given, its day, the row's day, the row."""
    answers = [
        (row.values.get("consent_on") or row.as_of, row.as_of, row.record, row.values["consent"])
        for row in rows
        if "consent" in row.values
    ]
    if not answers:
        return None
    on, as_of, record, given = max(answers)
    return bool(given), on, as_of, record


def _dated(
    answer: tuple[bool, str, str, str], newest: tuple[bool, date, bool] | None
) -> tuple[bool, str, str] | None:
    """Return the answer to write, or None if the file has it already.

    A list may say no and still carry the day of the earlier yes; then the day of the row counts,
    because the newest answer has to win. A list that goes on saying yes with the old day does
    not undo the no that a person wrote down since.
    """
    given, on, as_of, record = answer
    if newest is None:
        return given, on, record
    if given == newest[0]:
        return None if date.fromisoformat(on) <= newest[1] else (given, on, record)
    if given and newest[2] and date.fromisoformat(on) <= newest[1]:
        return None
    latest = max(on, as_of, newest[1].isoformat())
    return given, on if on > newest[1].isoformat() else latest, record


def newest_of(child_id: UUID, purpose: str = Consent.Purpose.MATCHING) -> Consent | None:
    """Return the answer that counts for a purpose."""
    found: Consent | None = (
        Consent.objects.filter(child=child_id, purpose=purpose)
        .order_by("-given_on", "-noted_at")
        .first()
    )
    return found
