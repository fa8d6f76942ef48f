"""Linking person rows: prepare, block, compare, estimate, weigh, cluster; batch and live alike."""

import dataclasses
import functools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from qianshou.engines.linkage import (
    block,
    calibrate,
    cluster,
    commonness,
    compare,
    corroborate,
    estimate,
    outcome,
    prepare,
    single,
)
from qianshou.engines.linkage.coded import Bools, Ints, portions, where
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.outcome import Linked
from qianshou.engines.linkage.prepare import Prepared
from qianshou.engines.linkage.restraint import restrained
from qianshou.engines.linkage.spec import Spec

Floats = npt.NDArray[np.float64]
Progress = Callable[[str], None]
Pairs = tuple[Ints, Ints, Floats]
# Smaller frames of children say too little about their own error rates.
_ENOUGH_ROWS = 2000
# So many bits hold together what a person has already put together.
_DECIDED_BITS = 60.0
# Pairs look alike in a few thousand ways.
_LOOKS_KEPT = 1 << 14
# One household beyond the township alone.
_ONE_HOME = ("contact_and_village", "contact", "guardian_and_township")
# Unnamed rows are exceptions only where most rows are named.
_MOSTLY_NAMED = 0.2


class _Clock:
    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()
        self._progress = progress

    def lap(self, step: str) -> None:
        """Note the seconds since the last lap under this step."""
        now = time.perf_counter()
        self.seconds[step] = round(now - self._last, 4)
        self._last = now
        if self._progress:
            self._progress(f"{step}: {self.seconds[step]:.2f} s")


@dataclasses.dataclass(frozen=True)
class _Weigher:
    """A model bound to a prepared table: the one function that weighs, in batch and live."""

    comparisons: Sequence[compare.Comparison]
    model: Model
    population: int

    def levels(self, a: Ints, b: Ints) -> npt.NDArray[np.int8]:
        return compare.measure(self.comparisons, a, b)

    def weigh(self, levels: npt.NDArray[np.int8], a: Ints) -> Floats:
        found = np.empty(len(levels))
        for here in portions(len(levels)):
            found[here] = self._weighed(levels[here], a[here])
        return found

    def _weighed(self, levels: npt.NDArray[np.int8], a: Ints) -> Floats:
        names = [c.name for c in self.comparisons]
        total = self.model.weigh(levels, names, population=self.population)
        for column, scale in enumerate(self._scales):
            scale.add(total, levels[:, column], first=a)
        return restrained(total, levels, names, model=self.model)

    @functools.cached_property
    def _scales(self) -> list[commonness.Scale]:
        return [commonness.Scale(c, self.model.common) for c in self.comparisons]


def link(
    frame: pl.DataFrame,
    spec: Spec,
    *,
    model: Model | None = None,
    population: int | None = None,
    fixed: Mapping[str, str] | None = None,
    apart: Iterable[tuple[str, str]] = (),
    common_phones: Iterable[str] = (),
    progress: Progress | None = None,
) -> Linked:
    """Find which rows are one person; `row_id` must be unique, all other columns may be missing.

    Without a model one is estimated on the frame; children's frames under 2,000 rows use the
    shipped one. `population` is the number of rows the prior is for. `fixed` maps row ids to
    the entity they belong to, `apart` holds pairs (row id, row id or entity id) that are not one.
    `common_phones` are those that rows outside the frame share too often to say anything.
    """
    clock = _Clock(progress)
    data = prepare.prepare(frame.to_dict(), len(frame), spec, common_phones=common_phones)
    clock.lap("prepare")
    found = block.pairs(data)
    clock.lap("block")
    weigher, levels = _compared(data, found, model=model, population=population)
    clock.lap("compare_and_estimate")
    decisions = _Decisions(frame["row_id"].cast(pl.String).to_list(), fixed or {}, apart)
    return _settled(data, found, levels, weigher=weigher, decisions=decisions, clock=clock)


def estimated(data: Prepared) -> Model:
    """Estimate a model on a prepared table without linking it."""
    return _compared(data, block.pairs(data), model=None, population=None)[0].model


def link_candidates(
    frame: pl.DataFrame,
    spec: Spec,
    *,
    model: Model,
    population: int,
    found: block.Candidates,
    common_phones: Iterable[str] = (),
) -> Linked:
    """Do the same for one part of a larger table whose candidates are known already.

    A part holds whole groups: no candidate pair of weight leads out of it.
    """
    data = prepare.prepare(frame.to_dict(), len(frame), spec, common_phones=common_phones)
    weigher = _Weigher(compare.build(data, model), model, population)
    levels = weigher.levels(found.a, found.b)
    decisions = _Decisions(frame["row_id"].to_list(), {}, ())
    return _settled(data, found, levels, weigher=weigher, decisions=decisions, clock=_Clock(None))


def weigh_candidates(
    frame: pl.DataFrame,
    spec: Spec,
    *,
    model: Model,
    population: int,
    pairs: tuple[Ints, Ints],
    common_phones: Iterable[str] = (),
) -> Floats:
    """Weigh pairs of rows of a frame, by row number, as the batch does."""
    data = prepare.prepare(frame.to_dict(), len(frame), spec, common_phones=common_phones)
    weigher = _Weigher(compare.build(data, model), model, population)
    return weigher.weigh(weigher.levels(*pairs), pairs[0])


def _settled(
    data: Prepared,
    found: block.Candidates,
    levels: npt.NDArray[np.int8],
    *,
    weigher: _Weigher,
    decisions: "_Decisions",
    clock: _Clock,
) -> Linked:
    """Weigh, cluster and report."""
    weights = weigher.weigh(levels, found.a)
    whole, told = _completed(data, weigher, (found.a, found.b, weights), levels=levels)
    rules = _rules(data, decisions, _Seen(weigher.comparisons, found, levels))
    if told is not None:
        rules = dataclasses.replace(rules, witnesses=decisions.padded(told))
    clock.lap("weigh")
    done = cluster.cluster(
        data.rows, decisions.added(whole), threshold=weigher.model.threshold_bits, rules=rules
    )
    clock.lap("cluster")
    result = outcome.Run(
        data, found, levels, weights, done, weigher.model, weigher.comparisons, rules
    ).linked(decisions.ids, decisions.entities, clock.seconds)
    clock.lap("report")
    return result


def _compared(
    data: Prepared, found: block.Candidates, *, model: Model | None, population: int | None
) -> tuple[_Weigher, npt.NDArray[np.int8]]:
    if model is None and data.spec.minors and data.rows < _ENOUGH_ROWS:
        model = Model.default()
    comparisons = compare.build(data, model)
    levels = compare.measure(comparisons, found.a, found.b)
    if model is None:
        sizes = [len(c.levels) for c in comparisons]
        model = dataclasses.replace(
            estimate.estimate(data, comparisons, estimate.patterns(levels[found.personal], sizes)),
            common=commonness.learn(comparisons),
        )
        rows = population or data.rows
    else:
        rows = population or max(data.rows, model.rows)
    return _Weigher(comparisons, model, rows), levels


def _completed(
    data: Prepared, weigher: _Weigher, pairs: Pairs, *, levels: npt.NDArray[np.int8]
) -> tuple[Pairs, corroborate.Told | None]:
    """Add the pairs inside groups that no blocking rule proposed, and what sources say of all."""
    a, b, weight = pairs
    strong = weight >= weigher.model.threshold_bits
    labels = cluster.components(data.rows, a[strong], b[strong])
    x, y = cluster.missing_inside(labels, a, b)
    if data.spec.mode != "both":
        keep = (data.sources.codes[x] != data.sources.codes[y]) == (data.spec.mode == "link")
        x, y = x[keep], y[keep]
    more = weigher.levels(x, y)
    whole = (
        np.concatenate([a, x]),
        np.concatenate([b, y]),
        np.concatenate([weight, weigher.weigh(more, x)]),
    )
    told = corroborate.told(
        data,
        weigher.comparisons,
        weigher.model,
        pairs=whole,
        levels=np.concatenate([levels, more]),
    )
    return whole, told


class _Decisions:
    """What persons have decided before, by row number."""

    def __init__(
        self, ids: list[str], fixed: Mapping[str, str], apart: Iterable[tuple[str, str]]
    ) -> None:
        self.ids = ids
        place = {row_id: row for row, row_id in enumerate(ids)}
        if len(place) != len(ids):
            raise ValueError("row_id is not unique")
        self.entities = {place[row]: entity for row, entity in fixed.items() if row in place}
        self._of: dict[str, list[int]] = {}
        for row, entity in self.entities.items():
            self._of.setdefault(entity, []).append(row)
        self.apart = frozenset(
            (min(x, y), max(x, y))
            for one, other in apart
            for x in self._rows(one, place)
            for y in self._rows(other, place)
            if x != y
        )

    def _rows(self, name: str, place: Mapping[str, int]) -> list[int]:
        return [place[name]] if name in place else self._of.get(name, [])

    def _ties(self) -> list[tuple[int, int]]:
        return [(rows[0], row) for rows in self._of.values() for row in rows[1:]]

    def padded(self, told: corroborate.Told) -> corroborate.Told:
        """Give what sources say with room for the ties that `added` puts in front."""
        return dataclasses.replace(told, ties=len(self._ties()))

    def added(self, pairs: Pairs) -> Pairs:
        """Give the pairs with rows of one entity tied together."""
        ties = self._ties()
        if not ties:
            return pairs
        x = np.array([min(tie) for tie in ties], np.int64)
        y = np.array([max(tie) for tie in ties], np.int64)
        a, b, weight = pairs
        return (
            np.concatenate([x, a]),
            np.concatenate([y, b]),
            np.concatenate([np.full(len(x), _DECIDED_BITS), weight]),
        )

    def codes(self, rows: int) -> Ints:
        """Give the number of each row's entity, -1 without one."""
        numbers = {entity: number for number, entity in enumerate(self._of)}
        found = np.full(rows, -1, np.int64)
        for row, entity in self.entities.items():
            found[row] = numbers[entity]
        return found


def _rules(data: Prepared, decisions: _Decisions, seen: "_Seen") -> cluster.Rules:
    exclusive: dict[str, Ints] = {}
    if decisions.entities:
        exclusive["MARGIN:entity"] = decisions.codes(data.rows)
    if data.id_valid.any():
        whole = data.id_valid & ~data.id_completed
        exclusive["ID_CONFLICT"] = np.where(whole, data.get("number").codes, -1)
        exclusive["ID_CONFLICT:ends"] = np.where(data.id_valid, data.number_ends, -1)
    sources = data.sources
    for source, column in data.spec.duplicate_free.items():
        if source in sources.values:
            here = sources.codes == sources.values.index(source)
            exclusive[f"ROLL:{source}"] = seen.entries(np.where(here, data.get(column).codes, -1))
    if data.spec.mode == "link":
        for code, source in enumerate(sources.values):
            here = sources.codes == code
            exclusive[f"APART:only {source}"] = np.where(here, np.arange(data.rows), -1)
    leaves = data.unnamed & ~data.id_valid if data.id_valid.any() else data.unnamed
    few = data.spec.minors or bool(data.rows and data.unnamed.mean() < _MOSTLY_NAMED)
    return cluster.Rules(exclusive, decisions.apart, leaves if few else None)


@dataclasses.dataclass(frozen=True)
class _Seen:
    """The weighed pairs with their levels, for the few questions that rules ask of them."""

    comparisons: Sequence[compare.Comparison]
    found: block.Candidates
    levels: npt.NDArray[np.int8]

    def entries(self, codes: Ints) -> Ints:
        """Give the entry of each row of a roll (-1: none); two that are surely one count as one."""
        one, other = codes[self.found.a], codes[self.found.b]
        twice = where((one != other) & (one >= 0) & (other >= 0))
        twice = twice[self._surely_one(twice)]
        if not len(twice):
            return codes
        entry = cluster.components(int(codes.max()) + 1, one[twice], other[twice])
        return np.where(codes >= 0, entry[codes], -1)

    def _surely_one(self, pairs: Ints) -> Bools:
        """Tell which pairs have one identity number, or one name, birthday and household."""
        levels = self.levels[pairs]
        among = functools.partial(compare.among, self.comparisons, levels)
        alike = among("name", wanted=("exact", "sound"))
        alike &= among("birth", wanted=("equal", "missing"))
        alike &= among("household", wanted=_ONE_HOME)
        alike &= ~among("id_number", wanted=("conflict",))
        return alike | among("id_number", wanted=("equal",))


def block_keys(frame: pl.DataFrame, spec: Spec) -> pl.DataFrame:
    """Give (row_id, rule, key) for every blocking key of every row, keys as plain text.

    Rows that share a key are the pairs that a batch would compare; store keyed hashes.
    """
    data = prepare.prepare(frame.to_dict(), len(frame), spec)
    ids = frame["row_id"].cast(pl.String).to_list()
    found = block.texts(data)
    return pl.DataFrame(
        [(ids[row], rule, f"{rule}:{key}") for row, rule, key in found],
        schema={"row_id": pl.String, "rule": pl.String, "key": pl.String},
        orient="row",
    )


def blocked(frame: pl.DataFrame, spec: Spec, model: Model, *, population: int) -> pl.DataFrame:
    """Give (row_a, row_b, weight_bits) for every pair that a batch compares, faint ones included.

    The live scorer has to agree with these.
    """
    data = prepare.prepare(frame.to_dict(), len(frame), spec)
    found = block.pairs(data)
    weigher = _Weigher(compare.build(data, model), model, population)
    ids = frame["row_id"].cast(pl.String)
    return pl.DataFrame(
        {
            "row_a": ids.gather(found.a),
            "row_b": ids.gather(found.b),
            "weight_bits": weigher.weigh(weigher.levels(found.a, found.b), found.a),
        }
    )


class Scored(NamedTuple):
    """One candidate weighed against a new row; `doubt` is a reason code or empty."""

    row_id: str
    weight_bits: float
    probability: float
    levels: Mapping[str, str]
    doubt: str


class Scorer:
    """Weighs one new row against its neighbours: the weights of the batch, without its arrays."""

    def __init__(
        self, spec: Spec, model: Model, *, population: int, common_phones: Iterable[str] = ()
    ) -> None:
        self._spec, self._model = spec, model
        self._population = population
        self._common = frozenset(common_phones)
        self._scale = None
        if single.fits(spec, model):
            self._scale = single.Scale(model, population=population, common_phones=self._common)
        self._known: dict[single.Look, Scored] = {}

    def score(
        self, row: Mapping[str, object], candidates: Sequence[Mapping[str, object]]
    ) -> list[Scored]:
        """Give one result per candidate, in their order."""
        if not candidates:
            return []
        rows = [row, *candidates]
        if self._scale is None:
            found = self._judged(*self._as_a_table(rows))
        else:
            found = self._one_by_one(self._scale, rows)
        return [
            Scored(str(candidate.get("row_id", "")), *one[1:])
            for candidate, one in zip(candidates, found, strict=True)
        ]

    def _one_by_one(self, scale: single.Scale, rows: Sequence[single.Row]) -> list[Scored]:
        looks, known = scale.looks(rows), self._known
        if not known.keys() >= {*looks}:
            if len(known) > _LOOKS_KEPT:
                known.clear()
            unknown = [look for look in dict.fromkeys(looks) if look not in known]
            known.update(zip(unknown, self._judged(*scale.weighed(unknown)), strict=True))
        return [known[look] for look in looks]

    def _judged(self, weights: Floats, told: Sequence[Mapping[str, str]]) -> list[Scored]:
        """Say what weights and levels come to, whichever rows they are of."""
        likely = calibrate.said(self._model.true_bits(weights)).tolist()
        return [
            Scored("", weight, probability, MappingProxyType(levels), self._doubt(weight, levels))
            for weight, probability, levels in zip(weights.tolist(), likely, told, strict=True)
        ]

    def _as_a_table(self, rows: Sequence[single.Row]) -> tuple[Floats, list[dict[str, str]]]:
        known = {name for one in rows for name, value in one.items() if value not in (None, "")}
        table = {
            name: [one.get(name) for one in rows] for name in self._spec.fields if name in known
        }
        table["source"] = [one.get("source") for one in rows]
        data = prepare.prepare(table, len(rows), self._spec, common_phones=self._common)
        weigher = _Weigher(compare.build(data, self._model), self._model, self._population)
        a, b = np.zeros(len(rows) - 1, np.int64), np.arange(1, len(rows), dtype=np.int64)
        levels = weigher.levels(a, b)
        told = compare.told(weigher.comparisons, levels, self._model)
        return weigher.weigh(levels, a), told

    def _doubt(self, weight: float, levels: Mapping[str, str]) -> str:
        doubt = ""
        if self._model.band_low <= weight <= self._model.band_high:
            doubt = "BAND"
        if levels.get("name") == "twin":
            doubt = "TWIN"
        if levels.get("id_number") == "conflict":
            doubt = "ID_CONFLICT"
        return doubt
