"""What a mother and a guardian open on their own phones: a question, and a paper to sign."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.bonds import forms
from qianshou.bonds.actions import agreeing, answering, linking
from qianshou.bonds.queries import cards, mine, paper
from qianshou.bonds.views.road import pdf
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotFound, Refused


@login_required
@require_http_methods(["GET", "POST"])
def my_offer(request: SignedInRequest, offer_id: UUID) -> HttpResponse:
    """Show a mother what is asked of her, and take her answer."""
    found, today = mine.offer_for(request.user, offer_id), timezone.localdate()
    form = forms.AnswerForm(request.POST or None, side="MOTHER")
    if request.method == "POST" and form.is_valid():
        try:
            answering.answer_as_mother(found, _said(form, "PHONE"), by=request.user, today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _thanks(form))
            return redirect("mothers:mine")
    context = {
        "offer": found,
        "card": cards.child_words(found.card),
        "asked": cards.asked_of_her(),
        "form": form,
        "late": not found.answer and found.due_on < today,
    }
    return render(request, "bonds/my_offer.html", context, status=422 if form.errors else 200)


def _said(form: forms.AnswerForm, means: str) -> answering.Said:
    given = form.cleaned_data
    yes = given["said"] == "yes"
    return answering.Said(yes, means, cause="" if yes else given["cause"], words=given["words"])


def _thanks(form: forms.AnswerForm) -> str:
    if form.cleaned_data["said"] == "yes":
        return _("Thank you. Now the family is asked; you will hear from us.")
    return _("Thank you for answering. Nothing speaks against you; we look for another child.")


@login_required
@require_http_methods(["GET", "POST"])
def my_agreement(request: SignedInRequest, agreement_id: UUID) -> HttpResponse:
    """Show a mother the agreement, and let her sign it on her phone."""
    found, problem = mine.agreement_for(request.user, agreement_id), ""
    if request.method == "POST":
        try:
            agreeing.sign_as_mother(
                found, by=request.user, shown=request.POST.get("shown", ""),
                today=timezone.localdate(),
            )  # fmt: skip
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, _("Signed. You will hear when the first meeting is."))
            return redirect("mothers:mine")
    context = {
        "agreement": found,
        "paragraphs": mine.paragraphs_of(found),
        "signed": mine.signed_by_her(found),
        "problem": problem,
    }
    return render(request, "bonds/my_agreement.html", context, status=409 if problem else 200)


@login_required
@require_GET
def my_paper(request: SignedInRequest, agreement_id: UUID) -> HttpResponse:
    """Hand a mother her agreement as PDF."""
    return pdf(paper.pdf_of(mine.agreement_for(request.user, agreement_id)))


@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask a guardian by a one-time link: to answer an offer, or to sign the agreement."""
    today = timezone.localdate()
    found = mine.link_by(digest_of(secret))
    try:
        good = linking.require_good(found, today)
        offer, agreement = mine.question_of(good)
        if offer is None and agreement is None:
            raise answering.OfferGone
    except Refused as refusal:
        if isinstance(refusal, NotFound):
            raise
        return render(request, "bonds/link_over.html", {"words": str(refusal)}, status=409)
    form = forms.AnswerForm(request.POST or None, side="GUARDIAN") if offer else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            if form is None:
                linking.sign(good, shown=request.POST.get("shown", ""), today=today)
            else:
                linking.answer(good, _said(form, "LINK"), today=today)
        except Refused as refusal:
            return render(request, "bonds/link_over.html", {"words": str(refusal)}, status=409)
        return render(request, "bonds/link_done.html", {"signed": form is None})
    context: dict[str, Any] = {"offer": offer, "agreement": agreement, "form": form}
    context |= {"card": cards.mother_words(offer.card)} if offer else {}
    context |= {"paragraphs": mine.paragraphs_of(agreement)} if agreement else {}
    status = 422 if form is not None and form.errors else 200
    return render(request, "bonds/link.html", context, status=status)
