"""The pages of the rows that were kept out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.paging import page_of
from qianshou.exchange import permissions, queries
from qianshou.exchange.actions import mending, receiving
from qianshou.exchange.forms import (
    ReasonForm,
    texts_from,
)
from qianshou.exchange.http import posted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_GET
def bad_rows(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """List the rows of a delivery that could not enter; values stay folded."""
    found = queries.run_for(request.user, run_id)
    rule, state = request.GET.get("rule", ""), request.GET.get("state", "")
    page = page_of(queries.bad_rows_for(request.user, found, rule=rule, state=state), request)
    context = {
        "run": found,
        "page": page,
        "rows": queries.shown_rows(list(page)),
        "has_sheets": any(each.sheet for each in page),
        "mend": queries.mend_words(page, rule),
        "filters": queries.bad_row_filters(found),
        "filtered": bool(rule or state),
        "may_mend": permissions.can_read_rows(request.user, found),
    }
    return render(request, "exchange/bad_rows.html", context)


@login_required
@require_POST
def bad_rows_file(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Hand out the bad rows as a workbook; the reading is on record."""
    found = queries.run_for(request.user, run_id)
    response = HttpResponse(mending.bad_rows_workbook(found, by=request.user), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="bad-rows-{found.pk}.xlsx"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
def bad_row(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Show one bad row; with a reason, also what stands in it, to be corrected right there."""
    row = queries.bad_row_for(request.user, row_id)
    if "mend" in request.POST:
        mended = mending.mend_row(row, by=request.user, texts=texts_from(request.POST))
        receiving.start(mended)
        return redirect("exchange:run", run_id=mended.pk)
    context: dict[str, Any] = {
        "row": row,
        "shown": queries.shown_rows([row])[0],
        "may_mend": permissions.can_read_rows(request.user, row.run),
    }
    form = context["form"] = ReasonForm(*posted(request)[:1])
    if request.method == "POST" and form.is_valid():
        content = mending.reveal_row(row, by=request.user, reason=form.cleaned_data["reason"])
        context["problems"] = queries.problems_in(content)
        context["cells"] = queries.cells_in(content)
    return render(request, "exchange/bad_row.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def dismiss(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Decide that a bad row is not going to be mended."""
    row = queries.bad_row_for(request.user, row_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        mending.dismiss_row(row, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("The row is put aside."))
        return redirect("exchange:bad-rows", run_id=row.run_id)
    context = {"row": row, "shown": queries.shown_rows([row])[0], "may_mend": True, "form": form}
    return render(request, "exchange/bad_row.html", context, status=422)
