"""Lists the pairs of a changed problem from those of an older one: only what changed is scored.

A row of a child who is the same keeps its pairs with mothers who are the same; pairs with new and
changed mothers are scored and set in between, in order. Children who are new or changed are listed
whole. The result is the one of `candidates.all_pairs`, pair by pair and refusal by refusal.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.candidates import Blocks, Pairs, cost_of, list_row
from qianshou.engines.matching.ground import Field
from qianshou.engines.matching.network import Index, Ints, compiled
from qianshou.engines.matching.people import Children, Column, Mothers
from qianshou.engines.matching.policy import RULES
from qianshou.engines.matching.scoring import KID, MUM, People, Terms, rule_against

NAMING: Final = ("wish", "wishes", "avoids")
"""What of a child's record names mothers by their rows."""

SAME_KID: Final = tuple(
    name
    for name in KID.names or ()
    if name not in {"barred_from", "barred_to", "town", "age", *NAMING}
)
"""What of a child's record decides about her pairs; the others are compared by what they mean."""

SAME_MUM: Final = tuple(name for name in MUM.names or () if name not in {"town", "age"})

LAST: Final = 1 << 31
"""Behind every mother."""

MOST: Final = 4
"""Beyond one in so many mothers changed or gone, everything is listed anew: it is no dearer."""


@dataclass(frozen=True)
class Listing:
    """All feasible pairs of a problem before bonuses, with what they were listed from.

    ``towns`` are the caller's numbers of the towns; a later problem must number them alike.
    """

    kid_ids: list[str]
    mum_ids: list[str]
    towns: Column
    people: People
    blocks: Blocks
    asks: Column
    pairs: Pairs
    refused: Index

    def save(self, folder: Path) -> None:
        """Write the listing as plain arrays."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in self._arrays().items():
            np.save(folder / f"{name}.npy", array)
        told = {
            "kid_ids": self.kid_ids, "mum_ids": self.mum_ids,
            "terms": [int(each) for each in self.people.terms], "reach": float(self.blocks.reach),
        }  # fmt: skip
        (folder / "listing.json").write_text(json.dumps(told), encoding="utf-8")

    def _arrays(self) -> dict[str, NDArray[Any]]:
        blocks, pairs = self.blocks, self.pairs
        return {
            "towns": self.towns, "asks": self.asks, "refused": self.refused,
            "kids": self.people.kids, "mums": self.people.mums, "barred": self.people.barred,
            "mum_first": blocks.mum_first, "near_first": blocks.near_first, "near": blocks.near,
            "box": blocks.box, "first": pairs.first, "mother": pairs.mother, "cost": pairs.cost,
        }  # fmt: skip


def load_listing(folder: Path) -> Listing:
    """Read a listing; raises `OSError`, `ValueError` or `KeyError` when it is not whole."""
    told = json.loads((folder / "listing.json").read_text(encoding="utf-8"))
    names = ("towns", "asks", "refused", "kids", "mums", "barred", "mum_first", "near_first",
             "near", "box", "first", "mother", "cost")  # fmt: skip
    got = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
    if got["kids"].dtype != KID or got["mums"].dtype != MUM:
        raise ValueError("the listing was written by another version")
    return Listing(
        kid_ids=told["kid_ids"],
        mum_ids=told["mum_ids"],
        towns=got["towns"],
        people=People(
            # A file does not say that its records are aligned, and kernels tell the two apart.
            got["kids"].view(KID),
            got["mums"].view(MUM),
            got["barred"],
            Terms(*told["terms"]),
        ),
        blocks=Blocks(got["mum_first"], got["near_first"], got["near"], got["box"], told["reach"]),
        asks=got["asks"],
        pairs=Pairs(got["first"], got["mother"], got["cost"]),
        refused=got["refused"],
    )


def listing_of(
    ground: Field, children: Children, mothers: Mothers, *, listed: tuple[Pairs, Index]
) -> Listing:
    """Keep the pairs of a problem with what they were listed from; bonuses must not be in them."""
    return Listing(
        kid_ids=[children.ids[k] for k in ground.kid_rows.tolist()],
        mum_ids=[mothers.ids[k] for k in ground.mum_rows.tolist()],
        towns=ground.towns,
        people=ground.people,
        blocks=ground.blocks,
        asks=ground.asks,
        pairs=listed[0],
        refused=listed[1],
    )


class _Match(NamedTuple):
    """Where the old rows are today: -1 where they have to be listed anew.

    ``fresh`` are today's mothers who are new or changed, ``gone`` the old ones who went or
    changed, each by its town's number of that day.
    """

    old_kid: Index
    new_mum: Index
    fresh_first: Ints
    fresh: Index
    gone_first: Ints
    gone: Index


def relisted(
    old: Listing, ground: Field, children: Children, mothers: Mothers
) -> tuple[Pairs, Index] | None:
    """Return all feasible pairs and the refusals, as `all_pairs` would; None: list them anew."""
    if old.people.terms != ground.people.terms or old.blocks.reach != ground.blocks.reach:
        return None
    today = (
        [children.ids[k] for k in ground.kid_rows.tolist()],
        [mothers.ids[k] for k in ground.mum_rows.tolist()],
    )
    match = _matched(old, ground, today)
    if match is None:
        return None
    now, before = (ground.people, ground.blocks), (old.people, old.blocks)
    refused = np.zeros((len(now[0].kids), len(RULES)), np.int32)
    first = np.zeros(len(refused) + 1, np.int64)
    room = int(_room(now[1], now[0].kids, match, old.pairs.first))
    out = (np.empty(room, np.int32), np.empty(room, np.int16))
    rows = (old.pairs.first, old.pairs.mother, old.pairs.cost)
    _list_all(now, before, ground.asks, match, rows, (old.refused, refused), first, out)
    return Pairs(first, out[0][: first[-1]], out[1][: first[-1]]), refused


def _matched(old: Listing, ground: Field, today: tuple[list[str], list[str]]) -> _Match | None:
    mum_now = _places(old.mum_ids, today[1])
    same = _alike(old.people.mums, ground.people.mums, mum_now, SAME_MUM)
    same &= _in_same_town(old.people.mums, ground.people.mums, mum_now, (old.towns, ground.towns))
    new_mum = np.where(same, mum_now, -1).astype(np.int32)
    kept = new_mum[new_mum >= 0]
    fresh = np.ones(len(today[1]), bool)
    fresh[kept] = False
    gone = ~same
    changed = int(fresh.sum() + gone.sum())
    if changed * MOST > max(1, len(fresh)) or (len(kept) > 1 and (np.diff(kept) <= 0).any()):
        return None
    old_kid = _places(today[0], old.kid_ids)
    _forget_changed(old, ground, old_kid, mum_now)
    towns = len(ground.towns), len(old.towns)
    return _Match(
        old_kid.astype(np.int32),
        new_mum,
        *_by_town(ground.people.mums["town"], fresh, towns[0]),
        *_by_town(old.people.mums["town"], gone, towns[1]),
    )


def _places(names: list[str], among: list[str]) -> Ints:
    """Return where each name stands in another list, or -1."""
    at = {name: place for place, name in enumerate(among)}
    return np.array([at.get(name, -1) for name in names], np.int64)


def _alike(one: Column, other: Column, at: Ints, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Tell which records stand in the other table, too, with the same values."""
    same = at >= 0
    if len(other) == 0:
        return same
    beside = other[np.maximum(at, 0)]
    for name in names:
        same &= one[name] == beside[name]
    return same


def _in_same_town(
    one: Column, other: Column, at: Ints, towns: tuple[Column, Column]
) -> NDArray[np.bool_]:
    if len(other) == 0:
        return at >= 0
    here: NDArray[np.bool_] = towns[0][one["town"]] == towns[1][other["town"][np.maximum(at, 0)]]
    return here


def _forget_changed(old: Listing, ground: Field, old_kid: Ints, mum_now: Ints) -> None:
    """Set the old row of each child who is not the same to -1."""
    kids, before = ground.people.kids, old.people.kids
    same = _alike(kids, before, old_kid, SAME_KID)
    same &= _in_same_town(kids, before, old_kid, (ground.towns, old.towns))
    at = np.maximum(old_kid, 0)
    if len(before):
        teen = ground.people.terms.teen_age
        was = before[at]
        same &= (was["age"] >= teen) == (kids["age"] >= teen)
        for name in NAMING:
            named = np.append(mum_now, -1)[was[name]]
            alike = (named == kids[name]) & ((was[name] < 0) | (named >= 0))
            same &= alike if alike.ndim == 1 else alike.all(axis=1)
        same &= old.asks[at] == ground.asks
    same &= ~_moved_away(old, ground)[kids["town"]]
    for pair in _barred_pairs(ground.people, None) ^ _barred_today(old, old_kid, mum_now):
        same[pair[0]] = False
    old_kid[~same] = -1


def _moved_away(old: Listing, ground: Field) -> NDArray[np.bool_]:
    """Tell of which of today's towns other towns are in reach than before."""
    at = {number: place for place, number in enumerate(old.towns.tolist())}
    moved = np.ones(len(ground.towns), bool)
    for place, number in enumerate(ground.towns.tolist()):
        was = at.get(number)
        if was is not None:
            now = ground.towns[_near(ground.blocks, place)]
            moved[place] = not np.array_equal(now, old.towns[_near(old.blocks, was)])
    return moved


def _near(blocks: Blocks, town: int) -> Index:
    near: Index = blocks.near[blocks.near_first[town] : blocks.near_first[town + 1]]
    return near


def _barred_pairs(people: People, kid_at: dict[int, int] | None) -> set[tuple[int, int]]:
    """Return the barred pairs as rows, of those children alone who have a place in ``kid_at``."""
    counts = people.kids["barred_to"] - people.kids["barred_from"]
    rows = np.repeat(np.arange(len(people.kids)), counts).tolist()
    pairs = zip(rows, people.barred.tolist(), strict=True)
    if kid_at is None:
        return set(pairs)
    return {(kid_at[i], j) for i, j in pairs if i in kid_at}


def _barred_today(old: Listing, old_kid: Ints, mum_now: Ints) -> set[tuple[int, int]]:
    """Return the old barred pairs in today's rows; a mother who is gone has a row of her own."""
    today = {was: now for now, was in enumerate(old_kid.tolist()) if was >= 0}
    places = mum_now.tolist()
    moved = ((i, places[j]) for i, j in _barred_pairs(old.people, today))
    return {(i, j) for i, j in moved if j >= 0}


def _by_town(town: Column, chosen: NDArray[np.bool_], towns: int) -> tuple[Ints, Index]:
    """Return the chosen rows by town; rows are sorted by town already."""
    rows = np.flatnonzero(chosen).astype(np.int32)
    return np.searchsorted(town[rows], np.arange(towns + 1)).astype(np.int64), rows


@compiled
def _room(blocks: Blocks, kids: Any, m: Any, old_first: Ints) -> Any:
    """Return space for as many pairs as there can be."""
    towns = len(blocks.near_first) - 1
    every, fresh = np.zeros(towns, np.int64), np.zeros(towns, np.int64)
    for town in range(towns):
        for near in range(blocks.near_first[town], blocks.near_first[town + 1]):
            there = blocks.near[near]
            every[town] += blocks.mum_first[there + 1] - blocks.mum_first[there]
            fresh[town] += m.fresh_first[there + 1] - m.fresh_first[there]
    room = np.int64(0)
    for i in range(len(kids)):
        k, town = m.old_kid[i], kids[i].town
        room += every[town] if k < 0 else old_first[k + 1] - old_first[k] + fresh[town]
    return room


@compiled
def _list_all(
    now: Any, before: Any, asks: Column, m: Any, rows: Any, counts: Any, first: Ints, out: Any
) -> None:  # fmt: skip
    """List each child's pairs in the order of the mothers, and carry her refusals over."""
    people, blocks = now
    was, refused = counts
    at = 0
    for i in range(len(people.kids)):
        k = m.old_kid[i]
        if asks[i] and k < 0:
            at = list_row(people, blocks, i, at, out, refused[i])
        elif asks[i]:
            refused[i] = was[k]
            _take_away(before, m, k, refused[i])
            at = _merge(people, blocks, m, rows, i, at, out, refused[i])
        first[i + 1] = at


@compiled
def _take_away(before: Any, m: Any, k: Any, refused: Index) -> None:
    people, blocks = before
    town = people.kids[k].town
    for near in range(blocks.near_first[town], blocks.near_first[town + 1]):
        there = blocks.near[near]
        for g in range(m.gone_first[there], m.gone_first[there + 1]):
            rule = rule_against(people, k, m.gone[g])
            if rule >= 0:
                refused[rule] -= 1


@compiled
def _merge(
    people: People, blocks: Blocks, m: Any, rows: Any, i: Any, at: Any, out: Any, refused: Index
) -> Any:
    """Take over the pairs with mothers who are the same, and score those with fresh ones."""
    k = m.old_kid[i]
    e, end = rows[0][k], rows[0][k + 1]
    # The arrays have names of their own: reaching through tuples in the loops costs ten times.
    first, towns, fresh = m.fresh_first, blocks.near, m.fresh
    town = people.kids[i].town
    for near in range(blocks.near_first[town], blocks.near_first[town + 1]):
        there = towns[near]
        for f in range(first[there], first[there + 1]):
            j = fresh[f]
            rule = rule_against(people, i, j)
            if rule >= 0:
                refused[rule] += 1
                continue
            e, at = _keep(m.new_mum, rows[1], rows[2], e, end, j, out, at)
            out[0][at] = j
            out[1][at] = cost_of(people, i, j)
            at += 1
    return _keep(m.new_mum, rows[1], rows[2], e, end, LAST, out, at)[1]


@compiled
def _keep(
    new_mum: Index,
    mother: Index,
    cost: NDArray[Any],
    e: Any,
    end: Any,
    before: Any,
    out: Any,
    at: Any,
) -> Any:
    """Take over a row's pairs up to a mother; return where to go on in both lists."""
    to_mother, to_cost = out
    while e < end:
        j = new_mum[mother[e]]
        if j >= before:
            break
        # Written in any case, so that the loop has one branch less; the next pair overwrites it.
        to_mother[at] = j
        to_cost[at] = cost[e]
        at += j >= 0
        e += 1
    return e, at
