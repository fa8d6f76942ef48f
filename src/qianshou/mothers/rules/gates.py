"""What stands between a mother and her first child: the gates, asked in one place by all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Protocol

from qianshou.common.days import months_after

# 未保法 62 asks for the query of records before entry and then every year (domain.md 1.13).
SCREENING_MONTHS: Final = 12
# How long before its end a query appears on worklists, so that there is time to ask again.
SCREENING_NOTICE: Final = timedelta(days=30)


@dataclass
class Required:
    """What a site asks for beyond the law; set once, when the application starts.

    `training_hours` are the hours of training before the first child: no official text fixes them.
    """

    training_hours: float = 6.0


REQUIRED: Final = Required()


class Candidate(Protocol):
    """What the gates look at; any row with these fields will do."""

    state: Any
    screening: Any
    screened_on: date | None
    training_hours: float
    trained_on: date | None
    committed_on: date | None
    reporting_signed: bool
    confidentiality_signed: bool
    year_signed: bool


@dataclass(frozen=True)
class Gate:
    """One condition: its code, the sentence (an English message id) when it is not met."""

    code: str
    label: str
    sentence: str


@dataclass(frozen=True)
class Step:
    """How one mother stands before one gate: passed `on` a day, and valid `until` another."""

    gate: Gate
    passed: bool
    on: date | None = None
    until: date | None = None


APPROVED: Final = "APPROVED"
SCREENED: Final = "SCREENED"
SCREENING_FRESH: Final = "SCREENING_FRESH"
TRAINED: Final = "TRAINED"
COMMITTED: Final = "COMMITTED"
REPORTING: Final = "REPORTING"
CONFIDENTIAL: Final = "CONFIDENTIAL"
ONE_YEAR: Final = "ONE_YEAR"


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


# A record that was found and a query still open give the same code: only two roles may see the
# result itself (domain.md 1.13), and a list must not betray it.
GATES: Final[Mapping[str, Gate]] = {
    gate.code: gate
    for gate in (
        Gate(
            APPROVED,
            _("Application approved"),
            _("She is not active: approve or resume her file."),
        ),
        Gate(
            SCREENED,
            _("Background query clear"),
            _("There is no clear result of the background query."),
        ),
        Gate(
            SCREENING_FRESH,
            _("Background query not older than a year"),
            _("The background query is older than a year: ask again."),
        ),
        Gate(TRAINED, _("Training before the first child"), _("Her training is not complete.")),
        Gate(COMMITTED, _("Code of conduct signed"), _("She has not signed the code of conduct.")),
        Gate(
            REPORTING,
            _("Duty to report signed"),
            _("She has not signed the duty to report."),
        ),
        Gate(
            CONFIDENTIAL,
            _("Confidentiality signed"),
            _("She has not signed that she keeps what she learns to herself."),
        ),
        Gate(
            ONE_YEAR,
            _("At least one year promised"),
            _("She has not signed that she stays for at least one year."),
        ),
    )
}


def oldest_screening(day: date) -> date:
    """Return the earliest day of a background query that still holds on `day`.

    A query of 29 February so holds until 28 February of the next year, and one of 28 February
    still holds on 29 February of the next leap year.
    """
    return months_after(day, -SCREENING_MONTHS)


def screening_until(screened_on: date) -> date:
    """Return the last day on which a query still holds."""
    return months_after(screened_on, SCREENING_MONTHS)


def screened_on_that_expire(day: date) -> tuple[date, date]:
    """Return the first and last day of the queries that hold on `day`, but not for long."""
    return oldest_screening(day), oldest_screening(day + SCREENING_NOTICE) - timedelta(days=1)


def expires_soon(screened_on: date | None, day: date) -> bool:
    """Tell whether a query holds on `day` and will have expired `SCREENING_NOTICE` later."""
    first, last = screened_on_that_expire(day)
    return screened_on is not None and first <= screened_on <= last


def is_fresh(screened_on: date | None, day: date) -> bool:
    """Tell whether a background query of a day still holds on another."""
    return screened_on is not None and oldest_screening(day) <= screened_on <= day


def _done(on: date | None, day: date) -> bool:
    """Tell whether something happened by `day`; a date in the future is a slip of the pen."""
    return on is not None and on <= day


_PASSED: Final[Mapping[str, Callable[[Candidate, date], bool]]] = {
    APPROVED: lambda mother, _day: mother.state == "ACTIVE",
    SCREENED: lambda mother, _day: mother.screening == "CLEAR",
    SCREENING_FRESH: lambda mother, day: is_fresh(mother.screened_on, day),
    TRAINED: lambda mother, day: (
        mother.training_hours >= REQUIRED.training_hours and _done(mother.trained_on, day)
    ),
    COMMITTED: lambda mother, day: _done(mother.committed_on, day),
    REPORTING: lambda mother, _day: bool(mother.reporting_signed),
    CONFIDENTIAL: lambda mother, _day: bool(mother.confidentiality_signed),
    ONE_YEAR: lambda mother, _day: bool(mother.year_signed),
}


def steps(mother: Candidate, day: date) -> list[Step]:
    """Return how she stands before every gate on a day, in the order of the road."""
    on = {
        SCREENED: mother.screened_on,
        SCREENING_FRESH: mother.screened_on,
        TRAINED: mother.trained_on,
        COMMITTED: mother.committed_on,
    }
    screened = mother.screened_on
    until = {SCREENING_FRESH: screening_until(screened)} if screened else {}
    return [
        Step(gate, _PASSED[code](mother, day), on.get(code), until.get(code))
        for code, gate in GATES.items()
    ]


def gate(mother: Candidate, day: date) -> list[Gate]:
    """Return the gates she has not passed on a day; an empty list means that she is ready."""
    return [each for code, each in GATES.items() if not _PASSED[code](mother, day)]
