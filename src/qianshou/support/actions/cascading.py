"""What a mother's rest, suspension or leaving means for the children she is paired with."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.machines import SYSTEM
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.models import EndCause, NextStep, Pairing
from qianshou.pairing.rules import life
from qianshou.support.actions import duties, ending, rematching, watching
from qianshou.support.models import Duty, Ending
from qianshou.support.queries import schedules
from qianshou.support.rules import risk

REVIEW: Final = timedelta(hours=24)
SEE_TO: Final = timedelta(days=7)
FAREWELL: Final = timedelta(days=3)


@transaction.atomic
def mother_paused(mother_id: UUID, *, because: str, today: date) -> int:
    """Let her pairings rest with her; staff see to each child within a week."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rested = [each for each in _hers(mother_id) if _rest(each, because, today=today)]
        for pairing in rested:
            _open(pairing, Duty.Kind.PAUSED, SEE_TO, why=because)
    return len(rested)


@transaction.atomic
def mother_suspended(mother_id: UUID, *, because: str, today: date) -> int:
    """Let her pairings rest at once, and have each reviewed within 24 hours."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        running = list(_hers(mother_id))
        for pairing in running:
            _rest(pairing, because, today=today)
            watching.worry(pairing, risk.SUSPENDED, today=today)
            _open(pairing, Duty.Kind.SUSPENDED, REVIEW, why=because)
        for pairing in _promised(mother_id):
            ending.withdraw_by_system(pairing, today=today, reason=because)
    return len(running)


@transaction.atomic
def mother_leaving(mother_id: UUID, *, today: date) -> int:
    """Begin the farewell of each of her children, and look for a new mother the same day."""
    reason = _("The mother has left.")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        running = [each for each in _hers(mother_id) if each.state != life.CLOSING]
        for pairing in running:
            ending.begin(pairing, _left(pairing, reason), by=None, today=today)
            _open(pairing, Duty.Kind.LEAVING, FAREWELL, why=reason)
        for pairing in _promised(mother_id):
            ending.withdraw_by_system(pairing, today=today, reason=reason)
    for county in sorted({area_rules.county_code(each.area_code) for each in running}):
        rematching.ask(county)
    return len(running)


def _left(pairing: Pairing, reason: str) -> ending.Decision:
    """Return what comes next for a child whose mother leaves: a new one, after a pause if asked."""
    plan = schedules.schedule_for(area_rules.county_code(pairing.area_code))
    kind = Ending.Kind.UNPLANNED
    next_step = NextStep.COOL_DOWN if plan.cool_down_days[kind] else NextStep.REMATCH
    return ending.Decision(kind, EndCause.MOTHER_STOPPED, reason, next_step)


def _hers(mother_id: UUID) -> Iterator[Pairing]:
    rows = Pairing.objects.caring().filter(mother_id=mother_id).select_related("child", "mother")
    yield from rows.order_by("pk")


def _promised(mother_id: UUID) -> list[Pairing]:
    rows = Pairing.objects.open().filter(mother_id=mother_id, state__in=life.BEFORE_CARE)
    return list(rows.order_by("pk"))


def _rest(pairing: Pairing, because: str, *, today: date) -> bool:
    if not life.PAIRING.allows("pause", pairing.state, actor=SYSTEM):
        return False
    why = Why(because or "-")
    moving.move(pairing.pk, "pause", actor=Actor(None, SYSTEM), today=today, why=why)
    return True


def _open(pairing: Pairing, kind: str, within: timedelta, *, why: str) -> None:
    """Open a duty; while one of the kind is open a second occasion adds none."""
    if Duty.objects.open().filter(pairing=pairing, kind=kind).exists():
        return
    now = timezone.now()
    once = f"{kind}:{pairing.pk}:{now.isoformat()}"
    duties.open_duty(pairing, kind, once=once[:80], due_at=now + within, why=why)


@transaction.atomic
def consent_withdrawn(child_id: UUID, *, today: date) -> int:
    """Begin the farewell of a child for whom nobody agrees any more; staff talk to all sides."""
    reason = _("The consent was withdrawn.")
    decided = ending.Decision(Ending.Kind.UNWILLING, EndCause.UNWANTED, reason, NextStep.MONITORED)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Pairing.objects.caring().filter(child_id=child_id).exclude(state=life.CLOSING)
        running = list(rows.select_related("child", "mother").order_by("pk"))
        for pairing in running:
            ending.begin(pairing, decided, by=None, today=today)
    return len(running)
