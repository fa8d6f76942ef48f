"""Survivorship: which department's value stands in the file, and why (linkage.md 4).

A value that cannot be true (check digit, no real name) never stands before one that can. Then
the trust in the departments behind each value counts, then the newer row. Nothing is typed over:
the rows stay, and the same rows always give the same file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from qianshou.registry.rules import reading
from qianshou.registry.rules.fields import (
    ANY,
    BEST,
    COLUMNS,
    KINDS,
    LEAST,
    MOST,
    ORDERS,
    PLACE,
    SUPPORT,
    UNION,
    WORST,
)

ONLY, AGREED, TRUST, RECENT, VALID, EXACT, JOINED = (
    "ONLY", "AGREED", "TRUST", "RECENT", "VALID", "EXACT", "JOINED",
)  # fmt: skip
# What a number with the right check digit weighs when birthdays or sexes compete.
_WITNESS: Final = 90
# A child's own number cannot lie this many years away from its birthday: it is a parent's.
_ADULT_YEARS: Final = 12
_COLUMN_SET: Final = frozenset(COLUMNS)
_CARD: Final = ("disability", "disability_level")


@dataclass(slots=True)
class Row:
    """One department row as the rules see it; `trust` is complete by field."""

    record: str
    department: str
    as_of: str
    trust: Mapping[str, int]
    values: Mapping[str, Any]
    area_code: str = ""


@dataclass(slots=True)
class Golden:
    """A file computed from its rows: columns, facts, and for each field [row, rule, dissenters]."""

    columns: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    why: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    sources: list[list[str]] = field(default_factory=list)
    id_valid: bool = False

    def provenance(self) -> dict[str, Any]:
        """Return what the file stores: each row once, and the fields that came of it together."""
        grouped: dict[tuple[int, str, int], list[str]] = {}
        for name, (row, rule, others) in self.why.items():
            grouped.setdefault((row, rule, others), []).append(name)
        why = [[*key, " ".join(names)] for key, names in grouped.items()]
        return {"sources": self.sources, "why": why}

    def keep(self, name: str, value: Any, why: tuple[int, str, int]) -> None:
        """Let a value stand."""
        if name in _COLUMN_SET:
            self.columns[name] = value
        else:
            self.facts[name] = value
        self.why[name] = why


def why_of(provenance: Mapping[str, Any]) -> dict[str, tuple[int, str, int]]:
    """Return for each field the number of its row, the rule, and how many rows say otherwise."""
    return {
        name: (row, rule, others)
        for row, rule, others, names in provenance.get("why", ())
        for name in names.split()
    }


def golden(rows: Sequence[Row]) -> Golden:
    """Compute one child's file from its rows (at least one)."""
    made = Golden(sources=[[row.record, row.department, row.as_of] for row in rows])
    spoken = _spoken(rows)
    number = spoken.pop("id_number", None)
    if number is not None:
        # First, because a valid number bears witness to birthday and sex.
        _number(made, rows, number)
    for name, speakers in spoken.items():
        if len(speakers) == 1:
            _single(made, name, rows, number=speakers[0])
        else:
            _several(made, name, rows, speakers=speakers)
    if made.id_valid:
        _from_number(made)
    if "area_code" not in made.columns:
        made.columns["area_code"] = _fallback_area(rows)
    return made


def _spoken(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return for each field the numbers of the rows that state it."""
    found: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for name in row.values:
            if name in found:
                found[name].append(number)
            elif name in KINDS:
                found[name] = [number]
    if "card_state" in found:
        _without_cancelled(rows, found)
    return found


def _without_cancelled(rows: Sequence[Row], found: dict[str, list[int]]) -> None:
    """Drop what a cancelled card says about the disability."""
    for name in _CARD:
        kept = [n for n in found.pop(name, ()) if rows[n].values.get("card_state") != "CANCELLED"]
        if kept:
            found[name] = kept


def _fallback_area(rows: Sequence[Row]) -> str:
    """Without any address the child belongs where its most trusted row was delivered for."""
    return max(rows, key=lambda row: (row.trust["area_code"], row.as_of)).area_code


def _single(made: Golden, name: str, rows: Sequence[Row], *, number: int) -> None:
    value = rows[number].values[name]
    made.keep(name, reading.spelled(value) if name == "name" else value, (number, ONLY, 0))


def _several(made: Golden, name: str, rows: Sequence[Row], *, speakers: list[int]) -> None:
    first = rows[speakers[0]].values[name]
    given = _Given(rows, speakers)
    for number in speakers[1:]:
        if rows[number].values[name] != first:
            _RULES[KINDS[name]](made, name, given)
            return
    value = reading.spelled(first) if name == "name" else first
    made.keep(name, value, (given.best(name), AGREED, 0))


@dataclass(slots=True)
class _Given:
    """The rows that state one field."""

    rows: Sequence[Row]
    numbers: list[int]

    def rank(self, name: str, number: int) -> tuple[int, str, str]:
        """Order rows by trust, then recency; the id breaks ties so that the result is stable."""
        row = self.rows[number]
        return row.trust[name], row.as_of, row.record

    def best(self, name: str) -> int:
        """Return the number of the best row."""
        rows, best = self.rows, self.numbers[0]
        for number in self.numbers[1:]:
            one, other = rows[number].trust[name], rows[best].trust[name]
            if one > other or (one == other and self.rank(name, number) > self.rank(name, best)):
                best = number
        return best

    def ranked(self, name: str) -> list[int]:
        """Return the row numbers, best first."""
        return sorted(self.numbers, key=lambda number: self.rank(name, number), reverse=True)

    def value(self, name: str, number: int) -> Any:
        """Return what a row states."""
        return self.rows[number].values[name]


# -- competing values -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Claim:
    """One of the values that compete, with who stands behind it."""

    value: Any
    valid: bool
    numbers: list[int] = field(default_factory=list)
    support: dict[str, int] = field(default_factory=dict)
    newest: str = ""

    def weight(self) -> int:
        return sum(self.support.values())


def _number(made: Golden, rows: Sequence[Row], speakers: list[int]) -> None:
    """Settle the ID number, and whether it can bear witness."""
    if len(speakers) == 1:
        row = rows[speakers[0]]
        value, made.id_valid = _own_number(row.values["id_number"], row)
        made.keep("id_number", value, (speakers[0], ONLY, 0))
    else:
        made.id_valid = _support(made, "id_number", _Given(rows, speakers))


def _own_number(raw: str, row: Row) -> tuple[str, bool]:
    """Return the number and whether it holds and can be the child's own, not a parent's."""
    number, valid = reading.id_number(raw)
    born = row.values.get("birth_on")
    if valid and born and abs(int(number[6:10]) - int(born[:4])) >= _ADULT_YEARS:
        return number, False
    return number, valid


def _canonical(name: str, row: Row) -> tuple[Any, bool]:
    """Return the form in which values are equal, and whether the value can be true."""
    value = row.values[name]
    if name == "id_number":
        return _own_number(value, row)
    if name == "name":
        found = reading.person_name(value)
        return found or value, bool(found)
    return value, True


def _support(made: Golden, name: str, given: _Given) -> bool:
    """Take the value with the most trust behind it, each department counted once.

    Returns whether the value can be true.
    """
    ranked = given.ranked(name)
    claims = _claims(made, name, given, ranked=ranked)
    best = max(claims.values(), key=lambda claim: (claim.valid, claim.weight(), claim.newest))
    others = sum(len(claim.numbers) for claim in claims.values() if claim is not best)
    made.keep(name, best.value, (best.numbers[0], _reason(best, claims, ranked), others))
    return best.valid


def _claims(made: Golden, name: str, given: _Given, *, ranked: list[int]) -> dict[Any, _Claim]:
    claims: dict[Any, _Claim] = {}
    for number in ranked:
        row = given.rows[number]
        value, valid = _canonical(name, row)
        claim = claims.get(value)
        if claim is None:
            shown = reading.spelled(row.values[name]) if name == "name" else value
            claim = claims[value] = _Claim(shown, valid)
        claim.numbers.append(number)
        claim.support.setdefault(row.department, row.trust[name])
        claim.newest = max(claim.newest, row.as_of)
    proved = claims.get(_witness(made, name))
    if proved is not None:
        proved.support["number"] = _WITNESS
    return claims


def _reason(best: _Claim, claims: Mapping[Any, _Claim], ranked: list[int]) -> str:
    if len(claims) == 1:
        return AGREED
    if any(claim.valid != best.valid for claim in claims.values()) or "number" in best.support:
        return VALID
    if any(claim is not best and claim.weight() == best.weight() for claim in claims.values()):
        return RECENT
    return TRUST if best.numbers[0] == ranked[0] else AGREED


def _witness(made: Golden, name: str) -> str:
    """Return the birthday or sex that the file's valid ID number proves."""
    if not made.id_valid or name not in ("birth_on", "sex"):
        return ""
    number = made.columns["id_number"]
    if name == "sex":
        return "M" if int(number[16]) % 2 else "F"
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def _from_number(made: Golden) -> None:
    """Fill in birthday and sex from a valid number when no department states them."""
    for name in ("birth_on", "sex"):
        if name not in made.columns:
            made.keep(name, _witness(made, name), (made.why["id_number"][0], VALID, 0))


def _best(made: Golden, name: str, given: _Given) -> None:
    """Take the most trusted row, the newest among equals."""
    ranked = given.ranked(name)
    value = given.value(name, ranked[0])
    others = [number for number in ranked[1:] if given.value(name, number) != value]
    made.keep(name, value, (ranked[0], _won(name, given, (ranked[0], others[0])), len(others)))


def _place(made: Golden, name: str, given: _Given) -> None:
    """Take the best row's area, but a row that names the village inside it is more exact."""
    ranked = given.ranked(name)
    stem = _stem(given.value(name, ranked[0]))
    finer = [
        number
        for number in ranked[1:]
        if given.value(name, number).startswith(stem) and _stem(given.value(name, number)) != stem
    ]
    chosen = finer[0] if finer else ranked[0]
    value = given.value(name, chosen)
    others = [number for number in ranked if contradict(given.value(name, number), value)]
    rule = EXACT if finer or not others else _won(name, given, (chosen, others[0]))
    made.keep(name, value, (chosen, rule, len(others)))


def _won(name: str, given: _Given, pair: tuple[int, int]) -> str:
    """Return by what the first row won over the second."""
    top, rival = (given.rows[number].trust[name] for number in pair)
    return TRUST if top > rival else RECENT


def contradict(one: str, other: str) -> bool:
    """Tell whether two area codes name different places; a town holds its villages."""
    short, long = sorted((_stem(one), _stem(other)), key=len)
    return not long.startswith(short)


def _stem(code: str) -> str:
    for width in (6, 9):
        if code[width:] == "0" * (12 - width):
            return code[:width]
    return code


# -- circumstances --------------------------------------------------------------------------------


def _extreme(made: Golden, name: str, given: _Given) -> None:
    """Take the gravest statement; the best row that makes it is the source."""
    weigh, order = _WEIGH[KINDS[name]], ORDERS.get(name, {})
    ranked = given.ranked(name)
    best = max(ranked, key=lambda number: weigh(given.value(name, number), order))
    value = given.value(name, best)
    others = sum(given.value(name, number) != value for number in ranked)
    made.keep(name, value, (best, JOINED, others))


_WEIGH: Final[dict[int, Callable[[Any, Mapping[str, int]], int]]] = {
    ANY: lambda value, _: int(value),
    WORST: lambda value, order: order.get(value, -1),
    MOST: lambda value, _: int(value),
    LEAST: lambda value, _: -int(value),
}


def _union(made: Golden, name: str, given: _Given) -> None:
    """Take every code that any row names, the best row's first."""
    ranked = given.ranked(name)
    joined = list(dict.fromkeys(code for n in ranked for code in given.value(name, n)))
    others = sum(len(given.value(name, number)) < len(joined) for number in ranked)
    made.keep(name, joined, (ranked[0], JOINED if others else AGREED, others))


_RULES: Final[dict[int, Callable[[Golden, str, _Given], object]]] = {
    SUPPORT: _support,
    BEST: _best,
    PLACE: _place,
    ANY: _extreme,
    WORST: _extreme,
    MOST: _extreme,
    LEAST: _extreme,
    UNION: _union,
}
