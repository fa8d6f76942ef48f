"""The office's pages about one child's consents, and the worklist."""

from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.paging import page_of
from qianshou.consents import permissions
from qianshou.consents.actions import asking, noting
from qianshou.consents.forms import (
    STATE,
    AskForm,
    AssentForm,
    AuthorityForm,
    PaperForm,
    ReasonForm,
    WithdrawForm,
)
from qianshou.consents.queries import child as queries
from qianshou.consents.queries import family, links, parties
from qianshou.consents.queries import worklist as work

DELEGATED = ("MATCHING", "PROGRAMME")
# What the guardian can be asked by itself, from a line that says that it is lacking.
SINGLY = ("SHARING",)


@login_required
@require_GET
def worklist(request: SignedInRequest) -> HttpResponse:
    """List whose consent is missing, ends, waits, or wants the child's own word."""
    kind = work.kind_of(request.GET.get("kind", ""))
    rows = work.rows_for(
        request.user, request.area_code, kind=kind.code, today=timezone.localdate()
    )
    page = page_of(rows, request)
    today = timezone.localdate()
    lines = [
        {"row": each, "age": getattr(each, "child", each).age_on(today),
         "state": links.words_of(each) if kind.code == "WAITING" else None}
        for each in page
    ]  # fmt: skip
    tabs = [
        {"label": each.label, "url": f"?kind={each.code}", "active": each is kind}
        for each in work.KINDS
    ]
    context = {"page": page, "lines": lines, "kind": kind, "tabs": tabs}
    return render(request, "consents/worklist.html", context)


def _handled(request: SignedInRequest, child_id: UUID) -> Any:
    """Return a child whose consents the person may handle."""
    found = queries.child_for(request.user, child_id)
    if not permissions.can_handle(request.user, found.area_code):
        raise NotAllowed
    return found


@login_required
@require_GET
def child(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show where every purpose stands, who may consent, and what happened."""
    found = queries.child_for(request.user, child_id)
    today = timezone.localdate()
    papers = family.papers_of(found, today)
    context = {
        "child": found,
        "standings": queries.standings_of(found, today),
        "to_ask": parties.parties_to_ask(found),
        "signers": family.signers_of(found, today),
        "state_guarded": family.is_state_guarded(found, papers),
        "history": queries.history_of(found),
        "assents": queries.assents_of(found),
        "authorities": queries.authorities_of(found),
        "requests": links.requests_of(found),
        "old_enough": queries.is_old_enough(found, today),
        "may_handle": permissions.can_handle(request.user, found.area_code),
        "may_note_assent": permissions.can_note_assent(request.user, found.area_code),
    }
    return render(request, "consents/child.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Make a link for a guardian; it is shown once, as a QR code, and sent to the phone on file."""
    found = _handled(request, child_id)
    today = timezone.localdate()
    adults = family.signers_of(found, today)
    wanted = parties.parties_to_ask(found)
    asked_for = request.GET.get("for")
    initial = {
        "purposes": [asked_for] if asked_for in SINGLY else ["PROGRAMME", "MATCHING"],
        "parties": "\n".join(wanted),
    }
    form = AskForm(request.POST or None, signers=adults, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            asked = asking.ask(
                found, UUID(data["stands"]), by=request.user, today=today,
                purposes=data["purposes"], parties=data["parties"], days=data["days"],
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _asked(request, found, asked)
    context = {"child": found, "form": form, "signers": adults}
    return render(request, "consents/ask.html", context, status=422 if form.errors else 200)


def _asked(request: SignedInRequest, child: Any, asked: asking.Asked) -> HttpResponse:
    url = f"{settings.SITE_URL}{asked.path}"
    drawn = segno.make(url, error="m").svg_inline(scale=6, border=2, omitsize=True)
    context = {
        "child": child, "asked": asked.request, "url": url,
        # Drawn by segno from our own address: no text of anybody's is in it.
        "qr": mark_safe(drawn),  # noqa: S308
    }  # fmt: skip
    return render(request, "consents/asked.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def note(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Write down an answer that was signed on paper."""
    found = _handled(request, child_id)
    today = timezone.localdate()
    adults = family.signers_of(found, today)
    guarded = family.is_state_guarded(found, family.papers_of(found, today))
    initial = {"parties": "\n".join(parties.parties_to_ask(found))}
    form = PaperForm(
        request.POST or None, signers=adults, state_guarded=guarded, initial=initial
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        paper = noting.Paper(
            purpose=data["purpose"], given=data["given"], given_on=data["given_on"],
            kept_at=data["kept_at"], stands_id=_stands(data["stands"]),
            giver=data.get("giver", ""), parties=data["parties"],
        )  # fmt: skip
        try:
            noting.note_paper(found, paper, by=request.user, today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The answer is noted."))
            return redirect("consents:child", child_id=found.pk)
    context = {"child": found, "form": form, "signers": adults, "state_guarded": guarded}
    return render(request, "consents/note.html", context, status=422 if form.errors else 200)


def _stands(chosen: str) -> UUID | None:
    return None if chosen == STATE else UUID(chosen)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, child_id: UUID, purpose: str) -> HttpResponse:
    """Say what a withdrawal stops, and note it."""
    found = _handled(request, child_id)
    today = timezone.localdate()
    standing = queries.standing_of(found, purpose, today)
    adults = family.signers_of(found, today)
    guarded = family.is_state_guarded(found, family.papers_of(found, today))
    form = WithdrawForm(request.POST or None, signers=adults, state_guarded=guarded)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            noting.withdraw(
                found, purpose, by=request.user, today=today, reason=data["reason"],
                stands_id=_stands(data["stands"]),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The consent has ended. What rested on it has stopped."))
            return redirect("consents:child", child_id=found.pk)
    context = {
        "child": found, "form": form, "standing": standing,
        "stops": queries.consequences_of(found.pk, purpose),
    }  # fmt: skip
    return render(request, "consents/withdraw.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def assent(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Write down what the child itself said."""
    found = queries.child_for(request.user, child_id)
    today = timezone.localdate()
    form = AssentForm(request.POST or None, initial={"asked_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            noting.note_assent(
                found, noting.Said(**form.cleaned_data), by=request.user, today=today
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("What the child said is noted."))
            return redirect("consents:child", child_id=found.pk)
    context = {"child": found, "form": form, "old_enough": queries.is_old_enough(found, today)}
    return render(request, "consents/assent.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def words(request: SignedInRequest, child_id: UUID, assent_id: UUID) -> HttpResponse:
    """Open what a child said in its own words."""
    found = _handled(request, child_id)
    chosen = queries.assent_for(found, assent_id)
    form = ReasonForm(request.POST)
    said = ""
    if form.is_valid():
        said = noting.read_words(chosen, found, by=request.user, reason=form.cleaned_data["reason"])
    context = {"child": found, "assent": chosen, "form": form, "said": said}
    return render(request, "consents/words.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def authority(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Note a document that says who else may consent."""
    found = _handled(request, child_id)
    today = timezone.localdate()
    form = AuthorityForm(request.POST or None, signers=family.signers_of(found, today))
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        stands = data.pop("stands")
        document = noting.Document(
            **data,
            stands_id=UUID(stands) if stands and data["kind"] != "STATE" else None,
            purposes=DELEGATED if data["kind"] == "DELEGATION" else (),
        )
        try:
            noting.note_authority(found, document, by=request.user, today=today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The document is noted."))
            return redirect("consents:child", child_id=found.pk)
    context = {"child": found, "form": form}
    return render(request, "consents/authority.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def end_authority(request: SignedInRequest, child_id: UUID, authority_id: UUID) -> HttpResponse:
    """Note that a document no longer counts."""
    found = _handled(request, child_id)
    chosen = queries.authority_for(found, authority_id)
    noting.end_authority(chosen, found, by=request.user, today=timezone.localdate())
    messages.success(request, _("The document no longer counts; what was signed on it has ended."))
    return redirect("consents:child", child_id=found.pk)


@login_required
@require_POST
def cancel(request: SignedInRequest, child_id: UUID, request_id: UUID) -> HttpResponse:
    """Take a link back."""
    found = _handled(request, child_id)
    asking.cancel(links.request_for(found, request_id), found, by=request.user)
    messages.success(request, _("The link has ended."))
    return redirect("consents:child", child_id=found.pk)
