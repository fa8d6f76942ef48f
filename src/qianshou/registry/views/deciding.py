"""The queue of doubtful links and the page that asks one question."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.paging import page_of
from qianshou.registry import permissions
from qianshou.registry.actions import deciding, opening, voting
from qianshou.registry.forms import ReviewForm
from qianshou.registry.queries import doubts as queries
from qianshou.registry.queries import extensions, today


@login_required
@require_GET
def doubts(request: SignedInRequest) -> HttpResponse:
    """List the open questions of the chosen area, those worth most first."""
    rows = queries.doubts_for(
        request.user, area_code=request.area_code, reason=request.GET.get("reason", "")
    )
    page = page_of(rows, request)
    context = {
        "page": page,
        "asked": queries.asked(list(page.object_list)),
        "filters": queries.reason_choices(),
        "progress": queries.progress_of(request.user, area_code=request.area_code),
        "narrowed": bool(request.GET.get("reason")),
        "check": today.last_check(request.area_code),
        "waiting": queries.waiting_for_others(request.user, area_code=request.area_code),
        "eyes": queries.eyes_of(request.area_code),
        "may_set": permissions.can_set_review(request.user, request.area_code),
        **_last(request),
    }
    return render(request, "registry/doubts.html", context)


def _last(request: SignedInRequest) -> dict[str, Any]:
    last = queries.last_decided(request.user, area_code=request.area_code)
    return {"undo_url": reverse("registry:reopen", args=[last.pk]) if last else ""}


@login_required
@require_GET
def next_doubt(request: SignedInRequest) -> HttpResponse:
    """Open the question to answer next, or the empty queue."""
    found = queries.next_doubt(request.user, area_code=request.area_code)
    if found is None:
        return redirect("registry:doubts")
    return redirect("registry:doubt", doubt_id=found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def doubt(request: SignedInRequest, doubt_id: UUID) -> HttpResponse:
    """Ask one question side by side; an answer leads to the next question."""
    found = queries.doubt_for(request.user, doubt_id)
    if request.method == "POST":
        return _answered(request, doubt_id)
    if found.state != "OPEN":
        messages.info(request, _("Somebody has answered this question already."))
        return redirect("registry:next-doubt")
    question = opening.open_doubt(found, by=request.user)
    context = {
        "question": question,
        "files": [(child, extensions.marks_of(child)) for child in question.children],
        "progress": queries.progress_of(request.user, area_code=_queue(request, found.area_code)),
        "eyes": queries.eyes_of(found.area_code),
        "disagreed": queries.disagreed(found),
        **_last(request),
    }
    return render(request, "registry/doubt.html", context)


def _queue(request: SignedInRequest, asked_about: str) -> str:
    """Return the area whose questions follow: the chosen one, if its questions are the person's."""
    chosen = request.area_code
    return chosen if permissions.can_decide_links(request.user, chosen) else asked_about


def _answered(request: SignedInRequest, doubt_id: UUID) -> HttpResponse:
    found = queries.doubt_for(request.user, doubt_id)
    try:
        deciding.decide_doubt(found, by=request.user, verdict=request.POST.get("verdict", ""))
    except (deciding.AlreadyDecided, voting.AnsweredByYou) as refusal:
        messages.warning(request, str(refusal))
    except NotAllowed:
        raise
    except Refused as refusal:
        # A room above holds the two apart, as two running pairings do: say so beside the question.
        messages.warning(request, str(refusal))
        return redirect("registry:doubt", doubt_id=doubt_id)
    else:
        _tell(request, queries.doubt_for(request.user, doubt_id), request.POST.get("verdict", ""))
    area_code = _queue(request, found.area_code)
    following = queries.next_doubt(request.user, area_code=area_code, besides=doubt_id)
    if following is None:
        return redirect("registry:doubts")
    return redirect("registry:doubt", doubt_id=following.pk)


def _tell(request: SignedInRequest, found: Any, verdict: str) -> None:
    if verdict == deciding.LATER:
        messages.info(request, _("Put behind the other questions."))
        return
    said = {
        "SAME": _("Kept as one child."),
        "DIFFERENT": _("Kept as two children."),
    }.get(found.state, _("Your answer is noted; another person answers as well."))
    undo = reverse("registry:reopen", args=[found.pk])
    messages.success(request, said, extra_tags=f"undo:{undo}")


@login_required
@require_POST
def reopen(request: SignedInRequest, doubt_id: UUID) -> HttpResponse:
    """Take an answer back and ask again."""
    found = queries.doubt_for(request.user, doubt_id)
    try:
        deciding.reopen_doubt(found, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("registry:doubts")
    messages.success(request, _("The answer is taken back; here is the question again."))
    return redirect("registry:doubt", doubt_id=found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def review(request: SignedInRequest) -> HttpResponse:
    """Say how many people of the county must agree on a doubtful link."""
    area_code = request.area_code
    if not permissions.can_set_review(request.user, area_code):
        raise NotAllowed
    form = ReviewForm(request.POST or None, initial={"eyes": queries.eyes_of(area_code)})
    if request.method == "POST" and form.is_valid():
        try:
            voting.set_eyes(area_code, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Done. The change is on record."))
            return redirect("registry:doubts")
    context = {"form": form}
    return render(request, "registry/review.html", context, status=422 if form.errors else 200)
