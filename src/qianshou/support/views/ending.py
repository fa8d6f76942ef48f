"""The pages of endings: begin one, take its steps, close, renew, and review what it bars."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.support.actions import duties as duty_actions
from qianshou.support.actions import ending as actions
from qianshou.support.actions import reading
from qianshou.support.forms import CloseForm, OutcomeForm, ReasonForm, StepForm
from qianshou.support.queries import care, endings, schedules


@login_required
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    """List the endings of the area with the next step of each."""
    which, today = request.GET.get("which", ""), timezone.localdate()
    page = page_of(endings.endings_for(request.user, request.area_code, which=which), request)
    choices = [
        (endings.CLOSING, _("closing")), (endings.TALKS, _("talks outstanding")),
        (endings.OVER, _("over")),
    ]  # fmt: skip
    context = {
        "page": page,
        "rows": endings.ending_rows(list(page.object_list), today=today),
        "tabs": care.tabs_for(request.user, request.area_code, "endings"),
        "filters": [{"name": "which", "label": _("Show"), "choices": choices}],
        "narrowed": bool(which),
    }
    return render(request, "support/endings.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def begin(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """End a pairing: how, why, and what comes next for the child."""
    found = care.pairing_for(request.user, pairing_id)
    endings.require_close(request.user, found)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.begin(
                found, form.decision(), by=request.user, today=timezone.localdate()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The ending has begun. Take its steps below."))
            return redirect("support:ending", ending_id=made.pk)
    plan = schedules.schedule_for(area_rules.county_code(found.area_code))
    context = {"pairing": found, "form": form, "days": plan.cool_down_days}
    return render(request, "support/close.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def ending(request: SignedInRequest, ending_id: UUID) -> HttpResponse:
    """Show an ending with its steps."""
    return render(request, "support/ending.html", _page(request, ending_id))


def _page(request: SignedInRequest, ending_id: UUID, **more: Any) -> dict[str, Any]:
    found, today = endings.ending_for(request.user, ending_id), timezone.localdate()
    return {
        "ending": found,
        "pairing": found.pairing,
        "steps": endings.steps_of(found, today=today),
        "bars": endings.bars_of(request.user, found, today=today),
        "contact_rules": endings.contact_rules_of(found),
        "may_close": endings.may_close(request.user, found),
        "may_support": endings.may_support(request.user, found),
        "form": ReasonForm(),
    } | more


@login_required
@require_http_methods(["GET", "POST"])
def step(request: SignedInRequest, step_id: UUID) -> HttpResponse:
    """Note what became of one step."""
    found, today = endings.step_for(request.user, step_id), timezone.localdate()
    care.require_support(request.user, found.ending.pairing)
    form = StepForm(request.POST or None, initial={"on": today, "outcome": "DONE"})
    if request.method == "POST" and form.is_valid():
        try:
            actions.take_step(found, form.taken(), by=request.user, today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect("support:ending", ending_id=found.ending_id)
    context = {"step": found, "words": schedules.words(found.text), "form": form}
    return render(request, "support/step.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def finish(request: SignedInRequest, ending_id: UUID) -> HttpResponse:
    """Close a pairing, or take its ending back."""
    found, today = endings.ending_for(request.user, ending_id), timezone.localdate()
    act = request.POST.get("act", "")
    if act == "close":
        actions.close(found, by=request.user, today=today)
        messages.success(request, _("The pairing is closed; what was decided has taken effect."))
    elif act == "renew":
        reason = request.POST.get("reason", "")
        actions.renew(found, by=request.user, today=today, reason=reason)
        messages.success(request, _("The two go on."))
    else:
        raise NotFound
    return redirect("support:ending", ending_id=ending_id)


@login_required
@require_POST
def lift(request: SignedInRequest, bar_id: UUID) -> HttpResponse:
    """Lift what keeps somebody from being matched, after a review."""
    found = endings.bar_for(request.user, bar_id)
    actions.lift(found, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("Lifted; the next matching takes it into account."))
    there = endings.open_ending_of(found.pairing_id)
    if there is None:
        return redirect("support:endings")
    return redirect("support:ending", ending_id=there.pk)


@login_required
@require_GET
def duties(request: SignedInRequest) -> HttpResponse:
    """List what has to be done by a moment."""
    kind, late = request.GET.get("kind", ""), request.GET.get("late") == "1"
    now = timezone.now()
    rows = endings.duties_for(request.user, request.area_code, kind=kind, late=late, now=now)
    page = page_of(rows, request)
    filters = [
        {"name": "late", "label": _("Show"), "choices": [("1", _("too late"))]},
        {"name": "kind", "label": _("Kind"), "choices": endings.KINDS},
    ]
    tabs = care.tabs_for(request.user, request.area_code, "duties")
    context = {"page": page, "filters": filters, "now": now, "narrowed": bool(kind or late)}
    context["tabs"] = tabs
    return render(request, "support/duties.html", context)


@login_required
@require_POST
def do(request: SignedInRequest, duty_id: UUID) -> HttpResponse:
    """Say that a duty is done."""
    found = endings.duty_for(request.user, duty_id)
    form = OutcomeForm(request.POST)
    if form.is_valid():
        outcome = form.cleaned_data["outcome"]
        duty_actions.do_duty(found, by=request.user, outcome=outcome)
        messages.success(request, _("Noted."))
    else:
        messages.error(request, _("Please say what came of it."))
    return redirect("support:duties")


@login_required
@require_POST
def talk(request: SignedInRequest, step_id: UUID) -> HttpResponse:
    """Open the notes of a last talk, with the reason in the trail."""
    found = endings.step_for(request.user, step_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you open it; the reason stands in the trail."))
        return redirect("support:ending", ending_id=found.ending_id)
    text = reading.open_step(found, by=request.user, reason=form.cleaned_data["reason"])
    context = {"step": found, "words": schedules.words(found.text), "text": text}
    return render(request, "support/talk.html", context)
