"""A care model: the slots of a team, what each may see, and how often it is in touch.

A model is written as data (TOML, or a form) and read here; what does not fit is told slot by slot
and field by field, all of it at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qianshou.teams.rules import parts as seen


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


MOTHER: Final = "MOTHER"
PAIRING, ROSTER, STAFF, MOTHERS = "PAIRING", "ROSTER", "STAFF", "MOTHERS"
SOURCES: Final[Mapping[str, str]] = {
    ROSTER: _("roster of partners"),
    STAFF: _("staff with an account"),
    MOTHERS: _("loving mothers"),
    PAIRING: _("the child's pairing"),
}
GRADES: Final = ("RED", "ORANGE", "YELLOW", "GREEN")
CONTACT: Final = "CONTACT"
DUTIES: Final[Mapping[str, str]] = {
    CONTACT: _("be in touch"),
    "VISIT": _("visit at home"),
    "TALK": _("talk with the child"),
    "CHECK": _("look after one matter"),
    "REPORT": _("report to the office"),
}
MOST_SLOTS, MOST_PEOPLE, MOST_DUTIES, LONGEST_DAYS = 14, 20, 6, 366
LANGUAGES: Final = ("zh", "zh_hant", "en")


@dataclass(frozen=True)
class Problem:
    """What does not fit: in which slot (0 is the model itself), in which field, and how to mend."""

    slot: int
    field: str
    says: str
    params: Mapping[str, Any]


class BadModelError(ValueError):
    """A model that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"[{p.slot}] {p.field}: {p.says % p.params}" for p in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Duty:
    """Something that whoever sits in a slot does every so many days, by the child's grade."""

    what: str
    days: Mapping[str, int]
    text: Mapping[str, str]


@dataclass(frozen=True)
class Slot:
    """One place of a team."""

    role: str
    name: Mapping[str, str]
    source: str
    least: int
    most: int
    required: bool
    parts: tuple[str, ...]
    duties: tuple[Duty, ...]

    def missing(self, filled: int) -> int:
        """Return how many people the slot still lacks."""
        return max(self.least - filled, 0) if self.required else 0

    def is_full(self, filled: int) -> bool:
        """Tell whether nobody further may be taken in."""
        return filled >= self.most

    def days(self, what: str, grade: str) -> int | None:
        """Return every how many days something is due, None if it is no duty of this slot."""
        found = next((each for each in self.duties if each.what == what), None)
        return found.days.get(grade) if found else None


@dataclass(frozen=True)
class Model:
    """Everything a care model says."""

    slots: tuple[Slot, ...]

    def slot(self, role: str) -> Slot | None:
        """Return the slot of a role."""
        return next((each for each in self.slots if each.role == role), None)


def model_from(body: Mapping[str, Any], *, roles: Iterable[str]) -> Model:
    """Read a model; `roles` are those that exist besides the child's own mother.

    Raises:
        BadModelError: with everything that does not fit.

    """
    rows = body.get("slot")
    reader = _Reader(frozenset(roles) | {MOTHER})
    if not isinstance(rows, list) or not rows:
        reader.say(0, "slot", _("A model needs at least one slot."))
        rows = []
    if len(rows) > MOST_SLOTS:
        reader.say(0, "slot", _("At most %(most)d slots are possible."), most=MOST_SLOTS)
    slots = tuple(reader.slot(no, row) for no, row in enumerate(rows[:MOST_SLOTS], start=1))
    if reader.problems:
        raise BadModelError(reader.problems)
    return Model(slots)


class _Reader:
    """Reads slots and gathers what is wrong with them."""

    def __init__(self, roles: frozenset[str]) -> None:
        self.roles = roles
        self.problems: list[Problem] = []
        self.met: set[str] = set()

    def say(self, slot: int, field: str, says: str, **params: Any) -> None:
        self.problems.append(Problem(slot, field, says, params))

    def slot(self, no: int, row: Any) -> Slot:
        row = row if isinstance(row, Mapping) else {}
        role, source = str(row.get("role", "")), str(row.get("from", ""))
        self._role(no, role, source)
        least = self.whole(no, "least", row.get("least"), 0, MOST_PEOPLE)
        most = self.whole(no, "most", row.get("most"), 1, MOST_PEOPLE)
        if least > most:
            self.say(no, "most", _("The largest number is smaller than the least."))
        if role == MOTHER and most > 1:
            self.say(no, "most", _("A child has one mother of its own."))
        required = row.get("required") is True
        if required and least < 1:
            self.say(no, "least", _("A required slot needs at least one person."))
        return Slot(
            role, _words(row.get("name")), source, least, most, required,
            self._parts(no, row.get("parts", [])), self._duties(no, row.get("duty", [])),
        )  # fmt: skip

    def _role(self, no: int, role: str, source: str) -> None:
        if role not in self.roles:
            self.say(no, "role", _("Choose a role of the list."))
        elif role in self.met:
            self.say(no, "role", _("This role has a slot already; raise its number instead."))
        self.met.add(role)
        if source not in SOURCES:
            self.say(no, "from", _("Say where the person comes from."))
        elif (role == MOTHER) != (source == PAIRING):
            says = _("The child's mother comes from the pairing, and nobody else does.")
            self.say(no, "from", says)

    def _parts(self, no: int, given: Any) -> tuple[str, ...]:
        unknown = [str(each) for each in given if each not in seen.PARTS]
        if unknown:
            says = _("These parts of the file are not known: %(words)s.")
            self.say(no, "parts", says, words=", ".join(unknown))
        return seen.tidy(list(given))

    def _duties(self, no: int, rows: Any) -> tuple[Duty, ...]:
        rows = rows if isinstance(rows, list) else []
        if len(rows) > MOST_DUTIES:
            self.say(no, "duty", _("At most %(most)d duties are possible."), most=MOST_DUTIES)
        if len({row.get("what") for row in rows}) < len(rows):
            self.say(no, "duty", _("A duty stands twice."))
        return tuple(self._duty(no, row) for row in rows)

    def _duty(self, no: int, row: Mapping[str, Any]) -> Duty:
        what = str(row.get("what", ""))
        if what not in DUTIES:
            self.say(no, "duty", _("Choose a duty of the list."))
        given = row.get("days")
        days = given if isinstance(given, Mapping) else {}
        read = {grade: self.whole(no, "days", days.get(grade), 1, LONGEST_DAYS) for grade in GRADES}
        return Duty(what, read, _words(row.get("text")))

    def whole(self, no: int, field: str, value: Any, low: int, high: int) -> int:  # noqa: PLR0917 - one line each
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        says = _("Write a whole number from %(low)d to %(high)d.")
        self.say(no, field, says, low=low, high=high)
        return low


def _words(given: Any) -> Mapping[str, str]:
    if isinstance(given, str):
        return {"zh": given.strip()[:40]} if given.strip() else {}
    if isinstance(given, Mapping):
        return {
            language: str(given[language]).strip()[:200]
            for language in LANGUAGES
            if str(given.get(language, "")).strip()
        }
    return {}
