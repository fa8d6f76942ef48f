"""What an office sets about visits, as data: purposes, forms, cadence, the rule of two, routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

LANGUAGES: Final = ("zh", "zh_hant", "en")
GRADES: Final = ("RED", "ORANGE", "YELLOW", "GREEN")
CHOICE, TEXT = "CHOICE", "TEXT"


class BadBookError(ValueError):
    """A book of visits that cannot be used; the text says where and how to mend it."""


@dataclass(frozen=True)
class Answer:
    """One answer to choose; a finding becomes a task that is due after `days`."""

    code: str
    text: Mapping[str, str]
    task: Mapping[str, str] | None = None
    days: int = 0


@dataclass(frozen=True)
class Question:
    """One question of a form: answers to choose from, or words."""

    code: str
    text: Mapping[str, str]
    answers: tuple[Answer, ...] = ()

    @property
    def kind(self) -> str:
        """Tell how it is answered."""
        return CHOICE if self.answers else TEXT


@dataclass(frozen=True)
class Purpose:
    """Why one goes: its name, how long it usually takes, and what is asked.

    Where it `assesses`, the questions of the scale in force are asked on the same form.
    """

    code: str
    text: Mapping[str, str]
    minutes: int
    questions: tuple[Question, ...]
    assesses: bool = False


@dataclass(frozen=True)
class Route:
    """How a day's way is reckoned."""

    starts: int
    ends: int
    factor_percent: int
    speed_kmh: int
    same_place_minutes: int
    most_stops: int


@dataclass(frozen=True)
class Book:
    """Everything an office sets about visits."""

    purposes: Mapping[str, Purpose]
    cadence_days: Mapping[str, int]
    joint_first: int
    near_km: int
    escalate_days: int
    route: Route

    def due_on(self, grade: str, *, last_on: date | None, since: date) -> date:
        """Return the day by which a child of a grade is visited again."""
        days = self.cadence_days.get(grade, self.cadence_days["GREEN"])
        return (last_on or since) + timedelta(days=days)


@dataclass(frozen=True)
class Finding:
    """What an answer asks somebody to do, and by when."""

    code: str
    task: Mapping[str, str]
    due_on: date


def findings(purpose: Purpose, answers: Mapping[str, str], *, day: date) -> list[Finding]:
    """Return the tasks that follow from the answers of a visit on a day."""
    return [
        Finding(f"{question.code}.{answer.code}", answer.task, day + timedelta(days=answer.days))
        for question in purpose.questions
        for answer in question.answers
        if answer.task and answers.get(question.code) == answer.code
    ]


# -- reading a book -------------------------------------------------------------------------------


def book_from(body: Mapping[str, Any]) -> Book:
    """Return the book that a TOML file says; raises `BadBookError` with what is wrong."""
    rules, route, cadence = (_table(body, name) for name in ("rules", "route", "cadence_days"))
    made = Book(
        purposes=_purposes(body),
        cadence_days={grade: _whole(cadence, grade, "cadence_days") for grade in GRADES},
        joint_first=_whole(rules, "joint_first", "rules", least=0),
        near_km=_whole(rules, "near_km", "rules"),
        escalate_days=_whole(rules, "escalate_days", "rules"),
        route=Route(
            **{
                name: _whole(route, name, "route", most=1440)
                for name in (
                    "starts", "ends", "factor_percent", "speed_kmh", "same_place_minutes",
                    "most_stops",
                )
            }
        ),
    )  # fmt: skip
    if made.route.starts >= made.route.ends:
        raise BadBookError("[route] ends: the day must end after it starts (minutes from midnight)")
    if made.route.most_stops > 30:
        raise BadBookError("[route] most_stops: at most 30 visits fit into one day")
    return made


def _table(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if not isinstance(found, Mapping):
        raise BadBookError(f"[{name}] is missing")
    return found


def _whole(
    table: Mapping[str, Any], name: str, where: str, *, least: int = 1, most: int = 1000
) -> int:
    value = table.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadBookError(f"[{where}] {name}: a whole number from {least} to {most} is needed")
    return value


def _yes(table: Mapping[str, Any], name: str, where: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise BadBookError(f"[{where}] {name}: true or false is needed")
    return value


def _text(found: Any, where: str) -> Mapping[str, str]:
    if not isinstance(found, Mapping) or not all(
        isinstance(found.get(each), str) and found[each].strip() for each in LANGUAGES
    ):
        raise BadBookError(f"[{where}]: words in {', '.join(LANGUAGES)} are needed")
    return {each: found[each] for each in LANGUAGES}


def _code(row: Mapping[str, Any], where: str, taken: Mapping[str, Any] | set[str]) -> str:
    code = str(row.get("code", ""))
    if not code.isidentifier() or len(code) > 30 or code in taken:
        raise BadBookError(f"[{where}] code: a short word that no other one has is needed")
    return code


def _purposes(body: Mapping[str, Any]) -> dict[str, Purpose]:
    questions = _questions(body)
    made: dict[str, Purpose] = {}
    for place, row in enumerate(body.get("purpose", []), start=1):
        where = f"purpose {place}"
        code = _code(row, where, made)
        asked = row.get("asks", [])
        if unknown := [each for each in asked if each not in questions]:
            raise BadBookError(f"[{where}] asks: no question is called {', '.join(unknown)}")
        made[code] = Purpose(
            code, _text(row.get("text"), f"{where} text"), _whole(row, "minutes", where),
            tuple(questions[each] for each in asked), _yes(row, "assesses", where),
        )  # fmt: skip
    if not made:
        raise BadBookError("[purpose]: at least one purpose is needed")
    return made


def _questions(body: Mapping[str, Any]) -> dict[str, Question]:
    made: dict[str, Question] = {}
    for place, row in enumerate(body.get("question", []), start=1):
        where = f"question {place}"
        code = _code(row, where, made)
        taken: set[str] = set()
        answers = []
        for number, each in enumerate(row.get("answers", []), start=1):
            spot = f"{where} answer {number}"
            name = _code(each, spot, taken)
            taken.add(name)
            task = _text(each["task"], f"{spot} task") if "task" in each else None
            days = _whole(each, "days", spot, least=0, most=365) if task else 0
            answers.append(Answer(name, _text(each.get("text"), f"{spot} text"), task, days))
        made[code] = Question(code, _text(row.get("text"), f"{where} text"), tuple(answers))
    return made
