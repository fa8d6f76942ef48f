"""The pages of checklists: versions, the form for one's own, putting in force, moving pairings."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.plans.actions import opening
from qianshou.plans.actions import sets as acts
from qianshou.plans.forms import ItemForm, ItemFormSet, ReasonForm, SetForm
from qianshou.plans.queries import followers, sets, unfulfilled


@login_required
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    """Show the checklist in force, the area's own versions and the presets."""
    area = sets.owner_of(request.area_code)
    versions = sets.versions_for(request.user, area)
    current = acts.in_force_for(area)
    checklist = sets.read(current)
    context = {
        "current": current,
        "lines": sets.item_lines(checklist),
        "name": sets.words(checklist.name),
        "mine": [sets.named(each) for each in versions if each.area_code == area],
        "others": [sets.named(each) for each in versions if each.area_code != area],
        "unknown": sets.unknown_festivals(checklist, timezone.localdate().year + 1),
        "next_year": timezone.localdate().year + 1,
        "tabs": unfulfilled.tabs_for(request.user, request.area_code, "checklist"),
    }
    return render(request, "plans/checklist.html", context)


@login_required
@require_GET
def version(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Show one version, and what it would change."""
    area = sets.owner_of(request.area_code)
    found = sets.version_for(request.user, version_id, area)
    checklist, current = sets.read(found), acts.in_force_for(area)
    context = {
        "version": found, "own": found.area_code == area, "name": sets.words(checklist.name),
        "lines": sets.item_lines(checklist), "source": checklist.source,
        "changes": sets.changes(sets.read(current), checklist) if found != current else [],
        "staying": sets.staying(found) if found.area_code == area else 0,
        "in_force": found == current, "form": ReasonForm(),
    }  # fmt: skip
    return render(request, "plans/version.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Write a version of one's own from another one: first see what changes, then write it."""
    area = sets.owner_of(request.area_code)
    base = sets.version_for(request.user, version_id, area)
    initial = [ItemForm.begun(each) for each in base.body["item"]]
    form = SetForm(request.POST or None, initial=sets.begun(base))
    items = ItemFormSet(request.POST or None, initial=initial, prefix="item")
    changes, checked = None, None
    if request.method == "POST" and form.is_valid() and items.is_valid():
        body = form.body([each.row() for each in items if _is_kept(each)])
        checked = _checked(form, items, body)
        if checked is not None:
            changes = sets.changes(sets.read(base), checked)
        if checked is not None and request.POST.get("act") == "write":
            written = _write(request, area, form, body=body)
            if written is not None:
                return redirect("plans:version", version_id=written.pk)
    wrong = bool(form.errors) or (items.is_bound and not items.is_valid())
    context = {
        "base": base, "form": form, "items": items, "changes": changes,
        "staying": sets.running_in(area), "wrong": wrong or (items.is_bound and checked is None),
        "base_name": sets.words(sets.read(base).name),
    }  # fmt: skip
    return render(
        request, "plans/edit_checklist.html", context, status=422 if context["wrong"] else 200
    )


def _is_kept(form: Any) -> bool:
    return not form.cleaned_data.get("DELETE") and bool(form.cleaned_data.get("code"))


def _checked(form: SetForm, items: Any, body: dict[str, Any]) -> Any:
    """Return the checklist, or None with every problem at its item and field."""
    problems = sets.problems_of(body)
    kept = [each for each in items if _is_kept(each)]
    for problem in problems:
        words = _(problem.words) % problem.params
        if problem.place is None:
            form.add_error(form.PLACES.get(problem.field, problem.field), words)
        else:
            bad = kept[problem.place]
            bad.add_error(bad.PLACES.get(problem.field, problem.field), words)
    return None if problems else sets.checklist_of(body)


def _write(request: SignedInRequest, area: str, form: SetForm, *, body: dict[str, Any]) -> Any:
    try:
        made = acts.write(area, by=request.user, body=body, note=form.cleaned_data["note"])
    except acts.NoteMissing as refusal:
        form.add_error("note", str(refusal))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    else:
        messages.success(request, _("The version is written; it holds once you put it in force."))
        return made
    return None


@login_required
@require_POST
def adopt(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Put a version in force."""
    found = sets.version_for(request.user, version_id, sets.owner_of(request.area_code))
    stay = acts.adopt(found, by=request.user, reason=request.POST.get("reason", ""))
    said = ngettext(
        "In force for pairings that begin from now on; %(count)d pairing keeps its version.",
        "In force for pairings that begin from now on; %(count)d pairings keep their version.",
        stay,
    )
    messages.success(request, said % {"count": stay})
    return redirect("plans:version", version_id=version_id)


@login_required
@require_http_methods(["GET", "POST"])
def move(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Move pairings to a version on purpose: some, or all that follow another one."""
    area = sets.owner_of(request.area_code)
    found = sets.version_for(request.user, version_id, area)
    rows = followers.others_for(request.user, request.area_code, found)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        picked = followers.picked(rows, request.POST.getlist("pick"),
                                  everything=request.POST.get("all") == "1")  # fmt: skip
        moved = opening.move(
            picked, found, by=request.user, reason=form.cleaned_data["reason"],
            today=timezone.localdate(),
        )  # fmt: skip
        said = ngettext("%(count)d pairing moved.", "%(count)d pairings moved.", moved)
        messages.success(request, said % {"count": moved})
        return redirect("plans:move-pairs", version_id=version_id)
    page = page_of(rows, request)
    context = {
        "version": found, "page": page, "form": form, "name": sets.words(sets.read(found).name),
        "rows": followers.rows_of(list(page.object_list), area_code=request.area_code),
    }  # fmt: skip
    return render(request, "plans/move.html", context, status=422 if form.errors else 200)
