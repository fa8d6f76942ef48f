"""Pages about the systems that are told what happens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.exchange import permissions as exchange
from qianshou.exchange.actions import egress
from qianshou.exchange.http import SecretForm, WayForm, posted
from qianshou.outbound import permissions
from qianshou.outbound.actions import receivers as acts
from qianshou.outbound.forms import ReceiverForm, ToldForm
from qianshou.outbound.queries import receivers as queries

YEAR = timedelta(days=365)


@login_required
@require_GET
def receivers(request: SignedInRequest) -> HttpResponse:
    """List the systems that are told what happens, and where they may be called."""
    context = {
        "rows": queries.rows_for(request.user),
        "ways": queries.ways_for(request.user),
        "may_edit": permissions.can_edit_receivers(request.user),
        "may_approve": exchange.is_administrator(request.user),
    }
    return render(request, "outbound/receivers.html", context)


def agreed_in(form: ToldForm) -> acts.Agreement:
    """Return what a valid form says that a receiver may be told."""
    said = form.cleaned_data
    return acts.Agreement(said["told"], said["basis"], said["valid_until"], said["ground"])


@login_required
@require_http_methods(["GET", "POST"])
def new_receiver(request: SignedInRequest) -> HttpResponse:
    """Make a receiver."""
    powers.require(request.user, Power.EDIT_SOURCES)
    form = ReceiverForm(*posted(request)[:1], initial={"valid_until": timezone.localdate() + YEAR})
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.make(
                by=request.user, area_code=request.area_code, agreed=agreed_in(form),
                **{name: form.cleaned_data[name] for name in ("code", "name", "url", "algorithm")},
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The receiver is made. Enter its secret next."))
            return redirect("outbound:receiver", receiver_id=made.pk)
    status = 422 if form.errors else 200
    return render(request, "outbound/new_receiver.html", {"form": form}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def receiver(request: SignedInRequest, receiver_id: UUID) -> HttpResponse:
    """Show one receiver, and say anew what it is told."""
    found = queries.receiver_for(request.user, receiver_id)
    form = ToldForm(
        *posted(request)[:1],
        initial=_told(found),
    )
    if request.method == "POST":
        powers.require(request.user, Power.EDIT_SOURCES, found.area_code)
        if form.is_valid():
            acts.change(found, by=request.user, agreed=agreed_in(form))
            messages.success(request, _("Saved."))
            return redirect("outbound:receiver", receiver_id=found.pk)
    return _page(request, found, form=form)


def _told(found: Any) -> dict[str, Any]:
    return {
        "told": found.kinds, "basis": found.basis, "valid_until": found.valid_until,
        "ground": found.ground,
    }  # fmt: skip


def _page(request: SignedInRequest, found: Any, **forms: Any) -> HttpResponse:
    """Draw a receiver's page with its forms, of which the one that was sent shows its errors."""
    shown = {
        "form": ToldForm(initial=_told(found)),
        "way_form": WayForm(initial={"url": found.url}),
        "secret_form": SecretForm(),
        **forms,
    }
    row = next(each for each in queries.rows_for(request.user) if each.receiver.pk == found.pk)
    context = {
        **shown,
        "row": row,
        "receiver": found,
        "told": queries.kinds_in_words(found),
        "deliveries": queries.latest_for(request.user, found),
        "ways": queries.ways_for(request.user, found),
        "may_edit": permissions.can_edit_receivers(request.user, found.area_code),
        "may_approve": exchange.is_administrator(request.user),
    }
    status = 422 if any(form.errors for form in shown.values()) else 200
    return render(request, "outbound/receiver.html", context, status=status)


@login_required
@require_POST
def ask_way(request: SignedInRequest, receiver_id: UUID) -> HttpResponse:
    """Ask for the destination of a receiver."""
    found = queries.receiver_for(request.user, receiver_id)
    powers.require(request.user, Power.EDIT_SOURCES, found.area_code)
    form = WayForm(request.POST)
    if form.is_valid():
        try:
            egress.ask(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked for. Two administrators have to approve it."))
            return redirect("outbound:receiver", receiver_id=found.pk)
    return _page(request, found, way_form=form)


@login_required
@require_POST
def set_secret(request: SignedInRequest, receiver_id: UUID) -> HttpResponse:
    """Keep the secret that messages are signed with."""
    found = queries.receiver_for(request.user, receiver_id)
    powers.require(request.user, Power.EDIT_SOURCES, found.area_code)
    form = SecretForm(request.POST)
    if form.is_valid():
        acts.set_secret(found, by=request.user, secret=form.cleaned_data["secret"])
        messages.success(request, _("The secret is sealed."))
        return redirect("outbound:receiver", receiver_id=found.pk)
    return _page(request, found, secret_form=form)


@login_required
@require_POST
def pause(request: SignedInRequest, receiver_id: UUID) -> HttpResponse:
    """Tell a receiver nothing more for now."""
    acts.pause(queries.receiver_for(request.user, receiver_id), by=request.user)
    messages.success(request, _("Nothing more is sent to it."))
    return redirect("outbound:receiver", receiver_id=receiver_id)


@login_required
@require_POST
def resume(request: SignedInRequest, receiver_id: UUID) -> HttpResponse:
    """Tell a receiver again."""
    acts.resume(queries.receiver_for(request.user, receiver_id), by=request.user)
    messages.success(request, _("It is told again, beginning with what waits."))
    return redirect("outbound:receiver", receiver_id=receiver_id)


@login_required
@require_POST
def send_again(request: SignedInRequest, receiver_id: UUID) -> HttpResponse:
    """Send what was set aside once more."""
    count = acts.send_again(queries.receiver_for(request.user, receiver_id), by=request.user)
    messages.success(request, _("Messages that are sent again: %(count)s.") % {"count": count})
    return redirect("outbound:receiver", receiver_id=receiver_id)


@login_required
@require_POST
def try_out(request: SignedInRequest, receiver_id: UUID) -> HttpResponse:
    """Send a message about nobody and say what came of it."""
    problem = acts.try_out(queries.receiver_for(request.user, receiver_id), by=request.user)
    if problem:
        messages.error(request, queries.problem_words(problem))
    else:
        messages.success(request, _("The trial message arrived."))
    return redirect("outbound:receiver", receiver_id=receiver_id)


@login_required
@require_POST
def approve_way(request: SignedInRequest, way_id: UUID) -> HttpResponse:
    """Approve a destination as one of two administrators."""
    exchange.require_administrator(request.user)
    way = egress.approve(queries.way_for(request.user, way_id), by=request.user)
    said = _("It is open.") if way.is_open else _("Approved. One more administrator is needed.")
    messages.success(request, said)
    return redirect("outbound:receivers")


@login_required
@require_POST
def end_way(request: SignedInRequest, way_id: UUID) -> HttpResponse:
    """Close a destination."""
    egress.end(queries.way_for(request.user, way_id), by=request.user)
    messages.success(request, _("It is closed. No request goes there any more."))
    return redirect("outbound:receivers")
