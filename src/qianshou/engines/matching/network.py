"""The arrays that the solver works on: the pairs by child and by mother, the plan, and scratch.

They are named tuples because numba passes those to compiled code without boxing.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from qianshou.engines import kernels

Ints = NDArray[np.int64]
Index = NDArray[np.int32]

FAR = np.iinfo(np.int64).max // 2
"""A distance no path can have; half of the range so that one addition cannot overflow."""

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile at its first use; a division by nought is numpy's, not an error."""
    return kernels.compiled(kernel, error_model="numpy")


class Graph(NamedTuple):
    """Allowed pairs, once by child (each row cheapest first) and once by mother."""

    first: Ints
    mother: Index
    cost: NDArray[Any]
    tfirst: Ints
    child: Index
    tcost: NDArray[Any]


def unsigned(graph: Graph) -> Graph:
    """Return the same graph, nothing copied, as the searches walk over it.

    Compiled code asks of every signed index whether it counts from the end; without that question
    the searches take a seventh less time (docs/decisions/0165).
    """
    return graph._replace(
        first=graph.first.view(np.uint64),
        mother=graph.mother.view(np.uint32),
        tfirst=graph.tfirst.view(np.uint64),
        child=graph.child.view(np.uint32),
    )


class State(NamedTuple):
    """A partial plan with prices: every pair in it is tight, u + v <= cost everywhere."""

    u: Ints
    v: Ints
    limit: Ints
    mate: Index
    spot: Ints
    slot0: Ints
    load: Ints
    slot: Index


class Scratch(NamedTuple):
    """Work space of one search; clean between searches, sized by mothers."""

    dist: Ints
    via: Index
    origin: Index
    touched: Index
    done: Index
    key: Ints
    node: Index
    pos: Index
    sizes: Ints


def new_scratch(mothers: int) -> Scratch:
    """Return clean work space for searches over that many mothers."""
    return Scratch(
        dist=np.full(mothers, FAR, np.int64),
        via=np.full(mothers, -1, np.int32),
        origin=np.full(mothers, -1, np.int32),
        touched=np.zeros(mothers, np.int32),
        done=np.zeros(mothers, np.int32),
        key=np.zeros(mothers, np.int64),
        node=np.zeros(mothers, np.int32),
        pos=np.full(mothers, -1, np.int32),
        sizes=np.zeros(3, np.int64),
    )


HEAPED, TOUCHED, DONE = 0, 1, 2
"""Where ``Scratch.sizes`` keeps the sizes of the heap and of the two lists."""
