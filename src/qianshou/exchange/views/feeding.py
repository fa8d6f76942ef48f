"""The pages of feeds: where sources are asked, and who approved it."""

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
from qianshou.exchange import permissions, queries
from qianshou.exchange.actions import egress
from qianshou.exchange.forms import (
    SecretForm,
    WayForm,
)
from qianshou.exchange.http import posted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_GET
def feeds(request: SignedInRequest) -> HttpResponse:
    """List the sources that rows arrive from by themselves, and where they may be asked."""
    context = {
        "rows": queries.feeds_for(request.user),
        "ways": queries.ways_for(request.user),
        "may_edit": permissions.can_edit_sources(request.user),
        "may_approve": permissions.is_administrator(request.user),
        "may_see": powers.may(request.user, Power.VIEW_IMPORTS),
    }
    return render(request, "exchange/feeds.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def feed(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Ask for a destination of a source; two administrators approve it."""
    powers.require(request.user, Power.EDIT_SOURCES)
    found = queries.source_for(request.user, source_id)
    url = found.profile.get("fetch", {}).get("url", "")
    form = WayForm(*posted(request)[:1], initial={"url": url})
    if request.method == "POST" and form.is_valid():
        try:
            egress.ask(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked for. Two administrators have to approve it."))
            return redirect("exchange:feeds")
    context = {"source": found, "form": form, "secret_form": SecretForm()}
    return render(request, "exchange/feed.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def set_secret(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Keep the secret that a source is asked with."""
    powers.require(request.user, Power.EDIT_SOURCES)
    found = queries.source_for(request.user, source_id)
    form = SecretForm(request.POST)
    if form.is_valid():
        egress.set_secret(found, by=request.user, secret=form.cleaned_data["secret"])
        messages.success(request, _("The secret is sealed."))
        return redirect("exchange:feeds")
    context = {"source": found, "form": WayForm(), "secret_form": form}
    return render(request, "exchange/feed.html", context, status=422)


@login_required
@require_POST
def approve_way(request: SignedInRequest, way_id: UUID) -> HttpResponse:
    """Approve a destination as one of two administrators."""
    permissions.require_administrator(request.user)
    way = egress.approve(queries.way_for(request.user, way_id), by=request.user)
    said = _("It is open.") if way.is_open else _("Approved. One more administrator is needed.")
    messages.success(request, said)
    return redirect("exchange:feeds")


@login_required
@require_POST
def end_way(request: SignedInRequest, way_id: UUID) -> HttpResponse:
    """Close a destination."""
    if not permissions.can_edit_sources(request.user):
        permissions.require_administrator(request.user)
    egress.end(queries.way_for(request.user, way_id), by=request.user)
    messages.success(request, _("It is closed. No request goes there any more."))
    return redirect("exchange:feeds")
