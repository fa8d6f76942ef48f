"""One new row of children weighed against few others: the batch's weights without its arrays.

Calling NumPy for each step costs more than a handful of rows costs to compare, so rows and levels
are looked at in plain Python (single_rows, single_levels); the weights are added up by the model
itself. Tables of other columns go the way of the batch.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage import single_levels, single_rows, sounds
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.restraint import restrained
from qianshou.engines.linkage.single_rows import Person
from qianshou.engines.linkage.spec import Spec, children_spec

Row = Mapping[str, object]
Floats = npt.NDArray[np.float64]


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


def weighed(
    rows: Sequence[Row], model: Model, *, population: int, common_phones: Iterable[str]
) -> tuple[Floats, list[dict[str, str]]]:
    """Weigh the first row against each of the others; gives bits, and the levels by name."""
    new, *others = single_rows.people(rows, common_phones)
    names = [name for name in single_levels.LEVELS if name in model.comparisons]
    measures = [single_levels.LEVELS[name][1] for name in names]
    found = [[measure(new, other) for measure in measures] for other in others]
    levels = np.array(found, np.int8)
    bits = model.weigh(levels, names, population=population)
    if "name" in names and "name" in model.common:
        bits += _commonness(new, [row[names.index("name")] for row in found], model)
    worded = [(name, model.comparisons[name].levels) for name in names]
    told = [
        {name: words[level] for (name, words), level in zip(worded, row, strict=True)}
        for row in found
    ]
    return restrained(bits, levels, names, model=model), told


def _commonness(new: Person, levels: Sequence[int], model: Model) -> list[float]:
    """Give what the frequency of the new row's name adds where it agrees."""
    if new.name is None:
        return [0.0] * len(levels)
    said = sounds.spoken(new.name)
    values = {1: new.name, 2: said.sound, 3: said.folded}
    words = model.comparisons["name"].levels
    added = []
    for level in levels:
        bits = model.common["name"].get(words[level]) if level in values else None
        added.append(bits.get(values[level], bits.get("", 0.0)) if bits else 0.0)
    return added
