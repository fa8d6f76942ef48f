"""The guardian's own page: no account, one link, one child, and nothing else in sight."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.consents.actions import signing
from qianshou.consents.forms import CheckForm
from qianshou.consents.queries import child as consequences
from qianshou.consents.queries import links
from qianshou.consents.queries.links import LinkState


@never_cache
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """Check who opens the link, show what is asked, and keep the answers."""
    try:
        found = links.open_link(token)
    except NotFound:
        return render(request, "consents/link_over.html", {"state": "UNKNOWN"}, status=404)
    state = links.state_of(found)
    if state is not LinkState.OPEN:
        return render(
            request, "consents/link_over.html", {"state": state, "asked": found}, status=410
        )
    if request.method == "POST" and "seal" in request.POST:
        return _answering(request, found)
    return _checking(request, found)


def _checking(request: HttpRequest, found: Any) -> HttpResponse:
    """Ask what the guardian knows; a right answer leads to the questions."""
    form = CheckForm(request.POST or None, kind=found.check_kind)
    if request.method == "POST" and form.is_valid():
        try:
            language = get_language() or "zh-hans"
            seal = signing.check(found, form.cleaned_data["answer"], language=language)
        except Refused as refusal:
            form.add_error("answer", str(refusal))
        else:
            return _questions(request, found, seal)
    context = {"asked": found, "form": form}
    return render(request, "consents/check.html", context, status=422 if form.errors else 200)


def _questions(
    request: HttpRequest, found: Any, seal: str, *, answers: Mapping[str, bool] | None = None,
    problem: str = "",
) -> HttpResponse:  # fmt: skip
    """Show the texts with yes and no below each."""
    language = signing.language_of(found, seal)
    rows = links.questions_of(found, language)
    for row in rows:
        row["answer"] = (answers or {}).get(row["purpose"])
        for each in row["choices"]:
            each["answer"] = {"yes": True, "no": False}.get(request.POST.get(each["field"], ""))
    context = {
        "asked": found, "seal": seal, "questions": rows, "problem": problem,
        "child": found.child_name.open(), "guardian": found.guardian_name.open(),
    }  # fmt: skip
    return render(request, "consents/questions.html", context, status=422 if problem else 200)


def _answering(request: HttpRequest, found: Any) -> HttpResponse:
    """Repeat the answers with what follows from them, and keep them once she has confirmed."""
    seal = request.POST["seal"]
    answers = {
        name.removeprefix("answer-"): value == "yes"
        for name, value in request.POST.items()
        if name.startswith("answer-") and value in ("yes", "no")
    }
    try:
        agreed = _agreed(request, found, answers)
        rows = _judged(found, answers, seal, agreed=agreed)
        if "confirm" not in request.POST:
            return _confirming(request, found, rows)
        signing.sign(found, answers, seal=seal, parties=agreed)
    except signing.Unanswered as refusal:
        return _questions(request, found, seal, answers=answers, problem=str(refusal))
    except signing.NotChecked as refusal:
        form = CheckForm(kind=found.check_kind)
        context = {"asked": found, "form": form, "problem": str(refusal)}
        return render(request, "consents/check.html", context, status=422)
    context = {"asked": found, "rows": rows}
    return render(request, "consents/signed.html", context)


def _agreed(request: HttpRequest, found: Any, answers: dict[str, bool]) -> list[str]:
    """Return the parties with a yes, and answer the question of sharing by them, one by one."""
    agreed: list[str] = []
    for question in found.questions:
        said = [request.POST.get(f"party-{n}", "") for n in range(len(question["parties"]))]
        if not question["parties"]:
            continue
        answers.pop(question["purpose"], None)
        if all(each in ("yes", "no") for each in said):
            agreed += [
                p for p, word in zip(question["parties"], said, strict=True) if word == "yes"
            ]
            answers[question["purpose"]] = bool(agreed)
    return agreed


def _judged(
    found: Any, answers: Mapping[str, bool], seal: str, *, agreed: list[str]
) -> list[dict[str, Any]]:
    """Return the questions with their answers; raises if she is not checked or one is missing."""
    rows = links.questions_of(found, signing.language_of(found, seal))
    signing.require_all(rows, answers)
    for row in rows:
        for each in row["choices"]:
            each["answer"] = each["party"] in agreed
    return [row | {"answer": answers[row["purpose"]]} for row in rows]


def _confirming(request: HttpRequest, found: Any, rows: list[dict[str, Any]]) -> HttpResponse:
    """Show the answers once more; a no after a yes says what stops, and who is told."""
    for row in rows:
        row["withdraws"] = bool(row["so_far"]) and not row["answer"]
        row["stops"] = []
        if row["withdraws"]:
            # The rooms above look at this one child; the guardian's own scope cannot.
            with rowsecurity.acting(rowsecurity.SYSTEM):
                row["stops"] = consequences.consequences_of(found.child_id, row["purpose"])
    context = {"asked": found, "seal": request.POST["seal"], "rows": rows}
    return render(request, "consents/confirm.html", context)
