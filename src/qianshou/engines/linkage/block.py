"""Which pairs of rows are worth comparing: blocking rules with a budget, each with its price.

A rule is a conjunction of features; two rows meet when they share the key of any rule. The
number of pairs stays linear in the rows: a key held by too many rows is a window, not a square.
"""

import dataclasses
import hashlib
import itertools
import time
from collections.abc import Iterator

import numpy as np

from qianshou.engines.linkage import features
from qianshou.engines.linkage.coded import Bools, Coded, Ints, in_order
from qianshou.engines.linkage.prepare import Prepared

# A row meets at most this many neighbours on each side within one key.
WINDOW = 120
# Pairs per row and rule that the automatic choice of rules may spend.
_PER_ROW = 6
_SMALL_BUDGET = 150_000
_MOST_RULES = 12
# Share of the rows that the measured rules for Chinese persons must reach.
_COVERED = 0.98
# Prices are taken from about so many rows.
_SAMPLE = 30_000

# What these find alone is one link in fifty thousand, and in a large table most of what they bring
# together are strangers. From so many rows on they are left out where they cost more than that.
SPARED = frozenset(
    (("number14", "surname_sound"), ("birth", "county", "surname_sound"), ("fold", "day"))
)
SPARED_FROM = 1_500_000
_SPARED_PER_ROW = 1.15

HAN_RULES = (
    ("number",),
    ("number14", "surname_sound"),
    ("fold", "birth"),
    ("contact",),
    ("guardian_number",),
    ("birth", "township"),
    ("fold", "township"),
    ("birth", "guardian_sound"),
    ("guardian_sound", "township"),
    ("fold", "guardian_sound"),
    ("fold", "county", "year"),
    ("fold", "day"),
    ("birth", "county", "surname_sound"),
    ("student_no",),
)

# Where no area is known, namesakes of one year meet everywhere; in a nation they are too many.
_ANYWHERE = ("fold", "sex_known", "year")
# Rules that bring together whole households. They find children whose name and birthday are both
# wrong, but most of their pairs are siblings, from whom estimation would learn wrong errors.
HOME_RULES = frozenset((("contact",), ("guardian_number",), ("guardian_sound", "township")))


@dataclasses.dataclass(frozen=True)
class Rule:
    """Features that two rows must share, and what the rule cost and found."""

    parts: tuple[str, ...]
    pairs: int = 0
    new: int = 0
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Name the rule by its features."""
        return "+".join(self.parts)


@dataclasses.dataclass(frozen=True)
class Candidates:
    """Pairs a < b of row numbers, and for each the bit mask of the rules that proposed it."""

    a: Ints
    b: Ints
    mask: Ints
    rules: tuple[Rule, ...]

    @property
    def personal(self) -> Bools:
        """Tell which pairs were proposed by more than a household in common."""
        wanted = sum(1 << i for i, r in enumerate(self.rules) if r.parts not in HOME_RULES)
        result: Bools = (self.mask & wanted) != 0
        return result


def rules_for(data: Prepared) -> tuple[tuple[str, ...], ...]:
    """Choose the rules for this table: the measured ones for Chinese persons, else by price."""
    if data.han and data.spec.minors:
        return HAN_RULES
    if data.han:
        rules = (*HAN_RULES, _ANYWHERE)
        usable = tuple(rule for rule in rules if all(features.known(data, p) for p in rule))
        if len(usable) >= 4 and _covers(data, usable):
            return usable
        return tuple(dict.fromkeys(usable + _affordable(data)))
    return _affordable(data)


def _covers(data: Prepared, rules: tuple[tuple[str, ...], ...]) -> bool:
    """Tell whether nearly every row has keys of two rules, so that one slip does not hide it."""
    keys = np.zeros(data.rows, np.int64)
    for parts in rules:
        keys += np.any([found >= 0 for found in _keys(data, parts)], axis=0)
    return bool((keys >= 2).sum() >= _COVERED * data.rows)


def _affordable(data: Prepared) -> tuple[tuple[str, ...], ...]:
    """Choose features that are cheap alone, then for each two columns the broadest cheap pair."""
    budget = max(_PER_ROW * data.rows, _SMALL_BUDGET)
    prices: dict[tuple[str, ...], int] = {
        (part,): _price(data, (part,)) for part in features.blocking(data)
    }
    chosen = sorted((rule for rule in prices if prices[rule] <= budget), key=prices.__getitem__)
    costly = [rule[0] for rule in prices if prices[rule] > budget]
    broadest: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {}
    for pair in itertools.combinations(costly, 2):
        columns = tuple(sorted({features.column_of(part) for part in pair}))
        price = _price(data, pair) if len(columns) == 2 else budget + 1
        if price <= budget:
            broadest[columns] = max(broadest.get(columns, (0, pair)), (price, pair))
    chosen = chosen[:_MOST_RULES] + [rule for _, rule in sorted(broadest.values())]
    if not chosen:
        chosen = sorted(prices, key=prices.__getitem__)[:1]
    return tuple(chosen[: 2 * _MOST_RULES])


def _price(data: Prepared, parts: tuple[str, ...]) -> int:
    """Estimate the pairs of a rule on an even sample of the rows."""
    step = max(data.rows // _SAMPLE, 1)
    total = 0
    for keys in _keys(data, parts):
        counts = np.unique(keys[::step][keys[::step] >= 0], return_counts=True)[1]
        total += int((counts * (counts - 1) // 2).sum())
    return total * step * step


def _keys(data: Prepared, parts: tuple[str, ...]) -> list[Ints]:
    """Give one key per row (-1: none) for every combination of alternatives."""
    choices = itertools.product(*(features.options(data, part) for part in parts))
    return [_combined(choice, data.rows) for choice in choices]


def _combined(columns: tuple[Coded, ...], rows: int) -> Ints:
    keys = np.zeros(rows, np.int64)
    known: Bools = np.ones(rows, np.bool_)
    span = 1
    for column in columns:
        size = len(column.values) + 1
        if span > 2**62 // size:
            keys = np.unique(keys, return_inverse=True)[1].astype(np.int64)
            span = rows + 1
        keys = keys * size + column.codes
        span *= size
        known &= column.codes >= 0
    return np.where(known, keys, -1)


def pairs(data: Prepared) -> Candidates:
    """Give every pair that shares a key of a rule, once, with the rules that found it."""
    rules, found = [], []
    for parts in rules_for(data):
        start = time.perf_counter()
        found.append(_pairs_of(data, parts))
        rules.append(Rule(parts, seconds=time.perf_counter() - start))
    code, mask, new = _merged(found)
    priced = tuple(
        dataclasses.replace(rule, pairs=pairs, new=first)
        for rule, pairs, first in zip(rules, by_rule(mask, len(rules)), new, strict=True)
    )
    a = code // data.rows
    code -= a * data.rows
    return Candidates(a, code, mask, priced)


def by_rule(mask: Ints, rules: int) -> list[int]:
    """Count the pairs that each rule proposed."""
    kinds, counts = np.unique(mask, return_counts=True)
    return [int(counts[kinds >> number & 1 == 1].sum()) for number in range(rules)]


def _merged(codes: list[Ints]) -> tuple[Ints, Ints, list[int]]:
    """Give each pair once, the bits of its rules, and how many each rule was the first to find.

    Pairs travel with the number of their rule behind them: sorting plain numbers is several times
    faster than sorting places. Three million rows and sixteen rules fill 48 of 63 bits.
    """
    bits = max(len(codes) - 1, 1).bit_length()
    told = np.empty(sum(map(len, codes)), np.int64)
    end = 0
    for rule, code in enumerate(codes):
        start, end = end, end + len(code)
        np.bitwise_or(code << bits, rule, out=told[start:end])
    told.sort()
    code, rules = told >> bits, told & ((1 << bits) - 1)
    if not len(code):
        return code, code, [0] * len(codes)
    starts = np.flatnonzero(np.concatenate(([True], code[1:] != code[:-1])))
    mask = np.bitwise_or.reduceat(np.int64(1) << rules, starts)
    first = np.bincount(rules[starts], minlength=len(codes))
    return code[starts], mask, first.tolist()


def _pairs_of(data: Prepared, parts: tuple[str, ...]) -> Ints:
    """Give the pairs of one rule as a * rows + b; alternatives of a row meet each other too."""
    options = _keys(data, parts)
    if not options:
        return np.zeros(0, np.int64)
    rows = np.concatenate([np.flatnonzero(keys >= 0) for keys in options])
    keys, order = in_order(np.concatenate([keys[keys >= 0] for keys in options]))
    rows = rows[order]
    if parts in SPARED and data.rows >= SPARED_FROM and _too_many(keys, data.rows):
        return np.zeros(0, np.int64)
    sources = data.sources.codes
    found = []
    for left, right in _neighbours(keys):
        a, b = rows[left], rows[right]
        keep = a != b
        if data.spec.mode == "link":
            keep &= sources[a] != sources[b]
        elif data.spec.mode == "dedupe":
            keep &= sources[a] == sources[b]
        a, b = a[keep], b[keep]
        found.append(np.minimum(a, b) * data.rows + np.maximum(a, b))
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _neighbours(keys: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield the places of equal keys that stand next to each other, then one apart, and so on."""
    left = np.flatnonzero(keys[1:] == keys[:-1])
    for distance in range(1, WINDOW + 1):
        if not len(left):
            return
        yield left, left + distance
        left = left[left + distance + 1 < len(keys)]
        left = left[keys[left] == keys[left + distance + 1]]


def _too_many(keys: Ints, rows: int) -> bool:
    """Tell whether sorted keys bring together more pairs than a rule that can be spared may."""
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    held = np.diff(starts, append=len(keys))
    return bool((held * (held - 1) // 2).sum() > _SPARED_PER_ROW * rows)


def numbered(
    data: Prepared, rules: tuple[tuple[str, ...], ...]
) -> list[tuple[int, int, Ints, Ints]]:
    """Give (rule, alternative, rows, keys) with keys that are alike in all parts of a table."""
    found = []
    for number, parts in enumerate(rules):
        choices = itertools.product(*(features.options(data, part) for part in parts))
        for alternative, columns in enumerate(choices):
            keys = np.full(data.rows, number + 1, np.uint64)
            known: Bools = np.ones(data.rows, np.bool_)
            for column in columns:
                table = np.array([_hashed(value) for value in column.values] + [0], np.uint64)
                keys = keys * np.uint64(0x9E3779B97F4A7C15) + table[column.codes]
                known &= column.codes >= 0
            rows = np.flatnonzero(known)
            found.append((number, alternative, rows, keys[rows].view(np.int64)))
    return found


def _hashed(value: str) -> int:
    return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little")


def texts(data: Prepared) -> list[tuple[int, str, str]]:
    """Give (row number, rule, key as text) for every key of every row."""
    found = []
    for parts in rules_for(data):
        rule = "+".join(parts)
        for choice in itertools.product(*(features.options(data, part) for part in parts)):
            columns = [column.texts() for column in choice]
            for row, values in enumerate(zip(*columns, strict=True)):
                if all(value is not None for value in values):
                    found.append((row, rule, "|".join(map(str, values))))
    return list(dict.fromkeys(found))
