"""Computing a plan: started by a person, carried out by the worker, proposed to people."""

import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import holding, rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.plan import Plan, make_plan
from qianshou.engines.matching.policy import DEFAULT, load_policy, policy_from
from qianshou.engines.matching.policy import Policy as EnginePolicy
from qianshou.pairing import permissions
from qianshou.pairing.actions import storing
from qianshou.pairing.models import MatchRun, Policy
from qianshou.pairing.queries import lists, living, policies, proofs
from qianshou.pairing.queries.living import Start
from qianshou.pairing.rules.plans import EVERYWHERE

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
        Policy.objects.filter(pk=current.pk, text="").update(text=text)
        return current
    Policy.objects.filter(area_code=EVERYWHERE, is_current=True).update(is_current=False)
    return Policy.objects.create(
        name=engine_policy.title.zh,
        version=(current.version if current else 0) + 1,
        area_code=EVERYWHERE,
        body=tomllib.loads(text),
        text=text,
        sha256=engine_policy.digest,
    )


def policy_for_area(area_code: str) -> Policy:
    """Return the policy in force: the area's own, or the nearest one above it."""
    found = Policy.objects.filter(is_current=True, area_code__in=policies.chain(area_code))
    nearest = max(
        found,
        key=lambda each: (len(area_rules.significant(each.area_code)), each.area_code),
        default=None,
    )
    if nearest is None:
        raise NoPolicy
    return nearest


def engine_policy_for(area_code: str) -> EnginePolicy | None:
    """Return the policy in force as the matching reads it; None before the set-up."""
    try:
        found = policy_for_area(area_code)
    except NoPolicy:
        return None
    return policy_from(found.body, digest=found.sha256)


@transaction.atomic
def start(area_code: str, *, by: User, policy: Policy | None = None) -> MatchRun:
    """Ask for a run of an area, under the policy in force or one chosen; the worker computes it."""
    if not permissions.can_run(by, area_code):
        raise NotAllowed
    chosen = policy or policy_for_area(area_code)
    run = MatchRun.objects.create(area_code=area_code, policy=chosen, by=by)
    audit.record(
        "pairing.run.started", by=by, subject_kind="run", subject_id=run.pk, area_code=area_code,
        policy=chosen.pk,
    )  # fmt: skip
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
def take_certificate(run: MatchRun, *, by: User, area_code: str) -> bytes:
    """Return as much of a run's certificate as the person may see, and note who took what.

    Who sees every child of the run gets all of it, who sees a part of the area the part with the
    sums that tie it to the whole, and who sees figures only the figures.
    """
    kind = proofs.kind_for(by, run, area_code)
    if not kind:
        raise NotFound
    text = proofs.certificate_for(by, run, area_code)
    if text is None:
        raise FilesGone
    audit.record(
        "pairing.certificate.taken",
        by=by,
        subject_kind="run",
        subject_id=run.pk,
        area_code=run.area_code if kind == proofs.WHOLE else lists.part_of(run, area_code),
        extent=kind,
    )
    return text


def run_now(area_code: str, *, by: User | None = None) -> MatchRun:
    """Compute a run at once, as the command line and the demo do."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run = MatchRun.objects.create(area_code=area_code, policy=policy_for_area(area_code), by=by)
    return compute(run.pk)


def compute(run_id: UUID) -> MatchRun:
    """Compute a run step by step; a run that is over, or that another worker holds, is left alone.

    What a plan changes is one transaction at its end, so a run whose worker was killed starts
    again from nothing and ends the same.
    """
    with holding.held(run_id, purpose="matching") as own:
        if own is not None:
            _compute_held(run_id)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return MatchRun.objects.select_related("policy").get(pk=run_id)


def resume_runs(*, older_than: timedelta = timedelta(minutes=2)) -> list[UUID]:
    """Return the open runs that no worker holds: their worker died, so they start again.

    A run that just waits for its turn is young, or is found finished when its turn comes.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = MatchRun.objects.filter(finished_at=None)
        begun = Q(state=MatchRun.State.RUNNING) | Q(created_at__lt=timezone.now() - older_than)
        waiting = list(rows.filter(begun).order_by("created_at").values_list("pk", flat=True))
    return [run_id for run_id in waiting if not holding.is_held(run_id)]


def _compute_held(run_id: UUID) -> None:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run = MatchRun.objects.select_related("policy").get(pk=run_id)
        if run.finished_at is not None:
            return
    try:
        _compute(run)
    except Cancelled:
        pass
    except Exception as problem:
        _close(run, MatchRun.State.FAILED, message=type(problem).__name__)
        raise


def _compute(run: MatchRun) -> None:
    _tell(run, "READ", 2)
    policy = policy_from(run.policy.body, digest=run.policy.sha256)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        start = living.starting_point(run, policy)
    people = start.people
    _tell(run, "CANDIDATES", 10)
    plan = make_plan(
        people.children,
        people.mothers,
        policy,
        barred=people.barred,
        standing=start.standing,
        previous=start.earlier,
        keep=run.kind != MatchRun.Kind.ARRIVALS,
        progress=lambda stage, _share: _tell(run, *STAGES.get(stage, ("SOLVE", 40))),
    )
    _tell(run, "PROVE", 70)
    verified = _prove(run, plan)
    _tell(run, "STORE", 85)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        _refuse_if_cancelled(run)
        _store(run, start, plan, verified=verified)


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


def _store(run: MatchRun, start: Start, plan: Plan, *, verified: bool) -> None:
    people = start.people
    if run.kind != MatchRun.Kind.ARRIVALS:
        storing.lapse_open_proposals(run)
        storing.keep_listing(run, people)
    storing.store_proposals(run, people, plan)
    storing.store_left_over(run, people, plan)
    run.figures = storing.figures(run, people, plan)
    if run.kind == MatchRun.Kind.REPAIR:
        run.figures["moved"] = storing.store_moves(run, start, plan)
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
