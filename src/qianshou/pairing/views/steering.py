"""The pages of steering and the living plan: demands, moves, repair, children who came since."""

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
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.paging import page_of
from qianshou.pairing import permissions
from qianshou.pairing.actions import repairing
from qianshou.pairing.actions import steering as demands
from qianshou.pairing.forms import SteeringForm
from qianshou.pairing.queries import lists, moves, standing


@login_required
@require_http_methods(["GET", "POST"])
def steer(request: SignedInRequest, proposal_id: UUID) -> HttpResponse:
    """Show what a veto, a lock or a forced pair would change, and carry it out as shown."""
    found = lists.proposal_for(request.user, proposal_id)
    powers.require(request.user, Power.DECIDE_PAIRING, found.area_code)
    kind = (request.POST.get("act") or request.GET.get("act", "")).upper()
    demand = moves.demand_on(found, kind, request.POST.get("mother") or request.GET.get("mother"))
    part = moves.part_of(found.run, found.area_code)
    form = SteeringForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        why = demands.Why(given["reason_code"], given["reason"])
        try:
            act = demands.steer(
                found.run, part, demand, by=request.user, why=why, seal=given["seal"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Done: the plan obeys from now on."))
            return redirect("pairing:steering", act_id=act.pk)
    context = _demand_shown(found.run, part, demand) | {
        "proposal": found,
        "mother": moves.mother_of(demand),
        "lead": _(moves.LEADS[demand.kind]),
        "form": form,
    }
    return render(request, "pairing/steer.html", context, status=422 if form.errors else 200)


def _demand_shown(run: Any, part: str, demand: Any) -> dict[str, Any]:
    """Return what a demand would do in words with its seal, or why it cannot be done."""
    try:
        answer = standing.standing(run, part).answer(demand)
    except Refused as refusal:
        return {"refused": str(refusal), "demand": demand}
    return {"told": moves.told(answer), "seal": answer.seal, "demand": demand}


@login_required
@require_GET
def steering(request: SignedInRequest, act_id: UUID) -> HttpResponse:
    """Show one demand: who, why, what it cost, what moved; and what taking it back would change."""
    act = moves.act_for(request.user, act_id)
    part = moves.part_of(act.run, act.area_code)
    may_undo = act.undone_at is None and permissions.can_steer(request.user, part)
    context: dict[str, Any] = {
        "act": act,
        "facts": moves.facts_of(act),
        "rows": moves.rows_of(act.moves.order_by("id")[: moves.SHOWN], first=act.child_id),
        "may_undo": may_undo,
        "form": None,
    }
    if may_undo:
        context |= _demand_shown(act.run, part, moves.undoing(act))
    return render(request, "pairing/steering.html", context)


@login_required
@require_POST
def undo(request: SignedInRequest, act_id: UUID) -> HttpResponse:
    """Take a demand back."""
    act = moves.act_for(request.user, act_id)
    powers.require(request.user, Power.DECIDE_PAIRING, act.area_code)
    part = moves.part_of(act.run, act.area_code)
    try:
        demands.undo(act, part, by=request.user, seal=request.POST.get("seal", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The demand is taken back."))
    return redirect("pairing:steering", act_id=act.pk)


@login_required
@require_GET
def run_moves(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """List what people demanded of a run, what moved in it, and why."""
    found = lists.run_for(request.user, run_id)
    part = lists.pairs_part(request.user, found, request.area_code)
    page = page_of(moves.moves_of(found, part), request)
    context = {
        "run": found,
        "acts": moves.acts_of(found, part),
        "page": page,
        "rows": moves.rows_of(page.object_list),
    }
    return render(request, "pairing/moves.html", context)


@login_required
@require_POST
def repair(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Repair a run's plan for the people of today."""
    found = lists.run_for(request.user, run_id)
    part = lists.part_of(found, request.area_code)
    try:
        after = repairing.repair(found, part, by=request.user)
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("pairing:run", run_id=run_id)
    return redirect("pairing:run", run_id=after.pk)


@login_required
@require_POST
def arrivals(request: SignedInRequest) -> HttpResponse:
    """Place the children of the area who have no proposal, without moving anybody."""
    try:
        after = repairing.place_arrivals(request.area_code, by=request.user)
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.info(request, str(refusal))
        return redirect("pairing:runs")
    return redirect("pairing:run", run_id=after.pk)


@login_required
@require_POST
def batches(request: SignedInRequest) -> HttpResponse:
    """Let new children of the area get proposals by themselves, or stop that."""
    try:
        repairing.switch_batches(
            request.area_code, by=request.user, on=request.POST.get("on") == "1"
        )
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("pairing:runs")
