"""What is found out about one applicant: queries, references, the interview, paper signatures."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.recruitment import permissions
from qianshou.recruitment.actions import attesting, checking
from qianshou.recruitment.forms import office as forms
from qianshou.recruitment.http import posted
from qianshou.recruitment.queries import books, office, progress
from qianshou.recruitment.rules.evidence import KINDS
from qianshou.recruitment.views.office import again, done


@login_required
@require_POST
def request_check(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Note that a background query was asked."""
    found = office.application_for(request.user, application_id)
    form = forms.RequestForm(request.POST, book=books.book_of(found.rulebook))
    if not form.is_valid():
        return again(request, application_id, request_form=form)
    given, today = form.cleaned_data, timezone.localdate()
    return done(
        request, application_id,
        act=lambda: checking.request(
            found, given["kind"], by=request.user, authority=given["authority"],
            requested_on=given["requested_on"], today=today,
        ),
    )  # fmt: skip


@login_required
@require_POST
def answer_check(request: SignedInRequest, check_id: UUID) -> HttpResponse:
    """Record the answer of a background query with its certificate."""
    found = office.check_for(request.user, check_id)
    form = forms.AnswerForm(request.POST, request.FILES)
    given = form.cleaned_data if form.is_valid() else {}
    if given:
        try:
            checking.answer(
                found, by=request.user, result=given["result"], certificate=given["certificate"],
                received_on=given["received_on"], today=timezone.localdate(),
            )  # fmt: skip
        except (checking.EvidenceTooBig, checking.EvidenceUnknown) as refusal:
            form.add_error("certificate", str(refusal))
        except checking.DayWrong as refusal:
            form.add_error("received_on", str(refusal))
        except (NotAllowed, NotFound):
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return again(request, found.application_id, answer_form=form, answering=found.pk)
    return done(request, found.application_id, act=lambda: None)


@login_required
@require_POST
def certificate(request: SignedInRequest, check_id: UUID) -> HttpResponse:
    """Hand out a certificate as a file; the reading stands in the trail."""
    found = office.check_for(request.user, check_id)
    body, kind = checking.open_certificate(found, by=request.user)
    answer = HttpResponse(body, content_type=kind)
    name = f"certificate-{found.received_on:%Y%m%d}.{KINDS[kind]}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@login_required
@require_POST
def reference(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Note what somebody who knows her said."""
    found, form = (
        office.application_for(request.user, application_id),
        forms.ReferenceForm(request.POST),
    )
    if not form.is_valid():
        return again(request, application_id, reference_form=form)
    given, today = form.cleaned_data, timezone.localdate()
    return done(
        request, application_id,
        act=lambda: attesting.hear_reference(found, by=request.user, given=given, today=today),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def interview(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Hold the interview by the form of the rulebook."""
    found = office.application_for(request.user, application_id)
    if not permissions.can_work(request.user, found.area_code):
        raise NotAllowed
    book, today = books.book_of(found.rulebook), timezone.localdate()
    form = forms.InterviewForm(posted(request), book=book, initial={"held_on": today})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        return done(
            request, application_id,
            act=lambda: attesting.hold_interview(
                found, by=request.user, held_on=given["held_on"], verdict=given["verdict"],
                answers=form.answers(), today=today,
            ),
        )  # fmt: skip
    context = {"form": form, "application": found, "version": book.version}
    status = 422 if form.errors else 200
    return render(request, "recruitment/interview.html", context, status=status)


@login_required
@require_POST
def paper(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Note commitments that she signed on paper."""
    found = office.application_for(request.user, application_id)
    book = books.signing_book(found)
    form = forms.PaperForm(request.POST, book=book, unsigned=progress.unsigned(found, book))
    if not form.is_valid():
        return again(request, application_id, paper_form=form)
    given, today = form.cleaned_data, timezone.localdate()
    return done(
        request, application_id,
        act=lambda: attesting.keep_paper(
            found, given["codes"], by=request.user, signed_on=given["signed_on"],
            reference=given["reference"], today=today,
        ),
    )  # fmt: skip
