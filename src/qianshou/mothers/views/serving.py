"""The service record for those who keep it, papers, and the public check of a certificate."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.mothers import permissions, queries
from qianshou.mothers.actions import printing
from qianshou.mothers.actions import serving as acts
from qianshou.mothers.forms import (
    CertificateForm,
    CorrectionForm,
    EvaluationForm,
    HonourForm,
    NumberForm,
    ReasonForm,
    ServiceForm,
    VerifyForm,
)
from qianshou.mothers.queries import serving
from qianshou.mothers.views import answers

WRONG_A_MINUTE = 20


@login_required
@require_http_methods(["GET", "POST"])
def record(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Show her service record, and write one service into it."""
    found = queries.mother_for(request.user, mother_id)
    form = ServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        acts.record_service(found, _service(form), by=request.user, today=timezone.localdate())
        messages.success(request, _("Recorded."))
        return redirect("mothers:record", mother_id=mother_id)
    context = _record(request, found, service_form=form)
    return render(request, "mothers/record.html", context, status=422 if form.errors else 200)


def _record(request: SignedInRequest, found: Any, **more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    year = {"from_on": today.replace(month=1, day=1), "until_on": today}
    return {
        "mother": found,
        "record": serving.record_of(found, today),
        "may_edit": permissions.can_edit(request.user, found),
        "service_form": ServiceForm(),
        "honour_form": HonourForm(),
        "evaluation_form": EvaluationForm(),
        "number_form": NumberForm(initial={"volunteer_number": found.volunteer_number}),
        "certificate_form": CertificateForm(
            initial={**year, "in_charge": request.user.display_name}
        ),
    } | more


def _service(form: ServiceForm) -> acts.Service:
    said = form.cleaned_data
    return acts.Service(
        held_on=said["held_on"], minutes=form.minutes("hours"), kind=said["kind"],
        place=said["place"], attested_by=said["attested_by"],
        travel_minutes=form.minutes("travel_hours"),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def correct(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """Replace an entry of the record by a new one."""
    entry = serving.entry_for(request.user, entry_id)
    permissions.require_edit(request.user, entry.mother)
    before = {
        "held_on": entry.held_on, "hours": round(entry.minutes / 60, 2), "kind": entry.kind,
        "place": entry.place, "attested_by": entry.attested_by,
        "travel_hours": round(entry.travel_minutes / 60, 2),
    }  # fmt: skip
    form = CorrectionForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        acts.correct_service(
            entry, _service(form), by=request.user, why=form.cleaned_data["why"],
            today=timezone.localdate(),
        )  # fmt: skip
        messages.success(request, _("Corrected. The old entry stays and no longer counts."))
        return redirect("mothers:record", mother_id=entry.mother_id)
    context = {"form": form, "entry": entry}
    return render(request, "mothers/correct.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def commend(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Write an honour into her record."""
    found, form = queries.mother_for(request.user, mother_id), HonourForm(request.POST)
    if not form.is_valid():
        return _record_again(request, found, honour_form=form)
    acts.commend(found, by=request.user, today=timezone.localdate(), **form.cleaned_data)
    return _recorded(request, mother_id)


@login_required
@require_POST
def number(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Note her number in the volunteers' register."""
    found, form = queries.mother_for(request.user, mother_id), NumberForm(request.POST)
    if not form.is_valid():
        return _record_again(request, found, number_form=form)
    acts.set_volunteer_number(found, form.cleaned_data["volunteer_number"], by=request.user)
    return _recorded(request, mother_id)


@login_required
@require_POST
def evaluate(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Write an evaluation into her record."""
    found, form = queries.mother_for(request.user, mother_id), EvaluationForm(request.POST)
    if not form.is_valid():
        return _record_again(request, found, evaluation_form=form)
    acts.evaluate(found, by=request.user, today=timezone.localdate(), **form.cleaned_data)
    return _recorded(request, mother_id)


def _record_again(request: SignedInRequest, found: Any, **form: Any) -> HttpResponse:
    """Show the record with the form that was filled in wrongly."""
    return render(request, "mothers/record.html", _record(request, found, **form), status=422)


def _recorded(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Say that it was written, and show the record."""
    messages.success(request, _("Recorded."))
    return redirect("mothers:record", mother_id=mother_id)


@login_required
@require_POST
def certify(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Issue a certificate."""
    found, form = queries.mother_for(request.user, mother_id), CertificateForm(request.POST)
    if not form.is_valid():
        return _record_again(request, found, certificate_form=form)
    made = acts.certify(found, by=request.user, today=timezone.localdate(), **form.cleaned_data)
    messages.success(request, _("Issued: %(number)s") % {"number": serving.number_of(made)})
    return redirect("mothers:record", mother_id=mother_id)


@login_required
@require_POST
def certificate(request: SignedInRequest, certificate_id: UUID) -> HttpResponse:
    """Hand a certificate out as a paper."""
    return answers.certificate(request, serving.certificate_for(request.user, certificate_id))


@login_required
@require_POST
def withdraw(request: SignedInRequest, certificate_id: UUID) -> HttpResponse:
    """Withdraw a certificate."""
    made, form = serving.certificate_for(request.user, certificate_id), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    acts.withdraw_certificate(made, by=request.user, reason=reason, today=timezone.localdate())
    messages.success(request, _("Withdrawn. Whoever checks it is told so."))
    return redirect("mothers:record", mother_id=made.mother_id)


@login_required
@require_POST
def paper(request: SignedInRequest, mother_id: UUID) -> HttpResponse:
    """Hand her electronic file out as a paper."""
    found = queries.mother_for(request.user, mother_id)
    return answers.paper(printing.print_file(found, by=request.user, now=timezone.now()), "file")


@require_GET
def verify(request: HttpRequest, number: str = "") -> HttpResponse:
    """Tell anybody whether a certificate is genuine, and no more than it shows itself."""
    typed = number or request.GET.get("number", "")
    form = VerifyForm({"number": typed} if typed else None)
    context: dict[str, Any] = {"form": form, "typed": typed, "found": None}
    if typed:
        context["found"] = serving.checked(typed)
        if context["found"] is None and _too_often(request):
            return render(request, "mothers/verify_later.html", status=429)
    return render(request, "mothers/verify.html", context)


def _too_often(request: HttpRequest) -> bool:
    """Count the wrong numbers from one address in this minute; right ones hinder nobody."""
    address = import_string(settings.AXES_CLIENT_IP_CALLABLE)(request)
    key = f"verify:{address}:{int(timezone.now().timestamp()) // 60}"
    cache.add(key, 0, 120)
    return bool(cache.incr(key) > WRONG_A_MINUTE)
