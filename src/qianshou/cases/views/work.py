"""The work of a team: strategy, meetings, actions and reviews."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.cases.actions import reading, reviewing, working
from qianshou.cases.forms import HeldForm, MeetingForm, ReviewForm, StrategyForm, TaskForm
from qianshou.cases.queries import lists
from qianshou.common.errors import Refused


def _form(
    request: SignedInRequest, team: Any, form: forms.Form, *, title: str, label: str
) -> HttpResponse:
    context = {"team": team, "form": form, "title": title, "label": label}
    return render(request, "cases/form.html", context, status=422 if form.errors else 200)


def _led(request: SignedInRequest, team_id: UUID) -> Any:
    found = lists.team_for(request.user, team_id)
    lists.require_lead(request.user, found)
    return found


@login_required
@require_http_methods(["GET", "POST"])
def strategy(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Write the next version of the strategy."""
    found, today = _led(request, team_id), timezone.localdate()
    goals = lists.last_goals(reading.read(found, by=request.user).goals)
    form = StrategyForm(request.POST or None, goals=goals, initial={"agreed_on": today})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            working.agree(
                found, by=request.user, goals=form.goals(), today=today,
                agreed_with=given["agreed_with"], agreed_on=given["agreed_on"],
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The strategy is agreed."))
            return redirect("cases:team", team_id=team_id)
    return _form(request, found, form, title=_("Strategy"), label=_("Put it in force"))


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Plan a meeting."""
    found = _led(request, team_id)
    form = MeetingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            working.plan_meeting(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The meeting is planned."))
            return redirect("cases:team", team_id=team_id)
    return _form(request, found, form, title=_("Plan a meeting"), label=_("Plan it"))


@login_required
@require_http_methods(["GET", "POST"])
def meeting(request: SignedInRequest, meeting_id: UUID) -> HttpResponse:
    """Write down a meeting that was held."""
    found = lists.meeting_for(request.user, meeting_id)
    lists.require_lead(request.user, found.team)
    form = HeldForm(request.POST or None, members=lists.members_of(found.team))
    if request.method == "POST" and form.is_valid():
        try:
            working.hold_meeting(
                found, by=request.user, came={UUID(each) for each in form.cleaned_data["came"]},
                minutes=form.cleaned_data["minutes"], decisions=list(form.decisions()),
                now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The minutes are kept, the decisions have their owners."))
            return redirect("cases:team", team_id=found.team_id)
    return _form(request, found.team, form, title=found.purpose, label=_("Keep the minutes"))


@login_required
@require_POST
def call_off(request: SignedInRequest, meeting_id: UUID) -> HttpResponse:
    """Call a planned meeting off."""
    found = lists.meeting_for(request.user, meeting_id)
    working.call_off(found, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("The meeting is called off."))
    return redirect("cases:team", team_id=found.team_id)


@login_required
@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Give a member something to do."""
    found = _led(request, team_id)
    form = TaskForm(request.POST or None, members=lists.members_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            working.give(found, form.task(), by=request.user, today=timezone.localdate())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It has its owner and its day."))
            return redirect("cases:team", team_id=team_id)
    return _form(request, found, form, title=_("Something to do"), label=_("Give it"))


@login_required
@require_POST
def action(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """Say what came of something, or drop it."""
    found = lists.action_for(request.user, action_id)
    words = request.POST.get("result", "")
    if request.POST.get("act") == "drop":
        working.drop(found, by=request.user, reason=words)
    else:
        working.finish(found, by=request.user, result=words)
    messages.success(request, _("Noted."))
    return redirect("cases:team", team_id=found.team_id)


@login_required
@require_http_methods(["GET", "POST"])
def review(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Begin a review, and say what it came to."""
    found, today = _led(request, team_id), timezone.localdate()
    form = ReviewForm(request.POST if "result" in request.POST else None)
    if request.method == "POST" and "result" not in request.POST:
        reviewing.begin(found, by=request.user)
        return redirect("cases:review", team_id=team_id)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if given["act"] == "close":
                reviewing.close(
                    found, by=request.user, result=given["result"], today=today,
                    next_step=given["next_step"],
                )  # fmt: skip
            else:
                reviewing.go_on(found, by=request.user, result=given["result"], today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The review is kept."))
            return redirect("cases:team", team_id=team_id)
    return _form(request, found, form, title=_("Review"), label=_("Keep the review"))
