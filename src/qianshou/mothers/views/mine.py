"""What a mother sees and says herself: her file, the monthly questions, a rest, help, changes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotFound
from qianshou.mothers import queries
from qianshou.mothers.actions import caring as acts
from qianshou.mothers.actions import offering, printing
from qianshou.mothers.forms import CapacityForm, HelpForm, RestForm, SlotsForm, WordsForm
from qianshou.mothers.queries import caring, efile, serving
from qianshou.mothers.rules import changes
from qianshou.mothers.views import answers


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """Show a mother her own file."""
    return render(request, "mothers/mine.html", _own(request))


def _own(request: SignedInRequest, **more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    own = queries.own_file(request.user)
    context = queries.page_of_file(own, user=request.user, today=today)
    panels = queries.panels_for(request.user, own)
    context |= {
        "panels": [render_to_string(each.template, {**each.context}) for each in panels],
        "sections": queries.sections_for(request.user, own),
        "mine": True,
        "pulse": caring.questions_for(own, today),
        "fares": caring.fares_of(request.user, own, today),
        "rest": caring.rest_of(own, today),
        "rest_form": RestForm(initial={"from_on": today}),
        "requests": caring.requests_of(own),
        "changes": [caring.change_line(each) for each in caring.changes_of(own)],
        "calendar": efile.calendar_of(own),
        "parts": efile.part_names(),
        "record": serving.record_of(own, today),
    }
    return context | more


@login_required
@require_POST
def pulse(request: SignedInRequest) -> HttpResponse:
    """Keep her answers to this month's questions."""
    own = queries.own_file(request.user)
    given = [request.POST.get(f"answer-{number}", "") for number in range(3)]
    if not all(each.isdigit() for each in given):
        raise acts.NotAnAnswer
    acts.answer_pulse(
        own, [int(each) for each in given], by=request.user, today=timezone.localdate()
    )
    messages.success(request, _("Thank you. Nothing is taken away from you for an honest answer."))
    return redirect("mothers:mine")


@login_required
@require_POST
def rest(request: SignedInRequest) -> HttpResponse:
    """Let her rest for a time."""
    form, own = RestForm(request.POST), queries.own_file(request.user)
    if not form.is_valid():
        return render(request, "mothers/mine.html", _own(request, rest_form=form), status=422)
    acts.ask_rest(own, by=request.user, today=timezone.localdate(), **form.cleaned_data)
    messages.success(request, _("You rest. It counts from the day you have chosen."))
    return redirect("mothers:mine")


@login_required
@require_POST
def end_rest(request: SignedInRequest) -> HttpResponse:
    """Let her rest end."""
    acts.end_rest(queries.own_file(request.user), by=request.user, today=timezone.localdate())
    messages.success(request, _("Your rest is over. Good to have you back."))
    return redirect("mothers:mine")


@login_required
@require_http_methods(["GET", "POST"])
def ask_help(request: SignedInRequest) -> HttpResponse:
    """Let her ask for help."""
    own, today = queries.own_file(request.user), timezone.localdate()
    staff = caring.staff_around(own, today)
    form = HelpForm(request.POST or None, staff=staff)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        about = next((each for each in staff if str(each.pk) == said["about"]), None)
        asked = acts.ask_help(
            own, by=request.user, kind=said["kind"], words=said["words"], about=about, today=today
        )
        messages.success(
            request,
            _("We have it. You have an answer by %(day)s.") % {"day": asked.due_on.isoformat()},
        )
        return redirect("mothers:mine")
    context = {"form": form}
    return render(request, "mothers/ask_help.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_help(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """Take a request back."""
    own = queries.own_file(request.user)
    acts.withdraw_help(caring.own_request(own, request_id), by=request.user)
    messages.success(request, _("Taken back."))
    return redirect("mothers:mine")


FORMS = {
    "SLOTS": SlotsForm,
    "INTERESTS": WordsForm,
    "DISLIKES": WordsForm,
    "CAPACITY": CapacityForm,
}


@login_required
@require_http_methods(["GET", "POST"])
def ask_change(request: SignedInRequest, field: str) -> HttpResponse:
    """Let her ask for a change of what she offers."""
    own = queries.own_file(request.user)
    if field not in FORMS:
        raise NotFound
    form = FORMS[field](
        request.POST if request.method == "POST" else None, initial=_now(own, field)
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        wanted = said.get("slots", said.get("words", []))
        offering.ask_change(
            own, by=request.user, field=field, wanted=wanted, places=said.get("capacity")
        )
        messages.success(request, _("Asked for. Your county federation takes it over with you."))
        return redirect("mothers:mine")
    context = {
        "form": form,
        "field": field,
        "title": _(changes.FIELDS[field]),
        "calendar": efile.calendar_of(own),
        "parts": efile.part_names(),
    }
    return render(request, "mothers/ask_change.html", context, status=422 if form.errors else 200)


def _now(own: Any, field: str) -> dict[str, Any]:
    if field == changes.CAPACITY:
        return {"capacity": max(own.capacity - 1, 0)}
    return {"words": "，".join(offering.value_of(own, field))}


@login_required
@require_POST
def withdraw_change(request: SignedInRequest, change_id: UUID) -> HttpResponse:
    """Take a change back."""
    own = queries.own_file(request.user)
    offering.withdraw_change(caring.own_change(own, change_id), by=request.user)
    messages.success(request, _("Taken back."))
    return redirect("mothers:mine")


@login_required
@require_POST
def own_paper(request: SignedInRequest) -> HttpResponse:
    """Hand her own file to her as a paper."""
    own = queries.own_file(request.user)
    return answers.paper(printing.print_file(own, by=request.user, now=timezone.now()), "file")


@login_required
@require_POST
def own_certificate(request: SignedInRequest, certificate_id: UUID) -> HttpResponse:
    """Hand one of her certificates to her as a paper."""
    made = serving.own_certificate(queries.own_file(request.user), certificate_id)
    return answers.certificate(request, made)
