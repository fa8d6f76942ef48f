"""The estimated model: for every level how often it is seen in one person's pairs and by chance.

Weights are in bits (log2 of m/u); the prior goes with the number of rows, so that a model that
was estimated on one county can be used on a city.
"""

import dataclasses
import functools
import json
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.review import MEASURED, Rates

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int8]
_SHIPPED = pathlib.Path(__file__).parent / "models" / "children.json"
FORMAT = 1
# The level of twins, and the odds in bits that such a pair is one child misspelt after all.
TWIN = ("name", "twin")
TWIN_BITS = -4.0
_SAME_IN_TWINS = frozenset(("name", "birth", "household"))


class ModelError(ValueError):
    """Said of a model file that is damaged, or was written for other comparisons."""


@dataclasses.dataclass(frozen=True)
class Weights:
    """One comparison of the model; `levels[0]` is "missing" and weighs nothing."""

    levels: tuple[str, ...]
    m: tuple[float, ...]
    u: tuple[float, ...]
    bits: tuple[float, ...]

    @functools.cached_property
    def by_level(self) -> Floats:
        """Give the bits as an array; a model weighs rows one by one, too."""
        return np.array(self.bits)


@dataclasses.dataclass(frozen=True)
class Model:
    """Weights by comparison with the prior, the number of rows behind it and the review band.

    `matches_per_row`: expected pairs of one person divided by rows. `threshold_bits`: link at or
    above. `band_low`..`band_high`: ask a person. All in bits at `rows` rows. `common`: bits to
    add where two rows agree on a frequent value, by comparison, level and value. `pair_share`:
    pairs that the mode allows, of all. `household`: weights for two people of one household
    against strangers, with `households_per_row` such pairs; without them only strangers count.
    `calibration`: knots from weights to true bits; `questions`: how often automatic answers are
    wrong (see review). Both are what persons' answers have taught (see teaching).
    """

    comparisons: Mapping[str, Weights]
    rows: int
    matches_per_row: float
    threshold_bits: float = 0.0
    band_low: float = -3.0
    band_high: float = 5.0
    common: Mapping[str, Mapping[str, Mapping[str, float]]] = dataclasses.field(
        default_factory=dict
    )
    pair_share: float = 1.0
    household: Mapping[str, tuple[float, ...]] = dataclasses.field(default_factory=dict)
    households_per_row: float = 0.0
    estimated_on: str = ""
    calibration: Sequence[tuple[float, float]] = ()
    questions: Rates = dataclasses.field(default_factory=lambda: MEASURED)

    def prior_bits(self, population: int) -> float:
        """Give the log2 odds that two random rows of so many are one person."""
        return _odds_bits(self.matches_per_row, population * self.pair_share)

    def true_bits(self, weight: Floats) -> Floats:
        """Give the bits that answers have shown a weight to be worth; weights stay without any."""
        if not self.calibration:
            return weight
        said, true = (np.array(column) for column in zip(*self.calibration, strict=True))
        inside = (weight >= said[0]) & (weight <= said[-1])
        result: Floats = np.where(inside, np.interp(weight, said, true), weight)
        return result

    def weigh(self, levels: Levels, names: Sequence[str], *, population: int) -> Floats:
        """Give the weight of each pair in bits of odds, prior included."""
        total = np.full(len(levels), self.prior_bits(population))
        parts = {}
        for column, name in enumerate(names):
            parts[name] = self.comparisons[name].by_level[levels[:, column]]
            total += parts[name]
        if self.household:
            total -= self._household_rivals(levels, names, population)
        self._settle_twins(total, levels, parts)
        return total

    @functools.cached_property
    def _household_bits(self) -> dict[str, Floats]:
        return {name: np.array(bits) for name, bits in self.household.items()}

    def _household_rivals(self, levels: Levels, names: Sequence[str], population: int) -> Floats:
        """Give the bits by which one household explains a pair better than chance does."""
        home = np.full(
            len(levels), _odds_bits(self.households_per_row, population * self.pair_share)
        )
        for column, name in enumerate(names):
            if name in self.household:
                home += self._household_bits[name][levels[:, column]]
        result: Floats = np.log2(1 + np.exp2(np.clip(home, -60, 200)))
        return result

    def _settle_twins(self, total: Floats, levels: Levels, parts: Mapping[str, Floats]) -> None:
        """Weigh twins against slips of the pen, which the number of rows has no part in.

        Birthday and household are the same by definition of the level, so they say nothing;
        what is left is the rate of twins against the rate of misspelt names, and the numbers.
        """
        if TWIN[0] not in parts:
            return
        column = list(parts).index(TWIN[0])
        try:
            twin = self.comparisons[TWIN[0]].levels.index(TWIN[1])
        except ValueError:
            return
        rows = (levels[:, column] == twin).nonzero()[0]
        if not len(rows):
            return
        rest = sum(
            (bits[rows] for name, bits in parts.items() if name not in _SAME_IN_TWINS),
            np.zeros(len(rows)),
        )
        total[rows] = TWIN_BITS + rest

    def save(self, path: pathlib.Path) -> None:
        """Write the model as JSON."""
        path.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")

    def as_json(self) -> dict[str, Any]:
        """Give the model as plain values."""
        return {"format": FORMAT} | dataclasses.asdict(self)

    @classmethod
    def load(cls, path: pathlib.Path) -> "Model":
        """Read a model; raises ModelError with the reason."""
        try:
            return cls.from_json(json.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ModelError(f"{path.name}: {error}") from error

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Model":
        """Build the model from plain values; every level must have its weight."""
        try:
            parts = {
                name: Weights(*(tuple(part[key]) for key in ("levels", "m", "u", "bits")))
                for name, part in stored["comparisons"].items()
            }
            for name, part in parts.items():
                if not len(part.levels) == len(part.m) == len(part.u) == len(part.bits):
                    raise ModelError(f"comparison {name}: a level has no weight")
            rest = {k: v for k, v in stored.items() if k not in ("format", "comparisons")}
            rest["calibration"] = tuple(tuple(knot) for knot in rest.get("calibration", ()))
            # Kinds of questions that are younger than a stored model have their first rates.
            rest["questions"] = {
                kind: tuple(tuple(step) for step in steps)
                for kind, steps in {**MEASURED, **rest.get("questions", {})}.items()
            }
            return cls(comparisons=parts, **rest)
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"not a linkage model: {error}") from error

    @classmethod
    def default(cls) -> "Model":
        """Give the shipped model for children's rows."""
        return _default()


def _odds_bits(pairs_per_row: float, rows: float) -> float:
    """Give the log2 odds that one of the pairs of so many rows is of a kind."""
    share = min(max(2 * pairs_per_row / max(rows - 1, 1), 1e-12), 0.5)
    return math.log2(share / (1 - share))


@functools.cache
def _default() -> Model:
    return Model.load(_SHIPPED)
