"""The pages of complaints, transfers and schedules."""

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
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.support.actions import complaining, schedules, transferring
from qianshou.support.forms import (
    AnswerForm,
    ComplaintForm,
    ReviewForm,
    ScheduleForm,
    TransferForm,
)
from qianshou.support.queries import care, endings, transfers
from qianshou.support.queries import schedules as schedule_queries


@login_required
@require_http_methods(["GET", "POST"])
def complain(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Note a complaint that somebody on a pairing makes."""
    found, today = care.pairing_for(request.user, pairing_id), timezone.localdate()
    care.require_support(request.user, found)
    colleagues = care.colleagues_for(request.user, found.area_code, today=today)
    form = ComplaintForm(request.POST or None, colleagues=colleagues)
    if request.method == "POST" and form.is_valid():
        try:
            complaining.note(found, form.told(), by=request.user, today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The complaint is kept sealed; the county looks into it."))
            return redirect("support:pairing", pairing_id=pairing_id)
    context = {"pairing": found, "form": form}
    return render(request, "support/complain.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def complaints(request: SignedInRequest) -> HttpResponse:
    """List the complaints of the area, without those about the reader."""
    rows = endings.complaints_for(request.user, request.area_code)
    tabs = care.tabs_for(request.user, request.area_code, "complaints")
    context = {"page": page_of(rows, request), "tabs": tabs}
    return render(request, "support/complaints.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def complaint(request: SignedInRequest, complaint_id: UUID) -> HttpResponse:
    """Read a complaint, and say what came of it."""
    found = endings.complaint_for(request.user, complaint_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        complaining.review(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("Noted."))
        return redirect("support:complaints")
    told = complaining.read(found, by=request.user)
    context = {"complaint": found, "pairing": found.pairing, "told": told, "form": form}
    return render(request, "support/complaint.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    """List the transfers out of and into the area."""
    state = request.GET.get("state", "")
    rows = transfers.transfers_for(request.user, request.area_code, state=state)
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": transfers.rows_of(list(page.object_list), request.area_code),
        "tabs": care.tabs_for(request.user, request.area_code, "transfers"),
        "filters": [{"name": "state", "label": _("State"), "choices": transfers.states()}],
        "narrowed": bool(state),
    }
    return render(request, "support/transfers.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def move_child(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Ask another county to take a child over."""
    found = transfers.child_for(request.user, child_id)
    guardians = transfers.guardians_of(found)
    initial = {"consent_by": guardians[0] if guardians else ""}
    return _ask(request, found, initial, guardians=guardians)


@login_required
@require_http_methods(["GET", "POST"])
def move_mother(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Ask another county to take a mother over."""
    found = transfers.mother_for(request.user, mother_id)
    return _ask(request, found, {"consent_by": found.name}, is_mother=True)


def _ask(request: SignedInRequest, file: Any, initial: dict[str, str], **more: Any) -> HttpResponse:
    transfers.require_ask(request.user, file.area_code)
    today = timezone.localdate()
    form = TransferForm(request.POST or None, initial={"consent_on": today, **initial})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = transferring.ask(
                file, given["to_code"], by=request.user, today=today, reason=given["reason"],
                agreed=form.agreed(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked. Until the other county accepts, yours answers."))
            return redirect("support:transfer", transfer_id=made.pk)
    context = {"file": file, "form": form, **more}
    return render(request, "support/move.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def transfer(request: SignedInRequest, transfer_id: UUID) -> HttpResponse:
    """Show a transfer; the receiving county answers, the asking one may take it back."""
    found = transfers.transfer_for(request.user, transfer_id)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if given["act"] == "accept":
            transferring.accept(
                found, by=request.user, today=timezone.localdate(), keep=given["keep"] == "1",
                next_step=given["next_step"] or transfers.REMATCH,
            )  # fmt: skip
            messages.success(request, _("Accepted: the file and all that hangs on it is yours."))
        else:
            act = {"decline": transferring.decline, "take_back": transferring.take_back}
            act[given["act"]](found, by=request.user, reason=given["reason"])
            messages.success(request, _("Noted; nothing has moved."))
        return redirect("support:transfers")
    context = transfers.page_of(request.user, found)
    context |= {"form": form, "next_steps": transfers.NEXT_STEPS}
    return render(request, "support/transfer.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def schedule(request: SignedInRequest) -> HttpResponse:
    """Show the schedules of an area, and take a new version in."""
    user, area = request.user, request.area_code
    versions = schedule_queries.versions_for(user, area)
    form = ScheduleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            schedules.take_in(area, by=user, content=given["file"].read(), note=given["note"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The version is kept; it holds once you adopt it."))
            return redirect("support:schedule")
    current = schedule_queries.version_for(area)
    context = {
        "versions": versions,
        "current": current,
        "tabs": care.tabs_for(request.user, request.area_code, "schedule"),
        "plan": schedule_queries.shown(current),
        "form": form,
        "area_code": area,
    }
    return render(request, "support/schedule.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def schedule_file(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Hand out a version as a file."""
    found = schedule_queries.schedule_version_for(request.user, version_id, request.area_code)
    response = HttpResponse(found.text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="schedule-{found.version}.toml"'
    return response


@login_required
@require_POST
def adopt(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Put a version in force."""
    found = schedule_queries.schedule_version_for(request.user, version_id, request.area_code)
    schedules.adopt(found, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("In force; the worklists follow with the next daily sweep."))
    return redirect("support:schedule")
