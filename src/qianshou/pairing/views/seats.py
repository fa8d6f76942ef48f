"""The pages of accepted teams: accept places, see which stand, end one, take the certificate."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.pairing.actions import seating
from qianshou.pairing.queries import parts, teaming
from qianshou.pairing.queries import seats as queries


@login_required
@require_POST
def accept(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Accept the ticked places of a team run, or the whole teams of the ticked children."""
    run = teaming.run_for(request.user, run_id)
    part = teaming.part_of(request.user, run, request.area_code)
    powers.require(request.user, Power.DECIDE_PAIRING, part)
    ticked = request.POST.getlist("pick")
    chosen = queries.picked(run, part, places=ticked, children=request.POST.getlist("child"))
    if request.POST.get("act") == "whole":
        of = [str(each) for each in queries.children_of(run, part, places=ticked)]
        chosen = queries.picked(run, part, children=of)
    outcomes = seating.accept_many(chosen, by=request.user)
    done = sum(not each.refusal for each in outcomes)
    words = ngettext("%(count)d place is accepted.", "%(count)d places are accepted.", done)
    messages.success(request, words % {"count": done})
    for each in outcomes:
        if each.refusal:
            messages.warning(request, f"{each.place.child.name[:1]}**: {each.refusal}")
    return redirect("pairing:team-run", run_id=run_id)


@login_required
@require_GET
def seats(request: SignedInRequest) -> HttpResponse:
    """List the accepted places of the area."""
    chosen = {name: request.GET.get(name, "") for name in queries.NARROWED_BY}
    standing = queries.seats_for(request.user, request.area_code)
    page = page_of(queries.narrowed(standing, chosen), request)
    rows = queries.seat_rows(request.user, list(page.object_list), within=request.area_code)
    context = {
        "page": page, "rows": rows, "area": parts.name_of(request.area_code),
        "filters": queries.seat_filters(standing), "filtered": any(chosen.values()),
    }  # fmt: skip
    return render(request, "pairing/seats.html", context)


@login_required
@require_POST
def end(request: SignedInRequest, seat_id: UUID) -> HttpResponse:
    """End an accepted place with a reason."""
    seat = queries.seat_for(request.user, seat_id)
    powers.require(request.user, Power.DECIDE_PAIRING, seat.area_code)
    try:
        seating.end(seat, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The place has ended; the next run may fill it again."))
    return redirect("pairing:seats")


@login_required
@require_POST
def certificate(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Hand out the certificate of a team run; the trail keeps who took it."""
    run = teaming.run_for(request.user, run_id)
    text = seating.take_certificate(run, by=request.user, area_code=request.area_code)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="teams-{run.pk}.json"'
    return response
