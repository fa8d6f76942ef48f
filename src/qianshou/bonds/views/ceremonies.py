"""The pages of pairing ceremonies: the plan, the list of the day, sign-in and minutes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.bonds import forms, permissions
from qianshou.bonds.actions import ceremonies as actions
from qianshou.bonds.queries import ceremony as queries
from qianshou.bonds.queries import road, worklist
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of


@login_required
@require_http_methods(["GET", "POST"])
def ceremonies(request: SignedInRequest) -> HttpResponse:
    """List the ceremonies of the area, and plan one."""
    rows = worklist.ceremonies_for(request.user, request.area_code)
    form = forms.CeremonyForm(request.POST or None)
    if request.method == "POST":
        powers.require(request.user, Power.ACCOMPANY, request.area_code)
        if form.is_valid():
            try:
                made = actions.plan(
                    request.area_code, by=request.user, today=timezone.localdate(),
                    **form.cleaned_data,
                )  # fmt: skip
            except Refused as refusal:
                form.add_error("on", str(refusal))
            else:
                return redirect("bonds:ceremony", ceremony_id=made.pk)
    context = {
        "page": page_of(rows, request),
        "form": form,
        "may_accompany": permissions.can_accompany(request.user, request.area_code),
    }
    return render(request, "bonds/ceremonies.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def ceremony(request: SignedInRequest, ceremony_id: UUID) -> HttpResponse:
    """Show the list of a ceremony, to sign in on and to print."""
    found = queries.ceremony_for(request.user, ceremony_id)
    context = queries.page_of(request.user, found, timezone.localdate())
    context["form"] = forms.MinutesForm()
    return render(request, "bonds/ceremony.html", context)


@login_required
@require_POST
def add(request: SignedInRequest, ceremony_id: UUID) -> HttpResponse:
    """Put pairs on the list, also late ones on the day itself."""
    found = queries.ceremony_for(request.user, ceremony_id)
    powers.require(request.user, Power.ACCOMPANY, found.area_code)
    chosen = road.picked(request.user, request.POST.getlist("pick"))
    refusals = actions.invite(found, chosen, by=request.user, today=timezone.localdate())
    count = len(chosen) - len(refusals)
    words = ngettext("%(count)d pair is on the list.", "%(count)d pairs are on the list.", count)
    messages.success(request, words % {"count": count})
    for each in dict.fromkeys(refusals):
        messages.warning(request, each)
    return redirect("bonds:ceremony", ceremony_id=ceremony_id)


@login_required
@require_POST
def close(request: SignedInRequest, ceremony_id: UUID) -> HttpResponse:
    """Close the list of the day: who was there begins, who was absent gets a new date."""
    found, today = queries.ceremony_for(request.user, ceremony_id), timezone.localdate()
    powers.require(request.user, Power.ACCOMPANY, found.area_code)
    form = forms.MinutesForm(request.POST)
    if form.is_valid():
        present = queries.present_in(found, request.POST.getlist("present"))
        signed = actions.Signed(present=present, **form.cleaned_data)
        try:
            result = actions.close(found, signed, by=request.user, today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            words = _("%(begun)d pairs have begun, %(absent)d were absent.")
            given = {"begun": result.begun, "absent": result.absent}
            messages.success(request, words % given)
            for _meeting, reason in result.refused:
                messages.warning(request, _(reason))
            return redirect("bonds:ceremony", ceremony_id=ceremony_id)
    context = queries.page_of(request.user, found, today) | {"form": form}
    return render(request, "bonds/ceremony.html", context, status=422)
