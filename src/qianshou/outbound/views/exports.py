"""Pages about taking data out."""

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
from qianshou.exchange.http import posted
from qianshou.outbound import permissions
from qianshou.outbound.actions import exporting
from qianshou.outbound.forms import ExportForm
from qianshou.outbound.queries import exports as queries
from qianshou.outbound.rules.datasets import columns_of

PARQUET = "application/vnd.apache.parquet"


@login_required
@require_GET
def exports(request: SignedInRequest) -> HttpResponse:
    """List the register of exports."""
    rows = queries.exports_for(request.user, request.area_code)
    page = page_of(rows, request)
    context = {
        "page": page,
        "lines": [(each, permissions.can_decide(request.user, each)) for each in page],
        "may_ask": bool(queries.datasets_for(request.user, request.area_code)),
    }
    return render(request, "outbound/exports.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_export(request: SignedInRequest) -> HttpResponse:
    """Ask for an export."""
    powers.require(request.user, Power.TAKE_OUT, request.area_code)
    form = ExportForm(
        *posted(request)[:1], datasets=queries.require_datasets(request.user, request.area_code)
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = exporting.ask(by=request.user, area_code=request.area_code, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("outbound:export", export_id=made.pk)
    status = 422 if form.errors else 200
    return render(request, "outbound/new_export.html", {"form": form}, status=status)


@login_required
@require_GET
def export(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """Show one export: who asked and why, what it holds, who allowed it."""
    found = queries.export_for(request.user, export_id)
    context = {
        "export": found,
        "columns": columns_of(found.dataset, named=found.named),
        "may_decide": permissions.can_decide(request.user, found),
        "is_mine": found.asked_by_id == request.user.pk,
    }
    return render(request, "outbound/export.html", context)


@login_required
@require_POST
def decide(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """Allow or refuse an export."""
    found = queries.export_for(request.user, export_id)
    exporting.decide(found, by=request.user, allowed="allow" in request.POST)
    messages.success(request, _("Your decision is noted."))
    return redirect("outbound:export", export_id=found.pk)


@login_required
@require_POST
def open_file(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """Hand the file to who asked for it; the trail notes each opening."""
    found = queries.export_for(request.user, export_id)
    body = exporting.open_file(found, by=request.user)
    name = f"{found.dataset.lower()}-{found.area_code}-{found.pk}.parquet"
    answer = HttpResponse(body, content_type=PARQUET)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
