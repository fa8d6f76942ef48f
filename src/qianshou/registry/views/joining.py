"""Joining two files by hand, taking a row out, and undoing either."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts import permissions as accounts
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.registry.actions import merging, searching
from qianshou.registry.forms import MergeForm, ReasonForm
from qianshou.registry.queries import child as queries
from qianshou.registry.queries import children, joining

CANDIDATES = 20


@login_required
@require_http_methods(["GET", "POST"])
def merge(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Find the other file of the same child and join it to this one."""
    kept = queries.child_for(request.user, child_id)
    accounts.require(request.user, Power.DECIDE_LINKS, kept.area_code)
    form = MergeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        other = queries.child_for(request.user, form.cleaned_data["other"])
        try:
            event = merging.merge_children(
                kept, other, by=request.user, reason=form.cleaned_data["reason"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            undo = reverse("registry:undo", args=[event.pk])
            messages.success(request, _("The two files are one."), extra_tags=f"undo:{undo}")
            return redirect("registry:child", child_id=kept.pk)
    context = {"child": kept, "form": form, **_others(request, kept.pk)}
    return render(request, "registry/merge.html", context, status=422 if form.errors else 200)


def _others(request: SignedInRequest, kept_id: UUID) -> dict[str, object]:
    """Return the files that the search offers, and the chosen one beside this file."""
    search, chosen = request.GET.get("q", ""), request.POST.get("other") or request.GET.get("other")
    found = []
    if search:
        searching.note_search(search, by=request.user, area_code=request.area_code)
        rows = children.children_for(request.user, area_code=request.area_code, search=search)
        found = children.lines_of(
            list(rows.exclude(pk=kept_id)[:CANDIDATES]),
            viewer=request.user,
            today=timezone.localdate(),
            within=request.area_code,
        )
    compared = joining.compared(request.user, kept_id, chosen) if chosen else None
    return {"candidates": found, "search": search, "compared": compared}


@login_required
@require_http_methods(["GET", "POST"])
def split(request: SignedInRequest, child_id: UUID, record_id: UUID) -> HttpResponse:
    """Take a row out of a file after asking why."""
    child = queries.child_for(request.user, child_id)
    accounts.require(request.user, Power.DECIDE_LINKS, child.area_code)
    link = joining.link_for(request.user, child, record_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = merging.split_record(
                link.record, by=request.user, reason=form.cleaned_data["reason"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The row is a file of its own now."))
            return redirect("registry:child", child_id=made.pk)
    context = {"child": child, "link": link, "form": form}
    return render(request, "registry/split.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def undo(request: SignedInRequest, event_id: UUID) -> HttpResponse:
    """Undo a joining or a taking-out at any later time."""
    event = queries.event_for(request.user, event_id)
    try:
        merging.undo_event(event, by=request.user)
    except merging.CannotBeUndone as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Undone; everything is back where it came from."))
    return redirect("registry:history", child_id=event.child_id)
