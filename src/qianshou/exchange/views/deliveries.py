"""The pages of deliveries: what came, what was decided on it."""

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
from qianshou.exchange import permissions, queries
from qianshou.exchange.actions import deciding, mending, receiving, undoing
from qianshou.exchange.forms import (
    FileForm,
    ReasonForm,
    UploadForm,
)
from qianshou.exchange.http import posted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_GET
def runs(request: SignedInRequest) -> HttpResponse:
    """List the deliveries of the area."""
    rows = queries.runs_for(
        request.user,
        request.area_code,
        state=request.GET.get("state", ""),
        source=request.GET.get("source", ""),
        bad="bad" in request.GET,
    )
    context = {
        "page": page_of(rows, request),
        "filters": queries.run_filters(request.user, request.area_code),
        "waiting": queries.waiting_for(request.user, request.area_code),
        "may_upload": permissions.can_upload(request.user, request.area_code),
        "may_connect": permissions.can_edit_sources(request.user),
        "may_ask": queries.may_see_questions(request.user, request.area_code),
        "filtered": any(request.GET.get(name) for name in ("state", "source", "bad")),
    }
    return render(request, "exchange/runs.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Choose a source and deliver a file for the area."""
    powers.require(request.user, Power.RUN_IMPORTS, request.area_code)
    sources = queries.open_sources(request.area_code)
    chosen = request.GET.get("source", "")
    form = UploadForm(
        *posted(request),
        sources=[(each.code, each.name) for each in sources],
        initial={"source": chosen},
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = receiving.receive_file(
                queries.source_by_code(form.cleaned_data["source"]),
                by=request.user, file=file, name=file.name, area_code=request.area_code,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            receiving.start(run)
            return redirect("exchange:run", run_id=run.pk)
    context = {"form": form, "sources": sources}
    return render(request, "exchange/upload.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def run(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show one delivery: its steps, what it brought, what was kept out."""
    return render(request, "exchange/run.html", _run_page(request, run_id))


def _run_page(request: SignedInRequest, run_id: UUID, form: Any = None) -> dict[str, Any]:
    found = queries.run_for(request.user, run_id)
    return {
        "run": found,
        "tone": queries.tone_of(found.state),
        "steps": queries.steps_of(found),
        "remaining": queries.remaining_words(found),
        "notes": queries.notes_of(found),
        "reasons": queries.reasons_of(found),
        "open_rows": queries.open_bad_rows(found),
        "changes": queries.changes_of(found),
        "area_name": queries.area_name(found.area_code),
        "may_approve": permissions.can_approve(request.user, found),
        "is_own": permissions.is_own(request.user, found),
        "may_mend": permissions.can_read_rows(request.user, found),
        "form": form or FileForm(),
    }


@login_required
@require_POST
def approve(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Let a waiting delivery through."""
    deciding.approve_run(queries.run_for(request.user, run_id), by=request.user)
    messages.success(request, _("The delivery is let through and is being stored."))
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def refuse(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Turn a waiting delivery away."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    found = queries.run_for(request.user, run_id)
    deciding.refuse_run(found, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("The delivery is turned away; nothing was changed."))
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def roll_back(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Undo a delivery as a whole."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    found = queries.run_for(request.user, run_id)
    done = undoing.ask(found, by=request.user, reason=form.cleaned_data["reason"])
    if done.is_settled:
        messages.success(request, _("The delivery is undone."))
    else:
        messages.info(request, _("The delivery is being undone. This page shows how far it is."))
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def again(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Start a failed delivery anew."""
    deciding.try_again(queries.run_for(request.user, run_id), by=request.user)
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def mend(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Take the corrected bad rows back in."""
    found = queries.run_for(request.user, run_id)
    powers.require(request.user, Power.RUN_IMPORTS, found.area_code)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    file = form.cleaned_data["file"]
    try:
        mended = mending.mend_rows(found, by=request.user, file=file, name=file.name)
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    receiving.start(mended)
    return redirect("exchange:run", run_id=mended.pk)
