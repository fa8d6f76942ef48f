"""When staff next speak with each side of a pairing: one rule, said in Python and in SQL.

`first` contacts come every so many days from the first meeting on; after them one every month,
and after the first year one every quarter, always counted from the contact before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from qianshou.common.days import months_after

MOTHER: Final = "MOTHER"
CHILD: Final = "CHILD"
GUARDIAN: Final = "GUARDIAN"
SIDES: Final = (MOTHER, CHILD, GUARDIAN)
PLANNED: Final = "PLANNED"
UNPLANNED: Final = "UNPLANNED"
UNWILLING: Final = "UNWILLING"
SAFETY: Final = "SAFETY"
ENDINGS: Final = (PLANNED, UNPLANNED, UNWILLING, SAFETY)
LANGUAGES: Final = ("zh", "zh_hant", "en")
# Steps of an ending that the system itself looks at; others of a schedule are ticked off only.
TALKS: Final[Mapping[str, str]] = {f"TALK_{side}": side for side in SIDES}
LAST_MEETING: Final = "LAST_MEETING"
RULES: Final = "CONTACT_RULES"


class BadScheduleError(ValueError):
    """A schedule that cannot be used; the text says where and how to mend it."""


@dataclass(frozen=True)
class Cadence:
    """How often staff speak with each side."""

    first: int
    first_every_days: int
    then_every_months: int
    after_months: int
    later_every_months: int


@dataclass(frozen=True)
class Question:
    """A standard question to one side: its code and its words by language."""

    code: str
    side: str
    text: Mapping[str, str]
    reversed: bool = False


@dataclass(frozen=True)
class EndStep:
    """One step of an ending: who does it, within how many days, before or after the closing."""

    code: str
    who: str
    days: int
    text: Mapping[str, str]

    @property
    def is_talk(self) -> bool:
        """Tell whether it is the last talk with one side."""
        return self.code in TALKS


@dataclass(frozen=True)
class Schedule:
    """Everything an office sets about following and ending its pairings."""

    cadence: Cadence
    settle_after_days: int
    silent_days: int
    overdue_days: int
    low_below: float
    fewest_items: int
    questions: tuple[Question, ...]
    items: tuple[Question, ...]
    endings: Mapping[str, tuple[EndStep, ...]]
    cool_down_days: Mapping[str, int]
    rest_days: Mapping[str, int]
    contact_afterwards: Mapping[str, str]
    keep_within_km: int
    term_months: int

    def questions_to(self, side: str) -> list[Question]:
        """Return the standard questions to a side."""
        return [each for each in self.questions if each.side == side]

    def items_for(self, side: str) -> list[Question]:
        """Return the items of the scale of relationship quality for a side."""
        return [each for each in self.items if each.side == side]


# -- the due date ---------------------------------------------------------------------------------


def next_due(cadence: Cadence, *, active_on: date, held: int, last_on: date | None) -> date:
    """Return the day by which staff speak with a side again, after `held` contacts with it."""
    if held < cadence.first or last_on is None:
        return active_on + timedelta(days=cadence.first_every_days * (held + 1))
    in_first = last_on < months_after(active_on, cadence.after_months)
    return months_after(
        last_on, cadence.then_every_months if in_first else cadence.later_every_months
    )


# The same in SQL: the columns are those of the statement that uses it. PostgreSQL, too, shortens
# a day that the later month does not have.
NEXT_DUE: Final = """(CASE
  WHEN {held} < {first} OR {last_on} IS NULL
    THEN {active_on} + {first_every_days} * ({held} + 1)
  WHEN {last_on} < ({active_on} + make_interval(months => {after_months}))::date
    THEN ({last_on} + make_interval(months => {then_every_months}))::date
  ELSE ({last_on} + make_interval(months => {later_every_months}))::date END)"""


def next_due_sql(cadence: Cadence, *, active_on: str, held: str, last_on: str) -> str:
    """Return `next_due` as an SQL expression over three columns; only numbers are filled in."""
    return NEXT_DUE.format(
        held=held, last_on=last_on, active_on=active_on,
        first=int(cadence.first), first_every_days=int(cadence.first_every_days),
        then_every_months=int(cadence.then_every_months),
        after_months=int(cadence.after_months),
        later_every_months=int(cadence.later_every_months),
    )  # fmt: skip


# -- the quality of the relationship --------------------------------------------------------------

LOWEST, HIGHEST = 1, 5


def quality(answers: Mapping[str, int], items: list[Question], fewest: int) -> float | None:
    """Return the mean of the items answered, turned so that 5 is good; None if too few are."""
    known = {each.code: each for each in items}
    points = [
        LOWEST + HIGHEST - value if known[code].reversed else value
        for code, value in answers.items()
        if code in known and LOWEST <= value <= HIGHEST
    ]
    return round(sum(points) / len(points), 2) if len(points) >= max(fewest, 1) else None


# -- reading a schedule ---------------------------------------------------------------------------


def schedule_from(body: Mapping[str, Any]) -> Schedule:
    """Return the schedule that a TOML file says; raises `BadScheduleError` with what is wrong."""
    contacts, risk, close = (_table(body, name) for name in ("contacts", "risk", "closing"))
    endings = {kind: _steps(_table(body, "ending"), kind) for kind in ENDINGS}
    return Schedule(
        cadence=Cadence(
            *(
                _whole(contacts, name, "contacts")
                for name in (
                    "first", "first_every_days", "then_every_months", "after_months",
                    "later_every_months",
                )
            )
        ),
        settle_after_days=_whole(contacts, "settle_after_days", "contacts"),
        silent_days=_whole(risk, "silent_days", "risk"),
        overdue_days=_whole(risk, "overdue_days", "risk"),
        low_below=float(_whole(risk, "low_below_tenths", "risk")) / 10,
        fewest_items=_whole(risk, "fewest_items", "risk"),
        questions=_questions(body, "question"),
        items=_questions(body, "item"),
        endings=endings,
        cool_down_days=_days(close, "cool_down_days"),
        rest_days=_days(close, "mother_rest_days"),
        contact_afterwards=_text(close, "contact_afterwards", "closing"),
        keep_within_km=_whole(close, "keep_within_km", "closing"),
        term_months=_whole(close, "term_months", "closing"),
    )  # fmt: skip


def _table(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if not isinstance(found, Mapping):
        raise BadScheduleError(f"[{name}] is missing")
    return found


def _whole(table: Mapping[str, Any], name: str, where: str, *, least: int = 1) -> int:
    value = table.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 1000:
        raise BadScheduleError(f"[{where}] {name}: a whole number from {least} to 1000 is needed")
    return value


def _days(table: Mapping[str, Any], name: str) -> dict[str, int]:
    found = table.get(name)
    if not isinstance(found, Mapping):
        raise BadScheduleError(f"[closing] {name}: days for {', '.join(ENDINGS)} are needed")
    return {kind: _whole(found, kind, f"closing.{name}", least=0) for kind in ENDINGS}


def _text(table: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    found = table.get(name)
    if not isinstance(found, Mapping) or not all(
        isinstance(found.get(each), str) and found[each].strip() for each in LANGUAGES
    ):
        raise BadScheduleError(f"[{where}] {name}: words in {', '.join(LANGUAGES)} are needed")
    return {each: found[each] for each in LANGUAGES}


def _questions(body: Mapping[str, Any], name: str) -> tuple[Question, ...]:
    rows = body.get(name, [])
    made: list[Question] = []
    for place, row in enumerate(rows, start=1):
        where = f"{name} {place}"
        if row.get("side") not in SIDES:
            raise BadScheduleError(f"[{where}] side: one of {', '.join(SIDES)} is needed")
        code = str(row.get("code", ""))
        if not code.isidentifier() or any(code == each.code for each in made):
            raise BadScheduleError(f"[{where}] code: a word that no other {name} has is needed")
        text = _text(row, "text", where)
        made.append(Question(code, row["side"], text, bool(row.get("reversed"))))
    if missing := [side for side in SIDES if not any(each.side == side for each in made)]:
        raise BadScheduleError(f"[{name}] nothing is asked of {', '.join(missing)}")
    return tuple(made)


def _steps(endings: Mapping[str, Any], kind: str) -> tuple[EndStep, ...]:
    rows = endings.get(kind, [])
    steps = tuple(
        EndStep(
            str(row.get("code", "")),
            str(row.get("who", "")),
            _whole(row, "days", f"ending.{kind} {place}", least=0),
            _text(row, "text", f"ending.{kind} {place}"),
        )
        for place, row in enumerate(rows, start=1)
    )
    wanted = {*TALKS, LAST_MEETING, RULES}
    if missing := sorted(wanted - {step.code for step in steps}):
        raise BadScheduleError(f"[ending.{kind}] these steps are missing: {', '.join(missing)}")
    if len({step.code for step in steps}) != len(steps):
        raise BadScheduleError(f"[ending.{kind}] a step stands twice")
    return steps
