"""The same slip twice is no slip: what several departments say apart from several others.

A pair of rows is weighed by itself, so ten pairs between two groups of rows look like ten times
the same small doubt. But if two departments write one birthday and two others another, then one
child's clerks would all have had to err alike; two children explain it better.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage import cluster, compare
from qianshou.engines.linkage.coded import Bools, Ints
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.prepare import Prepared

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int8]
Sided = tuple[Ints, Ints, Floats]
# Tells which pairs stand as twins do.
Twins = Callable[[Ints], Bools]

# Clerks copy from each other, so more than two repetitions count as two.
_MOST_REPEATED = 2
_MOST_BITS = 9.0
# What an attribute is called in the prepared table; a household is known by who shares it.
_COLUMNS = {"name": "name", "birth": "", "sex": "sex_known"}
_AGREE = {
    "name": ("missing", "exact"),
    "birth": ("missing", "equal", "partial"),
    "sex": ("missing", "equal"),
}
_HOUSEHOLD = "household"
_SHARED = 5
_HALF_ALIKE = ("shape", "part", "other_surname", "one_char")
_TWIN_BITS = 20.0


@dataclasses.dataclass(frozen=True)
class Told:
    """What each row says by attribute (codes, -1: nothing), and what a slip costs by level.

    `levels`: by attribute those of the pairs, `costs`: by attribute what a slip of each level
    costs in bits. `ties`: pairs put in front of them that hold whatever anybody says.
    """

    sources: Ints
    columns: tuple[Ints, ...]
    levels: tuple[Levels, ...]
    costs: tuple[Floats, ...]
    twins: Twins | None
    ties: int = 0

    def slip(self, pairs: Sequence[int]) -> Floats:
        """Give by attribute what one more slip of this kind costs in bits, on average."""
        places = np.array(pairs) - self.ties
        told = places >= 0
        found = np.zeros((len(places), len(self.columns)))
        for column, (levels, costs) in enumerate(zip(self.levels, self.costs, strict=True)):
            found[told, column] = costs[levels[places[told]]]
        if self.twins is not None:
            found[told, 0] = np.where(self.twins(places[told]), -_TWIN_BITS, found[told, 0])
        result: Floats = found.mean(axis=0)
        return result

    def contested(self, labels: Ints) -> Ints:
        """Give the groups in which two sources say one thing and two others another."""
        found = [_contested(labels, codes, self.sources) for codes in self.columns]
        nothing = np.zeros(0, np.int64)
        return np.unique(np.concatenate([nothing, *found]))

    def against(self, one: Sequence[int], other: Sequence[int], slip: Floats) -> float:
        """Give the bits against two parts being one; `slip` is the mean of the pairs across."""
        total = 0.0
        for column, codes in enumerate(self.columns):
            if slip[column] < 0:
                repeated = min(self._backed(one, codes), self._backed(other, codes)) - 1
                total += slip[column] * min(max(repeated, 0), _MOST_REPEATED)
        return float(total)

    def _backed(self, rows: Sequence[int], codes: Ints) -> int:
        """Count the sources behind the value that most sources give."""
        backing: dict[int, set[int]] = {}
        for row in rows:
            if codes[row] >= 0:
                backing.setdefault(int(codes[row]), set()).add(int(self.sources[row]))
        return max(map(len, backing.values()), default=0)


def _contested(labels: Ints, codes: Ints, sources: Ints) -> Ints:
    known = np.flatnonzero(codes >= 0)
    group = labels[known]
    # Most groups say one thing only and need no sorting.
    some = np.full(len(labels), -1, np.int64)
    some[group] = codes[known]
    split = np.zeros(len(labels), np.bool_)
    split[group[codes[known] != some[group]]] = True
    known = known[split[group]]
    told = np.unique(np.stack([labels[known], codes[known], sources[known]], axis=1), axis=0)
    values, backing = np.unique(told[:, :2], axis=0, return_counts=True)
    owners, rivals = np.unique(values[backing > 1, 0], return_counts=True)
    result: Ints = owners[rivals > 1]
    return result


def told(
    data: Prepared,
    comparisons: Sequence[compare.Comparison],
    model: Model,
    *,
    pairs: Sided,
    levels: Levels,
) -> Told | None:
    """Gather what the rows of a Chinese table of several sources say; None for other tables."""
    names = [c.name for c in comparisons]
    if not data.han or len(data.sources.values) < 2 or "name" not in names:
        return None
    level = {name: levels[:, at] for at, name in enumerate(names)}
    said = {
        name: data.get(column or data.spec.first("date") or "").codes
        for name, column in _COLUMNS.items()
        if name in names
    }
    twins = None
    if _HOUSEHOLD in names:
        a, b, weight = pairs
        shared = (level[_HOUSEHOLD] >= 1) & (level[_HOUSEHOLD] <= _SHARED)
        shared &= weight >= model.threshold_bits
        said[_HOUSEHOLD] = cluster.components(data.rows, a[shared], b[shared])
        twins = functools.partial(_like_twins, model, level)
    return Told(
        data.sources.codes,
        tuple(said.values()),
        tuple(level[name] for name in said),
        tuple(_slips(model, name) for name in said),
        twins,
    )


def _like_twins(model: Model, level: Mapping[str, Levels], pairs: Ints) -> Bools:
    """Tell which of these pairs stand as twins do: one birthday, one household, names half alike.

    Birthday and household say nothing then, so that names which differ twice decide.
    """
    names = model.comparisons["name"].levels
    half = [names.index(one) for one in _HALF_ALIKE]
    found: Bools = np.isin(level["name"][pairs], half) & (level["birth"][pairs] == 1)
    home = level[_HOUSEHOLD][pairs]
    return found & (home >= 1) & (home < _SHARED)


def _slips(model: Model, name: str) -> Floats:
    """Give for each level the bits that one more clerk's slip of this kind costs."""
    part = model.comparisons[name]
    rates = np.maximum(np.array(part.m), 1e-9)
    found = np.clip(np.log2(rates / rates[1:].max()), -_MOST_BITS, 0.0)
    for at, level in enumerate(part.levels):
        quiet: Mapping[str, tuple[str, ...]] = _AGREE
        if level in quiet.get(name, part.levels[: _SHARED + 1]):
            found[at] = 0.0
    result: Floats = found
    return result
