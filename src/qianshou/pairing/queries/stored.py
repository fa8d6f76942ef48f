"""A run's stored pairs as a problem that can be solved again for one county, in milliseconds."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import polars as pl

from qianshou.areas import rules as area_rules
from qianshou.engines.matching.network import Ints
from qianshou.engines.matching.penalties import penalties_in_groups
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.resettle import Problem
from qianshou.pairing.models import LeftOver, MatchRun, Proposal
from qianshou.pairing.queries import archived

# Children of a part of a run that one page can solve again while it is waited for.
LARGEST: Final = 20_000
_building = Lock()


@dataclass(frozen=True)
class Stored:
    """The allowed pairs of a part's children, with the prices of the run's proof."""

    children: list[str]
    mothers: list[str]
    child_at: dict[str, int]
    mother_at: dict[str, int]
    problem: Problem
    price: Ints
    top: int


def stored(run: MatchRun, part: str) -> Stored | None:
    """Return the pairs of a part of a run; None if its files are gone or it is too large."""
    if not run.folder:
        return None
    try:
        with _building:
            narrow = "" if run.area_code == part else part
            return _stored(archived.folder_of(run), str(run.pk), narrow)
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError):
        return None


@lru_cache(maxsize=4)
def _stored(folder: Path, run_id: str, part: str) -> Stored:
    proof = archived.proof_in(folder)
    children = pl.read_parquet(folder / "children.parquet")
    mothers = pl.read_parquet(folder / "mothers.parquet")
    top, tier = int(proof["top_score"]), children["tier"].to_numpy().astype(np.int64)
    group = archived.groups_in(children)
    worth = penalties_in_groups(tier, group, lowest=int(proof["lowest_score"]), top=top).limit
    names: list[str] = children["child_id"].to_list()
    rows = _rows_in(names, run_id, part) if part else list(range(len(names)))
    if len(rows) > LARGEST:
        raise ValueError(f"{len(rows)} children are more than {LARGEST}")
    kept = [names[row] for row in rows]
    places: list[str] = mothers["mother_id"].to_list()
    owners = [name.partition("/")[0] for name in places]
    mother_at = {name: at for at, name in enumerate(dict.fromkeys(owners))}
    found = archived.pairs_of(folder, kept, places)
    graph = graph_from_pairs(
        found["child"].to_numpy().copy(), found["mother"].to_numpy().copy(),
        (top - found["score"].to_numpy()).astype(np.int32),
        children=len(kept), mothers=len(places),
    )  # fmt: skip
    problem = Problem(
        graph.first, graph.mother, graph.cost,
        limit=worth[np.array(rows, np.int64)],
        room=mothers["capacity"].to_numpy().astype(np.int64),
        owner=np.array([mother_at[name] for name in owners], np.int32),
        group=group[np.array(rows, np.int64)] if (group >= 0).any() else None,
    )  # fmt: skip
    prices = proof["mother_price"]
    return Stored(
        children=kept,
        mothers=list(mother_at),
        child_at={name: at for at, name in enumerate(kept)},
        mother_at=mother_at,
        problem=problem,
        price=-np.array([prices[name] for name in places], np.int64)
        // int(proof.get("price_scale", 1)),
        top=top,
    )


def _rows_in(names: list[str], run_id: str, part: str) -> list[int]:
    """Return the rows of the children who live in a part of the run's area."""
    inside = {"run_id": run_id, "area_code__range": area_rules.subtree(part)}
    here = set(map(str, _children_of(inside)))
    return [row for row, name in enumerate(names) if name in here]


def _children_of(inside: dict[str, Any]) -> Iterable[Any]:
    yield from Proposal.objects.filter(**inside).values_list("child_id", flat=True)
    yield from LeftOver.objects.filter(**inside).values_list("child_id", flat=True)
