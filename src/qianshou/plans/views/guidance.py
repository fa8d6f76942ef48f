"""The pages of guidance for families."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.plans.actions import guiding, reading
from qianshou.plans.forms import (
    AimsForm,
    BecameForm,
    HomeworkForm,
    ProgressForm,
    ReasonForm,
    ResultForm,
    SessionForm,
)
from qianshou.plans.queries import guidance as plans
from qianshou.plans.queries import unfulfilled

FORMS: dict[str, type[forms.Form]] = {
    "session": SessionForm, "homework": HomeworkForm, "close": ResultForm,
}  # fmt: skip


@login_required
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    """List the plans of an area, what waits for somebody first."""
    user, area, today = request.user, request.area_code, timezone.localdate()
    what = request.GET.get("what", "")
    choices = [("WAITS", _("waiting for you")), ("CLOSED", _("closed"))]
    context = {
        "page": page_of(plans.guidance_in(user, area, what=what, today=today), request),
        "tabs": unfulfilled.tabs_for(user, area, "guidance"),
        "filters": [{"name": "what", "label": _("Show"), "choices": choices}],
        "narrowed": bool(what),
        "today": today,
    }
    return render(request, "plans/guidance_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def begin(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Open a plan for a child's family."""
    child = plans.child_for(request.user, child_id)
    running = plans.running_of(child)
    form = AimsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = guiding.begin(child, form.said(), by=request.user, today=timezone.localdate())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The plan is opened. Plan its first session."))
            return redirect("plans:guidance", guidance_id=made.pk)
    context = {"child": child, "form": form, "running": running, "parents": plans.parents_of(child)}
    return render(request, "plans/begin_guidance.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def guidance(request: SignedInRequest, guidance_id: UUID) -> HttpResponse:
    """Show a plan; sessions, homework and the result are posted here."""
    found, today = plans.guidance_for(request.user, guidance_id), timezone.localdate()
    act = request.POST.get("act", "")
    sent = FORMS[act](request.POST) if act in FORMS else None
    if request.method == "POST":
        if sent is None:
            raise NotFound
        if sent.is_valid() and _do(act, found, sent, by=request.user, today=today):
            messages.success(request, _("Noted."))
            return redirect("plans:guidance", guidance_id=guidance_id)
    context = plans.page_of(found, today=today)
    context |= {
        f"{name}_form": sent if name == act and sent is not None else made()
        for name, made in FORMS.items()
    }
    context |= {"reason_form": ReasonForm(), "sent": act, "reminders": plans.reminder_choices()}
    status = 422 if sent is not None and sent.errors else 200
    return render(request, "plans/guidance.html", context, status=status)


def _do(act: str, found: Any, form: forms.Form, *, by: Any, today: date) -> bool:
    """Do what was posted; a refusal stands on the form."""
    given = form.cleaned_data
    try:
        if isinstance(form, SessionForm):
            guiding.plan_session(found, form.planned(), by=by, today=today)
        elif act == "homework":
            guiding.give_homework(found, by=by, today=today, **given)
        else:
            guiding.close(found, by=by, today=today, **given)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@login_required
@require_POST
def read(request: SignedInRequest, guidance_id: UUID) -> HttpResponse:
    """Show what a plan aims at and what came of it, with the reason in the trail."""
    found, form = plans.guidance_for(request.user, guidance_id), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you open it; the reason stands in the trail."))
        return redirect("plans:guidance", guidance_id=guidance_id)
    aims, outcome = guiding.open_aims(found, by=request.user, reason=form.cleaned_data["reason"])
    context = {"guidance": found, "aims": aims, "outcome": outcome}
    return render(request, "plans/aims.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def session(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """Note what became of a session; of one that was held, read what was talked about."""
    found, today = plans.session_for(request.user, session_id), timezone.localdate()
    planned = found.state == "PLANNED"
    initial = {"on": min(found.planned_on, today), "act": "hold"}
    form = BecameForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        became = form.became(min(found.planned_on, today))
        try:
            guiding.note_session(found, became, by=request.user, today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect("plans:guidance", guidance_id=found.guidance_id)
    note = "" if planned or not found.note else reading.open_session(found, by=request.user)
    context = {"session": found, "form": form, "planned": planned, "note": note}
    return render(request, "plans/session.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def homework(request: SignedInRequest, homework_id: UUID) -> HttpResponse:
    """Note how far something at home has come."""
    found, form = plans.homework_for(request.user, homework_id), ProgressForm(request.POST)
    if form.is_valid():
        guiding.note_homework(
            found, form.cleaned_data["act"], by=request.user, remark=form.cleaned_data["remark"]
        )
        messages.success(request, _("Noted."))
    else:
        messages.error(request, _("Choose how far it has come."))
    return redirect("plans:guidance", guidance_id=found.guidance_id)
