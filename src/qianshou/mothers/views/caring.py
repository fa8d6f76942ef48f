"""Care for the carers: the worklist of staff, one request for help, and changes to decide."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotFound
from qianshou.mothers import permissions, queries
from qianshou.mothers.actions import caring as acts
from qianshou.mothers.actions import offering
from qianshou.mothers.forms import OutcomeForm, ReasonForm, SlotsForm
from qianshou.mothers.queries import caring, efile


@login_required
@require_GET
def worklist(request: SignedInRequest) -> HttpResponse:
    """Show what cares for the carers in this area."""
    permissions.require_care(request.user, request.area_code)
    context = caring.worklist(request.user, request.area_code, timezone.localdate())
    return render(request, "mothers/caring.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def help_request(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """Show one request and what came of it; reading its words stands in the trail."""
    asked = caring.request_for(request.user, request_id)
    form = OutcomeForm(request.POST or None)
    act = request.POST.get("act", "")
    if request.method == "POST" and act == "take":
        acts.take_help(asked, by=request.user)
        messages.success(request, _("It lies with you now."))
        return redirect("mothers:help", request_id=request_id)
    if request.method == "POST" and act not in ("help", "refuse"):
        raise NotFound
    if request.method == "POST" and form.is_valid():
        outcome = form.cleaned_data["outcome"]
        acts.close_help(asked, by=request.user, act=act, outcome=outcome)
        messages.success(request, _("Closed. She reads your words."))
        return redirect("mothers:care")
    context = {
        "line": caring.request_lines([asked], timezone.localdate())[0],
        "words": acts.read_help(asked, by=request.user),
        "form": form if act else OutcomeForm(),
        "open": asked.closed_at is None,
    }
    return render(request, "mothers/help.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def decide_change(request: SignedInRequest, change_id: UUID) -> HttpResponse:
    """Take a change over, or say why not."""
    asked, form = caring.change_for(request.user, change_id), ReasonForm(request.POST)
    accept = request.POST.get("act") == "accept"
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    offering.decide_change(
        asked, by=request.user, accept=accept, reason=reason, today=timezone.localdate()
    )
    messages.success(request, _("Taken over.") if accept else _("Not taken over; she is told why."))
    return redirect("mothers:care")


@login_required
@require_http_methods(["GET", "POST"])
def calendar(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Set her calendar of free time with her."""
    found = queries.mother_for(request.user, mother_id)
    permissions.require_edit(request.user, found)
    form = SlotsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        slots = form.cleaned_data["slots"]
        offering.set_calendar(found, by=request.user, slots=slots, today=timezone.localdate())
        messages.success(request, _("Saved. The matching's times follow from it."))
        return redirect("mothers:mother", mother_id=mother_id)
    context = {
        "mother": found,
        "form": form,
        "calendar": efile.calendar_of(found),
        "parts": efile.part_names(),
    }
    return render(request, "mothers/calendar.html", context, status=422 if form.errors else 200)
