"""The pages of pairing: runs, their proposals with reasons, what was left over, pairings."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.paging import page_of
from qianshou.pairing import permissions
from qianshou.pairing.actions import adopting, deciding, matching
from qianshou.pairing.forms import DecisionForm, EndForm, what_if_form
from qianshou.pairing.queries import (
    asking,
    fairness,
    lists,
    moves,
    parts,
    policies,
    proofs,
    recruiting,
    regrets,
    runpage,
    shapes,
    siblings,
    since,
    whatifs,
    wishes,
)


@login_required
@require_GET
def runs(request: SignedInRequest) -> HttpResponse:
    """List the matching runs of the area."""
    page = page_of(lists.runs_for(request.user, request.area_code), request)
    context = {
        "page": page,
        "rows": runpage.run_rows(request.user, list(page.object_list)),
        "may_run": permissions.can_run(request.user, request.area_code),
        "may_open": powers.may(request.user, Power.VIEW_PAIRS, request.area_code),
        "waiting": shapes.readiness(request.area_code, today=timezone.localdate()),
        "batching": since.batching(request.area_code),
    }
    return render(request, "pairing/runs.html", context)


@login_required
@require_POST
def start(request: SignedInRequest) -> HttpResponse:
    """Start a run for the area; it is computed in the background."""
    chosen = policies.named_version(request.user, request.area_code, request.POST.get("policy", ""))
    run = matching.start(request.area_code, by=request.user, policy=chosen)
    return redirect("pairing:run", run_id=run.pk)


@login_required
@require_GET
def what_if(request: SignedInRequest) -> HttpResponse:
    """Put today's plan beside one with other weights or more mothers; nothing is stored."""
    powers.require(request.user, Power.RUN_PAIRING, request.area_code)
    stored = matching.policy_for_area(request.area_code)
    context: dict[str, Any] = {"policy": stored, "area": parts.name_of(request.area_code)}
    try:
        whatifs.require_small(request.area_code)
    except Refused as refusal:
        context["refused"] = str(refusal)
        return render(request, "pairing/what_if.html", context)
    form = what_if_form(request.area_code, stored, request.GET or None)
    context |= {"form": form, "may_adopt": permissions.can_adopt(request.user, request.area_code)}
    if form.is_valid():
        asked, other = form.question(request.area_code)
        try:
            found = whatifs.compare(
                request.area_code, stored, asked, other=other, user=request.user
            )
            context |= {"compared": found, "rows": found.rows}
        except Refused as refusal:
            form.add_error(None, str(refusal))
    page = "pairing/_what_if.html" if request.htmx else "pairing/what_if.html"
    return render(request, page, context)


@login_required
@require_POST
def adopt(request: SignedInRequest) -> HttpResponse:
    """Make what was tried out the area's policy, and run the matching with it."""
    powers.require(request.user, Power.EDIT_POLICY, request.area_code)
    stored = matching.policy_for_area(request.area_code)
    form = what_if_form(request.area_code, stored, request.POST)
    if not form.is_valid():
        messages.error(request, _("This cannot be done"))
        return redirect("pairing:what-if")
    asked, other = form.question(request.area_code)
    why = request.POST.get("reason", "")
    try:
        after = adopting.adopt(
            request.area_code, other or stored, asked, by=request.user, reason=why
        )
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('pairing:what-if')}?{_asked_again(request)}")
    return redirect("pairing:run", run_id=after.pk)


def _asked_again(request: SignedInRequest) -> str:
    """Return what was tried out as the address of its page, so that nothing has to be set anew."""
    kept = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "reason"):
        kept.pop(name, None)
    return kept.urlencode()


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
        context |= runpage.page_of_run(request.user, found, part)
        context["proof_kind"] = proofs.kind_for(request.user, found, request.area_code)
        context |= _living(request, found, part)
    return render(request, "pairing/run.html", context)


def _living(request: SignedInRequest, found: Any, part: str) -> dict[str, Any]:
    """Return what changed since a run, for an area small enough to be asked on its page."""
    named = powers.may(request.user, Power.VIEW_PAIRS, part)
    small = area_rules.level_of(part) not in {area_rules.CITY, area_rules.PROVINCE}
    stands = lists.state_counts(found, part).get("OPEN", 0) > 0
    return {
        "since": since.since(found, part, named=named) if small and stands else [],
        "may_repair": stands and permissions.can_run(request.user, part),
        "moved": moves.moves_of(found, part).count(),
        "steered": moves.is_steered(found, part),
        "demands": len(moves.acts_of(found, part)) if named else 0,
    }


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
        place=request.GET.get("place", ""),
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
        found,
        part,
        reason=request.GET.get("reason", ""),
        grade=request.GET.get("grade", ""),
        place=request.GET.get("place", ""),
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
    text = matching.take_certificate(found, by=request.user, area_code=request.area_code)
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
            messages.warning(request, f"{each.proposal.child.name[:1]}**: {each.refusal}")
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
        "proof_kind": proofs.kind_for(request.user, found.run, request.area_code),
        "refusal": regrets.of_refusal(request.user, found) if found.state == "OPEN" else None,
        "next_words": regrets.of_runner_up(found),
        "beside": asking.beside(found),
        "asked": asking.why_not(request.user, found, request.GET.get("mother", "")),
        "query": request.GET.get("mother", ""),
        "history": moves.history_of(found),
        "wished": wishes.because(found)
        if permissions.can_note_wishes(request.user, found.area_code)
        else [],
        "kin": siblings.with_siblings(found),
        "may_steer": moves.is_steerable(found)
        and permissions.can_steer(request.user, moves.part_of(found.run, found.area_code)),
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
            form.add_error(None, str(refusal))
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
        "causes": EndForm.CAUSES,
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
            found, by=request.user, today=timezone.localdate(), **form.cleaned_data
        )
        messages.success(request, _("The pairing has ended; the child can be matched again."))
    else:
        messages.error(request, _("Please give a reason; the next run learns from it."))
    return redirect("pairing:pairings")
