"""The staff's pages of the road: the worklist, one pair, and every act on it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.bonds import forms
from qianshou.bonds.actions import (
    agreeing,
    answering,
    ceremonies,
    closing,
    meeting,
    offering,
    proposing,
)
from qianshou.bonds.queries import candidates, mine, road, worklist
from qianshou.bonds.queries import paper as papers
from qianshou.common import papers as printing
from qianshou.common.errors import NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.pairing.actions import moving


@login_required
@require_GET
def list_pairs(request: SignedInRequest) -> HttpResponse:
    """List what is on its way in the area, overdue first."""
    today, stage = timezone.localdate(), request.GET.get("stage", "")
    rows = worklist.rows_for(request.user, request.area_code, stage=stage, today=today)
    page = page_of(rows, request)
    may = road.may_accompany_here(request.user, request.area_code)
    context = {
        "page": page,
        "rows": worklist.lines(list(page.object_list), within=request.area_code, today=today),
        "filters": worklist.stages_of(request.area_code, today),
        "stage": stage,
        "may_accompany": may,
        "may_decide": powers.may(request.user, Power.DECIDE_PAIRING, request.area_code),
        "ceremonies": worklist.planned_in(request.area_code) if may else [],
    }
    return render(request, "bonds/road.html", context)


@login_required
@require_POST
def bulk(request: SignedInRequest) -> HttpResponse:
    """Carry out one act on the ticked pairs; what is refused is named and keeps nobody back."""
    powers.require(request.user, Power.ACCOMPANY, request.area_code)
    today, ids = timezone.localdate(), request.POST.getlist("pick")
    chosen = road.picked(request.user, ids)
    act, _sep, key = request.POST.get("act", "").partition(":")
    if act == "invite":
        found = candidates.ceremony_named(request.user, key)
        refusals = ceremonies.invite(found, chosen, by=request.user, today=today)
    elif act == "offer":
        outcomes = offering.offer_many(chosen, by=request.user, today=today)
        refusals = [each.refusal for each in outcomes if each.refusal]
    elif act == "review":
        refusals = proposing.review_many(chosen, by=request.user, today=today)
    else:
        raise NotFound
    done = len(chosen) - len(refusals)
    words = ngettext("Done for %(count)d pair.", "Done for %(count)d pairs.", done)
    messages.success(request, words % {"count": done})
    for each in dict.fromkeys(refusals):
        messages.warning(request, each)
    return redirect("bonds:road")


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Propose a mother to a child by hand, with the reason."""
    child = candidates.child_for(request.user, child_id)
    form = forms.ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        mother = candidates.mother_of(child, form.cleaned_data["mother"])
        try:
            made = _put_together(request, child, mother, given=form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("bonds:pair", pairing_id=made.pk)
    query = request.GET.get("q", "")
    context = candidates.page_of(
        child, query, chosen=form["mother"].value(), today=timezone.localdate()
    )
    context |= {"form": form, "query": query}
    status = 422 if form.errors else 200
    return render(request, "bonds/propose.html", context, status=status)


def _put_together(
    request: SignedInRequest, child: Any, mother: Any, *, given: dict[str, Any]
) -> Any:
    """Propose two, or take them over if they have long been a pair."""
    user, today = request.user, timezone.localdate()
    if given["since"]:
        made = proposing.take_over(
            child, mother, by=user, since=given["since"], note=given["reason"], today=today
        )
        messages.success(request, _("Taken over: the pair runs, and its contacts are followed."))
        return made
    made = proposing.propose(child, mother, by=user, reason=given["reason"], today=today)
    messages.success(request, _("The pair is proposed; somebody of the county reviews it."))
    return made


@login_required
@require_GET
def pair(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Show one pair on its road."""
    return _page(request, pairing_id)


def _page(request: SignedInRequest, pairing_id: UUID, **more: Any) -> HttpResponse:
    found, today = road.pairing_for(request.user, pairing_id), timezone.localdate()
    context = road.page_of(request.user, found, today)
    asked = context["asked"]
    context |= {
        "answer_form": forms.AnswerForm(side=asked.side) if asked else None,
        "sign_form": forms.SignForm(initial={"signed_on": today}),
        "plan_form": forms.PlanForm(),
        "held_form": forms.HeldForm(initial={"on": today}),
        "why_form": forms.WhyForm(),
    }
    refused = any(getattr(each, "errors", None) for each in more.values())
    return render(request, "bonds/pair.html", context | more, status=422 if refused else 200)


@login_required
@require_POST
def review(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Approve a pair proposed by hand."""
    found = road.pairing_for(request.user, pairing_id)
    proposing.review(found, by=request.user, today=timezone.localdate())
    messages.success(request, _("The pair is approved and can be offered."))
    return redirect("bonds:pair", pairing_id=pairing_id)


@login_required
@require_POST
def offer(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Offer a pair to the mother."""
    found = road.pairing_for(request.user, pairing_id)
    made = offering.offer(found, by=request.user, today=timezone.localdate())
    words = _("Offered to the mother; she can answer until %(day)s.")
    messages.success(request, words % {"day": made.due_on.isoformat()})
    return redirect("bonds:pair", pairing_id=pairing_id)


@login_required
@require_POST
def answer(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Note what mother, guardian or child has said."""
    found = road.pairing_for(request.user, pairing_id)
    powers.require(request.user, Power.ACCOMPANY, found.area_code)
    asked = road.asked_of(found)
    form = forms.AnswerForm(request.POST, side=asked.side)
    if not form.is_valid():
        return _page(request, pairing_id, answer_form=form)
    given = form.cleaned_data
    said = answering.Said(
        given["said"] == "yes", "STAFF", cause="" if given["said"] == "yes" else given["cause"],
        words=given["words"], mood=given.get("mood", ""),
    )  # fmt: skip
    answering.note_answer(asked, said, by=request.user, today=timezone.localdate())
    messages.success(request, _("The answer is noted."))
    return redirect("bonds:pair", pairing_id=pairing_id)


@login_required
@require_POST
def link(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Make a one-time link for the guardian and show it once."""
    found = road.pairing_for(request.user, pairing_id)
    send = request.POST.get("send") == "1"
    made = offering.make_link(found, by=request.user, today=timezone.localdate(), send=send)
    address = request.build_absolute_uri(reverse("bonds:link", args=[made.secret]))
    return _page(request, pairing_id, made=made, address=address, qr=printing.qr(address))


@login_required
@require_POST
def sign(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Note a signature."""
    found = road.pairing_for(request.user, pairing_id)
    powers.require(request.user, Power.ACCOMPANY, found.area_code)
    form = forms.SignForm(request.POST)
    if form.is_valid():
        given, today = form.cleaned_data, timezone.localdate()
        proof = agreeing.Proof(form.means, given["signed_on"], given["paper"])
        paper = mine.agreement_of(found.pk)
        return _tried(
            request,
            pairing_id,
            lambda: agreeing.sign_by_staff(
                paper, given["side"], by=request.user, proof=proof, today=today
            ),
            sign_form=form,
        )
    return _page(request, pairing_id, sign_form=form)


@login_required
@require_POST
def plan(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Plan the first meeting, or give it another day."""
    found = road.pairing_for(request.user, pairing_id)
    powers.require(request.user, Power.ACCOMPANY, found.area_code)
    form = forms.PlanForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        return _tried(
            request,
            pairing_id,
            lambda: meeting.plan(found, by=request.user, today=timezone.localdate(), **given),
            plan_form=form,
        )
    return _page(request, pairing_id, plan_form=form)


@login_required
@require_POST
def meet(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Note that the first meeting was held."""
    found = road.pairing_for(request.user, pairing_id)
    powers.require(request.user, Power.ACCOMPANY, found.area_code)
    form, today = forms.HeldForm(request.POST), timezone.localdate()
    if form.is_valid():
        given = form.cleaned_data
        what = meeting.Held(given["on"], given["staff"], tuple(given["present"]), given["notes"])
        planned = road.planned_of(found)
        return _tried(
            request,
            pairing_id,
            lambda: meeting.hold(planned, what, by=request.user, today=today),
            held_form=form,
        )
    return _page(request, pairing_id, held_form=form)


def _tried(
    request: SignedInRequest, pairing_id: UUID, act: Callable[[], Any], **forms_by_name: Any
) -> HttpResponse:
    """Carry out an act, or show its form again with the refusal; what was typed is kept."""
    try:
        # Half of an act must not stand when the page goes on: a point to return to.
        with transaction.atomic():
            act()
    except Refused as refusal:
        for form in forms_by_name.values():
            form.add_error(None, str(refusal))
        return _page(request, pairing_id, **forms_by_name)
    messages.success(request, _("Noted."))
    return redirect("bonds:pair", pairing_id=pairing_id)


@login_required
@require_POST
def withdraw(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Take a pair off its road with a reason; both are free for the next run."""
    found = road.pairing_for(request.user, pairing_id)
    powers.require(request.user, Power.ACCOMPANY, found.area_code)
    form = forms.WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, pairing_id, why_form=form)
    why = moving.Why(form.cleaned_data["reason"])
    closing.withdraw(found, by=request.user, why=why, today=timezone.localdate())
    messages.success(request, _("Taken back; the reason is kept, and both are free again."))
    return redirect("bonds:pair", pairing_id=pairing_id)


@login_required
@require_GET
def paper(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Hand out the agreement of a pair as PDF."""
    found = road.pairing_for(request.user, pairing_id)
    return pdf(papers.pdf_of(mine.agreement_of(found.pk)))


def pdf(content: bytes) -> HttpResponse:
    """Return a PDF as an answer that a browser shows."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="agreement.pdf"'
    return answer
