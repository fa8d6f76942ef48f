"""A run's stored files as something to ask: its prices, and what one change would exactly cost.

The files are those the verifier judged. What is answered here is therefore the plan of that day,
however long ago, whatever has become of the people since.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import polars as pl
from django.conf import settings

from qianshou.engines.matching.ground import groups_of
from qianshou.engines.matching.network import Graph, Index, Ints
from qianshou.engines.matching.penalties import penalties_in_groups
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.recover import duals_of
from qianshou.engines.matching.solver import Solution
from qianshou.engines.matching.steering import NoSuchPairError, Regret, Steering
from qianshou.pairing.models import MatchRun, TeamRun

# Pairs of a run that a web process keeps at hand: some 40 bytes each, for two runs.
LARGEST: Final = 4_000_000
_building = Lock()


@dataclass(frozen=True)
class Move:
    """One child whose mother would change: identifiers, "" for nobody."""

    child: str
    before: str
    after: str


@dataclass(frozen=True)
class Cost:
    """What one change costs the whole plan: points of fit, places lost and won, who moves."""

    points: int
    left_out: str
    taken_in: str
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Against:
    """The case against a mother: personal fit, what her place is worth to others, exact cost."""

    fit: int
    scarcity: int
    cost: Cost


class Archived:
    """The plan of a run as its files hold it, ready to be asked."""

    def __init__(self, folder: Path, proof: dict[str, Any]) -> None:
        children = pl.read_parquet(folder / "children.parquet")
        mothers = pl.read_parquet(folder / "mothers.parquet")
        self._children: list[str] = children["child_id"].to_list()
        places: list[str] = mothers["mother_id"].to_list()
        self._child_at = {name: at for at, name in enumerate(self._children)}
        # Where each further child costs more, a mother's places are listed one by one: "id/1".
        self._owner = [name.partition("/")[0] for name in places]
        self._places_of = ranges_of(self._owner)
        self._mate = _mates(folder, self._child_at, {name: at for at, name in enumerate(places)})
        rows = pairs_of(folder, self._children, places)
        top, tier = int(proof["top_score"]), children["tier"].to_numpy().astype(np.int64)
        group = groups_in(children)
        limit = penalties_in_groups(tier, group, lowest=int(proof["lowest_score"]), top=top).limit
        capacity = mothers["capacity"].to_numpy().astype(np.int64)
        grouped = group >= 0
        if grouped.any():
            # Siblings stay where they are: they leave this problem with their places.
            theirs = self._mate[grouped]
            capacity -= np.bincount(theirs[theirs >= 0], minlength=len(capacity))
            self._mate = np.where(grouped, -1, self._mate).astype(np.int32)
            limit = np.where(grouped, 0, limit)
            rows = rows.filter(pl.Series(~grouped[rows["child"].to_numpy()]))
        graph = graph_from_pairs(
            rows["child"].to_numpy().copy(), rows["mother"].to_numpy().copy(),
            (top - rows["score"].to_numpy()).astype(np.int32),
            children=len(self._children), mothers=len(places),
        )  # fmt: skip
        if grouped.any():
            u, v = _prices_around(graph, limit, capacity, mate=self._mate)
        else:
            u = limit - np.array([proof["child_value"][name] for name in self._children], np.int64)
            v = -np.array([proof["mother_price"][name] for name in places], np.int64)
        solution = Solution(self._mate, u, v, cost=0, dual=0)
        self._steering = Steering(graph, limit, capacity, solution=solution)
        self._asking = Lock()

    def veto(self, child: str) -> Cost | None:
        """Price the best plan in which the child does not go to its mother; None if unknown."""
        at = self._child_at.get(child, -1)
        if at < 0 or self._mate[at] < 0:
            return None
        with self._asking:
            found = self._steering.veto(at, places=self._places(int(self._mate[at])))
        return self._named(found)

    def why_not(self, child: str, mother: str) -> Against | None:
        """Split the case against a mother; None if the pair was not allowed in the run."""
        at, places = self._child_at.get(child, -1), self._places_of.get(mother, range(0))
        if at < 0:
            return None
        try:
            with self._asking:
                found = [self._steering.why_not(at, place) for place in places]
        except NoSuchPairError:
            return None
        if not found:
            return None
        best = min(found, key=lambda each: each.regret.cost)
        return Against(best.fit, best.scarcity, self._named(best.regret))

    def _places(self, place: int) -> range:
        return self._places_of[self._owner[place]]

    def _named(self, found: Regret) -> Cost:
        moves = [
            Move(self._children[child], self._mother(int(self._mate[child])), self._mother(place))
            for child, place in found.moves
        ]
        return Cost(
            points=found.points,
            left_out=self._children[found.left_out] if found.left_out >= 0 else "",
            taken_in=self._children[found.taken_in] if found.taken_in >= 0 else "",
            moves=tuple(each for each in moves if each.before != each.after),
        )

    def _mother(self, place: int) -> str:
        return self._owner[place] if place >= 0 else ""


def archived(run: MatchRun) -> Archived | None:
    """Return a run's plan, kept for the next question; None if too large or its files are gone."""
    if not run.folder or run.figures.get("feasible_pairs", 0) > LARGEST:
        return None
    try:
        with _building:
            return _archived(folder_of(run))
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError):
        return None


@lru_cache(maxsize=2)
def _archived(folder: Path) -> Archived:
    return Archived(folder, proof_in(folder))


def proof(run: MatchRun) -> dict[str, Any]:
    """Return a run's certificate; empty when its files are gone."""
    if not run.folder:
        return {}
    try:
        return proof_in(folder_of(run))
    except (OSError, ValueError):
        return {}


@lru_cache(maxsize=2)
def proof_in(folder: Path) -> dict[str, Any]:
    """Return the certificate that lies in a folder."""
    found: dict[str, Any] = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    return found


def certificate_text(run: MatchRun | TeamRun) -> bytes | None:
    """Return a run's certificate as it was stored; None when it is gone."""
    if not run.folder:
        return None
    try:
        return (folder_of(run) / "certificate.json").read_bytes()
    except OSError:
        return None


def places(run: MatchRun | TeamRun) -> dict[str, int]:
    """Return the free places as the proof counts them: by mother, or one by one as "id/1"."""
    try:
        mothers = pl.read_parquet(folder_of(run) / "mothers.parquet")
    except (OSError, pl.exceptions.PolarsError):
        return {}
    return dict(mothers.select("mother_id", "capacity").iter_rows())


def capacities(run: MatchRun) -> dict[str, int]:
    """Return the free places that each mother had when the run was computed."""
    found: dict[str, int] = {}
    for name, count in places(run).items():
        owner = name.partition("/")[0]
        found[owner] = found.get(owner, 0) + count
    return found


def matches(run: MatchRun | TeamRun) -> list[tuple[str, str, int, int]]:
    """Return the pairs of a run as its files hold them: child, mother, score and tier."""
    folder, names = (
        folder_of(run),
        {"child_id": pl.String, "mother_id": pl.String, "score": pl.Int64},
    )
    try:
        plan = pl.read_csv(folder / "matches.csv", schema_overrides=names)
        tiers = pl.read_parquet(folder / "children.parquet")
    except (OSError, pl.exceptions.PolarsError):
        return []
    rows = plan.join(tiers, on="child_id").select("child_id", "mother_id", "score", "tier")
    return list(rows.iter_rows())


def regrets_by_child(run: MatchRun) -> dict[str, int]:
    """Return how many points better the mother who suits each paired child best would be.

    She is another mother's child's, or full: what is good for all is not best for each.
    """
    try:
        pairs = pl.scan_parquet(folder_of(run) / "pairs.parquet").select("child_id", "score")
        best = pairs.group_by("child_id").agg(pl.col("score").max().alias("best")).collect()
        plan = pl.read_csv(
            folder_of(run) / "matches.csv", columns=["child_id", "score"],
            schema_overrides={"child_id": pl.String, "score": pl.Int64},
        )  # fmt: skip
    except (OSError, pl.exceptions.PolarsError):
        return {}
    both = plan.join(best.with_columns(pl.col("child_id").cast(pl.String)), on="child_id")
    lost = both.select("child_id", (pl.col("best") - pl.col("score")).cast(pl.Int64))
    return dict(lost.iter_rows())


def folder_of(run: MatchRun | TeamRun) -> Path:
    """Return where a run's files lie."""
    return Path(settings.VAR) / run.folder


def _prices_around(graph: Graph, limit: Ints, capacity: Ints, *, mate: Index) -> tuple[Ints, Ints]:
    """Return prices that prove the plan of the others while groups stand where they do."""
    found = duals_of(graph, limit, capacity, mate=mate)
    if found is None:
        raise ValueError("the plan is not the best one around its groups")
    return found


def groups_in(children: pl.DataFrame) -> Index:
    """Return the number of each child's group in a run's table of children; -1 is alone."""
    if "group_id" not in children.columns:
        return np.full(len(children), -1, np.int32)
    return groups_of(children["group_id"].cast(pl.Int32).fill_null(-1).to_numpy())


def ranges_of(owner: list[str]) -> dict[str, range]:
    """Return where the places of each mother stand in a list of places by owner."""
    found: dict[str, range] = {}
    for at, name in enumerate(owner):
        known = found.get(name, range(at, at))
        found[name] = range(known.start, at + 1)
    return found


def _mates(folder: Path, child_at: dict[str, int], place_at: dict[str, int]) -> Index:
    mate = np.full(len(child_at), -1, np.int32)
    matches = pl.read_csv(
        folder / "matches.csv",
        columns=["child_id", "mother_id"],
        schema_overrides={"child_id": pl.String, "mother_id": pl.String},
    )
    for child, mother in matches.iter_rows():
        mate[child_at[child]] = place_at[mother]
    return mate


def pairs_of(folder: Path, children: list[str], places: list[str]) -> pl.DataFrame:
    """Return the allowed pairs with the rows of child and place."""
    kids = pl.DataFrame({"child_id": children, "child": np.arange(len(children), dtype=np.int32)})
    mums = pl.DataFrame({"mother_id": places, "mother": np.arange(len(places), dtype=np.int32)})
    read = pl.read_parquet(folder / "pairs.parquet")
    named = read.with_columns(pl.col("child_id", "mother_id").cast(pl.String))
    return named.join(kids, on="child_id").join(mums, on="mother_id")
