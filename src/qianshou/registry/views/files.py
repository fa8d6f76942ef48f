"""The pages of one child's file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.registry import permissions
from qianshou.registry.actions import opening, places, revealing
from qianshou.registry.forms import PlaceForm
from qianshou.registry.queries import child as queries
from qianshou.registry.queries import (
    children,
    doubts,
    extensions,
    today,
    words,
)
from qianshou.registry.queries import (
    setting as settable,
)

TABS = (
    ("child", gettext_noop("Overview")),
    ("rows", gettext_noop("What departments say")),
    ("family", gettext_noop("Family")),
    ("history", gettext_noop("History")),
)


def _file(request: SignedInRequest, child_id: UUID, tab: str) -> dict[str, Any]:
    """Return what the head of every page of a file shows."""
    child = queries.child_for(request.user, child_id)
    return {
        "child": child,
        "title": str(child),
        "age": child.age_on(timezone.localdate()),
        "place": queries.place_of(request.user, child),
        "categories": words.list_of(words.CATEGORIES, child.facts.get("categories", ())),
        "flags": words.flags_of(child.facts),
        "marks": extensions.marks_of(child),
        "departments": words.list_of(words.DEPARTMENTS, child.departments),
        "open_doubts": doubts.open_about(child),
        "mark": today.pulse_of(children.shown_area(child, request.user)),
        "pulse_area": children.shown_area(child, request.user),
        "can_join": permissions.can_decide_links(request.user, child.area_code),
        "can_hide": permissions.can_hide_place(request.user, child),
        "tabs": [
            {"label": _(label), "url": reverse(f"registry:{name}", args=[child.pk]),
             "active": name == tab}
            for name, label in TABS
        ],
    }  # fmt: skip


def _moved(request: SignedInRequest, context: dict[str, Any], child_id: UUID) -> str:
    """Return the address of the file that took this one in, or nothing."""
    child = context["child"]
    if child.pk == child_id:
        return ""
    messages.info(request, _("This file was joined to another; here is the file in force."))
    return reverse("registry:child", args=[child.pk])


@login_required
@require_GET
def child(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show what is known about a child, each value with its source."""
    context = _file(request, child_id, "child")
    if moved := _moved(request, context, child_id):
        return redirect(moved)
    found = context["child"]
    context |= {
        "groups": queries.groups_of(request.user, found),
        "settable": settable.settable_of(request.user, found),
        "panels": extensions.panels_for(request.user, found),
        "secrets": [
            {"kind": name, "label": words.label_of(name), "there": bool(getattr(found, name)),
             "may": permissions.can_reveal(request.user, found, name)}
            for name in revealing.FIELDS
        ],
    }  # fmt: skip
    return render(request, "registry/child.html", context)


@login_required
@require_GET
def rows(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show what each department says, side by side."""
    context = _file(request, child_id, "rows")
    if moved := _moved(request, context, child_id):
        return redirect(moved)
    context["comparison"] = opening.open_rows(context["child"], by=request.user)
    return render(request, "registry/child_rows.html", context)


@login_required
@require_GET
def family(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show who looks after the child, and its siblings."""
    context = _file(request, child_id, "family")
    if moved := _moved(request, context, child_id):
        return redirect(moved)
    found = context["child"]
    today = timezone.localdate()
    context |= {
        "relations": queries.relations_of(found),
        "siblings": [
            (each, each.age_on(today)) for each in queries.siblings_of(request.user, found)
        ],
        "may_reveal": permissions.can_reveal(request.user, found, "phone"),
    }
    return render(request, "registry/child_family.html", context)


@login_required
@require_GET
def history(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show what happened to the file, newest first."""
    context = _file(request, child_id, "history")
    if moved := _moved(request, context, child_id):
        return redirect(moved)
    about = request.GET.get("about", "")
    context["filters"] = queries.kinds_of_moments()
    context["moments"] = [
        moment
        for moment in queries.timeline_of(request.user, context["child"])
        if not about or moment.about == about
    ]
    return render(request, "registry/child_history.html", context)


@login_required
@require_POST
def reveal(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show one sensitive value to a person who says what it is needed for."""
    found = queries.child_for(request.user, child_id)
    kind = request.POST.get("kind", "")
    value = revealing.reveal(found, kind, by=request.user, reason=request.POST.get("reason", ""))
    return _revealed(request, found, opened=(kind, value), tab="child")


def _revealed(
    request: SignedInRequest, child: Any, *, opened: tuple[str, str], tab: str
) -> HttpResponse:
    """Show an opened value in the place of the page that asked for it."""
    asked, value = opened
    context = {
        "child": child,
        "label": words.label_of(asked.partition("-")[0]),
        "value": value,
        "kind": asked,
        "action": request.path,
        "back": reverse(f"registry:{tab}", args=[child.pk]),
    }
    return render(request, "registry/revealed.html", context)


@login_required
@require_POST
def reveal_guardian(request: SignedInRequest, child_id: UUID, stands_id: UUID) -> HttpResponse:
    """Show an adult's number or telephone to a person who says what it is needed for."""
    found = queries.child_for(request.user, child_id)
    stands = queries.guardianship_for(request.user, found, stands_id)
    asked = request.POST.get("kind", "")
    kind = asked.partition("-")[0]
    value = revealing.reveal_guardian(
        stands, kind, by=request.user, reason=request.POST.get("reason", "")
    )
    return _revealed(request, found, opened=(asked, value), tab="family")


@login_required
@require_http_methods(["GET", "POST"])
def place(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Hide where a child lives, or show it again."""
    context = _file(request, child_id, "child")
    found = context["child"]
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            places.set_place(
                found,
                by=request.user,
                hidden=not found.hidden_location,
                reason=form.cleaned_data["reason"],
                user_names=form.user_names(),
            )
        except places.UnknownReader as refusal:
            form.add_error("readers", str(refusal))
        else:
            messages.success(request, _("Done. The change is on record."))
            return redirect("registry:child", child_id=found.pk)
    context["form"] = form
    return render(request, "registry/place.html", context, status=422 if form.errors else 200)
