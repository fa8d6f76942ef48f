"""How far somebody has come: what the gates will read, worked out from what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from qianshou.mothers.actions.standing import Passed
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import gates
from qianshou.recruitment.models import (
    Attendance,
    MotherApplication,
    ScreeningCheck,
    Signature,
    SignRequest,
)
from qianshou.recruitment.queries import books
from qianshou.recruitment.rules.rulebook import COMMITMENTS, Rulebook

CLEAR, HIT, PENDING = "CLEAR", "HIT", "PENDING"
# Where her file says that a commitment is signed.
FLAGS: Final = {
    "CONDUCT": "committed_on", "REPORTING": "reporting_signed",
    "CONFIDENTIAL": "confidentiality_signed", "ONE_YEAR": "year_signed",
}  # fmt: skip


@dataclass(frozen=True)
class Screened:
    """What all background queries together come to, and since when."""

    result: str
    on: date | None


def passed_of(application: MotherApplication) -> Passed:
    """Return what she has passed so far; what her file from before says counts as before."""
    book = books.book_of(application.rulebook)
    screened = screened_of(list(application.checks.all()), book)
    sessions = list(application.attendances.select_related("session"))
    signed = signed_of(application, book)
    own = Passed(
        screening=screened.result,
        screened_on=screened.on,
        training_hours=float(sum(each.hours for each in sessions)),
        trained_on=trained_on(sessions),
        committed_on=signed.get("CONDUCT"),
        reporting_signed="REPORTING" in signed,
        confidentiality_signed="CONFIDENTIAL" in signed,
        year_signed="ONE_YEAR" in signed,
    )
    return _with_file(own, application, lapsed=set(lapsed_of(application)) - set(signed))


def _with_file(own: Passed, application: MotherApplication, *, lapsed: set[str]) -> Passed:
    """Let the file of a mother from before this system count where nothing newer is recorded.

    What she signed before does not count for a text whose newer version has `lapsed`.
    """
    file = application.mother
    if application.origin != MotherApplication.Origin.FILE or file is None:
        return own
    conduct = None if "CONDUCT" in lapsed else file.committed_on
    asked = own.screening != PENDING
    hours = max(own.training_hours, file.training_hours)
    return Passed(
        screening=own.screening if asked else file.screening,
        screened_on=own.screened_on if asked else file.screened_on,
        training_hours=hours,
        trained_on=file.trained_on or own.trained_on,
        committed_on=own.committed_on or conduct,
        reporting_signed=own.reporting_signed or _kept(file, "REPORTING", lapsed),
        confidentiality_signed=own.confidentiality_signed or _kept(file, "CONFIDENTIAL", lapsed),
        year_signed=own.year_signed or _kept(file, "ONE_YEAR", lapsed),
    )


def _kept(file: Mother, code: str, lapsed: set[str]) -> bool:
    return code not in lapsed and bool(getattr(file, FLAGS[code]))


def screened_of(checks: Sequence[ScreeningCheck], book: Rulebook) -> Screened:
    """Return what the newest answer of each required kind comes to.

    A record that was found in any answer weighs, whatever came later; all required kinds have to
    be clear, and the oldest of them says until when they hold.
    """
    answered = [each for each in checks if each.received_on is not None]
    hits = [each.received_on for each in answered if each.result == HIT]
    if hits:
        return Screened(HIT, max(on for on in hits if on is not None))
    newest: dict[str, date] = {}
    for each in answered:
        if each.received_on is not None:
            newest[each.kind] = max(each.received_on, newest.get(each.kind, date.min))
    if all(kind in newest for kind in book.required_queries):
        return Screened(CLEAR, min(newest[kind] for kind in book.required_queries))
    return Screened(PENDING, None)


def trained_on(sessions: Sequence[Attendance]) -> date | None:
    """Return the day on which the hours were reached, or the last day while they are not."""
    hours, day = 0.0, None
    for each in sorted(sessions, key=lambda one: one.session.held_on):
        hours, day = hours + float(each.hours), each.session.held_on
        if hours >= gates.REQUIRED.training_hours:
            break
    return day


def lapsed_of(application: MotherApplication) -> dict[str, int]:
    """Return the texts whose newer version she did not sign in time: its version by code."""
    if application.mother_id is None:
        return {}
    rows = SignRequest.objects.filter(mother_id=application.mother_id, lapsed_on__isnull=False)
    return dict(rows.order_by("version").values_list("code", "version"))


def signed_of(application: MotherApplication, book: Rulebook) -> dict[str, date]:
    """Return on which day she signed each text in a version that counts for her file."""
    lapsed, found = lapsed_of(application), signatures_in_force(application, book)
    return {each.code: each.signed_on for each in found if each.version >= lapsed.get(each.code, 0)}


def signatures_in_force(application: MotherApplication, book: Rulebook) -> list[Signature]:
    """Return the signatures under the texts of the book, or newer ones; the newest comes last."""
    wanted = {each.code: each.version for each in book.commitments}
    rows = sorted(application.signatures.all(), key=lambda one: one.version)
    return [each for each in rows if each.version >= wanted[each.code]]


def unsigned(application: MotherApplication, book: Rulebook) -> list[str]:
    """Return the codes of the commitments that are still to be signed, in order."""
    signed = {each.code for each in signatures_in_force(application, book)}
    return [code for code in COMMITMENTS if code not in signed]
