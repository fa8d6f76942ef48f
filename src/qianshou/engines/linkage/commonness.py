"""Frequent values weigh less: two 王浩宇 may be strangers, two 亓官·阿依 hardly are."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.coded import Coded, Ints, where
from qianshou.engines.linkage.compare import Comparison

Floats = npt.NDArray[np.float64]
# Comparison -> level -> value -> bits to add; "" stands for all values not listed.
Table = Mapping[str, Mapping[str, Mapping[str, float]]]

# Only values held by many are listed, so that a model names nobody in particular.
_MOST_LISTED = 2000
_FEWEST_HOLDERS = 10
_LOWEST_BITS, _HIGHEST_BITS = -8.0, 3.0


def columns_of(comparison: Comparison) -> dict[int, Coded]:
    """Give the columns that say how common an agreement is, by level; most have none."""
    common = getattr(comparison, "common", None)
    return dict(common()) if common else {}


def learn(comparisons: Sequence[Comparison]) -> dict[str, dict[str, dict[str, float]]]:
    """Measure how much more or less than average an agreement on each frequent value says."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for comparison in comparisons:
        for level, column in columns_of(comparison).items():
            bits = _bits(column)
            if bits:
                found.setdefault(comparison.name, {})[comparison.levels[level]] = bits
    return found


def _bits(column: Coded) -> dict[str, float]:
    counts = column.counts().astype(np.float64)
    total = counts.sum()
    if total < _FEWEST_HOLDERS:
        return {}
    share = counts / total
    average = float((share**2).sum())
    order = np.argsort(-counts, kind="stable")[:_MOST_LISTED]
    listed = order[counts[order] >= _FEWEST_HOLDERS]
    rest = np.ones(len(share), np.bool_)
    rest[listed] = False
    found = {
        column.values[at]: round(float(np.log2(average / share[at])), 4) for at in listed.tolist()
    }
    if rest.any():
        found[""] = float(np.log2(average / ((share[rest] ** 2).sum() / share[rest].sum())))
    return {value: round(min(max(b, _LOWEST_BITS), _HIGHEST_BITS), 4) for value, b in found.items()}


class Scale:
    """The bits that a model adds where two rows agree on a frequent value, for one table.

    Looked up once by value, however many portions of pairs are weighed.
    """

    def __init__(self, comparison: Comparison, table: Table) -> None:
        known = table.get(comparison.name, {})
        self._by_level = [
            (level, column.codes, _by_code(column, bits))
            for level, column in columns_of(comparison).items()
            if (bits := known.get(comparison.levels[level]))
        ]

    def add(self, total: Floats, levels: npt.NDArray[np.int8], *, first: Ints) -> None:
        """Add the bits of each pair by its `first` row; nought without agreement."""
        for level, codes, by_code in self._by_level:
            rows = where(levels == level)
            total[rows] += by_code[codes[first[rows]]]


def _by_code(column: Coded, bits: Mapping[str, float]) -> Floats:
    """Give the bits of each value of a column, and nought for the unknown behind them."""
    rest = bits.get("", 0.0)
    return np.array([bits.get(value, rest) for value in column.values] + [0.0])
