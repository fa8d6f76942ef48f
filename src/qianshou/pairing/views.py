"""The pages of pairing: runs, their proposals with reasons, what was left over, pairings."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.pairing import permissions
from qianshou.pairing.actions import deciding, matching
from qianshou.pairing.forms import DecisionForm, EndForm, WhatIfForm
from qianshou.pairing.queries import (
    asking,
    fairness,
    lists,
    parts,
    recruiting,
    regrets,
    shapes,
    whatifs,
)


@login_required
@require_GET
def runs(request: SignedInRequest) -> HttpResponse:
    """List the matching runs of the area."""
    rows = lists.runs_for(request.user, request.area_code)
    context = {
        "page": page_of(rows, request),
        "may_run": permissions.can_run(request.user, request.area_code),
        "may_open": powers.may(request.user, Power.VIEW_PAIRS, request.area_code),
        "waiting": shapes.readiness(request.area_code, today=timezone.localdate()),
    }
    return render(request, "pairing/runs.html", context)


@login_required
@require_POST
def start(request: SignedInRequest) -> HttpResponse:
    """Start a run for the area; it is computed in the background."""
    run = matching.start(request.area_code, by=request.user)
    return redirect("pairing:run", run_id=run.pk)


@login_required
@require_GET
def what_if(request: SignedInRequest) -> HttpResponse:
    """Put today's plan beside one with other weights or more mothers; nothing is stored."""
    powers.require(request.user, Power.RUN_PAIRING, request.area_code)
    stored = matching.policy_for_area(request.area_code)
    weights, towns = whatifs.weights_of(stored), whatifs.towns_of(request.area_code)
    form = WhatIfForm(request.GET or None, weights=weights, towns=towns)
    context: dict[str, Any] = {
        "form": form,
        "policy": stored,
        "area": parts.name_of(request.area_code),
    }
    if form.is_valid():
        given = form.cleaned_data
        asked = whatifs.Question(
            {name: given[name] for name in weights}, given["mothers"] or 0, given["town"]
        )
        try:
            context["rows"] = whatifs.compare(request.area_code, stored, asked)
        except Refused as refusal:
            form.add_error(None, _(str(refusal)))
    return render(request, "pairing/what_if.html", context)


@login_required
@require_GET
def run(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show a run: its progress, then the figures of the area and what deserves a look."""
    found = lists.run_for(request.user, run_id)
    part = lists.part_of(found, request.area_code)
    context: dict[str, Any] = {
        "run": found,
        "steps": shapes.steps(found),
        "step_words": shapes.step_words(found),
        "area_name": areas.full_names_of({part})[part],
    }
    if found.state == "DONE":
        previous = lists.previous_run(found)
        figures = parts.told_to(request.user, parts.figures_in(found, part), part)
        context |= shapes.figures(
            found, figures, parts.figures_in(previous, part) if previous else None
        )
        context |= {
            "figures": figures,
            "counts": lists.state_counts(found, part),
            "may_open": powers.may(request.user, Power.VIEW_PAIRS, part),
            "may_prove": permissions.can_take_certificate(request.user, found),
        }
    return render(request, "pairing/run.html", context)


@login_required
@require_POST
def cancel(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Stop a run that is waiting or at work."""
    matching.cancel(lists.run_for(request.user, run_id), by=request.user)
    return redirect("pairing:run", run_id=run_id)


@login_required
@require_GET
def proposals(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """List a run's pairs, those that deserve a look first."""
    found = lists.run_for(request.user, run_id)
    part = lists.pairs_part(request.user, found, request.area_code)
    rows = lists.proposals_of(
        found,
        part,
        state=request.GET.get("state", ""),
        grade=request.GET.get("grade", ""),
        attention=request.GET.get("attention", ""),
        sort=request.GET.get("sort", ""),
    )
    page = page_of(rows, request)
    context = {
        "run": found,
        "page": page,
        "rows": shapes.proposal_rows(list(page.object_list), within=part),
        "filters": shapes.proposal_filters(),
        "may_decide": powers.may(request.user, Power.DECIDE_PAIRING, part),
    }
    return render(request, "pairing/proposals.html", context)


@login_required
@require_GET
def left_over(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """List the children a run could not place, and why."""
    found = lists.run_for(request.user, run_id)
    part = lists.pairs_part(request.user, found, request.area_code)
    rows = lists.left_over_of(
        found, part, reason=request.GET.get("reason", ""), grade=request.GET.get("grade", "")
    )
    page = page_of(rows, request)
    context = {
        "run": found,
        "page": page,
        "rows": shapes.left_over_rows(list(page.object_list), within=part),
        "filters": shapes.left_over_filters(),
    }
    return render(request, "pairing/left_over.html", context)


@login_required
@require_GET
def fair(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show who is paired less often, worse or later in a run."""
    found = lists.run_for(request.user, run_id)
    compared = fairness.comparisons(request.user, found, request.area_code)
    context = {
        "run": found,
        "area": parts.name_of(lists.part_of(found, request.area_code)),
        "comparisons": compared,
        "findings": [words for each in compared for words in each.findings],
    }
    return render(request, "pairing/fairness.html", context)


@login_required
@require_GET
def recruitment(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show in which towns mothers are missing after a run, and what kind of mother would help."""
    found = lists.run_for(request.user, run_id)
    wanted = recruiting.recruitment(request.user, found, request.area_code)
    context = {
        "run": found,
        "area": parts.name_of(lists.part_of(found, request.area_code)),
        "wanted": wanted,
        "bars": shapes.town_bars(wanted.towns),
    }
    return render(request, "pairing/recruitment.html", context)


@login_required
@require_POST
def certificate(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Hand out the certificate of a run; the trail keeps who took it."""
    found = lists.run_for(request.user, run_id)
    text = matching.take_certificate(found, by=request.user)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="certificate-{found.pk}.json"'
    return response


@login_required
@require_POST
def decide_many(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Approve the ticked proposals; the refused ones are named."""
    found = lists.run_for(request.user, run_id)
    part = lists.pairs_part(request.user, found, request.area_code)
    powers.require(request.user, Power.DECIDE_PAIRING, part)
    chosen = lists.picked(request.user, found, request.POST.getlist("pick"))
    outcomes = deciding.approve_many(chosen, by=request.user, today=timezone.localdate())
    done = sum(not each.refusal for each in outcomes)
    words = ngettext("%(count)d pair is approved.", "%(count)d pairs are approved.", done)
    messages.success(request, words % {"count": done})
    for each in outcomes:
        if each.refusal:
            messages.warning(request, f"{each.proposal.child.name[:1]}**: {_(each.refusal)}")
    return redirect("pairing:proposals", run_id=run_id)


@login_required
@require_GET
def proposal(request: SignedInRequest, proposal_id: UUID) -> HttpResponse:
    """Show one proposed pair with its reasons, and answer "why not her?"."""
    found = lists.proposal_for(request.user, proposal_id)
    context = shapes.pair_card(found) | {
        "proposal": found,
        "form": DecisionForm(),
        "may_decide": permissions.can_decide(request.user, found),
        "may_prove": permissions.can_take_certificate(request.user, found.run),
        "refusal": regrets.of_refusal(request.user, found) if found.state == "OPEN" else None,
        "next_words": regrets.of_runner_up(found),
        "asked": asking.why_not(request.user, found, request.GET.get("mother", "")),
        "query": request.GET.get("mother", ""),
    }
    return render(request, "pairing/proposal.html", context)


@login_required
@require_POST
def decide(request: SignedInRequest, proposal_id: UUID) -> HttpResponse:
    """Approve or refuse one proposal, and go on to the next."""
    found = lists.proposal_for(request.user, proposal_id)
    powers.require(request.user, Power.DECIDE_PAIRING, found.area_code)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            _carry_out(found, form.cleaned_data, request)
        except Refused as refusal:
            form.add_error(None, _(str(refusal)))
        else:
            following = lists.next_open(found, request.area_code)
            if following is None:
                return redirect("pairing:run", run_id=found.run_id)
            return redirect("pairing:proposal", proposal_id=following.pk)
    context = shapes.pair_card(found) | {"proposal": found, "form": form, "may_decide": True}
    return render(request, "pairing/proposal.html", context, status=422)


def _carry_out(found: Any, given: dict[str, str], request: SignedInRequest) -> None:
    if given["verdict"] == "approve":
        deciding.approve(found, by=request.user, today=timezone.localdate())
        messages.success(request, _("The pair is approved."))
    else:
        deciding.refuse(found, by=request.user, reason=given["reason"])
        messages.success(request, _("The pair is refused; the reason is kept."))


@login_required
@require_GET
def pairings(request: SignedInRequest) -> HttpResponse:
    """List the pairings of the area."""
    ended = request.GET.get("ended") == "1"
    rows = lists.pairings_for(request.user, request.area_code, ended=ended)
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": shapes.pairing_rows(list(page.object_list), within=request.area_code),
        "ended": ended,
    }
    return render(request, "pairing/pairings.html", context)


@login_required
@require_POST
def end(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """End a pairing with a reason."""
    found = lists.pairing_for(request.user, pairing_id)
    form = EndForm(request.POST)
    if form.is_valid():
        deciding.end_pairing(
            found, by=request.user, today=timezone.localdate(), reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("The pairing has ended; the child can be matched again."))
    else:
        messages.error(request, _("Please give a reason; the next run learns from it."))
    return redirect("pairing:pairings")


@login_required
@require_GET
def policy(request: SignedInRequest, policy_id: UUID) -> HttpResponse:
    """Explain a policy in plain words."""
    found = lists.policy_for(request.user, policy_id)
    return render(request, "pairing/policy.html", {"policy": found, "words": shapes.policy(found)})
