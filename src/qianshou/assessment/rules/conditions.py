"""Conditions on facts as data, compiled so that a whole city is assessed in seconds.

A condition is `{"field": …, "op": …, "value": …}`, or `{"all": […]}`, or `{"any": […]}`. There is
no "not": an unknown fact never counts, and a further fact can only add to what is met.

Every distinct test on one fact gets one bit. A child's facts become one number by one look-up per
fact, and everything else is arithmetic on that number (`instrument.Compiled`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Final

from qianshou.assessment.rules.facts import CODE, FACTS, FLAG, LIST, NUMBER, Fact

OPS: Final[Mapping[str, tuple[str, ...]]] = {
    FLAG: ("is",),
    CODE: ("is", "in"),
    LIST: ("has", "has_any", "first"),
    NUMBER: ("at_least", "at_most", "is"),
}
_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "is": lambda fact, value: bool(fact == value),
    "in": lambda fact, value: fact in value,
    "has": lambda fact, value: value in fact,
    "has_any": lambda fact, value: any(each in value for each in fact),
    "first": lambda fact, value: bool(fact) and fact[0] == value,
    "at_least": lambda fact, value: bool(fact >= value),
    "at_most": lambda fact, value: bool(fact <= value),
}
MOST_NESTED: Final = 4


class Malformed(ValueError):  # noqa: N818 - named after the fact
    """A condition does not follow the rules; the text says where and how to mend it."""


Expression = Callable[[int], bool]


@dataclass(frozen=True)
class Condition:
    """A compiled condition: `holds(mask)`, and the facts it asks about with their bits.

    `some` is not 0 if it holds whenever one of these bits is set, which most conditions do.
    """

    holds: Expression
    bits: tuple[tuple[str, int], ...]
    some: int = 0

    def facts_met(self, mask: int) -> str:
        """Name the facts that speak for it, separated by commas."""
        return ",".join(dict.fromkeys(name for name, bit in self.bits if mask & bit))


@dataclass
class Bits:
    """The tests on single facts, each with its bit; equal tests share one."""

    facts: Mapping[str, Fact] = field(default_factory=lambda: FACTS)
    tests: dict[str, list[tuple[int, str, Any]]] = field(default_factory=dict)
    _known: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _seen: dict[str, dict[Any, int]] = field(default_factory=dict)

    def bit(self, name: str, op: str, value: Any) -> int:
        """Return the bit of a test, a new one for a new test."""
        key = (name, op, repr(value))
        if key not in self._known:
            self._known[key] = 1 << len(self._known)
            kept = frozenset(value) if isinstance(value, list) else value
            self.tests.setdefault(name, []).append((self._known[key], op, kept))
        return self._known[key]

    def mask(self, facts: Mapping[str, Any]) -> int:
        """Return the bits of all tests that a child's facts meet; unknown facts meet none."""
        found = 0
        for name in self.tests:
            value = facts.get(name)
            if value is None:
                continue
            key = tuple(value) if isinstance(value, list) else value
            seen = self._seen.setdefault(name, {})
            if key not in seen:
                seen[key] = self._bits_of(name, value)
            found |= seen[key]
        return found

    def _bits_of(self, name: str, value: Any) -> int:
        """Test one value of one fact; a value of another kind than the fact's meets nothing."""
        if not _fits(self.facts[name], value):
            return 0
        return sum(bit for bit, op, wanted in self.tests[name] if _TESTS[op](value, wanted))


def _fits(fact: Fact, value: Any) -> bool:
    if fact.kind == NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    kinds = {FLAG: bool, CODE: str, LIST: list}
    return isinstance(value, kinds[fact.kind])


def compiled(raw: Any, bits: Bits, where: str, *, depth: int = 0) -> Condition:
    """Compile one condition; raises `Malformed` that names the place `where` in the instrument."""
    if not isinstance(raw, dict):
        raise Malformed(f"{where}: a condition is an object, not {raw!r}.")
    if depth > MOST_NESTED:
        raise Malformed(f"{where}: conditions are nested deeper than {MOST_NESTED} levels.")
    joined = [word for word in ("all", "any") if word in raw]
    if not joined:
        return _single(raw, bits, where)
    if len(raw) != 1:
        raise Malformed(f'{where}: "{joined[0]}" stands alone in its object.')
    word = joined[0]
    if not isinstance(raw[word], list) or not raw[word]:
        raise Malformed(f'{where}: "{word}" takes a list of at least one condition.')
    parts = [
        compiled(each, bits, f"{where}.{word}[{place}]", depth=depth + 1)
        for place, each in enumerate(raw[word])
    ]
    return _all(parts) if word == "all" else _any(parts)


def _all(parts: list[Condition]) -> Condition:
    tests = [part.holds for part in parts]
    return Condition(lambda mask: all(test(mask) for test in tests), _bits_of(parts))


def _any(parts: list[Condition]) -> Condition:
    if all(part.some for part in parts):
        return _some(reduce(or_, (part.some for part in parts)), _bits_of(parts))
    tests = [part.holds for part in parts]
    return Condition(lambda mask: any(test(mask) for test in tests), _bits_of(parts))


def _some(some: int, bits: tuple[tuple[str, int], ...]) -> Condition:
    return Condition(lambda mask: bool(mask & some), bits, some)


def _bits_of(parts: list[Condition]) -> tuple[tuple[str, int], ...]:
    return tuple(pair for part in parts for pair in part.bits)


def _single(raw: Mapping[str, Any], bits: Bits, where: str) -> Condition:
    if set(raw) != {"field", "op", "value"}:
        raise Malformed(
            f'{where}: a condition has exactly "field", "op" and "value", or "all", or "any".'
        )
    name, op, value = raw["field"], raw["op"], raw["value"]
    fact = bits.facts.get(name)
    if fact is None:
        known = ", ".join(bits.facts)
        raise Malformed(f'{where}: the fact "{name}" is unknown; known are {known}.')
    if op not in OPS[fact.kind]:
        raise Malformed(
            f'{where}: "{name}" is a {fact.kind}; "{op}" does not fit, use'
            f" {' or '.join(OPS[fact.kind])}."
        )
    _check_value(fact, name, op, value=value, where=where)
    bit = bits.bit(name, op, value)
    return _some(bit, ((name, bit),))


def _check_value(fact: Fact, name: str, op: str, *, value: Any, where: str) -> None:
    if fact.kind == FLAG:
        if value is not True:
            raise Malformed(f'{where}: the flag "{name}" can only be asked for true.')
        return
    if fact.kind == NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Malformed(f'{where}: "{name}" is compared with a number, not {value!r}.')
        return
    many = op in ("in", "has_any")
    if many != isinstance(value, list) or value == []:
        wanted = "a list of at least one code" if many else "one code"
        raise Malformed(f'{where}: "{op}" takes {wanted}, not {value!r}.')
    for code in value if many else [value]:
        if code not in fact.codes:
            raise Malformed(
                f'{where}: "{code}" is no code of "{name}"; known are {", ".join(fact.codes)}.'
            )
