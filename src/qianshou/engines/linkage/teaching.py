"""What persons have answered makes the model truer: its probabilities and its choice of questions.

The weights of levels and the threshold stay as they are. Answers are a selection: only doubtful
pairs are ever asked about, and weights learnt from them would be wrong for all others. So the same
rows are put together as before, and what is said of them gets better.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from qianshou.engines.linkage import review
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.review import Answer

# Where weights become probabilities that answers can correct; beyond, hardly a pair is asked about.
_EDGES = (-6.0, -3.0, -1.5, 0.0, 1.0, 2.0, 3.5, 6.0)
# So many answers weigh as much as what the weight says by itself.
_PRIOR = 10.0
# Questions raised for what the two rows say of each other, not for what other rows say.
_OF_THE_PAIR = frozenset(("BAND", "MARGIN"))


def taught(model: Model, answers: Iterable[Answer]) -> Model:
    """Give the model as all answers so far make it; answers may come in any order.

    Give every answer each time: what they say is counted afresh from the model's own weights.
    """
    known = list(answers)
    return dataclasses.replace(
        model,
        calibration=_calibration(
            [a for a in known if a.reason in _OF_THE_PAIR and (a.together or a.met is None)]
        ),
        questions=review.learn(known),
    )


def _calibration(answers: Sequence[Answer]) -> tuple[tuple[float, float], ...]:
    """Give knots (weight in bits, true bits), never falling, the ends as they were."""
    if not answers:
        return ()
    weight = np.array([a.weight_bits for a in answers])
    same = np.array([a.same for a in answers], np.float64)
    knots, rates, counts = [], [], []
    for low, high in itertools.pairwise(_EDGES):
        here = (weight >= low) & (weight < high)
        centre = (low + high) / 2
        said = float(1 / (1 + np.exp2(-centre)))
        total = float(here.sum()) + _PRIOR
        knots.append(centre)
        rates.append((float(same[here].sum()) + _PRIOR * said) / total)
        counts.append(total)
    bits = [float(np.log2(rate / (1 - rate))) for rate in _rising(rates, counts)]
    inner = [(x, round(min(max(y, _EDGES[0]), _EDGES[-1]), 6))
             for x, y in zip(knots, bits, strict=True)]  # fmt: skip
    return ((_EDGES[0], _EDGES[0]), *inner, (_EDGES[-1], _EDGES[-1]))


def _rising(rates: Sequence[float], counts: Sequence[float]) -> list[float]:
    """Pool neighbours that fall until the rates rise (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for rate, count in zip(rates, counts, strict=True):
        pools.append((rate, count, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (r1, c1, n1), (r2, c2, n2) = pools[-2:]
            pools[-2:] = [((r1 * c1 + r2 * c2) / (c1 + c2), c1 + c2, n1 + n2)]
    return [rate for rate, _, size in pools for _ in range(size)]
