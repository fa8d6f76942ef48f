"""What people ask about endings, duties, bars and complaints of their area."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.pairing.models import Bar
from qianshou.pairing.rules import life
from qianshou.support import permissions
from qianshou.support.models import Complaint, Duty, Ending, EndingStep
from qianshou.support.queries import schedules

CLOSING: Final = "CLOSING"
TALKS: Final = "TALKS"
OVER: Final = "OVER"


def endings_for(user: User, area_code: str, *, which: str = "") -> QuerySet[Ending]:
    """Return the endings of an area that are not over yet, or those that are."""
    accounts.require(user, Power.VIEW_PAIRS, area_code)
    rows = Ending.objects.filter(area_code__range=area_rules.subtree(area_code))
    if which == OVER:
        rows = rows.filter(Q(finished_on__isnull=False) | Q(renewed_on__isnull=False))
    else:
        rows = rows.filter(finished_on=None, renewed_on=None)
        if which == CLOSING:
            rows = rows.filter(closed_on=None)
        elif which == TALKS:
            rows = rows.filter(closed_on__isnull=False)
    rows = rows.select_related("pairing__child", "pairing__mother").prefetch_related("steps")
    return rows.order_by("-opened_on", "pk")


def ending_rows(endings: list[Ending], *, today: date) -> list[dict[str, Any]]:
    """Return endings as rows: where they stand and which step is next."""
    rows = []
    for each in endings:
        steps = sorted(each.steps.all(), key=lambda step: (step.due_on, step.position))
        left = [step for step in steps if step.outcome == EndingStep.Outcome.OPEN]
        rows.append(
            {
                "ending": each,
                "child": each.pairing.child,
                "mother": each.pairing.mother,
                "state": _(life.PAIRING.labels[each.pairing.state]),
                "left": len(left),
                "next": schedules.words(left[0].text) if left else "",
                "due_on": left[0].due_on if left else None,
                "late": bool(left and left[0].due_on < today),
            }
        )
    return rows


def ending_for(user: User, ending_id: UUID) -> Ending:
    """Return one ending of the person's area; raises `NotFound`."""
    rows = Ending.objects.select_related("pairing__child", "pairing__mother", "by", "closed_by")
    found = rows.filter(pk=ending_id).first()
    if found is None or not permissions.can_see(user, found.pairing):
        raise NotFound
    return found


def open_ending_of(pairing_id: UUID) -> Ending | None:
    """Return the ending of a pairing that was not taken back."""
    return Ending.objects.filter(pairing_id=pairing_id, renewed_on=None).first()


def step_for(user: User, step_id: UUID) -> EndingStep:
    """Return one step; raises `NotFound`."""
    rows = EndingStep.objects.select_related("ending__pairing__child", "ending__pairing__mother")
    found = rows.filter(pk=step_id).first()
    if found is None or not permissions.can_see(user, found.ending.pairing):
        raise NotFound
    return found


def steps_of(ending: Ending, *, today: date) -> list[dict[str, Any]]:
    """Return the steps of an ending in order, in the reader's words."""
    rows = ending.steps.select_related("done_by").order_by("due_on", "position")
    return [
        {
            "id": each.pk,
            "text": schedules.words(each.text),
            "who": each.who,
            "due_on": each.due_on,
            "late": each.outcome == EndingStep.Outcome.OPEN and each.due_on < today,
            "open": each.outcome == EndingStep.Outcome.OPEN and ending.renewed_on is None,
            "outcome": each.get_outcome_display(),
            "tone": "good" if each.outcome == EndingStep.Outcome.DONE else "neutral",
            "done_on": each.done_on,
            "done_by": each.done_by.display_name if each.done_by else "",
            "why_not": each.why_not,
            "sealed": bool(each.note),
        }
        for each in rows
    ]


def contact_rules_of(ending: Ending) -> str:
    """Return the rules for contact afterwards that both sides were given, in the reader's words."""
    plan = schedules.schedule_for(area_rules.county_code(ending.area_code))
    text = plan.contact_afterwards
    # What was given is what counts, if the schedule has changed since.
    return schedules.words(text) if text["zh"] == ending.contact_rules else ending.contact_rules


def bars_of(user: User, ending: Ending, *, today: date) -> list[dict[str, Any]]:
    """Return what an ending keeps from being matched, and what this person may lift."""
    rows = Bar.objects.filter(pairing=ending.pairing).select_related("lifted_by").order_by("at")
    return [
        {
            "id": each.pk,
            "kind": each.get_kind_display(),
            "whom": _whom(each),
            "until": each.until,
            "in_force": each.lifted_at is None and (each.until is None or each.until > today),
            "lifted": each.lifted_at,
            "lifted_by": each.lifted_by.display_name if each.lifted_by else "",
            "lifted_for": each.lifted_for,
            "may_lift": each.kind != Bar.Kind.PAIR and permissions.can_lift(user, each),
            "another": each.kind == Bar.Kind.SAFETY and each.by_id == user.pk,
        }
        for each in rows
    ]


def _whom(bar: Bar) -> str:
    if bar.child_id and bar.mother_id:
        return _("the two of them")
    return _("the child") if bar.child_id else _("the mother")


def bar_for(user: User, bar_id: UUID) -> Bar:
    """Return one bar of the person's area; raises `NotFound`."""
    found = Bar.objects.select_related("pairing").filter(pk=bar_id).first()
    if found is None or not permissions.can_see(user, found.pairing):
        raise NotFound
    return found


def duties_for(user: User, area_code: str, *, kind: str = "", late: bool = False,
               now: datetime) -> QuerySet[Duty]:  # fmt: skip
    """Return what has to be done in an area by a moment, the soonest first."""
    accounts.require(user, Power.SUPPORT_PAIRS, area_code)
    rows = Duty.objects.open().filter(area_code__range=area_rules.subtree(area_code))
    if kind in Duty.Kind.values:
        rows = rows.filter(kind=kind)
    if late:
        rows = rows.late_at(now)
    rows = rows.select_related("pairing__child", "pairing__mother", "owner")
    return rows.order_by(F("escalated_at").asc(nulls_last=True), "due_at", "pk")


def duty_for(user: User, duty_id: UUID) -> Duty:
    """Return one duty of the person's area; raises `NotFound`."""
    found = Duty.objects.select_related("pairing").filter(pk=duty_id).first()
    if found is None or not permissions.can_support(user, found.pairing):
        raise NotFound
    return found


def complaints_for(user: User, area_code: str) -> list[Complaint]:
    """Return the complaints of an area, without those about the reader; newest first."""
    accounts.require(user, Power.DECIDE_PAIRING, area_code)
    rows = Complaint.objects.filter(area_code__range=area_rules.subtree(area_code))
    rows = rows.select_related("pairing__child", "pairing__mother", "reviewed_by")
    rows = rows.exclude(about_user=user).order_by(
        F("reviewed_at").asc(nulls_first=True), "-noted_at"
    )
    return [each for each in rows[:200] if not permissions.is_accused(user, each)]


def complaint_for(user: User, complaint_id: UUID) -> Complaint:
    """Return one complaint that the person may read; raises `NotFound`, also for the accused."""
    rows = Complaint.objects.select_related("pairing__child", "pairing__mother", "reviewed_by")
    found = rows.filter(pk=complaint_id).first()
    if found is None or not permissions.can_read_complaint(user, found):
        raise NotFound
    return found


KINDS: Final = Duty.Kind.choices


def require_close(user: User, pairing: Any) -> None:
    """Refuse whoever may not end this pairing, before a form is shown."""
    accounts.require(user, Power.DECIDE_PAIRING, pairing.area_code)


def may_close(user: User, ending: Ending) -> bool:
    """Tell whether the person may close this ending or take it back."""
    return (
        ending.closed_on is None
        and ending.renewed_on is None
        and permissions.can_close(user, ending.pairing)
    )


def may_support(user: User, ending: Ending) -> bool:
    """Tell whether the person takes the steps of this ending."""
    return permissions.can_support(user, ending.pairing)
