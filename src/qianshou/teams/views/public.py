"""The page behind a task's link: no account, one task of one child, opened and answered once."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qianshou.common.errors import NotFound, Refused
from qianshou.teams.actions import answering
from qianshou.teams.forms import AnswerForm
from qianshou.teams.queries import links, mine
from qianshou.teams.queries.links import Found, LinkState

KEYS: Final = "team_task_keys"


@never_cache
@require_http_methods(["GET", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Say who asks; open the task for this browser alone; keep the answer.

    Looking at the page opens nothing: programs that look at links in messages do so too.
    """
    try:
        found = links.find(token)
    except NotFound:
        return _over(request, "UNKNOWN", None, status=404)
    state = found.state
    if state is LinkState.OPEN:
        return _opening(request, found, token)
    if state is LinkState.OPENED and links.is_key_of(found.task, _key(request, found)):
        return _answering(request, found)
    return _over(request, state, found.task, status=410)


def _key(request: HttpRequest, found: Found) -> str:
    held: dict[str, str] = request.session.get(KEYS, {})
    return held.get(str(found.task.pk), "")


def _over(request: HttpRequest, state: str, task: Any, *, status: int) -> HttpResponse:
    context = {"state": state, "asked": task}
    return render(request, "teams/link_over.html", context, status=status)


def _opening(request: HttpRequest, found: Found, token: str) -> HttpResponse:
    if request.method == "POST" and request.POST.get("act") == "open":
        key = answering.open_link(found.task, found.number)
        held = request.session.get(KEYS, {})
        request.session[KEYS] = {**held, str(found.task.pk): key}
        return redirect("teams:open", token=token)
    return render(request, "teams/link.html", {"asked": found.task})


def _answering(request: HttpRequest, found: Found) -> HttpResponse:
    task = found.task
    form = AnswerForm(request.POST if request.POST.get("act") == "answer" else None)
    if form.is_bound and form.is_valid():
        try:
            answering.answer(task, by=None, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            held = request.session.get(KEYS, {})
            request.session[KEYS] = {k: v for k, v in held.items() if k != str(task.pk)}
            return render(request, "teams/link_done.html", {"asked": task})
    context = {
        "task": task, "form": form, "words": mine.words_of(task),
        "card": answering.read_task(task, by=None), "base": "web/base_public.html",
    }  # fmt: skip
    return render(request, "teams/answer.html", context, status=422 if form.errors else 200)
