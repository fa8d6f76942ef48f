"""The pages on which a person sees what undoing, or letting through, would change."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.exchange import queries
from qianshou.exchange.actions import deciding, undoing
from qianshou.exchange.queries import contracts


@login_required
@require_GET
def preview(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show what undoing a delivery would change, before anybody does it."""
    run = queries.run_for(request.user, run_id)
    powers.require(request.user, Power.APPROVE_IMPORTS, run.area_code)
    context = {"run": run, "counts": undoing.preview(run, by=request.user)}
    return render(request, "exchange/undo.html", context)


@login_required
@require_POST
def examples(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show a few rows that a waiting delivery would change; the reading is on record."""
    run = queries.run_for(request.user, run_id)
    shown = contracts.example_words(run, deciding.read_examples(run, by=request.user))
    return render(request, "exchange/examples.html", {"run": run, "groups": shown})
