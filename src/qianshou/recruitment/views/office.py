"""The office's pages about applications: the list, one application, and the steps on its road."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.mothers import queries as mothers
from qianshou.recruitment import permissions
from qianshou.recruitment.actions import following, opening, resembling, rulebooks, working
from qianshou.recruitment.forms import office as forms
from qianshou.recruitment.queries import books, filepage, office, renewals


@login_required
@require_GET
def applications(request: SignedInRequest) -> HttpResponse:
    """List the applications of the area, those that wait for the office first."""
    get, code = request.GET, request.area_code
    wanted = office.Wanted(
        get.get("q", ""), get.get("state", ""), get.get("campaign", ""), get.get("sort", "since")
    )
    rows = office.applications_for(request.user, area_code=code, wanted=wanted)
    opening.note_search(wanted.search, by=request.user, area_code=code)
    counts, page = office.counts_of(request.user, code), page_of(rows, request)
    context = {
        "page": page,
        "rows": office.lines_of(page.object_list, area_code=code, today=timezone.localdate()),
        "filters": [office.state_filter(counts)],
        "due": sum(counts.get(state, 0) for state in office.DUE),
        "total": sum(counts.values()),
        "narrowed": bool(wanted.search or wanted.state or wanted.campaign),
    }
    return render(request, "recruitment/applications.html", context)


@login_required
@require_GET
def application(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Show one application; that somebody has read it stands in the trail."""
    return render(request, "recruitment/application.html", page(request, application_id))


def page(request: SignedInRequest, application_id: UUID, **more: Any) -> dict[str, Any]:
    """Return the page of an application with its forms; `more` are forms that came back."""
    found = office.application_for(request.user, application_id)
    today = timezone.localdate()
    answers, outcomes = opening.open_application(found, by=request.user, today=today)
    context = filepage.page_of(found, user=request.user, answers=answers, outcomes=outcomes)
    book, day = context["book"], {"requested_on": today, "received_on": today}
    context |= {
        "advance": filepage.can_advance(found),
        "reason_form": forms.ReasonForm(),
        "refuse_form": forms.RefuseForm(book=book),
        "appeal_form": forms.AppealDecisionForm(),
        "request_form": forms.RequestForm(book=book, initial=day),
        "answer_form": forms.AnswerForm(initial=day),
        "reference_form": forms.ReferenceForm(initial={"spoken_on": today}),
        "paper_form": forms.PaperForm(
            book=books.signing_book(found),
            unsigned=context["unsigned"],
            initial={"signed_on": today},
        ),
    }
    return context | more


def again(request: SignedInRequest, application_id: UUID, **more: Any) -> HttpResponse:
    """Show the page once more with the form that has to be mended."""
    context = page(request, application_id, **more)
    return render(request, "recruitment/application.html", context, status=422)


def done(
    request: SignedInRequest, application_id: UUID, *, act: Callable[[], object]
) -> HttpResponse:
    """Do an act and lead back; what it refuses is told at the top of the page."""
    try:
        act()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Done."))
    return redirect("recruitment:application", application_id=application_id)


@login_required
@require_GET
def signing(request: SignedInRequest) -> HttpResponse:
    """List the mothers who have a newer text of a promise to sign, by the day it is due."""
    rulebooks.in_force()
    code, which, today = request.area_code, request.GET.get("which", ""), timezone.localdate()
    found = renewals.waiting_in(request.user, code, today=today, which=which)
    page = page_of(found, request)
    context = {
        "page": page,
        "rows": renewals.rows_of(page.object_list, area_code=code, today=today),
        "filters": [{"name": "which", "label": _("To sign by"), "choices": [("LATE", _("past"))]}],
        "narrowed": bool(which),
    }
    return render(request, "recruitment/signing.html", context)


@login_required
@require_POST
def step(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Move an application one step on."""
    found, act = office.application_for(request.user, application_id), request.POST.get("act", "")
    return done(
        request, application_id,
        act=lambda: working.advance(found, act, by=request.user, today=timezone.localdate()),
    )  # fmt: skip


@login_required
@require_POST
def refuse(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Refuse an application, by a criterion or with a reason."""
    found = office.application_for(request.user, application_id)
    form = forms.RefuseForm(request.POST, book=books.book_of(found.rulebook))
    if not form.is_valid():
        return again(request, application_id, refuse_form=form)
    return done(
        request, application_id,
        act=lambda: working.refuse(found, by=request.user, **form.cleaned_data),
    )  # fmt: skip


@login_required
@require_POST
def close(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Note that she withdraws, or take down an appeal that she makes by word of mouth."""
    found = office.application_for(request.user, application_id)
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return again(request, application_id, reason_form=form)
    reason, by = form.cleaned_data["reason"], request.user
    if request.POST.get("act") == "appeal":
        return done(
            request, application_id, act=lambda: working.lodge_appeal(found, by=by, words=reason)
        )
    return done(request, application_id, act=lambda: working.withdraw(found, by=by, reason=reason))


@login_required
@require_POST
def decide(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Approve her, or let her begin."""
    found, today = office.application_for(request.user, application_id), timezone.localdate()
    act = {"approve": working.approve, "activate": working.activate}.get(
        request.POST.get("act", "")
    )
    if act is None:
        raise NotFound
    return done(request, application_id, act=lambda: act(found, by=request.user, today=today))


@login_required
@require_POST
def decide_appeal(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Decide about an appeal."""
    found = office.application_for(request.user, application_id)
    form = forms.AppealDecisionForm(request.POST)
    if not form.is_valid():
        return again(request, application_id, appeal_form=form)
    uphold, reason = form.cleaned_data["uphold"] == "yes", form.cleaned_data["reason"]
    return done(
        request, application_id,
        act=lambda: working.decide_appeal(found, by=request.user, uphold=uphold, reason=reason),
    )  # fmt: skip


@login_required
@require_POST
def likeness(request: SignedInRequest, likeness_id: UUID) -> HttpResponse:
    """Say whether two entries are one person."""
    found, form = office.likeness_for(request.user, likeness_id), forms.LikenessForm(request.POST)
    if not form.is_valid():
        raise NotFound
    return done(
        request, found.application_id,
        act=lambda: resembling.decide(
            found, by=request.user, verdict=form.cleaned_data["verdict"]
        ),
    )  # fmt: skip


@login_required
@require_POST
def reveal(request: SignedInRequest, application_id: UUID, field: str) -> HttpResponse:
    """Show one number once, with the reason in the trail."""
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return again(request, application_id, reveal_form=form)
    found = office.application_for(request.user, application_id)
    reason = form.cleaned_data["reason"]
    text = working.reveal(found, by=request.user, field=field, reason=reason)
    context = page(request, application_id, revealed={field: text or _("not known")})
    return render(request, "recruitment/application.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def take_over(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Open the record of a mother from before this system."""
    found = mothers.mother_for(request.user, mother_id)
    if not permissions.can_work(request.user, found.area_code):
        raise NotAllowed
    if request.method == "GET":
        return render(request, "recruitment/take_over.html", {"mother": found})
    try:
        made = following.take_over(found, by=request.user, today=timezone.localdate())
    except following.HasOne as refusal:
        messages.error(request, str(refusal))
        return redirect("mothers:mother", mother_id=mother_id)
    return redirect("recruitment:application", application_id=made.pk)
