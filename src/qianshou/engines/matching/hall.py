"""Finds what blocks the children left over: sets of children with fewer places than children."""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any, NamedTuple

import numpy as np

from qianshou.engines.matching.network import Index, Ints, compiled


class Blocks(NamedTuple):
    """Each unpaired child's blocking set (-1: no feasible mother), and the sets' sizes.

    The children of a set can only go to its mothers, whose places are all taken by them.
    """

    of_child: Index
    children: Ints
    mothers: Ints
    places: Ints
    of_mother: Index


@compiled
def _root(parent: Index, j: int) -> Any:
    while parent[j] != j:
        parent[j] = parent[parent[j]]
        j = parent[j]
    return j


@compiled
def join(parent: Index, j: int, other: int) -> None:
    """Put two mothers into one set; ``other`` may be -1 for nobody."""
    if other >= 0:
        a, b = _root(parent, j), _root(parent, other)
        parent[max(a, b)] = min(a, b)


@compiled
def _walk(first: Ints, mother: Index, mate: Index, first_held: Ints, held: Index) -> Any:
    """Walk from the unpaired children over all their mothers and those mothers' children."""
    parent = np.full(len(first_held) - 1, -1, np.int32)
    home = np.full(len(mate), -1, np.int32)
    queue = np.empty(len(mate), np.int32)
    size, at = 0, 0
    for i in range(len(mate)):
        if mate[i] < 0:
            queue[size] = i
            size += 1
    while at < size:
        i = queue[at]
        at += 1
        for e in range(first[i], first[i + 1]):
            j = mother[e]
            if parent[j] < 0:
                parent[j] = j
                for place in range(first_held[j], first_held[j + 1]):
                    queue[size] = held[place]
                    size += 1
            join(parent, j, home[i])
            home[i] = j
    return home, parent


def held_by(mate: Index, mothers: int) -> tuple[Ints, Index]:
    """Return each mother's children in a plan as rows ``(first, children)``."""
    paired = np.flatnonzero(mate >= 0)
    first = np.zeros(mothers + 1, np.int64)
    np.cumsum(np.bincount(mate[paired], minlength=mothers), out=first[1:])
    return first, paired[np.argsort(mate[paired], kind="stable")].astype(np.int32)


def blocking_sets(first: Ints, mother: Index, *, mate: Index, capacity: Ints) -> Blocks:
    """Return the blocking sets of a plan that leaves out as few children as possible.

    ``first`` and ``mother`` are the allowed pairs as rows by child, in any order within a row.
    """
    home, parent = _walk(first, mother, mate, *held_by(mate, len(capacity)))
    of_mother = _label(parent)
    sets = int(of_mother.max(initial=-1)) + 1
    reached = np.flatnonzero(home >= 0)
    of_child = np.full(len(mate), -1, np.int32)
    of_child[reached] = of_mother[home[reached]]
    inside = of_mother >= 0
    places = np.zeros(sets, np.int64)
    np.add.at(places, of_mother[inside], capacity[inside])
    return Blocks(
        of_child=np.where(mate < 0, of_child, -1).astype(np.int32),
        children=np.bincount(of_child[reached], minlength=sets),
        mothers=np.bincount(of_mother[inside], minlength=sets),
        places=places,
        of_mother=of_mother,
    )


@compiled
def _label(parent: Index) -> Index:
    """Number the sets in the order of their first mother."""
    number = np.full(len(parent), -1, np.int32)
    label = np.full(len(parent), -1, np.int32)
    count = 0
    for j in range(len(parent)):
        if parent[j] >= 0:
            top = _root(parent, j)
            if number[top] < 0:
                number[top] = count
                count += 1
            label[j] = number[top]
    return label


class Block(NamedTuple):
    """The smallest set that keeps one child out, by its members.

    These children, the child first, can only go to these mothers, who have these places in all.
    """

    children: list[int]
    mothers: list[int]
    places: int


def smallest_block(first: Ints, mother: Index, *, mate: Index, capacity: Ints, child: int) -> Block:
    """Return the smallest set that nobody in it can leave and that has one place too few.

    It is what exchanges starting from the child can reach; every set without exchanges to its
    outside that holds the child holds all of it.
    """
    held_first, held = held_by(mate, len(capacity))
    children, mothers, seen = [child], list[int](), set[int]()
    for i in children:  # grows while it is walked
        for j in mother[first[i] : first[i + 1]].tolist():
            if j not in seen:
                seen.add(j)
                mothers.append(j)
                children += held[held_first[j] : held_first[j + 1]].tolist()
    return Block(children, mothers, sum(int(capacity[j]) for j in mothers))
