"""The pages of policies: in plain words, side by side, a new version, adopted by a person."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.pairing import permissions
from qianshou.pairing.actions import matching
from qianshou.pairing.actions import policies as acting
from qianshou.pairing.forms import PolicyFileForm, PolicyForm, ReasonForm
from qianshou.pairing.queries import lists, parts, policies, studies


@login_required
@require_GET
def versions(request: SignedInRequest) -> HttpResponse:
    """List the policies offered to the area: its own versions and those above."""
    page = page_of(policies.versions_for(request.user, request.area_code), request)
    in_force = matching.policy_for_area(request.area_code)
    context = {
        "page": page,
        "rows": policies.rows_of(list(page.object_list), in_force),
        "in_force": in_force,
        "area": parts.name_of(request.area_code),
        "may_edit": permissions.can_edit_policy(request.user, request.area_code),
    }
    return render(request, "pairing/policies.html", context)


@login_required
@require_GET
def policy(request: SignedInRequest, policy_id: UUID) -> HttpResponse:
    """Explain a policy in plain words."""
    return _shown(request, lists.policy_for(request.user, policy_id), ReasonForm())


def _shown(
    request: SignedInRequest, found: Any, form: ReasonForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "policy": found,
        "words": policies.explained(found),
        "others": policies.others(request.user, found, request.area_code),
        "may_adopt": permissions.can_put_in_force(request.user, found),
        "may_run": permissions.can_run(request.user, request.area_code)
        and found.area_code in policies.chain(request.area_code),
        "area": parts.name_of(request.area_code),
        "form": form,
    }
    return render(request, "pairing/policy.html", context, status=status)


@login_required
@require_GET
def policy_file(request: SignedInRequest, policy_id: UUID) -> HttpResponse:
    """Hand out a policy as the file whose hash every run under it names."""
    found = lists.policy_for(request.user, policy_id)
    response = HttpResponse(found.text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="policy-v{found.version}.toml"'
    return response


@login_required
@require_GET
def compare(request: SignedInRequest, policy_id: UUID, other_id: UUID) -> HttpResponse:
    """Put two versions side by side; what differs comes first."""
    one = lists.policy_for(request.user, policy_id)
    other = lists.policy_for(request.user, other_id)
    context = {"one": one, "other": other, "rows": policies.side_by_side(one, other)}
    return render(request, "pairing/policy_compare.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: SignedInRequest) -> HttpResponse:
    """Write the next version for the area: from another one, from a study, or from a file."""
    powers.require(request.user, Power.EDIT_POLICY, request.area_code)
    base = _base(request)
    study = studies.proposing(request.user, request.GET.get("study", ""))
    given = request.POST or None
    by_file = "by_file" in request.POST
    form = PolicyForm(None if by_file else given, base=base, study=study)
    file_form = PolicyFileForm(given if by_file else None, request.FILES if by_file else None)
    asked = file_form if by_file else form
    if request.method == "POST" and asked.is_valid():
        try:
            made = _made(request, base, asked)
        except Refused as refusal:
            asked.add_error(None, str(refusal))
        else:
            messages.success(request, _("The version is drafted. It holds once it is adopted."))
            return redirect("pairing:policy", policy_id=made.pk)
    context = {
        "form": form,
        "file_form": file_form,
        "base": base,
        "study": study,
        "area": parts.name_of(request.area_code),
    }
    status = 422 if asked.is_bound else 200
    return render(request, "pairing/policy_draft.html", context, status=status)


def _base(request: SignedInRequest) -> Any:
    """Return the version to start from: the one that was named, or the one in force."""
    named = request.GET.get("from", "")
    found = policies.named_version(request.user, request.area_code, named)
    return found or matching.policy_for_area(request.area_code)


def _made(request: SignedInRequest, base: Any, form: Any) -> Any:
    if isinstance(form, PolicyFileForm):
        return acting.take_in(
            request.area_code, by=request.user, content=form.cleaned_data["file"].read(),
            note=form.cleaned_data["note"],
        )  # fmt: skip
    return acting.draft(
        request.area_code, by=request.user, base=base, name=form.cleaned_data["name"],
        numbers=acting.Numbers(**form.numbers()), note=form.cleaned_data["note"],
    )  # fmt: skip


@login_required
@require_POST
def adopt(request: SignedInRequest, policy_id: UUID) -> HttpResponse:
    """Put a version in force for its area, or let the area follow the one above, with a reason."""
    found = lists.policy_for(request.user, policy_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        act = acting.give_up if request.POST.get("act") == "give-up" else acting.adopt
        try:
            act(found, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            if not permissions.can_put_in_force(request.user, found):
                raise
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The next run follows this decision."))
            return redirect("pairing:policies")
    return _shown(request, found, form, status=422)
