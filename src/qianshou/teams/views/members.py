"""What a member of a team sees: the own children, slot by slot, and what is asked."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.teams.actions import answering
from qianshou.teams.forms import AnswerForm
from qianshou.teams.queries import mine as queries


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """Show the children in whose teams the person sits."""
    page = page_of(queries.seats_for(request.user), request)
    rows = queries.rows_of(request.user, list(page.object_list), timezone.localdate())
    return render(request, "teams/mine.html", {"page": page, "rows": rows})


@login_required
@require_GET
def card(request: SignedInRequest, seat_id: UUID) -> HttpResponse:
    """Show what the person's slot allows of one child; the reading stands in the trail."""
    seat = queries.seat_for(request.user, seat_id)
    slot = queries.slot_of(seat)
    context = {
        "seat": seat, "slot": slot,
        "card": answering.read_card(seat, slot["parts"], by=request.user),
    }  # fmt: skip
    return render(request, "teams/card.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: SignedInRequest, task_id: UUID) -> HttpResponse:
    """Show one task with what it opens, and keep the answer."""
    task = queries.task_for(request.user, task_id)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answering.answer(task, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Thank you: your answer has come in."))
            return redirect("teams:mine")
    context = {
        "task": task, "form": form, "words": queries.words_of(task),
        "card": answering.read_task(task, by=request.user),
        "base": "web/base.html",
    }  # fmt: skip
    return render(request, "teams/answer.html", context, status=422 if form.errors else 200)
