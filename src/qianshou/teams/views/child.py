"""The page of one child's team: choose its model, take people in, replace them, end places."""

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
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.teams import permissions
from qianshou.teams.actions import filling, forming
from qianshou.teams.forms import EndForm, FillForm, FormTeamForm
from qianshou.teams.queries import asked, candidates, offered, reading, sharing, teams


@login_required
@require_GET
def child(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show a child's team: slots, people, gaps, what they were asked, who was there before."""
    found = teams.child_for(request.user, child_id)
    return _page(request, found, _form(request, found))


def _form(request: SignedInRequest, found: Any) -> FormTeamForm | None:
    if not permissions.can_fill(request.user, found.area_code):
        return None
    models = offered.models_for(request.user, found.area_code)
    choices = [(str(each.pk), f"{reading.words(each.name)} · {each.version}") for each in models]
    return FormTeamForm(request.POST or None, models=choices)


def _page(request: SignedInRequest, found: Any, form: FormTeamForm | None) -> HttpResponse:
    team = teams.team_of(found)
    places = teams.places_of(found, team) if team else []
    user, today = request.user, timezone.localdate()
    may_ask = permissions.can_ask(user, found.area_code)
    context = {
        "child": found,
        "team": team,
        "name": reading.words(team.model.name) if team else "",
        "places": places,
        "lacking": _lacking(found, places),
        "outside": teams.outside(found, places),
        "past": teams.past_of(found),
        "waiting": teams.waiting_with_absorbed(found),
        "tasks": asked.of_child(found, today) if may_ask else [],
        "may_ask": may_ask,
        "may_fill": permissions.can_fill(user, found.area_code),
        "form": form,
    }
    bound = form is not None and form.is_bound
    return render(request, "teams/child.html", context, status=422 if bound else 200)


def _lacking(found: Any, places: Any) -> list[str]:
    """Return the units whose people read nothing, or less, until the guardian has agreed."""
    parts = {place.slot.role: place.slot.parts for place in places}
    rows = sharing.lacking_of(found, parts)
    return list(dict.fromkeys(opened.party for _seat, opened in rows))


@login_required
@require_POST
def form(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Give a child a team of a model, or move the team it has to another one."""
    found = teams.child_for(request.user, child_id)
    given = _form(request, found)
    if given is None:
        raise NotAllowed
    if given.is_valid():
        model = offered.model_for(request.user, UUID(given.cleaned_data["model"]), found.area_code)
        reason = given.cleaned_data["reason"]
        try:
            forming.form(found, model, by=request.user, today=timezone.localdate(), reason=reason)
        except Refused as refusal:
            given.add_error(None, str(refusal))
        else:
            messages.success(request, _("The child has a team of this model now."))
            return redirect("teams:child", child_id=found.pk)
    return _page(request, found, given)


@login_required
@require_POST
def end(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """End a child's team."""
    found = teams.child_for(request.user, child_id)
    team = teams.team_of(found)
    if team is None:
        raise NotFound
    forming.end(team, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("The team has ended; who sits in it still does."))
    return redirect("teams:child", child_id=found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def fill(request: SignedInRequest, child_id: UUID, role: str) -> HttpResponse:
    """Take somebody into a slot of a child's team."""
    found = teams.child_for(request.user, child_id)
    slot = _slot(request, found, role)
    form = _fill_form(request, found, slot, replaces=False)
    if request.method == "POST" and form.is_valid():
        try:
            filling.fill(found, role, form.cleaned_data["who"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Taken into the team."))
            return redirect("teams:child", child_id=found.pk)
    return _filling(request, found, form, slot=slot)


def _slot(request: SignedInRequest, found: Any, role: str) -> Any:
    if not permissions.can_fill(request.user, found.area_code):
        raise NotAllowed
    team = teams.team_of(found)
    slot = reading.model_of(team.model).slot(role) if team else None
    if slot is None or slot.source == "PAIRING":
        raise NotFound
    return slot


def _fill_form(request: SignedInRequest, found: Any, slot: Any, *, replaces: bool) -> FillForm:
    q = request.GET.get("q", "")
    people = candidates.as_choices(candidates.candidates(found, slot, q=q))
    return FillForm(request.POST or None, people=people, replaces=replaces)


def _filling(
    request: SignedInRequest, found: Any, form: FillForm, *, slot: Any, seat: Any = None
) -> HttpResponse:  # fmt: skip
    context = {
        "child": found, "slot": offered.explain_slot(slot), "form": form, "seat": seat,
        "who": teams.member(seat).who if seat else "",
        "nobody": not form.fields["who"].choices,  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "teams/fill.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def seat(request: SignedInRequest, seat_id: UUID) -> HttpResponse:
    """End a place with a reason, and a note for whoever comes next."""
    found = teams.seat_for(request.user, seat_id)
    if not permissions.can_fill(request.user, found.area_code):
        raise NotAllowed
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            filling.end(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The place has ended."))
            return redirect("teams:child", child_id=found.child_id)
    context = {
        "seat": found, "child": found.child, "form": form, "who": teams.member(found).who,
        "role": reading.role_words(found.role),
    }  # fmt: skip
    return render(request, "teams/seat.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def replace(request: SignedInRequest, seat_id: UUID) -> HttpResponse:
    """Put somebody else in a place, with a note that stays."""
    found = teams.seat_for(request.user, seat_id)
    slot = _slot(request, found.child, found.role)
    form = _fill_form(request, found.child, slot, replaces=True)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            filling.replace(
                found, given["who"], by=request.user, reason=given["reason"],
                handover=given["handover"],
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The place has passed on, with the note."))
            return redirect("teams:child", child_id=found.child_id)
    return _filling(request, found.child, form, slot=slot, seat=found)


@login_required
@require_POST
def handover(request: SignedInRequest, seat_id: UUID) -> HttpResponse:
    """Show what an earlier person left for the next one."""
    found = teams.seat_for(request.user, seat_id)
    context = {
        "seat": found, "child": found.child, "who": teams.member(found).who,
        "role": reading.role_words(found.role),
        "words": filling.read_handover(found, by=request.user),
    }  # fmt: skip
    return render(request, "teams/handover.html", context)
