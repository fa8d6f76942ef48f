"""Reading what an applicant writes of herself: her number, her birthday, and the facts of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from qianshou.common.days import age_on
from qianshou.engines.linkage import normalise

RESIDENT, PASSPORT, PERMIT, NONE = "RESIDENT", "PASSPORT", "PERMIT", "NONE"
OLDEST: Final = 110
# What stands for a place outside the county in which she applies.
ELSEWHERE: Final = "ELSEWHERE"
LONGEST_NAME: Final = 80


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


ID_KINDS: Final[Mapping[str, str]] = {
    RESIDENT: _("resident identity card"),
    PASSPORT: _("passport"),
    PERMIT: _("residence permit (Hong Kong, Macao, Taiwan, or permanent residence)"),
    NONE: _("I have no document at hand"),
}
WRONG_NUMBER: Final = _(
    "This is not a valid identity card number. Compare all 18 characters with the card; if yours is"
    " another document, choose it above."
)
WRONG_DOCUMENT: Final = _("Write the number as it stands on the document, letters and digits only.")
NO_NUMBER_NEEDED: Final = _("Leave the number empty if you have no document at hand.")
OTHER_BIRTHDAY: Final = _(
    "The identity card number says another birthday. Compare both with the card."
)
IN_THE_FUTURE: Final = _("This day is still to come. Write a day in the past.")
TOO_LONG_AGO: Final = _("This is too long ago. Compare the year with the document.")
BIRTHDAY_NEEDED: Final = _(
    "Write the birthday: without an identity card number nothing else says it."
)
WRONG_PHONE: Final = _("This is not a telephone number. Write 11 digits, or area code and number.")


@dataclass(frozen=True)
class Identity:
    """Who she says she is, read: what is wrong with it is named by field."""

    id_kind: str
    id_number: str
    birth_on: date | None
    wrong: Mapping[str, str]

    @property
    def proves(self) -> bool:
        """Tell whether the number proves that two rows are one person."""
        return self.id_kind == RESIDENT and bool(self.id_number) and not self.wrong

    @property
    def sex(self) -> str | None:
        """Return the sex that a resident's number says, None without one."""
        return ("M" if int(self.id_number[16]) % 2 else "F") if self.proves else None


def identity(kind: str, number: str, *, birth_on: date | None, today: date) -> Identity:
    """Read document and birthday; a resident's number gives the birthday if none was written."""
    number = number.strip()
    canonical, valid, _problem = normalise.id_number(number)
    if kind == RESIDENT and canonical and valid:
        number = canonical
        said = _date_in(number)
        wrong = {"birth_on": OTHER_BIRTHDAY} if birth_on not in (None, said) else {}
        birth_on = birth_on or said
    else:
        wrong = _wrong_number(kind, number)
        if birth_on is None and not wrong:
            wrong["birth_on"] = BIRTHDAY_NEEDED
    if birth_on is not None and (problem := day_problem(birth_on, today)):
        wrong.setdefault("birth_on", problem)
    return Identity(kind, number, birth_on, wrong)


def _wrong_number(kind: str, number: str) -> dict[str, str]:
    """Return what is wrong with a number that proves nobody."""
    if kind == RESIDENT:
        return {"id_number": WRONG_NUMBER}
    if kind == NONE:
        return {"id_number": NO_NUMBER_NEEDED} if number else {}
    fits = 5 <= len(number) <= 20 and number.isascii() and number.isalnum()
    return {} if fits else {"id_number": WRONG_DOCUMENT}


def _date_in(number: str) -> date:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def day_problem(day: date, today: date) -> str:
    """Return what is wrong with a day in somebody's past, or nothing."""
    if day > today:
        return IN_THE_FUTURE
    return TOO_LONG_AGO if day.year < today.year - OLDEST else ""


def phone(raw: str) -> str | None:
    """Return the digits of a telephone number, None if it is none."""
    return normalise.phone(raw)


def facts(answers: Mapping[str, Any], *, inside: bool, today: date) -> dict[str, Any]:
    """Return what the criteria look at; a question that was not answered stays unknown."""
    birth = date.fromisoformat(answers["birth_on"]) if answers.get("birth_on") else None
    kind, number = answers.get("id_kind", NONE), answers.get("id_number", "")
    known = identity(kind, number, birth_on=birth, today=today)
    return {
        "age": age_on(birth, today),
        "lives_inside": inside,
        "sex_by_id": known.sex,
        "years_of_residence": answers.get("years"),
        "children_at_once": answers.get("capacity"),
        "categories": answers.get("categories", []),
        **answers.get("questions", {}),
    }
