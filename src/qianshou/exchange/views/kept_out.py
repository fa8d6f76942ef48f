"""The pages of messages of a broker that were kept out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.exchange.actions import kept_out as acting
from qianshou.exchange.forms import ReasonForm
from qianshou.exchange.http import posted
from qianshou.exchange.queries import kept_out as queries


@login_required
@require_GET
def kept_out(request: SignedInRequest) -> HttpResponse:
    """List the messages that could not be taken in; what stands in them stays folded."""
    page = page_of(queries.messages_for(request.user, request.area_code), request)
    context = {"page": page, "rows": queries.message_rows(list(page.object_list))}
    return render(request, "exchange/kept_out.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def message(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Show one message; with a reason, also what stands in it."""
    found = queries.message_for(request.user, message_id)
    form = ReasonForm(*posted(request)[:1])
    context = _context(request, found, form)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        context["content"] = acting.reveal(found, by=request.user, reason=reason)
    status = 422 if form.errors else 200
    return render(request, "exchange/kept_message.html", context, status=status)


@login_required
@require_POST
def retry(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Take a message in as the source is set up now."""
    found = queries.message_for(request.user, message_id)
    powers.require(request.user, Power.RUN_IMPORTS, found.area_code)
    try:
        run = acting.retry(found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("exchange:kept-message", message_id=message_id)
    return redirect("exchange:run", run_id=run.pk)


@login_required
@require_POST
def dismiss(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """Decide that a message is not going to be taken in."""
    found = queries.message_for(request.user, message_id)
    powers.require(request.user, Power.RUN_IMPORTS, found.area_code)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        context = _context(request, found, form)
        return render(request, "exchange/kept_message.html", context, status=422)
    acting.dismiss(found, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("The message is put aside."))
    return redirect("exchange:kept-out")


def _context(request: SignedInRequest, found: Any, form: ReasonForm) -> dict[str, Any]:
    return {
        "message": found,
        "why": queries.why_of(found),
        "form": form,
        "may_act": powers.may(request.user, Power.RUN_IMPORTS, found.area_code),
    }
