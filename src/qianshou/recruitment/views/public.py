"""The public pages: a campaign's call, and an applicant's own application, without an account."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.common.errors import NotFound, Refused
from qianshou.recruitment.actions import applying, campaigns, rulebooks
from qianshou.recruitment.forms import public as forms
from qianshou.recruitment.http import applicant, forget, posted, remember
from qianshou.recruitment.queries import books, doors, mine
from qianshou.recruitment.rules import form as steps

BOTH = ["GET", "POST"]


@require_http_methods(BOTH)
def call(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a campaign to the public; its button begins an application."""
    today = timezone.localdate()
    found = doors.call_of(slug, today=today)
    via = (request.POST if request.method == "POST" else request.GET).get("via", "")[:20]
    form = forms.BeginForm(posted(request), initial={"via": via})
    if request.method == "POST" and form.is_valid():
        if not campaigns.knock("begin", address_of(request)):
            return render(request, "429.html", status=429)
        language = translation.get_language() or "zh-hans"
        made, code = applying.begin(found, language=language, channel=via)
        remember(request, made)
        return render(request, "recruitment/code.html", {"code": code, "is_new": True})
    if request.method == "GET" and request.session.get("called") != slug:
        campaigns.count_visit(found, via, today=today)
        request.session["called"] = slug
    context = {
        "call": found, "form": form, "moment": forms.a_moment(), "via": via,
        "criteria": mine.criteria_of(books.book_of(rulebooks.in_force())),
    }  # fmt: skip
    return render(request, "recruitment/call.html", context, status=422 if form.errors else 200)


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from, as the sign-in reckons it."""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    return str(told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))


@require_http_methods(BOTH)
def resume(request: HttpRequest) -> HttpResponse:
    """Ask for the code, and go on with the application that it opens."""
    form = forms.ResumeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        if not campaigns.knock("resume", address_of(request)):
            return render(request, "429.html", status=429)
        found = doors.applicant_by_code(form.cleaned_data["code"])
        if found is not None:
            remember(request, found)
            return redirect("recruitment:own")
        form.add_error("code", _("No application has this code. Compare it with what you noted."))
    context = {"form": form}
    return render(request, "recruitment/resume.html", context, status=422 if form.errors else 200)


@require_GET
@applicant
def own(request: HttpRequest, application: Any) -> HttpResponse:
    """Show an applicant where her application stands and what is hers to do."""
    answers = applying.answers_of(application)
    context = mine.page_of(application, answers)
    context |= {"appeal_form": forms.WordsForm(), "sign_form": forms.SignForm()}
    return render(request, "recruitment/own.html", context)


@require_http_methods(BOTH)
@applicant
def step(request: HttpRequest, application: Any, code: str) -> HttpResponse:
    """Ask one step of the form and save it."""
    if code not in steps.STEPS:
        raise NotFound
    if not mine.is_draft(application):
        return redirect("recruitment:own")
    answers = applying.answers_of(application)
    form = _form_of(code, application, answers, data=posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            return _go_on(code, application, form, posted=request.POST)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = mine.step_page(code, answers) | {"form": form}
    return render(request, "recruitment/step.html", context, status=422 if form.errors else 200)


def _form_of(code: str, application: Any, answers: dict[str, Any], *, data: Any) -> Any:
    """Return the form of a step with what was saved of it."""
    initial = forms.initial_of(code, answers)
    if code == steps.PLACE:
        town = (data or answers).get("town", "")
        return forms.PlaceForm(
            data, initial=initial, towns=doors.towns_around(application.area_code),
            villages=doors.villages_of(town),
        )  # fmt: skip
    if code in BY_BOOK:
        return BY_BOOK[code](data, initial=initial, book=books.book_of(application.rulebook))
    return PLAIN[code](data, initial=initial)


BY_BOOK: dict[str, Any] = {steps.LIFE: forms.LifeForm, steps.QUESTIONS: forms.QuestionsForm}
PLAIN: dict[str, Any] = {
    steps.WHO: forms.WhoForm, steps.OFFER: forms.OfferForm, steps.CHECK: forms.CheckForm,
}  # fmt: skip


def _go_on(code: str, application: Any, form: Any, *, posted: Any) -> HttpResponse:
    """Save a step and lead to the next; the last one hands in."""
    if code == steps.CHECK:
        agreed, today = form.cleaned_data["agreed"], timezone.localdate()
        applying.submit(application, agreed=agreed, today=today)
        return redirect("recruitment:own")
    applying.save(application, form.kept())
    asks_village = "village" in form.fields and "village" not in posted
    return redirect("recruitment:step", code=code if asks_village else steps.after(code))


@require_POST
@applicant
def renew_code(request: HttpRequest, application: Any) -> HttpResponse:
    """Make a new code for who has lost hers while her page is still open."""
    return render(request, "recruitment/code.html", {"code": applying.renew_code(application)})


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Close the application on this telephone; the code opens it again."""
    forget(request)
    messages.success(request, _("Closed. With your code you can go on at any time."))
    return redirect("recruitment:resume")


@require_POST
@applicant
def withdraw(_request: HttpRequest, application: Any) -> HttpResponse:
    """Take the application back."""
    applying.withdraw(application)
    return redirect("recruitment:own")


@require_POST
@applicant
def appeal(request: HttpRequest, application: Any) -> HttpResponse:
    """Object to a refusal."""
    form = forms.WordsForm(request.POST)
    if not form.is_valid():
        return _own_again(request, application, appeal_form=form)
    applying.appeal(application, words=form.cleaned_data["words"])
    return redirect("recruitment:own")


@require_POST
@applicant
def sign(request: HttpRequest, application: Any, code: str) -> HttpResponse:
    """Sign a commitment on the own telephone."""
    form = forms.SignForm(request.POST)
    if form.is_valid():
        try:
            applying.sign(
                application, code, name=form.cleaned_data["name"],
                language=translation.get_language() or "zh-hans", today=timezone.localdate(),
            )  # fmt: skip
        except applying.NotHerName as refusal:
            form.add_error("name", str(refusal))
    if form.errors:
        return _own_again(request, application, sign_form=form, signing=code)
    messages.success(request, _("Signed. Thank you."))
    return redirect("recruitment:own")


def _own_again(request: HttpRequest, application: Any, **more: Any) -> HttpResponse:
    context = mine.page_of(application, applying.answers_of(application))
    context |= {"appeal_form": forms.WordsForm(), "sign_form": forms.SignForm()} | more
    return render(request, "recruitment/own.html", context, status=422)
