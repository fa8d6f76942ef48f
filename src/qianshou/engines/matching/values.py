"""The value lists of a policy: words that mean the same, who needs what, what closures count for.

A policy that was written before the lists were part of the file means `STANDING`. That never
changes, whatever the shipped file says later, for its hash stands in runs of the past.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qianshou.engines.matching.people import DUTIES, QUALIFICATIONS

WORDS: Final = ("languages", "times", "interests")
"""The lists of words that a child and a mother are compared by."""

CIRCUMSTANCES: Final = (
    "self_harm",
    "psych",
    "disability_level",
    "card_state",
    "bad_behaviour",
    "violence_clue",
    "serious_illness",
)
"""The facts of a child that may say that a mother with a qualification is needed."""

CLOSURES: Final = (
    "NO_BOND",
    "MOTHER_STOPPED",
    "TOO_FAR",
    "UNWANTED",
    "HARM",
    "TERM",
    "MOVED",
    "HOME",
    "OTHER",
    "UNSTATED",
)
"""Why an earlier pairing ended."""

MUST_BAR: Final = ("HARM", "UNWANTED")
"""After these nobody is proposed to the same child again; a policy cannot say otherwise."""

EARLIER: Final = ("barred", "kept")
"""What a closure may count for: never the same two again; a pairing that she kept to its end."""

POINTS: Final = ("unknown", "dialect", "ethnicity", "shared_interest", "settled", "kept")
"""Points of 1000 inside the parts: what is not known, and what each thing in common is worth."""

FULL: Final = 1000


class BadValuesError(ValueError):
    """A value list cannot be used; the message names the key and the remedy."""


@dataclass(frozen=True)
class WordList:
    """Words that count as one (``same``), and words that do not count (``ignored``)."""

    same: tuple[tuple[str, ...], ...] = ()
    ignored: frozenset[str] = frozenset()

    def meant(self, words: Iterable[str]) -> list[str]:
        """Return what is left of some words, each as the first of its kind."""
        first = {word: kind[0] for kind in self.same for word in kind}
        return [first.get(word, word) for word in words if word not in self.ignored]


@dataclass(frozen=True)
class Qualification:
    """Who has it: the skill ``axis`` from ``level`` on. Who needs it: facts in ``when``.

    A child with a fact in ``unless`` does not need it after all.
    """

    axis: str
    level: int
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_needed(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether a child with these facts needs it."""
        return _any_of(facts, self.when) and not _any_of(facts, self.unless)

    def is_had(self, skills: list[int]) -> bool:
        """Tell whether a mother with these skills, in the order of the duties, has it."""
        at = DUTIES.index(self.axis)
        return at < len(skills) and skills[at] >= self.level


def _any_of(facts: Mapping[str, Any], listed: Mapping[str, tuple[str, ...]]) -> bool:
    return any(_text(facts[name]) in values for name, values in listed.items() if name in facts)


def _text(value: Any) -> str:
    """Return a fact as it is compared: a number as its digits, yes and no as true and false."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass(frozen=True)
class Values:
    """All value lists of one policy."""

    words: Mapping[str, WordList]
    qualifications: Mapping[str, Qualification]
    earlier: Mapping[str, frozenset[str]]
    points: Mapping[str, int]

    def needed(self, facts: Mapping[str, Any]) -> int:
        """Return the qualifications a child needs, as bits by `QUALIFICATIONS`."""
        return self._bits(lambda each: each.is_needed(facts))

    def had(self, skills: list[int]) -> int:
        """Return the qualifications a mother has, as bits by `QUALIFICATIONS`."""
        return self._bits(lambda each: each.is_had(skills))

    def _bits(self, asked: Any) -> int:
        listed = self.qualifications
        return sum(1 << k for k, n in enumerate(QUALIFICATIONS) if n in listed and asked(listed[n]))


STANDING: Final = Values(
    words={name: WordList() for name in WORDS},
    qualifications={
        "trauma": Qualification("mind", 60, {"self_harm": ("true",), "psych": ("SERIOUS",)}),
        "disability": Qualification(
            "health",
            60,
            {"disability_level": ("1", "2")},
            {"card_state": ("CANCELLED", "FROZEN")},
        ),
    },
    earlier=dict.fromkeys(EARLIER, frozenset(CLOSURES)),
    points={
        "unknown": 500,
        "dialect": 600,
        "ethnicity": 400,
        "shared_interest": 250,
        "settled": 600,
        "kept": 400,
    },
)
"""What a policy without these tables means."""


def values_from(data: Mapping[str, Any]) -> Values:
    """Read the value lists of a policy; a table that is not there means what it always meant."""
    return Values(
        words=_words(data["words"]) if "words" in data else STANDING.words,
        qualifications=(
            _qualifications(data["qualifications"])
            if "qualifications" in data
            else STANDING.qualifications
        ),
        earlier=_earlier(data["earlier"]) if "earlier" in data else STANDING.earlier,
        points=_points(data["points"]) if "points" in data else STANDING.points,
    )


def _words(data: Any) -> dict[str, WordList]:
    tables = _table(data, "words", WORDS)
    return {name: _word_list(tables.get(name, {}), f"words.{name}") for name in WORDS}


def _word_list(data: Any, key: str) -> WordList:
    table = _table(data, key, ("same", "ignored"))
    same, ignored = table.get("same", []), _texts(table.get("ignored", []), f"{key}.ignored")
    if not isinstance(same, list):
        raise BadValuesError(f'{key}.same is {same!r}; give lists of words, [["a", "b"]]')
    kinds = tuple(_texts(kind, f"{key}.same") for kind in same)
    every = [word for kind in kinds for word in kind]
    twice = sorted({word for word in every if every.count(word) > 1})
    if twice or not all(kinds):
        raise BadValuesError(f"{key}.same: {twice or 'a list is empty'}; name each word once")
    return WordList(kinds, frozenset(ignored))


def _qualifications(data: Any) -> dict[str, Qualification]:
    tables = _table(data, "qualifications", QUALIFICATIONS)
    return {name: _qualification(one, f"qualifications.{name}") for name, one in tables.items()}


def _qualification(data: Any, key: str) -> Qualification:
    table = _table(data, key, ("axis", "level", "when", "unless"))
    axis = table.get("axis")
    if axis not in DUTIES:
        raise BadValuesError(f"{key}.axis is {axis!r}; give one of {', '.join(DUTIES)}")
    level = _whole(table.get("level"), f"{key}.level", least=1, most=100)
    when, unless = (_facts(table.get(side, {}), f"{key}.{side}") for side in ("when", "unless"))
    return Qualification(axis, level, when, unless)


def _facts(data: Any, key: str) -> dict[str, tuple[str, ...]]:
    return {name: _codes(one, f"{key}.{name}") for name, one in
            _table(data, key, CIRCUMSTANCES).items()}  # fmt: skip


def _codes(data: Any, key: str) -> tuple[str, ...]:
    """Read what a fact may be: codes, whole numbers, true and false."""
    sound = isinstance(data, list) and data and all(isinstance(each, (str, int)) for each in data)
    if not sound:
        raise BadValuesError(f'{key} is {data!r}; give a list, such as ["SERIOUS"], [1, 2], [true]')
    return tuple(_text(each) for each in data)


def _earlier(data: Any) -> dict[str, frozenset[str]]:
    table = _table(data, "earlier", EARLIER)
    found = {}
    for name in EARLIER:
        listed = _texts(table.get(name), f"earlier.{name}")
        unknown = [each for each in listed if each not in CLOSURES]
        if unknown:
            raise BadValuesError(f"earlier.{name} names {unknown}; give {', '.join(CLOSURES)}")
        found[name] = frozenset(listed)
    missing = [each for each in MUST_BAR if each not in found["barred"]]
    if missing:
        raise BadValuesError(f"earlier.barred lacks {missing}; that protects the child, add it")
    return found


def _points(data: Any) -> dict[str, int]:
    table = _table(data, "points", POINTS)
    found = {name: _whole(table.get(name), f"points.{name}", least=0, most=FULL) for name in POINTS}
    for one, other in (("dialect", "ethnicity"), ("settled", "kept")):
        if found[one] + found[other] > FULL:
            raise BadValuesError(
                f"points.{one} and points.{other} are {found[one]} and {found[other]}; "
                f"together they may be {FULL}"
            )
    return found


def _table(data: Any, key: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise BadValuesError(f"{key} is {data!r}; give a table")
    unknown = [name for name in data if name not in names]
    if unknown:
        raise BadValuesError(f"{key}.{unknown[0]} is not known; give one of {', '.join(names)}")
    return data


def _texts(data: Any, key: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(each, str) and each for each in data):
        raise BadValuesError(f'{key} is {data!r}; give a list of words, ["a", "b"]')
    return tuple(data)


def _whole(value: Any, key: str, *, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise BadValuesError(f"{key} is {value!r}; give a whole number from {least} to {most}")
    return value
