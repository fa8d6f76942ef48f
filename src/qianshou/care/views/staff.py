"""The pages of those who follow care: contacts, who is overdue, what is held, lost phones."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.care.actions import contacts, deciding, phones
from qianshou.care.forms import ReasonForm, ReplyForm
from qianshou.care.queries import following, recordings
from qianshou.care.rules import codes
from qianshou.common.errors import NotFound
from qianshou.common.paging import page_of

DECISIONS = {"file": deciding.file, "aside": deciding.set_aside}


@login_required
@require_GET
def contact_list(request: SignedInRequest) -> HttpResponse:
    """List the contacts of the area, newest first; notes stay closed here."""
    only = request.GET.get("only", "")
    rows = following.contacts_for(request.user, request.area_code, only=only)
    filters = [
        {"name": "only", "label": _("Show"), "choices": [("unread", _("waiting for an answer"))]}
    ]
    context = {"page": page_of(rows, request), "filters": filters, "only": only}
    return render(request, "care/contacts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def contact(request: SignedInRequest, contact_id: UUID) -> HttpResponse:
    """Open one contact with its note, and answer it."""
    found = following.contact_for(request.user, contact_id)
    form = ReplyForm(request.POST or None)
    if form.is_bound and form.is_valid():
        contacts.answer(found, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("She sees it on her phone."))
        return redirect("care:contacts")
    context = {"form": form, **_opened(request, found)}
    return render(request, "care/contact.html", context, status=422 if form.errors else 200)


def _opened(request: SignedInRequest, found: Any) -> dict[str, Any]:
    return {
        "contact": found,
        "enclosures": recordings.of_contact(found),
        "note": contacts.open_note(found, by=request.user),
        "topics": [_(codes.TOPICS[each]) for each in found.topics],
        "mood": _(codes.MOODS[found.mood]) if found.mood else "",
        "face": codes.FACES.get(found.mood, ""),
        "replies": [
            {"reply": each, "text": each.text.open() or _(codes.REPLIES.get(each.kind, ""))}
            for each in found.replies.select_related("by").order_by("at")
        ],
    }


@login_required
@require_GET
def held_list(request: SignedInRequest) -> HttpResponse:
    """List what phones sent and could not be taken as it came."""
    page = page_of(following.held_for(request.user, request.area_code), request)
    rows = [{"held": each, "why": _(codes.REASONS[each.reason])} for each in page]
    return render(request, "care/held_list.html", {"page": page, "rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def held(request: SignedInRequest, held_id: UUID) -> HttpResponse:
    """Open what is held, and take it after all or set it aside."""
    found = following.held_one(request.user, held_id)
    form = ReasonForm(request.POST or None)
    if form.is_bound and form.is_valid():
        act = DECISIONS.get(request.POST.get("act", ""))
        if act is None:
            raise NotFound
        act(found, by=request.user, reason=form.cleaned_data["reason"], now=timezone.now())
        messages.success(request, _("Decided, with your reason."))
        return redirect("care:held-list")
    said, raw = deciding.read(found, by=request.user)
    context = {
        "held": found, "form": form, "why": _(codes.REASONS[found.reason]), "said": said,
        "raw": raw[:4000], "kinds": codes.KINDS,
    }  # fmt: skip
    return render(request, "care/held.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def phone_list(request: SignedInRequest) -> HttpResponse:
    """List the phones of the area's mothers."""
    rows = following.phones_in(
        request.user, request.area_code, search=request.GET.get("q", "").strip()[:60]
    )
    return render(request, "care/phones.html", {"page": page_of(rows, request)})


@login_required
@require_http_methods(["GET", "POST"])
def phone(request: SignedInRequest, device_id: UUID) -> HttpResponse:
    """Show one phone and which of its entries never came; block it when it is lost."""
    found = following.phone_for(request.user, device_id)
    form = ReasonForm(request.POST or None)
    if form.is_bound and form.is_valid():
        phones.revoke(
            found, by=request.user, reason=form.cleaned_data["reason"], now=timezone.now()
        )
        messages.success(request, _("Blocked. The phone wipes itself when it next calls."))
        return redirect("care:phone", device_id=device_id)
    context = {"phone": found, "form": form, "missing": following.missing_numbers(found)}
    return render(request, "care/phone_of_hers.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def disputed(request: SignedInRequest) -> HttpResponse:
    """List the appointments that two phones set differently."""
    page = page_of(following.disputed_in(request.user, request.area_code), request)
    context = {"page": page, "disputes": following.disputes(page)}
    return render(request, "care/disputed.html", context)
