"""The page of what changed today, and noting a visit."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.registry.actions import noticing
from qianshou.registry.forms import VisitForm
from qianshou.registry.queries import extensions
from qianshou.registry.queries import today as queries


@login_required
@require_GET
def today(request: SignedInRequest) -> HttpResponse:
    """Show what happened to children of the chosen area, and whom somebody has to look in on."""
    day = timezone.localdate()
    chosen = {name: request.GET.get(name, "") for name in queries.FILTERS}
    rows = queries.notices_for(request.user, area_code=request.area_code, chosen=chosen, today=day)
    page = page_of(rows, request)
    context = {
        "page": page,
        "items": queries.items_of(
            list(page.object_list), viewer=request.user, today=day, within=request.area_code
        ),
        "columns": extensions.columns(),
        "filters": queries.choices(request.area_code, day),
        "narrowed": any(chosen.values()),
        "mark": queries.pulse_of(request.area_code),
    }
    return render(request, "registry/today.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def visit(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """Note that the village has looked in on a child."""
    notice = queries.notice_for(request.user, notice_id)
    form = VisitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            noticing.note_visit(notice, by=request.user, said=form.cleaned_data["said"])
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The visit is noted."))
        return redirect(reverse("registry:today", query={"visit": "DUE"}))
    context = {"notice": notice, "child": notice.child, "form": form}
    status = 422 if form.errors else 200
    return render(request, "registry/visit.html", context, status=status)
