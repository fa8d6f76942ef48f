"""From weighted pairs to persons, obeying what must hold: one person has one identity number.

Most groups are whole and without contradiction and are taken as they are, all at once. The rest
are built up from their strongest links, and a link that would break a rule is left out.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.coded import Bools, Ints, in_order, where

Floats = npt.NDArray[np.float64]

# One pair may not outvote all others of its group.
_MOST_SAY = 15.0
# Groups beyond this are built link by link instead of by average over all pairs.
_LARGE = 80
# An unnamed row joins a person only if it fits the next one this many bits less.
_LEAF_MARGIN = 6.0


class Witnesses(Protocol):
    """What several sources say apart from several others (see corroborate)."""

    def slip(self, pairs: Sequence[int]) -> Floats:
        """Give by attribute what one more slip costs in bits, on average over some pairs."""

    def contested(self, labels: Ints) -> Ints:
        """Give the groups in which sources stand against sources."""

    def against(self, one: Sequence[int], other: Sequence[int], slip: Floats) -> float:
        """Give the bits against two parts of a group being one."""


@dataclasses.dataclass(frozen=True)
class Rules:
    """What a cluster may not hold.

    `exclusive`: by reason code, columns of which no cluster may hold two different values (-1:
    says nothing; what follows a colon in the code only tells the columns apart). `apart`: single
    forbidden pairs a < b. `leaves`: rows that may join a person but never bring two together.
    `witnesses`: what sources say together, for the pairs that are clustered.
    """

    exclusive: Mapping[str, Ints]
    apart: frozenset[tuple[int, int]] = frozenset()
    leaves: Bools | None = None
    witnesses: Witnesses | None = None


@dataclasses.dataclass(frozen=True)
class Clustered:
    """A cluster number for each row, and the links left out: (a, b, reason)."""

    labels: Ints
    refused: list[tuple[int, int, str]]


def components(rows: int, a: Ints, b: Ints) -> Ints:
    """Label connected rows with the smallest row number among them."""
    label = np.arange(rows)
    while len(a):
        one, other = label[a], label[b]
        low = np.minimum(one, other)
        # Only roots are hooked, so that whole groups meet at once and none is torn apart.
        np.minimum.at(label, one, low)
        np.minimum.at(label, other, low)
        while True:
            jumped = label[label]
            if np.array_equal(jumped, label):
                break
            label = jumped
        # What has one root by now goes on having one.
        open_ = label[a] != label[b]
        a, b = a[open_], b[open_]
    return label


def missing_inside(labels: Ints, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Give the pairs inside groups that are not among the given pairs (groups up to 80 rows)."""
    grouped, order = in_order(labels)
    sizes = np.bincount(labels, minlength=len(labels))
    found = []
    left = np.arange(max(len(order) - 1, 0))
    left = left[(sizes[grouped[left]] > 2) & (sizes[grouped[left]] <= _LARGE)]
    for distance in range(1, _LARGE):
        left = left[left + distance < len(order)]
        left = left[grouped[left] == grouped[left + distance]]
        if not len(left):
            break
        x, y = order[left], order[left + distance]
        found.append(np.minimum(x, y) * len(labels) + np.maximum(x, y))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    code = np.sort(np.concatenate(found))
    inside = labels[a] == labels[b]
    known = np.sort(a[inside] * len(labels) + b[inside])
    # Both in order: to look one up after the other walks through memory, and hashing jumps.
    place = np.minimum(np.searchsorted(known, code), len(known) - 1)
    code = code[known[place] != code] if len(known) else code
    return code // len(labels), code % len(labels)


def cluster(
    rows: int, pairs: tuple[Ints, Ints, Floats], *, threshold: float, rules: Rules
) -> Clustered:
    """Put rows together; pairs hold every weight known, negative ones included."""
    a, b, weight = pairs
    leaves = np.zeros(rows, np.bool_) if rules.leaves is None else rules.leaves
    strong = (weight >= threshold) & ~leaves[a] & ~leaves[b]
    labels = components(rows, a[strong], b[strong])
    inside = labels[a] == labels[b]
    hanging = (leaves[a] | leaves[b]) & (weight >= threshold)
    loose = (a[hanging], b[hanging], weight[hanging])
    number = np.flatnonzero(inside)
    a, b, weight = a[inside], b[inside], weight[inside] - threshold
    doubtful = np.zeros(rows, np.bool_)
    doubtful[labels[a[weight < 0]]] = True
    for codes in rules.exclusive.values():
        doubtful[_holding_two(labels, codes)] = True
    for x, y in rules.apart:
        if labels[x] == labels[y]:
            doubtful[labels[x]] = True
    if rules.witnesses:
        doubtful[rules.witnesses.contested(labels)] = True
    refused: list[tuple[int, int, str]] = []
    labels = labels.copy()
    keep = doubtful[labels[a]]
    kept = _Kept((a[keep], b[keep], weight[keep]), number[keep])
    for group in _groups(labels, doubtful, kept):
        _settle(group, labels, rules, refused=refused)
    _attach(labels, loose, rules, refused=refused)
    return Clustered(labels, refused)


def _attach(
    labels: Ints,
    pairs: tuple[Ints, Ints, Floats],
    rules: Rules,
    *,
    refused: list[tuple[int, int, str]],
) -> None:
    """Give each unnamed row to the one person it fits, if no other person fits nearly as well."""
    if rules.leaves is None or not len(pairs[0]):
        return
    fits: dict[int, dict[int, tuple[float, int]]] = {}
    leaf = rules.leaves.tolist()
    for x, y, bits in zip(*(column.tolist() for column in pairs), strict=True):
        for row, other in ((x, y), (y, x)):
            if leaf[row] and not leaf[other]:
                best = fits.setdefault(row, {})
                home = int(labels[other])
                best[home] = max(best.get(home, (bits, other)), (bits, other))
    members = _members(labels, {home for best in fits.values() for home in best})
    for row, best in fits.items():
        ranked = sorted(best.items(), key=lambda item: -item[1][0])
        home, (bits, other) = ranked[0]
        clear = len(ranked) == 1 or bits - ranked[1][1][0] >= _LEAF_MARGIN
        if clear and not _reason([row], members[home], rules):
            labels[row] = home
            members[home].append(row)
        else:
            refused.append((min(row, other), max(row, other), "PLACEHOLDER"))


def _members(labels: Ints, wanted: set[int]) -> dict[int, list[int]]:
    rows = np.flatnonzero(np.isin(labels, np.fromiter(wanted, np.int64, len(wanted))))
    found: dict[int, list[int]] = {}
    for row in rows.tolist():
        found.setdefault(int(labels[row]), []).append(row)
    return found


def _holding_two(labels: Ints, codes: Ints) -> Ints:
    """Give the groups that hold two different values."""
    known = np.flatnonzero(codes >= 0)
    owners, told = labels[known], codes[known]
    some = np.full(len(labels), -1, np.int64)
    some[owners] = told
    split = np.zeros(len(labels), np.bool_)
    split[owners[told != some[owners]]] = True
    return where(split)


@dataclasses.dataclass
class _Kept:
    """The pairs inside doubtful groups, and their places among all pairs."""

    pairs: tuple[Ints, Ints, Floats]
    numbers: Ints


@dataclasses.dataclass
class _Group:
    members: list[int]
    weights: dict[tuple[int, int], float]
    numbers: dict[tuple[int, int], int]


def _groups(labels: Ints, wanted: Bools, kept: _Kept) -> Iterable[_Group]:
    """Give the doubtful groups with their rows and weights."""
    rows = np.flatnonzero(wanted[labels])
    groups: dict[int, _Group] = {}
    for row, label in zip(rows.tolist(), labels[rows].tolist(), strict=True):
        groups.setdefault(label, _Group([], {}, {})).members.append(row)
    a, b, weight = kept.pairs
    columns = a, b, labels[a], weight, kept.numbers
    for x, y, label, bits, at in zip(*(column.tolist() for column in columns), strict=True):
        groups[label].weights[x, y] = bits
        groups[label].numbers[x, y] = at
    return groups.values()


def _settle(
    group: _Group, labels: Ints, rules: Rules, *, refused: list[tuple[int, int, str]]
) -> None:
    """Build the clusters of one group from its strongest links down."""
    parts: dict[int, list[int]] = {row: [row] for row in group.members}
    home = {row: row for row in group.members}
    said = {pair: max(min(bits, _MOST_SAY), -_MOST_SAY) for pair, bits in group.weights.items()}
    links = sorted(
        ((bits, pair) for pair, bits in group.weights.items() if bits >= 0), reverse=True
    )
    for _, (x, y) in links:
        one, other = home[x], home[y]
        if one == other:
            continue
        reason = _reason(parts[one], parts[other], rules)
        if not reason and _together(parts[one], parts[other], group, said=said, rules=rules) < 0:
            reason = "MARGIN"
        if reason:
            refused.append((x, y, reason))
            continue
        for row in parts[other]:
            home[row] = one
        parts[one] += parts.pop(other)
    for members in parts.values():
        labels[members] = min(members)


def _reason(one: list[int], other: list[int], rules: Rules) -> str:
    for code, values in rules.exclusive.items():
        seen = {value for value in values[one + other].tolist() if value >= 0}
        if len(seen) > 1:
            return code.partition(":")[0]
    if rules.apart and any((min(x, y), max(x, y)) in rules.apart for x in one for y in other):
        return "APART"
    return ""


def _together(
    one: list[int],
    other: list[int],
    group: _Group,
    *,
    said: Mapping[tuple[int, int], float],
    rules: Rules,
) -> float:
    """Give what all pairs between two parts say on average, less what sources say together."""
    across = [pair for x in one for y in other if (pair := (min(x, y), max(x, y))) in said]
    if not across:
        return 0.0
    average = sum(said[pair] for pair in across) / len(across)
    if rules.witnesses is None or len(one) < 2 or len(other) < 2:
        return average
    slip = rules.witnesses.slip([group.numbers[pair] for pair in across])
    return average + rules.witnesses.against(one, other, slip)
