"""Computing teams: one exact assignment for each role, proven by one certificate for all."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import holding, rowsecurity
from qianshou.common.copying import copy_rows
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_ids
from qianshou.engines.matching import certificate
from qianshou.engines.matching.tables import Problem as Whole
from qianshou.engines.matching.teams import Pool, Role, fill_roles
from qianshou.pairing import permissions
from qianshou.pairing.actions.roster import NotWithin
from qianshou.pairing.models import MatchRun, TeamPlace, TeamRun
from qianshou.pairing.queries import needs, teaming
from qianshou.pairing.queries.teaming import Problem

State = MatchRun.State
COLUMNS = ("id", "run_id", "child_id", "area_code", "role", "partner_id", "score", "distance_m",
           "gap")  # fmt: skip


class EmptyRoster(Refused):
    """There is nobody on the roster of this area yet. Take in a list of partners first."""


class NothingLacks(Refused):
    """No care team of this area lacks anybody whom the roster could give."""


class UnknownKind(Refused):
    """There is no such kind of team."""


@transaction.atomic
def start(area_code: str, *, by: User, kind: str) -> TeamRun:
    """Ask for the teams of an area; the worker computes them."""
    if not permissions.can_keep_roster(by, area_code):
        raise NotAllowed
    if kind not in TeamRun.Kind.values:
        raise UnknownKind
    if area_rules.level_of(area_code) in (area_rules.CITY, area_rules.PROVINCE):
        raise NotWithin
    if not teaming.has_partners(area_code):
        raise EmptyRoster
    if kind == TeamRun.Kind.CARE and not needs.lacking(area_code):
        raise NothingLacks
    run = TeamRun.objects.create(area_code=area_code, kind=kind, by=by)
    audit.record(
        "pairing.teams.started", by=by, subject_kind="teams", subject_id=run.pk,
        area_code=area_code, kind=kind,
    )  # fmt: skip
    jobs.configure_task("pairing.compute_teams").defer(run_id=str(run.pk))
    return run


def compute(run_id: UUID) -> TeamRun:
    """Compute the teams of a run; a run that is over, or that another worker holds, is left."""
    with holding.held(run_id, purpose="teams") as own:
        if own is not None:
            _compute_held(run_id)
    return _run(run_id)


def _run(run_id: UUID) -> TeamRun:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return TeamRun.objects.get(pk=run_id)


def resume_runs() -> list[UUID]:
    """Return the open team runs that were begun and that no worker holds."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        begun = TeamRun.objects.filter(finished_at=None, state=State.RUNNING)
        ids = list(begun.values_list("pk", flat=True))
    return [run_id for run_id in ids if not holding.is_held(run_id)]


def _compute_held(run_id: UUID) -> None:
    run = _run(run_id)
    if run.finished_at is not None:
        return
    _save(run, State.RUNNING)
    try:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            problem = teaming.read(run.area_code, run.kind)
        tier = np.array([each.tier for each in problem.children], np.int64)
        found = fill_roles(problem.pools, tier=tier)
        run.verified = _prove(run, problem, found) if len(tier) else None
        with rowsecurity.acting(rowsecurity.SYSTEM):
            _store(run, problem, found)
    except Exception as failure:
        run.message = type(failure).__name__
        _save(run, State.FAILED)
        raise


def _save(run: TeamRun, state: str) -> None:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run.state = state
        run.finished_at = timezone.now() if state != State.RUNNING else None
        run.save()


def _prove(run: TeamRun, problem: Problem, found: Mapping[str, Role]) -> bool:
    """Write all roles as one instance with its certificate; the independent verifier judges it.

    The roles share nobody, so the best of all together is the best of each.
    """
    folder = Path(settings.VAR) / "runs" / f"teams-{run.pk}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole, mate = joined(problem, found)
    proven = certificate.prove(whole, mate)
    if proven is None:
        return False
    write(folder, whole, proven)
    run.folder = f"runs/teams-{run.pk}"
    words = ["verify", str(folder)]
    for name in ("children", "mothers", "pairs"):
        words += [f"--{name}", str(folder / f"{name}.parquet")]
    judged = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "qianshou.config.console", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    run.message = judged.stderr[:1000]
    return judged.returncode == 0


def write(folder: Path, whole: Whole, proven: certificate.Answer) -> None:
    """Write an instance, its plan and its certificate as `qianshou verify` reads them."""
    kids = {"child_id": whole.child_ids, "tier": whole.tier}
    pl.DataFrame(kids).write_parquet(folder / "children.parquet")
    people = {"mother_id": whole.mother_ids, "capacity": whole.capacity}
    pl.DataFrame(people, schema_overrides={"mother_id": pl.String}).write_parquet(
        folder / "mothers.parquet"
    )
    pairs = {
        "child_id": [whole.child_ids[k] for k in whole.child.tolist()],
        "mother_id": [whole.mother_ids[j] for j in whole.mother.tolist()],
        "score": whole.score,
    }
    names = {"child_id": pl.String, "mother_id": pl.String}
    pl.DataFrame(pairs, schema_overrides=names).write_parquet(folder / "pairs.parquet")
    certificate.write(folder, proven, seconds={})


def joined(problem: Problem, found: Mapping[str, Role]) -> tuple[Whole, Any]:
    """Put the roles side by side as one instance in the order of the identifiers."""
    roles = sorted(problem.pools)
    kid_ids = [f"{role}:{each.id}" for role in roles for each in problem.children]
    own_ids = [str(each.id) for role in roles for each in problem.partners[role]]
    kid_row, own_row = _ranks(kid_ids), _ranks(own_ids)
    columns: dict[str, list[Any]] = {"child": [], "mother": [], "score": []}
    mate = np.full(len(kid_ids), -1, np.int32)
    at_kid = at_own = 0
    for role in roles:
        pool: Pool = problem.pools[role]
        columns["child"].append(kid_row[pool.child + at_kid])
        columns["mother"].append(own_row[pool.member + at_own])
        columns["score"].append(pool.score)
        filled = np.flatnonzero(found[role].member >= 0)
        mate[kid_row[filled + at_kid]] = own_row[found[role].member[filled] + at_own]
        at_kid, at_own = at_kid + len(problem.children), at_own + len(problem.partners[role])
    child, mother, score = (np.concatenate(columns[name]) for name in columns)
    tiers = np.tile([each.tier for each in problem.children], len(roles)).astype(np.int64)
    places = np.concatenate([problem.pools[role].places for role in roles])
    whole = Whole(
        child_ids=sorted(kid_ids), tier=tiers[np.argsort(kid_row)],
        group=np.full(len(kid_ids), -1, np.int32), group_ids=[],
        mother_ids=sorted(own_ids), capacity=places[np.argsort(own_row)].astype(np.int64),
        child=child.astype(np.int32), mother=mother.astype(np.int32),
        score=score.astype(np.int64), decimals=0, exact=True,
        raw=pl.Series("score", score.astype(np.int64)),
    )  # fmt: skip
    return whole, mate


def _ranks(ids: list[str]) -> Any:
    """Return each identifier's row once they are sorted."""
    order = {name: row for row, name in enumerate(sorted(ids))}
    return np.array([order[name] for name in ids], np.int64)


def _store(run: TeamRun, problem: Problem, found: Mapping[str, Role]) -> None:
    copy_rows(TeamPlace, COLUMNS, _places(run, problem, found))
    kept = {
        role: sum((child.id, role) in problem.seated for child in problem.children)
        for role in found
    }
    aside = {
        role: sum(problem.is_done(child.id, role) for child in problem.children) for role in found
    }
    run.figures = {
        "children": len(problem.children),
        "roles": {
            role: {
                "partners": len(problem.partners[role]),
                "places": int(problem.pools[role].places.sum()),
                "unfilled": each.unfilled - aside[role],
                "kept": kept[role],
                "score": each.total_score,
                "gap": each.bound - each.objective,
            }
            for role, each in found.items()
        },
    }
    run.state, run.finished_at = State.DONE, timezone.now()
    run.save()
    audit.record(
        "pairing.teams.done", by=run.by, subject_kind="teams", subject_id=run.pk,
        area_code=run.area_code, children=len(problem.children), verified=run.verified,
    )  # fmt: skip


def _places(run: TeamRun, problem: Problem, found: Mapping[str, Role]) -> Iterator[tuple[Any, ...]]:
    for role, filled in found.items():
        pool, partners = problem.pools[role], problem.partners[role]
        pairs = zip(pool.child.tolist(), pool.member.tolist(), strict=True)
        score = dict(zip(pairs, pool.score.tolist(), strict=True))
        able = set(pool.child.tolist())
        ids = new_ids(len(problem.children))
        for at, (identity, child) in enumerate(zip(ids, problem.children, strict=True)):
            who = int(filled.member[at])
            key = (at, who)
            if not problem.wants(child.id, role):
                continue
            sits = problem.seated.get((child.id, role))
            if sits is not None:
                yield (identity, run.pk, child.id, child.area_code, role, sits, None, None, "")
                continue
            yield (
                identity, run.pk, child.id, child.area_code, role,
                partners[who].pk if who >= 0 else None, score.get(key),
                problem.distances[role].get(key),
                "" if who >= 0 else _gap(bool(partners), at in able),
            )  # fmt: skip


def _gap(anybody: bool, in_reach: bool) -> str:  # noqa: FBT001 - two answers to one question
    if not anybody:
        return TeamPlace.Gap.NOBODY
    return TeamPlace.Gap.TAKEN if in_reach else TeamPlace.Gap.OUT_OF_REACH
