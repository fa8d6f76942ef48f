"""A plan that lives on: repaired at one press, and new children placed without disturbing it."""

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import queueing, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing import permissions
from qianshou.pairing.actions import matching
from qianshou.pairing.models import Batching, MatchRun
from qianshou.pairing.queries import since


class NothingStands(Refused):
    """Nothing of this run waits for a decision here any more. Start a new run instead."""


class AlreadyComputing(Refused):
    """A run of this area is being computed already. Wait until it is done."""


class NobodyArrived(Refused):
    """No child waits without a proposal, or no place is free; nothing was done."""


class NotACounty(Refused):
    """Batches are switched for one county or a part of it. Choose a county first."""


@transaction.atomic
def repair(base: MatchRun, area_code: str, *, by: User) -> MatchRun:
    """Ask for the plan of an area to be repaired; the proposals that stand move only for cause."""
    if not permissions.can_run(by, area_code):
        raise NotAllowed
    run = MatchRun(
        area_code=area_code, kind=MatchRun.Kind.REPAIR, base=base, by=by, policy=base.policy
    )
    # The entry locks the county's chain: of two who press at once, the second finds the first run.
    audit.record(
        "pairing.repair.started",
        by=by,
        subject_kind="run",
        subject_id=run.pk,
        area_code=area_code,
        base=base.pk,
    )
    inside = {"area_code__range": area_rules.subtree(area_code)}
    if not base.proposals.current().open().filter(**inside).exists():
        raise NothingStands
    return _defer(run)


@transaction.atomic
def place_arrivals(area_code: str, *, by: User) -> MatchRun:
    """Ask for proposals for the children who have none, against the places nobody is offered."""
    if not permissions.can_run(by, area_code):
        raise NotAllowed
    run = _batch_of(area_code, by)
    audit.record(
        "pairing.arrivals.started",
        by=by,
        subject_kind="run",
        subject_id=run.pk,
        area_code=area_code,
    )
    if not since.anybody_to_place(area_code, today=timezone.localdate()):
        raise NobodyArrived
    return _defer(run)


@transaction.atomic
def switch_batches(area_code: str, *, by: User, on: bool) -> None:
    """Let new children of a county get proposals by themselves, or stop that."""
    if not permissions.can_run(by, area_code):
        raise NotAllowed
    if area_rules.level_of(area_code) in {area_rules.CITY, area_rules.PROVINCE}:
        raise NotACounty
    audit.record(
        "pairing.batches.switched",
        by=by,
        subject_kind="area",
        subject_id=area_code,
        area_code=area_code,
        on=on,
    )
    Batching.objects.update_or_create(
        area_code=area_code, defaults={"is_on": on, "by": by, "changed_at": timezone.now()}
    )


def hand_out_batches() -> int:
    """Ask for a batch of every area that has them switched on; return how many were asked for."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Batching.objects.filter(is_on=True).order_by("area_code")
        areas = list(rows.values_list("area_code", flat=True))
    return sum(
        queueing.ask_alone("pairing.batch", f"pairing.batch.{area_code}", area_code=area_code)
        for area_code in areas
    )


def batch(area_code: str) -> MatchRun | None:
    """Place the new children of an area at once; None if nobody waits or nothing is free."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        switched = Batching.objects.filter(area_code=area_code, is_on=True).exists()
        anybody = since.anybody_to_place(area_code, today=timezone.localdate(), new_only=True)
        if not (switched and anybody) or _is_computing(area_code):
            return None
        run = _batch_of(area_code, None)
        run.save()
    return matching.compute(run.pk)


def place_after_closing(area_code: str) -> MatchRun | None:
    """Propose to the children whose pairing closes, and to nobody else's harm: all else stands.

    None: nobody waits without a proposal, no place is free, or a run is under way, which will
    see them too.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        anybody = since.anybody_to_place(area_code, today=timezone.localdate())
        if not anybody or _is_computing(area_code):
            return None
        run = _batch_of(area_code, None)
        run.save()
    return matching.compute(run.pk)


def _batch_of(area_code: str, by: User | None) -> MatchRun:
    policy = matching.policy_for_area(area_code)
    return MatchRun(area_code=area_code, kind=MatchRun.Kind.ARRIVALS, by=by, policy=policy)


def _defer(run: MatchRun) -> MatchRun:
    if _is_computing(run.area_code):
        raise AlreadyComputing
    run.save()
    jobs.configure_task("pairing.compute").defer(run_id=str(run.pk))
    return run


def _is_computing(area_code: str) -> bool:
    under_way = [MatchRun.State.WAITING, MatchRun.State.RUNNING]
    return MatchRun.objects.filter(area_code=area_code, state__in=under_way).exists()
