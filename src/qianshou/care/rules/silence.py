"""How often a contact is due, and who is told when it does not come: what a timetable may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

MOTHER: Final = "MOTHER"
TOWN: Final = "TOWN"
COUNTY: Final = "COUNTY"
CITY: Final = "CITY"
# In this order; a later one is never told before an earlier one.
TELLS: Final = (MOTHER, TOWN, COUNTY, CITY)
STAFF: Final = (TOWN, COUNTY, CITY)
RED: Final = "RED"
NONE: Final = "NONE"
GRADES: Final = (RED, "ORANGE", "YELLOW", "GREEN", NONE)
# As `Assessment.tier`; a child without a grade stands last.
TIERS: Final = {grade: place for place, grade in enumerate(GRADES)}
LONGEST: Final = 120


class BadRulesError(ValueError):
    """Rules that cannot be used; the text says where and how to mend it."""


@dataclass(frozen=True)
class Step:
    """One step of a silence: who is told, after how many days by grade, and for whom at once."""

    tell: str
    days: Mapping[str, int]
    at_once: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What an office sets about contacts that are due."""

    days_between: Mapping[str, int]
    steps: tuple[Step, ...]

    def step(self, tell: str) -> Step:
        """Return the step that tells somebody."""
        return self.steps[TELLS.index(tell)]

    def reached(self, grade: str, days_late: int) -> tuple[str, ...]:
        """Return who is to know by now."""
        return tuple(each.tell for each in self.steps if days_late >= each.days[grade])


def days_today(rules: Rules, grade: str, *, works: bool) -> tuple[int | None, ...]:
    """Return after how many days each step is taken for a grade on one day; None: not that day.

    On a day off staff are told of the grades in `at_once` alone. A step that has to wait holds up
    the later ones.
    """
    found: list[int | None] = []
    for step in rules.steps:
        waits = step.tell in STAFF and not works and grade not in step.at_once
        found.append(None if waits or None in found else step.days[grade])
    return tuple(found)


def rules_from(body: Mapping[str, Any]) -> Rules:
    """Return the rules that a TOML file says; raises `BadRulesError` with what is wrong."""
    between = _by_grade(body.get("days_between"), "days_between", least=1)
    steps = body.get("step", [])
    told = [row.get("tell") if isinstance(row, Mapping) else None for row in steps]
    if tuple(told) != TELLS:
        raise BadRulesError(f"[[step]]: one for each of {', '.join(TELLS)} in this order is needed")
    made = tuple(_step(row, place) for place, row in enumerate(steps, start=1))
    for before, after in pairwise(made):
        if bad := [each for each in GRADES if after.days[each] < before.days[each]]:
            raise BadRulesError(f"step {after.tell}: {bad[0]} comes before step {before.tell}")
    return Rules(between, made)


def _step(row: Mapping[str, Any], place: int) -> Step:
    where = f"step {place}"
    at_once = row.get("at_once", [])
    if not isinstance(at_once, list) or not set(at_once) <= set(GRADES):
        raise BadRulesError(f"{where}: at_once is a list of {', '.join(GRADES)}")
    return Step(
        str(row["tell"]), _by_grade(row.get("days"), f"{where}: days", least=0), tuple(at_once)
    )


def _by_grade(row: Any, where: str, *, least: int) -> dict[str, int]:
    if not isinstance(row, Mapping) or set(row) != set(GRADES):
        raise BadRulesError(f"{where}: days for {', '.join(GRADES)} are needed, no others")
    for grade, value in row.items():
        if type(value) is not int or not least <= value <= LONGEST:
            raise BadRulesError(f"{where}: {grade} is a whole number from {least} to {LONGEST}")
    return dict(row)


def written(rules: Rules) -> str:
    """Return rules as the TOML text that `rules_from` reads."""
    lines = ["[days_between]", *(f"{each} = {rules.days_between[each]}" for each in GRADES)]
    for step in rules.steps:
        days = ", ".join(f"{each} = {step.days[each]}" for each in GRADES)
        lines += ["", "[[step]]", f'tell = "{step.tell}"', f"days = {{ {days} }}"]
        if step.at_once:
            named = ", ".join(f'"{each}"' for each in step.at_once)
            lines.append(f"at_once = [{named}]")
    return "\n".join(lines) + "\n"
