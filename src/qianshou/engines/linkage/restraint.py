"""What no weight makes one person by machine: a home alone, or a name alone.

A household is shared by siblings, and a father's name and a township by strangers; a rare name is
given twice, and in a small list each name is rare. Where nothing but one of these speaks for a
pair, the weight is kept below the threshold, and a person is asked.
"""

import functools
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.model import Model

# Levels at which a value is another one, rather than the same one with a slip.
_OTHER_NAME: Final = ("one_char", "surname", "else", "sibling")
_OTHER_BIRTH: Final = ("one_edit", "same_year", "else")
# With these the birthday says nothing but, at most, the year.
_FAR_BIRTH: Final = ("same_year", "else")
_NO_HOME: Final = ("missing", "county", "else")
# Levels at which a number speaks for one person.
_NUMBERS: Final = {
    "id_number": ("equal", "one_edit", "two_edits", "cut"),
    "student_no": ("equal",),
}
# Half a bit below the threshold: more likely two than one, and near enough to be asked.
_BELOW_BITS: Final = 0.5


@functools.lru_cache(maxsize=64)
def _marked(levels: tuple[str, ...], wanted: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Tell for each level whether it is one of those wanted."""
    return np.array([level in wanted for level in levels], np.bool_)


def restrained(
    weights: npt.NDArray[np.float64],
    levels: npt.NDArray[np.int8],
    names: Sequence[str],
    *,
    model: Model,
) -> npt.NDArray[np.float64]:
    """Return the weights of pairs, in bits, with those capped that rest on one thing alone.

    `levels` has a row for each pair and a column for each comparison of `names`. Tables without
    the comparisons of a Chinese table of children come back as they are.
    """
    if not {"name", "birth", "household"} <= set(names):
        return weights

    def at(name: str, wanted: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        marked = _marked(model.comparisons[name].levels, wanted)
        return marked[levels[:, names.index(name)]]

    highest = model.threshold_bits - _BELOW_BITS
    alone = weights > highest
    if alone.any():
        home = at("name", _OTHER_NAME) & at("birth", _OTHER_BIRTH)
        alone &= home | (at("birth", _FAR_BIRTH) & at("household", _NO_HOME))
    if not alone.any():
        return weights
    for name, wanted in _NUMBERS.items():
        if name in names:
            alone &= ~at(name, wanted)
    return np.where(alone, np.minimum(weights, highest), weights)
