"""The pages of a child's own goal."""

from datetime import date
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
from qianshou.common.errors import NotAllowed, Refused
from qianshou.plans.actions import goals
from qianshou.plans.forms import ChangeGoalForm, GoalActForm, GoalForm
from qianshou.plans.queries import plan as plans


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Write a goal down."""
    found = plans.pairing_to_act(request.user, pairing_id)
    form = GoalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = goals.propose(
                found, form.wanted(), by=request.user, now=timezone.now(),
                today=timezone.localdate(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Written down. Now all three are asked."))
            return redirect("plans:goal", goal_id=made.pk)
    context = {"pairing": found, "form": form, "name": plans.called(request.user, found)}
    return render(request, "plans/new_goal.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def goal(request: SignedInRequest, goal_id: UUID) -> HttpResponse:
    """Show a goal with all that happened."""
    return _page(request, plans.goal_for(request.user, goal_id), "")


@login_required
@require_POST
def step(request: SignedInRequest, goal_id: UUID) -> HttpResponse:
    """Note one step of a goal: a yes, a look at it together, its end."""
    found = plans.goal_to_act(request.user, goal_id)
    try:
        _step(found, request, timezone.localdate())
    except NotAllowed:
        raise
    except Refused as refusal:
        return _page(request, found, str(refusal))
    messages.success(request, _("Noted."))
    return redirect("plans:goal", goal_id=goal_id)


def _page(request: SignedInRequest, found: Any, problem: str) -> HttpResponse:
    today = timezone.localdate()
    context = plans.goal_page(request.user, found, today=today)
    context |= {"problem": problem, "today": today, "hows": plans.how_choices()}
    return render(request, "plans/goal.html", context, status=422 if problem else 200)


def _step(found: Any, request: SignedInRequest, today: date) -> None:
    form = GoalActForm(request.POST)
    if not form.is_valid():
        raise goals.NotNow(_("Choose what to note, and fill it in."))
    given, now = form.cleaned_data, timezone.now()
    on = given["on"] or today
    if given["act"] == "agree":
        goals.agree(
            found, given["side"], by=request.user, on=on, now=now, today=today,
            words=given["words"],
        )  # fmt: skip
    elif given["act"] == "review":
        how = given["how"] or "WELL"
        goals.review(found, how, by=request.user, on=on, now=now, today=today)
    else:
        goals.end(
            found, given["act"], by=request.user, reason=given["reason"], now=now, today=today
        )


@login_required
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, goal_id: UUID) -> HttpResponse:
    """Let another goal take a goal's place."""
    found = plans.goal_to_act(request.user, goal_id)
    form = ChangeGoalForm(request.POST or None, initial={"field": found.field})
    if request.method == "POST" and form.is_valid():
        try:
            made = goals.change(
                found, form.wanted(), by=request.user, reason=form.cleaned_data["reason"],
                now=timezone.now(), today=timezone.localdate(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Written down. Now all three are asked."))
            return redirect("plans:goal", goal_id=made.pk)
    context = {
        "pairing": found.pairing, "form": form, "before": found,
        "name": plans.called(request.user, found.pairing),
    }  # fmt: skip
    return render(request, "plans/new_goal.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def words(request: SignedInRequest, goal_id: UUID) -> HttpResponse:
    """Show the child's own words; the reading stands in the trail."""
    found = plans.goal_for(request.user, goal_id)
    said = goals.open_words(found, by=request.user)
    context = {"goal": found, "words": said, "name": plans.called(request.user, found.pairing)}
    return render(request, "plans/words.html", context)
