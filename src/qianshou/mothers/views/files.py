"""The pages about loving mothers: the list, one file, and what is done with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotFound
from qianshou.common.paging import page_of
from qianshou.mothers import queries
from qianshou.mothers.actions import file as actions
from qianshou.mothers.actions import searching
from qianshou.mothers.forms import CapacityForm, ReasonForm
from qianshou.mothers.queries import caring, efile, serving

ACTS = {"pause": actions.pause, "resume": actions.resume, "leave": actions.let_go}


@login_required
@require_GET
def mothers(request: SignedInRequest) -> HttpResponse:
    """List the mothers of the area."""
    get, today = request.GET, timezone.localdate()
    wanted = queries.Wanted(
        search=get.get("q", ""),
        readiness=get.get("ready", ""),
        category=get.get("category", ""),
        area=get.get("area", ""),
        free=get.get("free") == "1",
        sort=get.get("sort", "name"),
    )
    rows = queries.mothers_for(
        request.user, area_code=request.area_code, wanted=wanted, today=today
    )
    searching.note_search(wanted.search, by=request.user, area_code=request.area_code)
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": queries.list_rows(page.object_list, area_code=request.area_code, today=today),
        "filters": queries.filters_for(request.area_code),
        "counts": queries.readiness_of(request.area_code, today),
        "narrowed": wanted != queries.Wanted(sort=wanted.sort),
    }
    return render(request, "mothers/mothers.html", context)


@login_required
@require_GET
def mother(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Show one mother's file."""
    return render(request, "mothers/mother.html", _file(request, mother_id))


@login_required
@require_POST
def capacity(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Set how many children she can have at once."""
    form = CapacityForm(request.POST)
    if not form.is_valid():
        context = _file(request, mother_id, capacity_form=form)
        return render(request, "mothers/mother.html", context, status=422)
    actions.edit_capacity(
        queries.mother_for(request.user, mother_id),
        by=request.user,
        capacity=form.cleaned_data["capacity"],
        today=timezone.localdate(),
    )
    messages.success(request, _("Saved. Lists from departments no longer change it."))
    return redirect("mothers:mother", mother_id=mother_id)


@login_required
@require_POST
def state(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Pause her, resume her, or end her service."""
    form, act = ReasonForm(request.POST), ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise NotFound
    if not form.is_valid():
        context = _file(request, mother_id, state_form=form)
        return render(request, "mothers/mother.html", context, status=422)
    act(
        queries.mother_for(request.user, mother_id),
        by=request.user,
        reason=form.cleaned_data["reason"],
        today=timezone.localdate(),
    )
    messages.success(request, _("Her file is updated."))
    return redirect("mothers:mother", mother_id=mother_id)


@login_required
@require_POST
def reveal(request: SignedInRequest, mother_id: UUID, field: str) -> HttpResponse:
    """Show one sensitive number once, with the reason in the trail."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        context = _file(request, mother_id, reveal_form=form)
        return render(request, "mothers/mother.html", context, status=422)
    found = queries.mother_for(request.user, mother_id)
    text = actions.reveal(found, by=request.user, field=field, reason=form.cleaned_data["reason"])
    context = _file(request, mother_id, revealed={field: text or _("not known")})
    return render(request, "mothers/mother.html", context)


def _drawn(panels: list[queries.Panel]) -> list[str]:
    return [render_to_string(panel.template, {**panel.context}) for panel in panels]


def _file(request: SignedInRequest, mother_id: UUID, **more: Any) -> dict[str, Any]:
    found = queries.mother_for(request.user, mother_id)
    context = queries.page_of_file(found, user=request.user, today=timezone.localdate())
    context |= {
        "panels": _drawn(queries.panels_for(request.user, found)),
        "sections": queries.sections_for(request.user, found),
        "calendar": efile.calendar_of(found),
        "parts": efile.part_names(),
        "record": serving.record_of(found, timezone.localdate()),
        "fares": caring.fares_of(request.user, found, timezone.localdate()),
        "history": queries.history_of(found),
        "capacity_form": CapacityForm(initial={"capacity": found.capacity}),
        "state_form": ReasonForm(),
    }
    return context | more
