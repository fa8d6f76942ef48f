"""The pages of what is agreed with a department, and of where its feed drifts from it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.exchange import queries
from qianshou.exchange.actions import agreeing, tracing
from qianshou.exchange.forms import AgreementForm, ReasonForm
from qianshou.exchange.http import posted
from qianshou.exchange.queries import connections, contracts


@login_required
@require_http_methods(["GET", "POST"])
def agreement(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Enter what is agreed with a source's department, and see what holds now."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    today = timezone.localdate()
    standing = contracts.agreement_of(source, today)
    form = AgreementForm(
        *posted(request)[:1],
        choices=queries.field_choices(source.target),
        initial=contracts.proposal_for(source, standing, today),
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["fields"] = given.pop("fields_allowed")
        try:
            agreeing.agree(source, by=request.user, **given)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The agreement is on file."))
            return redirect("exchange:source", source_id=source.pk)
    context: dict[str, Any] = {
        "source": source,
        "form": form,
        "standing": contracts.agreement_words(standing, today),
        "steps": connections.steps_on(source, "agreement"),
    }
    return render(request, "exchange/agreement.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def end(request: SignedInRequest, agreement_id: UUID) -> HttpResponse:
    """End an agreement before its day."""
    powers.require(request.user, Power.EDIT_SOURCES)
    found = contracts.agreement_for(request.user, agreement_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        agreeing.end(found, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("The agreement has ended; nothing is taken in any more."))
    else:
        messages.error(request, _("Say why, in at least four characters."))
    return redirect("exchange:agreement", source_id=found.source_id)


@login_required
@require_POST
def close_drift(request: SignedInRequest, drift_id: UUID) -> HttpResponse:
    """Note that somebody has looked at a finding."""
    found = contracts.drift_for(request.user, drift_id)
    tracing.close_drift(found, by=request.user)
    messages.success(request, _("Noted. It is told again if it happens again."))
    return redirect("exchange:source", source_id=found.source_id)
