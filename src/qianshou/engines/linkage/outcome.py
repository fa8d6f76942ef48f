"""What a run hands back: clusters, weighed pairs with their evidence, and open questions."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from qianshou.engines.linkage import block, calibrate, cluster, compare, estimate, listed, review
from qianshou.engines.linkage.coded import Bools, Ints
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
        together = self.done.labels[self.found.a] == self.done.labels[self.found.b]
        pairs = self._frame(names, order).with_columns(
            linked=pl.Series(together[order], dtype=pl.Boolean)
        )
        return Linked(
            clusters=pl.DataFrame({"row_id": names, "cluster_id": self._names(names, entities)}),
            pairs=pairs.select("row_a", "row_b", "weight_bits", "probability", "linked", "levels"),
            doubtful=self._doubtful(names),
            model=self.model,
            timings=timings,
            rules=self._prices(together),
            common_phones=self.data.common_phones,
        )

    @functools.cached_property
    def beliefs(self) -> Floats:
        """Give the weights with what the rest of the rows says about each pair.

        Two rows of one cluster are held together by their strongest links, however little they
        say to each other; two clusters that a rule keeps apart are hardly one person.
        """
        a, b, labels = self.found.a, self.found.b, self.done.labels
        together = labels[a] == labels[b]
        best = self._strongest(together)
        found = np.where(together, np.maximum(self.weights, np.minimum(best[a], best[b])), 0.0)
        kept_apart = np.zeros(len(a), np.bool_)
        for codes in self.rules.exclusive.values():
            held = np.full(self.data.rows, -1, np.int64)
            np.maximum.at(held, labels, codes)
            one, other = held[labels[a]], held[labels[b]]
            kept_apart |= (one >= 0) & (other >= 0) & (one != other)
        forbidden = np.minimum(self.weights - _RULE_BITS, _FORBIDDEN_BITS)
        apart = np.where(kept_apart, forbidden, self.weights)
        result: Floats = np.where(together, found, apart)
        return result

    @functools.cached_property
    def likely(self) -> Floats:
        """Give how likely each pair is one person, as answers, or else the table itself, say."""
        taught = self.model.true_bits(self.beliefs)
        sources = self.data.sources.codes
        together = self.done.labels[self.found.a] == self.done.labels[self.found.b]
        found = calibrate.likely(
            calibrate.Pairs(
                self.beliefs,
                together,
                sources[self.found.a] != sources[self.found.b],
                self._at_level("name", "twin"),
                self.model.threshold_bits,
                self._met,
            )
        )
        # Answers are counted by weight alone; who lists whom says more of pairs kept apart.
        moved = (taught != self.beliefs) & (together | (self._met is None))
        return np.where(moved, calibrate.said(taught), found)

    def _strongest(self, together: Bools) -> Floats:
        """Give the weight of each row's strongest link within its cluster."""
        best = np.full(self.data.rows, -np.inf)
        np.maximum.at(best, self.found.a[together], self.weights[together])
        np.maximum.at(best, self.found.b[together], self.weights[together])
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

    def _prices(self, together: Bools) -> list[dict[str, Any]]:
        found = []
        for number, rule in enumerate(self.found.rules):
            here = (self.found.mask >> number) & 1 == 1
            alone = self.found.mask == 1 << number
            found.append(
                {
                    "rule": rule.name,
                    "pairs": rule.pairs,
                    "new": rule.new,
                    "finds": int((here & together).sum()),
                    "finds_alone": int((alone & together).sum()),
                    "seconds": round(rule.seconds, 4),
                }
            )
        return found

    def _doubtful(self, names: pl.Series) -> pl.DataFrame:
        """List open questions, the most valuable first, one for each pair of clusters."""
        reason = self._reasons()
        chosen = np.flatnonzero(reason != "")
        chosen = chosen[np.argsort(-self.weights[chosen], kind="stable")]
        a, b = self.done.labels[self.found.a[chosen]], self.done.labels[self.found.b[chosen]]
        meeting = np.minimum(a, b) * (self.data.rows + 1) + np.maximum(a, b)
        # Within a cluster every weak row asks for itself, between two clusters one pair is enough.
        meeting = np.where(a == b, -1 - np.arange(len(chosen)), meeting)
        chosen = chosen[np.sort(np.unique(meeting, return_index=True)[1])]
        frame = self._frame(names, chosen)
        asked = frame.with_columns(
            reason=pl.Series(reason[chosen].tolist(), dtype=pl.String),
            met=pl.Series(
                [None] * len(chosen) if self._met is None else self._met[chosen].tolist(),
                dtype=pl.Boolean,
            ),
        ).select("row_a", "row_b", "weight_bits", "probability", "reason", "levels", "met")
        labels = self.done.labels
        together = labels[self.found.a[chosen]] == labels[self.found.b[chosen]]
        return review.ranked(asked, pl.Series(together, dtype=pl.Boolean), self.model.questions)

    @functools.cached_property
    def _met(self) -> Bools | None:
        """Tell which pairs one department lists both, as far as it matters; None: not known."""
        if not listed.tells(self.data):
            return None
        labels, (a, b) = self.done.labels, self._sides
        apart = labels[a] != labels[b]
        wanted = ~apart | (self.beliefs >= _FAINTEST_BITS) | self._at_level("name", "twin")
        wanted |= self._at_level("id_number", "conflict")
        some = np.flatnonzero(wanted)
        found = np.ones(len(a), np.bool_)
        found[some] = listed.met(labels, self.data.sources.codes, pairs=(a[some], b[some]))
        return found

    def _reasons(self) -> npt.NDArray[np.str_]:
        found = np.full(len(self.weights), "", dtype="<U12")
        apart = self.done.labels[self.found.a] != self.done.labels[self.found.b]
        model = self.model
        band = (self.weights >= model.band_low) & (self.weights <= model.band_high)
        twin = self._at_level("name", "twin") & ~self._at_level("id_number", "conflict")
        found[band & (apart | self._weakly_held())] = "BAND"
        found[apart & (self.weights > model.band_high)] = "MARGIN"
        found[apart & twin & self._single()] = "TWIN"
        if self._met is not None:
            self._unlisted(found, apart, self._met)
        conflict = self._at_level("id_number", "conflict")
        found[apart & conflict & self._clear_but_for("id_number", "conflict")] = "ID_CONFLICT"
        self._refused(found, apart)
        return found

    def _unlisted(self, found: npt.NDArray[np.str_], apart: Bools, met: Bools) -> None:
        """Ask about what weights pass over and the departments' lists do not.

        Twins, and weak pairs with a row on its own, if no department lists both sides; and files
        that a department lists twice, otherwise.
        """
        labels, pairs = self.done.labels, self._sides
        alone = np.bincount(labels, minlength=self.data.rows)[labels] == 1
        weak = alone[pairs[0]] | alone[pairs[1]]
        weak &= apart & ~met & (found == "") & (self.beliefs >= _FAINTEST_BITS)
        found[weak] = "BAND"
        conflict = self._at_level("id_number", "conflict")
        found[apart & ~met & self._at_level("name", "twin") & ~conflict] = "TWIN"
        twice = ~apart & met & self._differ("name", ("missing", "exact"))
        twice &= ~self._at_level("id_number", "equal")
        found[twice & self._differ("birth", _ONE_BIRTHDAY)] = "BAND"
        places = np.flatnonzero(twice)
        rows = pairs[0][places]
        found[places[listed.twice(labels[rows], self.data.sources.codes[rows])]] = "TWIN"

    def _differ(self, name: str, alike: Sequence[str]) -> Bools:
        """Tell which pairs are compared and at none of these levels."""
        found = np.full(len(self.weights), name in self.model.comparisons)
        for level in alike:
            found &= ~self._at_level(name, level)
        return found

    @property
    def _sides(self) -> tuple[Ints, Ints]:
        return self.found.a, self.found.b

    def _weakly_held(self) -> Bools:
        """Tell which pairs are the strongest link of one of their rows within its cluster."""
        together = self.done.labels[self.found.a] == self.done.labels[self.found.b]
        best = self._strongest(together)
        weak = np.minimum(best[self.found.a], best[self.found.b])
        result: Bools = together & (self.weights >= weak)
        return result

    def _at_level(self, name: str, level: str) -> Bools:
        for column, comparison in enumerate(self.comparisons):
            if comparison.name == name and level in comparison.levels:
                result: Bools = self.levels[:, column] == comparison.levels.index(level)
                return result
        return np.zeros(len(self.weights), np.bool_)

    def _clear_but_for(self, name: str, level: str) -> Bools:
        """Tell which pairs would be linked clearly were it not for this level."""
        if name not in self.model.comparisons:
            return np.zeros(len(self.weights), np.bool_)
        part = self.model.comparisons[name]
        result: Bools = self.weights - part.bits[part.levels.index(level)] >= _CLEAR_BITS
        return result

    def _single(self) -> Bools:
        """Tell which pairs have a row on either side that stands alone and has no valid number."""
        sizes = np.bincount(self.done.labels, minlength=self.data.rows)
        valid = self.data.id_valid if len(self.data.id_valid) else np.zeros(self.data.rows, bool)
        alone = (sizes[self.done.labels] == 1) & ~valid
        result: Bools = alone[self.found.a] | alone[self.found.b]
        return result

    def _refused(self, found: npt.NDArray[np.str_], apart: Bools) -> None:
        if not self.done.refused:
            return
        reasons = {(min(x, y), max(x, y)): code for x, y, code in self.done.refused}
        rows, (a, b) = self.data.rows, self._sides
        some = np.zeros(rows, np.bool_)
        some[[x for x, _ in reasons]] = True
        for at in np.flatnonzero(some[a] & apart).tolist():
            code = reasons.get((int(a[at]), int(b[at])))
            if code:
                found[at] = code
