"""What a weight is worth where the rest of the table has said no, learnt without a label.

Weights treat pieces of evidence as if they knew nothing of each other, and a pair that the
clusters keep apart has something against it that no weight holds. How many such pairs are one
person after all is read from the sources: a department hardly ever lists a child twice, so nearly
all pairs of one person lie between two sources, and pairs of strangers do so less often. The
share between sources of a group of pairs says how it is mixed. Identity numbers, names and dates
have no part in that, so their slips cannot mislead it.
"""

import dataclasses
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.coded import Bools, Ints, portions

Floats = npt.NDArray[np.float64]

# Groups of alike pairs by weight, in bits. Twins are one group: two of one list have more in
# common that can differ, so their weight itself goes with the sources.
EDGES: Final = (-6.0, -3.0, 0.0, 4.0, 10.0)
# Pairs this clear, and this unlikely, are one person and strangers.
_CLEAR, _FAINT = 10.0, -8.0
# Fewer of either do not tell how often they lie between two sources.
_ENOUGH: Final = 200
_LEAST_APART: Final = 0.02
# Of pairs above the threshold that their clusters keep apart, so many are one person: up to 4
# bits, up to 10, and beyond (two invented worlds, with half of the numbers and without any: 0.06
# to 0.33, 0 to 0.29, 0.2 to 1). Below it they are fewer than their weight says by so many bits,
# since other rows had their say, too; twins are not, they have the weight that they should have.
# Where it is known who lists whom (see listed) that says far more: pairs that one source lists both
# are hardly ever one person, pairs that none does nearly always.
_KEPT_APART_MET: Final = (0.03, 0.03, 0.05)
_KEPT_APART_UNMET: Final = (0.8, 0.9, 0.9)
_MET, _MET_TWINS, _UNMET = 5.0, 1.5, 4.5
# Two numbers in one roll are one pupil who is listed twice if name, birthday and home are nearly
# one, and two children else (two invented cities: 185 of 194, 1 of 110). Said with less certainty
# than that, for twins whose names sound or look alike are rarer there than in life.
_ROLLED_ALIKE, _ROLLED = 0.9, 0.02
# What is known beforehand weighs as much as so many answers.
_KEPT_APART: Final = (0.12, 0.2, 0.45)
_AGAINST: Final = 3.5
_PRIOR: Final = 5.0


@dataclasses.dataclass(frozen=True)
class Pairs:
    """The weighed pairs of a run: bits, in one cluster, of two sources, twins by pattern.

    `met`: one source lists both clusters; None if that is not known. `rolled`: nothing but two
    numbers in one roll keeps the clusters apart; `alike`: of them those whose name, birthday
    and home are nearly one.
    """

    bits: Floats
    together: Bools
    between: Bools
    twins: Bools
    threshold: float
    met: Bools | None = None
    rolled: Bools | None = None
    alike: Bools | None = None


def likely(pairs: Pairs) -> Floats:
    """Give for each pair how likely it is one person."""
    found = said(pairs.bits)
    shares = None if pairs.met is not None else _shares(pairs)
    for group in _groups(pairs):
        if len(group):
            found[group] = _settled(found[group], pairs, group, shares=shares)
    if pairs.rolled is not None and pairs.alike is not None:
        found[pairs.rolled] = np.minimum(said(pairs.bits[pairs.rolled]), _ROLLED)
        found[pairs.alike] = _ROLLED_ALIKE
    return found


def _groups(pairs: Pairs) -> Iterator[Ints]:
    """Give the pairs kept apart, in groups of like kind, by their places."""
    apart = np.flatnonzero(~pairs.together & (pairs.twins | (pairs.bits >= EDGES[0])))
    twins = pairs.twins[apart]
    yield apart[twins]
    apart = apart[~twins]
    step = np.searchsorted(EDGES, pairs.bits[apart], side="right")
    for number in range(1, len(EDGES) + 1):
        yield apart[step == number]


def said(bits: Floats) -> Floats:
    """Turn bits of odds into a probability."""
    found = np.empty(len(bits))
    for here in portions(len(bits)):
        found[here] = 1 / (1 + np.exp2(-np.clip(bits[here], -60, 60)))
    return found


def _shares(pairs: Pairs) -> tuple[float, float] | None:
    """Give how often one person's pairs, and strangers', lie between two sources."""
    clear = pairs.together & (pairs.bits >= _CLEAR)
    faint = ~pairs.together & (pairs.bits <= _FAINT)
    if min(int(clear.sum()), int(faint.sum())) < _ENOUGH:
        return None
    one, other = float(pairs.between[clear].mean()), float(pairs.between[faint].mean())
    return (one, other) if one - other >= _LEAST_APART else None


def _settled(
    said_so: Floats, pairs: Pairs, group: Ints, *, shares: tuple[float, float] | None
) -> Floats:
    """Give the probabilities of one group: as known beforehand, moved by what sources say."""
    before = _beforehand(said_so, pairs, group)
    if shares is None:
        return before
    one, other = shares
    between = float(pairs.between[group].mean())
    true = min(max((between - other) / (one - other), 0.0), 1.0)
    # A share of sources says less than an answer; so many answers would say as much.
    spread = max(between * (1 - between), 0.01)
    weight = len(group) * (one - other) ** 2 * max(true * (1 - true), 0.05) / spread
    level = float(before.mean())
    moved = (level * _PRIOR + true * weight) / (_PRIOR + weight)
    return _scaled(before, moved)


def _beforehand(said_so: Floats, pairs: Pairs, group: Ints) -> Floats:
    """Give what is known of pairs kept apart before the sources are asked."""
    bits, twins = pairs.bits[group], pairs.twins[group]
    above = bits >= pairs.threshold
    step = np.searchsorted(EDGES[-2:], bits, side="right")
    if pairs.met is None:
        below = said(bits - np.where(twins, 0.0, _AGAINST))
        result: Floats = np.where(above, np.minimum(said_so, np.array(_KEPT_APART)[step]), below)
        return result
    met = pairs.met[group]
    below = said(bits + np.where(met, np.where(twins, -_MET_TWINS, -_MET), _UNMET))
    most = np.where(met, np.array(_KEPT_APART_MET)[step], np.array(_KEPT_APART_UNMET)[step])
    return np.where(above, most, below)


def _scaled(before: Floats, mean: float) -> Floats:
    """Multiply the odds of a group by one factor, so that its mean is as told; the order stays."""
    odds = np.clip(before, 1e-6, 1 - 1e-6)
    odds = odds / (1 - odds)
    low, high = -40.0, 40.0
    for _half in range(50):
        middle = (low + high) / 2
        scaled = odds * 2.0**middle
        if float((scaled / (1 + scaled)).mean()) < mean:
            low = middle
        else:
            high = middle
    result: Floats = odds * 2.0**low / (1 + odds * 2.0**low)
    return result
