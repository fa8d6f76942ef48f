"""Computing a plan: started by a person, carried out by the worker, proposed to people."""

import subprocess
import sys
import tomllib
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.plan import Plan, make_plan
from qianshou.engines.matching.policy import DEFAULT, load_policy, policy_from
from qianshou.pairing import permissions
from qianshou.pairing.actions import storing
from qianshou.pairing.models import MatchRun, Policy
from qianshou.pairing.queries import archived, arrays
from qianshou.pairing.queries.arrays import Instance

EVERYWHERE = "000000000000"
# The engine's stages as steps of the run's page, with the progress each begins at.
STAGES = {
    "prepare": ("CANDIDATES", 8),
    "candidates": ("CANDIDATES", 10),
    "solve": ("SOLVE", 30),
    "price all pairs": ("SOLVE", 45),
    "solve again": ("SOLVE", 50),
    "explain": ("SOLVE", 60),
}


class NoPolicy(Refused):
    """There is no policy for this area yet. Run `qianshou setup`."""


class FilesGone(Refused):
    """The files of this run are no longer kept."""


class RunIsOver(Refused):
    """This run is already over."""


class Cancelled(Refused):
    """Somebody cancelled this run."""


@transaction.atomic
def load_policies(file: Path = DEFAULT) -> Policy:
    """Store the shipped policy, as a new version when it has changed; safe to run again."""
    engine_policy, text = load_policy(file), file.read_text(encoding="utf-8")
    current = Policy.objects.filter(area_code=EVERYWHERE, is_current=True).first()
    if current is not None and current.sha256 == engine_policy.digest:
        return current
    Policy.objects.filter(area_code=EVERYWHERE, is_current=True).update(is_current=False)
    return Policy.objects.create(
        name=engine_policy.title.zh,
        version=(current.version if current else 0) + 1,
        area_code=EVERYWHERE,
        body=tomllib.loads(text),
        sha256=engine_policy.digest,
    )


def policy_for_area(area_code: str) -> Policy:
    """Return the policy in force: the area's own, or the nearest one above it."""
    chain: list[str] = [EVERYWHERE]
    step: str | None = area_code
    while step:
        chain.append(step)
        step = area_rules.parent_code(step)
    found = Policy.objects.filter(is_current=True, area_code__in=chain)
    nearest = max(found, key=lambda each: len(area_rules.significant(each.area_code)), default=None)
    if nearest is None:
        raise NoPolicy
    return nearest


@transaction.atomic
def start(area_code: str, *, by: User) -> MatchRun:
    """Ask for a run of an area; the worker computes it."""
    if not permissions.can_run(by, area_code):
        raise NotAllowed
    run = MatchRun.objects.create(area_code=area_code, policy=policy_for_area(area_code), by=by)
    audit.record(
        "pairing.run.started", by=by, subject_kind="run", subject_id=run.pk, area_code=area_code
    )
    jobs.configure_task("pairing.compute").defer(run_id=str(run.pk))
    return run


@transaction.atomic
def cancel(run: MatchRun, *, by: User) -> None:
    """Stop a run that is waiting or at work; what it computed is dropped."""
    if not permissions.can_run(by, run.area_code):
        raise NotAllowed
    audit.record(
        "pairing.run.cancelled",
        by=by,
        subject_kind="run",
        subject_id=run.pk,
        area_code=run.area_code,
    )
    held = MatchRun.objects.select_for_update().get(pk=run.pk)
    if held.finished_at is not None:
        raise RunIsOver
    held.state, held.finished_at = MatchRun.State.CANCELLED, timezone.now()
    held.save(update_fields=["state", "finished_at"])


@transaction.atomic
def take_certificate(run: MatchRun, *, by: User) -> bytes:
    """Return a run's certificate and note who took it; it lists children by identifier."""
    if not permissions.can_take_certificate(by, run):
        raise NotFound
    text = archived.certificate_text(run)
    if text is None:
        raise FilesGone
    audit.record(
        "pairing.certificate.taken",
        by=by,
        subject_kind="run",
        subject_id=run.pk,
        area_code=run.area_code,
    )
    return text


def run_now(area_code: str, *, by: User | None = None) -> MatchRun:
    """Compute a run at once, as the command line and the demo do."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run = MatchRun.objects.create(area_code=area_code, policy=policy_for_area(area_code), by=by)
    return compute(run.pk)


def compute(run_id: UUID) -> MatchRun:
    """Compute a run step by step; a run that is over is left as it is."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run = MatchRun.objects.select_related("policy").get(pk=run_id)
        if run.finished_at is not None:
            return run
    try:
        _compute(run)
    except Cancelled:
        pass
    except Exception as problem:
        _close(run, MatchRun.State.FAILED, message=type(problem).__name__)
        raise
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return MatchRun.objects.select_related("policy").get(pk=run_id)


def _compute(run: MatchRun) -> None:
    _tell(run, "READ", 2)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        people = arrays.read_instance(run.area_code, today=timezone.localdate())
    _tell(run, "CANDIDATES", 10)
    plan = make_plan(
        people.children,
        people.mothers,
        policy_from(run.policy.body, digest=run.policy.sha256),
        barred=people.barred,
        progress=lambda stage, _share: _tell(run, *STAGES.get(stage, ("SOLVE", 40))),
    )
    _tell(run, "PROVE", 70)
    verified = _prove(run, plan)
    _tell(run, "STORE", 85)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        _refuse_if_cancelled(run)
        _store(run, people, plan, verified=verified)


def _prove(run: MatchRun, plan: Plan) -> bool:
    """Write instance, plan and certificate as files; the independent verifier judges them.

    It reads nothing but the files, in a process of its own: what it finds, anybody finds.
    """
    folder = settings.VAR / "runs" / str(run.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_plan(plan, folder)
    run.folder = f"runs/{run.pk}"
    words = ["verify", str(folder)]
    for name in ("children", "mothers", "pairs"):
        words += [f"--{name}", str(folder / f"{name}.parquet")]
    judged = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "qianshou.config.console", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    run.message = judged.stderr[:1000]
    return judged.returncode == 0


def _store(run: MatchRun, people: Instance, plan: Plan, *, verified: bool) -> None:
    storing.lapse_open_proposals(run)
    storing.store_proposals(run, people, plan)
    storing.store_left_over(run, people, plan)
    run.figures = storing.figures(run, people, plan)
    run.timings = {stage: round(seconds, 3) for stage, seconds in plan.seconds.items()}
    run.input_hash, run.verified = plan.input_hash, verified
    run.state, run.progress, run.finished_at = MatchRun.State.DONE, 100, timezone.now()
    run.save()
    audit.record(
        "pairing.run.done",
        by=run.by,
        subject_kind="run",
        subject_id=run.pk,
        area_code=run.area_code,
        paired=run.figures["paired"],
        left_over=run.figures["left_over"],
        verified=verified,
    )


def _tell(run: MatchRun, step: str, progress: int) -> None:
    """Let the page see how far the run is, and stop if somebody cancelled it."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        _refuse_if_cancelled(run)
        run.step, run.progress, run.state = step, progress, MatchRun.State.RUNNING
        run.save(update_fields=["step", "progress", "state"])


def _refuse_if_cancelled(run: MatchRun) -> None:
    state = MatchRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
    if state == MatchRun.State.CANCELLED:
        raise Cancelled


def _close(run: MatchRun, state: str, *, message: str) -> None:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run.state, run.message, run.finished_at = state, message, timezone.now()
        run.save(update_fields=["state", "message", "finished_at"])
