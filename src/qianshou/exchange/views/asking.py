"""The pages of questions to departments: the list, the decision, the answer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.paging import page_of
from qianshou.exchange import permissions, queries
from qianshou.exchange.actions import asking
from qianshou.exchange.forms import ReasonForm


@login_required
@require_GET
def questions(request: SignedInRequest) -> HttpResponse:
    """List the questions that one has asked or may allow."""
    page = page_of(queries.questions_for(request.user, request.area_code), request)
    context = {"page": page, "rows": queries.shown_questions(list(page))}
    return render(request, "exchange/questions.html", context)


def _page(request: SignedInRequest, question_id: UUID) -> dict[str, Any]:
    found = queries.question_for(request.user, question_id)
    return {
        "question": found,
        "shown": queries.shown_questions([found])[0],
        "area_name": queries.area_name(found.area_code),
        "may_decide": permissions.can_decide_question(request.user, found),
        "may_read": permissions.can_read_answer(request.user, found),
        "form": ReasonForm(),
    }


@login_required
@require_GET
def question(request: SignedInRequest, question_id: UUID) -> HttpResponse:
    """Show one question: who asks, why, and what became of it; the answer stays folded."""
    return render(request, "exchange/question.html", _page(request, question_id))


@login_required
@require_POST
def approve_question(request: SignedInRequest, question_id: UUID) -> HttpResponse:
    """Allow a question as the second person."""
    asking.approve(queries.question_for(request.user, question_id), by=request.user)
    messages.success(request, _("Allowed. The question is on its way."))
    return redirect("exchange:question", question_id=question_id)


@login_required
@require_POST
def refuse_question(request: SignedInRequest, question_id: UUID) -> HttpResponse:
    """Do not allow a question."""
    context = _page(request, question_id)
    form = context["form"] = ReasonForm(request.POST)
    if form.is_valid():
        asking.refuse(context["question"], by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("Not allowed. Nothing is sent."))
        return redirect("exchange:question", question_id=question_id)
    return render(request, "exchange/question.html", context, status=422)


@login_required
@require_POST
def read_answer(request: SignedInRequest, question_id: UUID) -> HttpResponse:
    """Show the answer to one who says what it is needed for; the reading is on record."""
    context = _page(request, question_id)
    form = context["form"] = ReasonForm(request.POST)
    if form.is_valid():
        said = asking.read_answer(
            context["question"], by=request.user, reason=form.cleaned_data["reason"]
        )
        context["answer"] = queries.answer_words(said)
    return render(request, "exchange/question.html", context, status=422 if form.errors else 200)
