"""The page on which the trail is read."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qianshou.accounts.http import SignedInRequest
from qianshou.audit import queries
from qianshou.common.paging import page_of


@login_required
@require_GET
def trail(request: SignedInRequest) -> HttpResponse:
    """Show who did or saw what in the area, newest first."""
    room = request.GET.get("room", "")
    entries = queries.entries_for(request.user, area_code=request.area_code, room=room)
    page = page_of(entries, request)
    context = {
        "page": page,
        "rows": queries.shown(page.object_list),
        "filters": queries.filters(),
        "filtered": bool(room),
    }
    return render(request, "audit/trail.html", context)
