"""Learning from pairs that people have labelled: weights move as far as the answers say.

Labels come from the queue of doubtful links and from samples, so they are no random pairs. Rates
of levels counted on them would be biased. The weights are therefore fitted as what they are in
the end, the log odds of "one person" given the levels: a logistic regression whose prior is the
model at hand (MAP with a Gaussian around each weight). Which pairs were asked about depends on
their levels alone, and choosing by the levels does not bias such a fit.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.model import TWIN, Model, Weights

Floats = npt.NDArray[np.float64]
# How far, in bits, a weight is thought to be off before any answer is heard.
_PRIOR_BITS = 1.0
_STEPS = 25
_LN2 = math.log(2.0)
# No answers may say more than this against the model: a handful of wrong ones stays harmless.
_FURTHEST_BITS = 4.0


# Levels whose weight is a rule and no estimate; answers do not move them.
RULED = frozenset(
    (
        ("name", "twin"), ("name", "sibling"), ("id_number", "conflict"), ("id_number", "cut"),
        ("id_number", "equal"),
    )
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Label:
    """One pair that a person has judged: its levels by comparison, and the answer."""

    levels: Mapping[str, str]
    same: bool


def read_levels(text: str) -> dict[str, str]:
    """Read the levels of a pair as the engine writes them: "name=exact;birth=equal"."""
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)


def learned(model: Model, labels: Sequence[Label], *, population: int) -> Model:
    """Return the model with its weights moved towards the answers; without labels the same one.

    `population` is the number of rows the pairs were found among. Levels whose weight is a rule
    keep it, and pairs at the level of twins teach nothing: they are weighed by a rule altogether.
    """
    heard = [label for label in labels if label.levels.get(TWIN[0]) != TWIN[1]]
    places = _places(model, heard)
    if not heard or not places:
        return model
    design = np.zeros((len(heard), len(places) + 1))
    design[:, -1] = 1.0
    for row, label in enumerate(heard):
        for key in label.levels.items():
            if key in places:
                design[row, places[key]] = 1.0
    start = np.array([weigh(model, label, population=population) for label in heard])
    moves = _fit(design, start, np.array([float(label.same) for label in heard]))
    return _moved(model, places, moves)


def weigh(model: Model, label: Label, *, population: int) -> float:
    """Return what a model says to a labelled pair, in bits of odds, the prior included."""
    bits = model.prior_bits(population)
    for name, level in label.levels.items():
        part = model.comparisons.get(name)
        if part is not None and level in part.levels:
            bits += part.bits[part.levels.index(level)]
    return bits


def surprise(model: Model, labels: Sequence[Label], *, population: int) -> float:
    """Return the mean surprise in bits of the answers under a model; less is better."""
    total = 0.0
    for label in labels:
        bits = max(min(weigh(model, label, population=population), 60.0), -60.0)
        sure = 1 / (1 + 2**-bits)
        total -= math.log2(max(sure if label.same else 1 - sure, 1e-12))
    return total / max(len(labels), 1)


def _places(model: Model, labels: Sequence[Label]) -> dict[tuple[str, str], int]:
    """Number the levels that the labels show and whose weight is an estimate."""
    shown = {key for label in labels for key in label.levels.items()} - RULED
    known = [
        (name, level)
        for name, part in model.comparisons.items()
        for level in part.levels[1:]
        if (name, level) in shown
    ]
    return {key: number for number, key in enumerate(known)}


def _fit(design: Floats, start: Floats, same: Floats) -> Floats:
    """Find by Newton's method how many bits each weight moves."""
    moves = np.zeros(design.shape[1])
    precision = np.eye(len(moves)) / _PRIOR_BITS**2
    for _ in range(_STEPS):
        bits = np.clip(start + design @ moves, -60, 60)
        believed = 1 / (1 + np.exp2(-bits))
        slope = design.T @ (same - believed) * _LN2 - precision @ moves
        weight = believed * (1 - believed)
        curve = (design.T * weight) @ design * _LN2**2 + precision
        step = np.linalg.solve(curve, slope)
        moves += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    result: Floats = np.clip(moves, -_FURTHEST_BITS, _FURTHEST_BITS)
    return result


def _moved(model: Model, places: Mapping[tuple[str, str], int], moves: Floats) -> Model:
    parts = {}
    for name, part in model.comparisons.items():
        bits = [
            round(bits + float(moves[places[name, level]]), 6) if (name, level) in places else bits
            for level, bits in zip(part.levels, part.bits, strict=True)
        ]
        parts[name] = Weights(part.levels, part.m, part.u, tuple(bits))
    # The last place is the prior: so many times likelier that two rows are one person.
    prior = model.matches_per_row * 2 ** float(moves[-1])
    return dataclasses.replace(model, comparisons=parts, matches_per_row=prior)
