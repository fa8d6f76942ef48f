"""A pairing takes the checklist in force when care begins; its periods are opened day by day."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import portions, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.pairing.models import Pairing
from qianshou.plans import permissions
from qianshou.plans.actions import sets as set_acts
from qianshou.plans.models import CareSet, Plan, PlanMove, Slot
from qianshou.plans.queries import sets
from qianshou.plans.rules import slots as rules

AT_ONCE: Final = 500


class ReasonMissing(Refused):
    """Please say why; it stays with the pairing."""


class NotForThisArea(Refused):
    """This version belongs to another area; write one of your own from it first."""


def begin(pairings: Sequence[Pairing], *, today: date) -> list[Plan]:
    """Give pairings whose care runs the version in force where they are; they keep it."""
    if not pairings:
        return []
    current = sets.current_sets({each.area_code for each in pairings})
    made = [
        Plan(
            id=new_id(), pairing=each, mother_id=each.mother_id, area_code=each.area_code,
            care_set=current.get(each.area_code) or set_acts.in_force_for(each.area_code),
            since=each.active_on or each.started_on,
        )
        for each in pairings
    ]  # fmt: skip
    Plan.objects.bulk_create(made, ignore_conflicts=True)
    kept = Plan.objects.filter(pairing__in=pairings).select_related("care_set", "pairing__child")
    plans = list(kept)
    open_periods(plans, today=today)
    return plans


def begin_one(pairing_id: UUID, *, today: date) -> None:
    """Let a pairing whose first meeting was held take its checklist."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        begin(list(Pairing.objects.filter(pk=pairing_id).select_related("child")), today=today)


def open_periods(plans: Iterable[Plan], *, today: date) -> int:
    """Open the periods that begin within the next days; run again, it opens nothing twice."""
    until = today + timedelta(days=rules.AHEAD)
    due = [each for each in plans if each.opened_until is None or each.opened_until < until]
    made = [row for plan in due for row in _fresh(plan, until)]
    Slot.objects.bulk_create(made, ignore_conflicts=True, batch_size=2000)
    Plan.objects.filter(pk__in=[each.pk for each in due]).update(opened_until=until)
    for each in due:
        each.opened_until = until
    return len(made)


def _fresh(plan: Plan, until: date) -> list[Slot]:
    opened = plan.opened_until
    begin_on = plan.since if opened is None else opened
    found = rules.slots_between(
        sets.read(plan.care_set), since=plan.since, begin=begin_on, until=until,
        calendar=sets.calendar(), birth_on=plan.pairing.child.birth_on,
    )  # fmt: skip
    return [row_of(plan, each) for each in found if opened is None or each.first_on > opened]


def row_of(plan: Plan, slot: rules.Slot) -> Slot:
    """Return the row of a period, not yet written."""
    return Slot(
        id=new_id(), pairing_id=plan.pairing_id, mother_id=plan.mother_id,
        area_code=plan.area_code, item=slot.item, part=slot.part, key=slot.key,
        first_on=slot.first_on, last_on=slot.last_on, heed_until=slot.heed_until,
        needed=slot.needed,
    )  # fmt: skip


# -- every day ------------------------------------------------------------------------------------


def counties() -> list[str]:
    """Return the counties in which care runs."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        codes = Pairing.objects.caring().values_list("area_code", flat=True).distinct()
        return sorted({area_rules.county_code(each) for each in codes})


def sweep(county: str, *, today: date) -> int:
    """Do one county's daily work, some hundred pairings at a time, each lot whole or not at all.

    Where a lot fails, its pairings are done one by one, and what fails is raised at the end.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        waiting = list(_waiting(county, today).order_by("pk").values_list("pk", flat=True))
    return portions.through(portions.of(waiting, AT_ONCE), lambda lot: _do(lot, county, today))


def _waiting(county: str, today: date) -> QuerySet[Pairing]:
    until = today + timedelta(days=rules.AHEAD)
    inside = {"area_code__range": area_rules.subtree(county)}
    waiting = (
        Q(care_plan=None) | Q(care_plan__opened_until=None) | Q(care_plan__opened_until__lt=until)
    )
    return Pairing.objects.caring().filter(waiting, **inside)


def _do(wanted: Sequence[UUID], county: str, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = _waiting(county, today).filter(pk__in=wanted)
        lot = list(rows.select_related("child").order_by("pk"))
        there = Plan.objects.filter(pairing__in=lot).select_related("care_set", "pairing__child")
        plans = list(there)
        known = {each.pairing_id for each in plans}
        begin([each for each in lot if each.pk not in known], today=today)
        return open_periods(plans, today=today)


# -- moving on purpose ----------------------------------------------------------------------------


@transaction.atomic
def move(
    pairings: Sequence[Pairing], care_set: CareSet, *, by: User, reason: str, today: date
) -> int:
    """Let pairings follow another version from now on; returns how many were moved.

    Ticks and past periods stay as they are. An item that both versions know keeps what is done of
    its present period.
    """
    if not all(permissions.can_move(by, each) for each in pairings):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    if not all(_holds_for(care_set, each.area_code) for each in pairings):
        raise NotForThisArea
    plans = list(
        Plan.objects.select_for_update(of=("self",))
        .filter(pairing__in=pairings)
        .exclude(care_set=care_set)
        .select_related("care_set", "pairing__child")
        .order_by("pk")
    )
    for plan in plans:
        _move(plan, care_set, by=by, reason=reason.strip()[:200], today=today)
    return len(plans)


def _holds_for(care_set: CareSet, area_code: str) -> bool:
    low, high = area_rules.subtree(care_set.area_code)
    return care_set.area_code == sets.EVERYWHERE or low <= area_code <= high


def _move(plan: Plan, care_set: CareSet, *, by: User, reason: str, today: date) -> None:
    audit.record(
        "plans.pairing.moved", by=by, subject_kind="pairing", subject_id=plan.pairing_id,
        area_code=plan.area_code, reason=reason, before=plan.care_set.sha256,
        after=care_set.sha256,
    )  # fmt: skip
    PlanMove.objects.create(
        pairing_id=plan.pairing_id, area_code=plan.area_code, before=plan.care_set,
        after=care_set, reason=reason, by=by, at=timezone.now(),
    )  # fmt: skip
    present = Slot.objects.filter(pairing_id=plan.pairing_id, last_on__gte=today)
    present.update(dropped=True)
    plan.care_set, plan.opened_until = care_set, None
    until = today + timedelta(days=rules.AHEAD)
    wanted = rules.slots_between(
        sets.read(care_set), since=plan.since, begin=today, until=until,
        calendar=sets.calendar(), birth_on=plan.pairing.child.birth_on,
    )  # fmt: skip
    Slot.objects.bulk_create(
        [row_of(plan, each) for each in wanted],
        update_conflicts=True, unique_fields=["pairing", "item", "part", "key"],
        update_fields=["first_on", "last_on", "heed_until", "needed", "dropped"],
    )  # fmt: skip
    plan.opened_until = until
    plan.save(update_fields=["care_set", "opened_until"])
