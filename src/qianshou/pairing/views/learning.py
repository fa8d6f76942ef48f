"""The pages of what outcomes teach: studies, and the rows they are made from."""

import csv
import io
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.paging import page_of
from qianshou.pairing import permissions
from qianshou.pairing.actions import learning
from qianshou.pairing.queries import parts
from qianshou.pairing.queries import studies as queries


@login_required
@require_GET
def studies(request: SignedInRequest) -> HttpResponse:
    """Show what was decided, how pairings went, and the studies made of that."""
    context = {
        "page": page_of(queries.studies_for(request.user, request.area_code), request),
        "decisions": queries.decisions(request.user, request.area_code),
        "endings": queries.endings(request.user, request.area_code),
        "needed": queries.NEEDED,
        "area": parts.name_of(request.area_code),
        "may_ask": permissions.can_edit_policy(request.user, request.area_code),
        "may_export": powers.may(request.user, Power.VIEW_PAIRS, request.area_code),
    }
    return render(request, "pairing/studies.html", context)


@login_required
@require_GET
def study(request: SignedInRequest, study_id: UUID) -> HttpResponse:
    """Show what a study proposes beside the weights of its policy."""
    found = queries.study_for(request.user, study_id)
    context = {
        "study": found,
        "rows": queries.rows_of(found),
        "needed": queries.NEEDED,
        "missing": max(queries.NEEDED - found.early_ends, 0),
        "area": parts.name_of(found.area_code),
        "may_draft": found.is_enough
        and permissions.can_edit_policy(request.user, request.area_code),
    }
    return render(request, "pairing/study.html", context)


@login_required
@require_POST
def ask(request: SignedInRequest) -> HttpResponse:
    """Ask for a new study of the area."""
    learning.ask(request.area_code, by=request.user)
    messages.success(request, _("The study is being made; it appears here in a moment."))
    return redirect("pairing:studies")


@login_required
@require_POST
def experience(request: SignedInRequest) -> HttpResponse:
    """Hand out decisions and outcomes as rows without names (CSV)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(queries.HEADINGS)
    for row in learning.take_rows(request.area_code, by=request.user):
        writer.writerow([queries.plain(value) for value in row])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="outcomes.csv"'
    return response
