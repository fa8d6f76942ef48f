"""The pages of a mother: today, one contact, the next appointment, a question, her phones."""

import json
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.care import permissions
from qianshou.care.actions import contacts, drafting, enclosing, phones, planning, trying
from qianshou.care.forms import AppointmentForm, ContactForm, WordsForm
from qianshou.care.queries import day as days
from qianshou.care.queries import extensions, own, recordings
from qianshou.care.rules import codes
from qianshou.care.rules import enclosing as rules
from qianshou.consents.queries import photos as consents


@login_required
@require_GET
def today(request: SignedInRequest) -> HttpResponse:
    """Show a mother her day: whom to be in touch with, what is planned, what staff said."""
    permissions.require_mother(request.user)
    day = timezone.localdate()
    cards = own.today_for(request.user, day)
    context = {
        **own.asked_of(request.user, day),
        "cards": cards,
        "goings": extensions.goings_of(request.user, day),
        "late": sum(card.due.is_late for card in cards),
        "words": own.words_for(request.user),
        "phones": own.phones_of(request.user).in_use().count(),
        "numbers": [(number, _(words)) for number, words in codes.EMERGENCY],
    }
    return render(request, "care/today.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def log(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Log one contact."""
    pairing = own.pairing_of(request.user, pairing_id)
    photos = bool(consents.agreed({pairing.child_id}, on=timezone.localdate()))
    form = ContactForm.fresh(drafting.kept(pairing, by=request.user), photos=photos)
    if request.method == "POST":
        form = ContactForm(request.POST, request.FILES, photos=photos)
        if "draft" in request.POST:
            return _keep(request, pairing, form)
        if "tried" in request.POST:
            return _tried(request, pairing, form)
    if form.is_bound and form.is_valid():
        made = contacts.log(
            pairing, by=request.user, said=form.said(pairing.pk), key=form.cleaned_data["key"],
            now=timezone.now(),
        )  # fmt: skip
        drafting.drop(pairing, by=request.user)
        for reason in enclosing.enclose_all(made, form.handed_in(), now=timezone.now()):
            messages.warning(request, _(rules.REASONS[reason]))
        messages.success(request, _("Logged. Thank you."))
        return redirect("care:today")
    context = {"pairing": pairing, "name": own.called(pairing.child), "form": form}
    return render(request, "care/log.html", context, status=422 if form.errors else 200)


def _tried(request: SignedInRequest, pairing: Any, form: ContactForm) -> HttpResponse:
    """Note that nobody answered; whatever else is typed stays a draft of hers."""
    form.full_clean()
    key = form.cleaned_data.get("key") or uuid4()
    trying.note_try(pairing, by=request.user, at=timezone.now(), key=key)
    if form.data.get("note", "").strip():
        kept = form.half_typed() | {"key": str(uuid4())}
        drafting.keep(pairing, kept, by=request.user, now=timezone.now())
    messages.success(request, _("Noted that you tried. Try again when it suits you both."))
    return redirect("care:today")


def _keep(request: SignedInRequest, pairing: Any, form: ContactForm) -> HttpResponse:
    """Keep what is half typed: by itself while it is typed, or with the button."""
    drafting.keep(pairing, form.half_typed(), by=request.user, now=timezone.now())
    if request.htmx:
        return HttpResponse(status=204)
    messages.success(request, _("Kept. Open it again to go on."))
    return redirect("care:today")


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Set the next appointment."""
    pairing = own.pairing_of(request.user, pairing_id)
    form = AppointmentForm(request.POST or None, initial=_begun(request, pairing))
    if form.is_bound and form.is_valid():
        state = planning.plan(
            pairing, by=request.user, planned=form.planned(pairing.pk),
            key=form.cleaned_data["key"], now=timezone.now(),
        )  # fmt: skip
        if state == "CONFLICT":
            messages.warning(request, _("Another phone changed it meanwhile. Choose one of both."))
        else:
            messages.success(request, _("The next appointment is set."))
        return redirect("care:today")
    context = {"pairing": pairing, "name": own.called(pairing.child), "form": form}
    return render(request, "care/plan.html", context, status=422 if form.errors else 200)


def _begun(request: SignedInRequest, pairing: Any) -> dict[str, Any]:
    found = [each for each in own.today_for(request.user, timezone.localdate())
             if each.pairing.pk == pairing.pk]  # fmt: skip
    holds = found[0].holds if found else None
    begun: dict[str, Any] = {"key": uuid4(), "what": codes.CALL}
    if holds is not None:
        begun |= {"base": holds.pk, "what": holds.what, "at": holds.at}
    return begun


@login_required
@require_POST
def settle(request: SignedInRequest, appointment_id: UUID) -> HttpResponse:
    """Choose one of two versions of an appointment."""
    chosen = own.appointment_of(request.user, appointment_id)
    planning.settle(chosen, by=request.user, now=timezone.now())
    messages.success(request, _("Settled. Both versions stay in the file."))
    hers = permissions.is_hers(request.user, chosen.pairing)
    return redirect("care:today" if hers else "care:disputed")


@login_required
@require_http_methods(["GET", "POST"])
def question(request: SignedInRequest, reply_id: UUID) -> HttpResponse:
    """Answer what the federation asked."""
    found = own.question_for(request.user, reply_id)
    form = WordsForm(request.POST or None)
    if form.is_bound and form.is_valid():
        contacts.respond(found, by=request.user, text=form.cleaned_data["text"], now=timezone.now())
        messages.success(request, _("Your answer is on its way."))
        return redirect("care:today")
    context = {
        "question": found.text.open(), "at": found.at, "by": found.by, "form": form,
        "enclosures": recordings.of_contact(found.contact),
    }  # fmt: skip
    return render(request, "care/question.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def my_phones(request: SignedInRequest) -> HttpResponse:
    """Show her phones; the app on a phone posts here to be set up."""
    permissions.require_mother(request.user)
    if request.method == "POST":
        return _set_up(request)
    context = {"phones": list(own.phones_of(request.user)), "most": phones.MOST_PHONES}
    return render(request, "care/my_phones.html", context)


def _set_up(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    label = _label_in(request)
    try:
        keys = phones.register(request.user, label=label, now=now)
    except phones.TooManyPhones as refusal:
        return JsonResponse({"title": str(refusal), "status": 409}, status=409)
    day = days.day_of(keys.device, now=now)
    return JsonResponse({"send": keys.send, "read": keys.read, "day": day}, status=201)


def _label_in(request: SignedInRequest) -> str:
    if request.content_type != "application/json":
        return request.POST.get("label", "")
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    return str(told.get("label", "")) if isinstance(told, dict) else ""


@login_required
@require_POST
def revoke_own(request: SignedInRequest, device_id: UUID) -> HttpResponse:
    """Block one of her own phones."""
    found = own.phone_of(request.user, device_id)
    phones.revoke(found, by=request.user, reason="", now=timezone.now())
    messages.success(request, _("Blocked. The phone wipes itself when it next calls."))
    return redirect("care:my-phones")
