"""One new row of children weighed against few others: the batch's weights without its arrays.

Calling NumPy for each step costs more than a handful of rows costs to compare, so rows and levels
are looked at in plain Python (single_rows, single_levels). The weights are added up by the model
itself, once for all pairs that look the same. Tables of other columns go the way of the batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage import single_levels, single_rows, sounds
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.restraint import restrained
from qianshou.engines.linkage.single_rows import Person
from qianshou.engines.linkage.spec import Spec, children_spec

Row = Mapping[str, object]
Floats = npt.NDArray[np.float64]
# What two rows look like beside each other: a level for each comparison, and the bits that the
# frequency of the name adds. Nothing else goes into a weight.
Look = tuple[tuple[int, ...], float]
# The levels of the name at which both rows are known to bear one that may be frequent.
_ALIKE: Final = (1, 2, 3)


def fits(spec: Spec, model: Model) -> bool:
    """Tell whether rows of this spec are weighed by this model as children's rows are."""
    known = {name: levels for name, (levels, _measure) in single_levels.LEVELS.items()}
    return (
        spec.minors
        and spec.script == "han"
        and dict(spec.fields) == dict(children_spec().fields)
        and bool(model.comparisons)
        and all(known.get(name) == part.levels for name, part in model.comparisons.items())
    )


class Scale:
    """The comparisons of a model, for rows of children one by one."""

    def __init__(self, model: Model, *, population: int, common_phones: Iterable[str]) -> None:
        self._model, self._population = model, population
        self._common_phones = frozenset(common_phones)
        self._names = [name for name in single_levels.LEVELS if name in model.comparisons]
        self._measures = [single_levels.LEVELS[name][1] for name in self._names]
        self._by_name = "name" in self._names and "name" in model.common

    def looks(self, rows: Sequence[Row]) -> list[Look]:
        """Give what the first row and each of the others look like beside each other."""
        new, *others = single_rows.people(rows, self._common_phones)
        measures = self._measures
        found = [tuple([measure(new, other) for measure in measures]) for other in others]
        if not self._by_name or new.name is None:
            return [(levels, 0.0) for levels in found]
        column, added = self._names.index("name"), self._commonness(new)
        return [(levels, added.get(levels[column], 0.0)) for levels in found]

    def weighed(self, looks: Sequence[Look]) -> tuple[Floats, list[dict[str, str]]]:
        """Give the bits of every look, and its levels by name."""
        levels = np.array([levels for levels, _added in looks], np.int8)
        bits = self._model.weigh(levels, self._names, population=self._population)
        bits += np.array([added for _levels, added in looks])
        worded = [(name, self._model.comparisons[name].levels) for name in self._names]
        told = [
            {name: words[level] for (name, words), level in zip(worded, row, strict=True)}
            for row, _added in looks
        ]
        return restrained(bits, levels, self._names, model=self._model), told

    def _commonness(self, new: Person) -> dict[int, float]:
        """Give what the frequency of the new row's name adds, by the level of agreement."""
        said = sounds.spoken(new.name or "")
        words = self._model.comparisons["name"].levels
        added = {}
        for level, value in zip(_ALIKE, (new.name, said.sound, said.folded), strict=True):
            bits = self._model.common["name"].get(words[level])
            if bits:
                added[level] = bits.get(value or "", bits.get("", 0.0))
        return added
