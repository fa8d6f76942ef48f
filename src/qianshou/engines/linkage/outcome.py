"""What a run hands back: clusters, weighed pairs with their evidence, and open questions."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from qianshou.engines.linkage import block, calibrate, cluster, compare, estimate, listed, review
from qianshou.engines.linkage.coded import Bools, Ints, portions, where
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.prepare import Prepared

Floats = npt.NDArray[np.float64]
# Pairs less likely than one in a thousand are not reported.
_FAINTEST_BITS = -10.0
# A pair that would be one person but for its numbers or its given name is worth a look.
_CLEAR_BITS = 8.0
# What it says against a pair that its clusters may not be one.
_RULE_BITS = 20.0
_FORBIDDEN_BITS = -8.0
# Why a pair is worth a question, by number; the rules that clusters obey add their own.
_REASONS = ("", "BAND", "MARGIN", "TWIN", "ID_CONFLICT")
_BAND, _MARGIN, _TWIN, _CONFLICT = range(1, 5)
# How two entries of one pupil look beside each other.
_NEARLY_ONE = {
    "name": ("exact", "sound", "near_sound", "shape", "part"),
    "birth": ("equal",),
    "household": ("contact_and_village", "contact", "guardian_and_township"),
}
# What rules about two entries of one roll are called.
_ROLL = "ROLL:"
# Levels of two dates that may well be one day.
_ONE_BIRTHDAY = ("missing", "equal", "partial", "swapped", "lunar")


@dataclasses.dataclass(frozen=True)
class Linked:
    """The result of one run.

    `clusters`: row_id, cluster_id. `pairs`: row_a, row_b, weight_bits (what the two rows say by
    themselves), probability (with what all other rows say), linked, levels
    ("name=exact;birth=equal"). `doubtful`: the same with reason instead of linked, `met` (one
    department lists both, null: not known), and `wrong`, how likely the automatic answer is
    wrong; the most valuable questions first.
    `rules`: price and finds of each blocking rule. `timings`: seconds by step.
    """

    clusters: pl.DataFrame
    pairs: pl.DataFrame
    doubtful: pl.DataFrame
    model: Model
    timings: dict[str, float]
    rules: list[dict[str, Any]]
    common_phones: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Run:
    """Everything a finished run knows, by row number."""

    data: Prepared
    found: block.Candidates
    levels: npt.NDArray[np.int8]
    weights: Floats
    done: cluster.Clustered
    model: Model
    comparisons: Sequence[compare.Comparison]
    rules: cluster.Rules

    def linked(
        self, ids: list[str], entities: Mapping[int, str], timings: dict[str, float]
    ) -> Linked:
        """Put the result into frames that speak of row ids."""
        names = pl.Series("row_id", ids, dtype=pl.String)
        keep = np.flatnonzero(self.weights >= _FAINTEST_BITS)
        order = keep[np.argsort(-self.weights[keep], kind="stable")]
        pairs = self._frame(names, order).with_columns(
            linked=pl.Series(self.together[order], dtype=pl.Boolean)
        )
        return Linked(
            clusters=pl.DataFrame({"row_id": names, "cluster_id": self._names(names, entities)}),
            pairs=pairs.select("row_a", "row_b", "weight_bits", "probability", "linked", "levels"),
            doubtful=self._doubtful(names),
            model=self.model,
            timings=timings,
            rules=self._prices(),
            common_phones=self.data.common_phones,
        )

    @functools.cached_property
    def together(self) -> Bools:
        """Tell which pairs lie in one cluster."""
        found = np.empty(len(self.weights), np.bool_)
        for here in portions(len(found)):
            found[here] = self._labels_at(here, 0) == self._labels_at(here, 1)
        return found

    def _labels_at(self, here: slice, side: int) -> Ints:
        return self.done.labels[self._sides[side][here]]

    @functools.cached_property
    def beliefs(self) -> Floats:
        """Give the weights with what the rest of the rows says about each pair.

        Two rows of one cluster are held together by their strongest links, however little they
        say to each other; two clusters that a rule keeps apart are hardly one person.
        """
        ruled, _rolled = self._kept_apart
        found = np.empty(len(self.weights))
        for here in portions(len(found)):
            weights, (x, y) = self.weights[here], (side[here] for side in self._sides)
            forbidden = np.minimum(weights - _RULE_BITS, _FORBIDDEN_BITS)
            apart = np.where(ruled[here], forbidden, weights)
            joined = np.maximum(weights, np.minimum(self._strongest[x], self._strongest[y]))
            found[here] = np.where(self.together[here], joined, apart)
        return found

    @functools.cached_property
    def _kept_apart(self) -> tuple[Bools, Bools]:
        """Tell of which pairs a rule keeps the clusters apart, and of which a roll alone does."""
        held = {}
        for rule, codes in self.rules.exclusive.items():
            held[rule] = np.full(self.data.rows, -1, np.int64)
            np.maximum.at(held[rule], self.done.labels, codes)
        ruled, rolled = np.zeros((2, len(self.weights)), np.bool_)
        for here in portions(len(ruled)):
            one, other = self._labels_at(here, 0), self._labels_at(here, 1)
            for rule, codes in held.items():
                differ = (codes[one] >= 0) & (codes[other] >= 0) & (codes[one] != codes[other])
                (rolled if rule.startswith(_ROLL) else ruled)[here] |= differ
        return ruled, rolled & ~ruled

    @functools.cached_property
    def likely(self) -> Floats:
        """Give how likely each pair is one person, as answers, or else the table itself, say."""
        sources = self.data.sources.codes
        found = calibrate.likely(
            calibrate.Pairs(
                self.beliefs,
                self.together,
                sources[self.found.a] != sources[self.found.b],
                self._at_level("name", "twin"),
                self.model.threshold_bits,
                self._met,
                self._kept_apart[1],
                self._listed_twice(),
            )
        )
        if not self.model.calibration:
            return found
        taught = self.model.true_bits(self.beliefs)
        # Answers are counted by weight alone; who lists whom says more of pairs kept apart.
        moved = (taught != self.beliefs) & (self.together | (self._met is None))
        return np.where(moved, calibrate.said(taught), found)

    @functools.cached_property
    def _strongest(self) -> Floats:
        """Give the weight of each row's strongest link within its cluster."""
        best = np.full(self.data.rows, -np.inf)
        weights = self.weights[self.together]
        for side in self._sides:
            np.maximum.at(best, side[self.together], weights)
        return best

    def _names(self, names: pl.Series, entities: Mapping[int, str]) -> pl.Series:
        """Name each cluster by its first row, or as the entity that is on file."""
        labels = self.done.labels
        rows, first = np.arange(self.data.rows), np.zeros(self.data.rows, np.int64)
        # The last one written stands, so that is the first row.
        first[labels[::-1]] = rows[::-1]
        named = "c-" + names
        if entities:
            homes = {int(first[labels[row]]): entity for row, entity in entities.items()}
            named = named.scatter(list(homes), list(homes.values()))
        return named.gather(first[labels])

    def _frame(self, names: pl.Series, chosen: Ints) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "row_a": names.gather(self.found.a[chosen]),
                "row_b": names.gather(self.found.b[chosen]),
                "weight_bits": self.weights[chosen],
                "probability": self.likely[chosen],
                "levels": self._evidence(chosen),
            }
        )

    def _evidence(self, chosen: Ints) -> pl.Series:
        """Give the levels of each pair as text, written once per different pattern."""
        sizes = [len(c.levels) for c in self.comparisons]
        seen = estimate.patterns(self.levels[chosen], sizes)
        texts = [
            ";".join(f"{name}={level}" for name, level in row.items())
            for row in compare.told(self.comparisons, seen.levels, self.model)
        ]
        return pl.Series(texts, dtype=pl.String).gather(seen.inverse)

    def _prices(self) -> list[dict[str, Any]]:
        mask = self.found.mask
        kinds, counts = np.unique(mask[self.together], return_counts=True)
        finds = block.by_rule(mask[self.together], len(self.found.rules))
        alone = dict(zip(kinds.tolist(), counts.tolist(), strict=True))
        return [
            {
                "rule": rule.name,
                "pairs": rule.pairs,
                "new": rule.new,
                "finds": finds[number],
                "finds_alone": alone.get(1 << number, 0),
                "seconds": round(rule.seconds, 4),
            }
            for number, rule in enumerate(self.found.rules)
        ]

    def _doubtful(self, names: pl.Series) -> pl.DataFrame:
        """List open questions, the most valuable first, one for each pair of clusters."""
        reason, named = self._reasons()
        chosen = np.flatnonzero(reason)
        chosen = chosen[np.argsort(-self.weights[chosen], kind="stable")]
        a, b = self.done.labels[self.found.a[chosen]], self.done.labels[self.found.b[chosen]]
        meeting = np.minimum(a, b) * (self.data.rows + 1) + np.maximum(a, b)
        # Within a cluster every weak row asks for itself, between two clusters one pair is enough.
        meeting = np.where(a == b, -1 - np.arange(len(chosen)), meeting)
        chosen = chosen[np.sort(np.unique(meeting, return_index=True)[1])]
        frame = self._frame(names, chosen)
        asked = frame.with_columns(
            reason=pl.Series(named, dtype=pl.String).gather(reason[chosen]),
            met=pl.Series(
                [None] * len(chosen) if self._met is None else self._met[chosen].tolist(),
                dtype=pl.Boolean,
            ),
        ).select("row_a", "row_b", "weight_bits", "probability", "reason", "levels", "met")
        together = pl.Series(self.together[chosen], dtype=pl.Boolean)
        return review.ranked(asked, together, self.model.questions)

    @functools.cached_property
    def _met(self) -> Bools | None:
        """Tell which pairs one department lists both, as far as it matters; None: not known."""
        if not listed.tells(self.data):
            return None
        wanted = self.together | (self.beliefs >= _FAINTEST_BITS) | self._at_level("name", "twin")
        wanted |= self._at_level("id_number", "conflict")
        some, (a, b) = where(wanted), self._sides
        found = np.ones(len(wanted), np.bool_)
        found[some] = listed.met(
            self.done.labels, self.data.sources.codes, pairs=(a[some], b[some])
        )
        return found

    def _reasons(self) -> tuple[npt.NDArray[np.int8], list[str]]:
        """Give for each pair the number of the reason to ask (0: none), and the reasons' codes."""
        model, apart = self.model, ~self.together
        conflict = self._at_level("id_number", "conflict")
        twin = self._at_level("name", "twin")
        found = np.zeros(len(apart), np.int8)
        band = where((self.weights >= model.band_low) & (self.weights <= model.band_high))
        found[band[apart[band] | self._weakly_held(band)]] = _BAND
        found[apart & (self.weights > model.band_high)] = _MARGIN
        twins = where(apart & twin & ~conflict)
        found[twins[self._single(twins)]] = _TWIN
        if self._met is not None:
            found[twins[~self._met[twins]]] = _TWIN
            self._unlisted(found, self._met)
        numbers = where(apart & conflict)
        found[numbers[self._clear_but_for("id_number", "conflict", numbers)]] = _CONFLICT
        return found, self._refused(found)

    def _unlisted(self, found: npt.NDArray[np.int8], met: Bools) -> None:
        """Ask about what weights pass over and the departments' lists do not.

        Weak pairs with a row on its own, if no department lists both sides; and files that a
        department lists twice.
        """
        labels, (a, b) = self.done.labels, self._sides
        alone = np.bincount(labels, minlength=self.data.rows)[labels] == 1
        weak = where(~self.together & ~met & (found == 0) & (self.beliefs >= _FAINTEST_BITS))
        found[weak[alone[a[weak]] | alone[b[weak]]]] = _BAND
        twice = self.together & met & self._differ("name", ("missing", "exact"))
        twice &= ~self._at_level("id_number", "equal")
        found[twice & self._differ("birth", _ONE_BIRTHDAY)] = _BAND
        places = where(twice)
        rows = a[places]
        found[places[listed.twice(labels[rows], self.data.sources.codes[rows])]] = _TWIN

    def _differ(self, name: str, alike: Sequence[str]) -> Bools:
        """Tell which pairs are compared and at none of these levels."""
        found = np.full(len(self.weights), name in self.model.comparisons)
        for level in alike:
            found &= ~self._at_level(name, level)
        return found

    def _listed_twice(self) -> Bools:
        """Tell which pairs that a roll alone keeps apart are one but for a slip in the name."""
        found = self._kept_apart[1].copy()
        rolled = where(found)
        for name, wanted in _NEARLY_ONE.items():
            found[rolled] &= compare.among(
                self.comparisons, self.levels[rolled], name, wanted=wanted
            )
        return found

    @property
    def _sides(self) -> tuple[Ints, Ints]:
        return self.found.a, self.found.b

    def _weakly_held(self, pairs: Ints) -> Bools:
        """Tell which of these are the strongest link of one of their rows within its cluster."""
        best, (a, b) = self._strongest, self._sides
        weak = np.minimum(best[a[pairs]], best[b[pairs]])
        result: Bools = self.together[pairs] & (self.weights[pairs] >= weak)
        return result

    def _at_level(self, name: str, level: str) -> Bools:
        for column, comparison in enumerate(self.comparisons):
            if comparison.name == name and level in comparison.levels:
                result: Bools = self.levels[:, column] == comparison.levels.index(level)
                return result
        return np.zeros(len(self.weights), np.bool_)

    def _clear_but_for(self, name: str, level: str, pairs: Ints) -> Bools:
        """Tell which of these would be linked clearly were it not for this level."""
        if name not in self.model.comparisons:
            return np.zeros(len(pairs), np.bool_)
        part = self.model.comparisons[name]
        result: Bools = self.weights[pairs] - part.bits[part.levels.index(level)] >= _CLEAR_BITS
        return result

    def _single(self, pairs: Ints) -> Bools:
        """Tell which of these have a row that stands alone and has no valid number."""
        labels, (a, b) = self.done.labels, self._sides
        sizes = np.bincount(labels, minlength=self.data.rows)
        valid = self.data.id_valid if len(self.data.id_valid) else np.zeros(self.data.rows, bool)
        alone = (sizes[labels] == 1) & ~valid
        result: Bools = alone[a[pairs]] | alone[b[pairs]]
        return result

    def _refused(self, found: npt.NDArray[np.int8]) -> list[str]:
        """Ask about the links that clustering left out; give the codes of all reasons."""
        codes = list(_REASONS)
        if not self.done.refused:
            return codes
        codes += sorted({code for *_, code in self.done.refused} - {*codes})
        reasons = {(min(x, y), max(x, y)): code for x, y, code in self.done.refused}
        a, b = self._sides
        some = np.zeros(self.data.rows, np.bool_)
        some[[x for x, _ in reasons]] = True
        for at in where(some[a] & ~self.together).tolist():
            code = reasons.get((int(a[at]), int(b[at])))
            if code:
                found[at] = codes.index(code)
        return codes
