"""Signals: what to look at, what one says, the words that raise them, and how good these are."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.common.paging import page_of
from qianshou.protection.actions import configuring, judging
from qianshou.protection.forms import DecisionForm, WordsListForm
from qianshou.protection.queries import signals, wording
from qianshou.protection.rules import danger

PROBLEMS = {
    "parts": gettext_noop("it has more than five parts"),
    "term": gettext_noop("the word has fewer than 2 or more than 30 characters"),
    "kind": gettext_noop("this kind is not known"),
    "weight": gettext_noop("the weight is a whole number from 1 to 5"),
    "language": gettext_noop("this language is not known"),
    "twice": gettext_noop("this word stands there twice"),
    "empty": gettext_noop("the list is empty"),
}


@login_required
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    """List what waits within the week's cap; all of it, or what was decided, on request."""
    user, area, today = request.user, request.area_code, timezone.localdate()
    show = request.GET.get("show", "")
    rows: Any = {"all": signals.all_waiting, "decided": signals.decided}.get(show)
    found = rows(user, area) if rows else signals.to_look_at(user, area, today=today)
    page = page_of(found, request)
    context = {
        "page": page, "rows": signals.lines(page), "show": show,
        "kept_back": signals.kept_back(user, area, today=today),
    }  # fmt: skip
    return render(request, "protection/signals.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def one(request: SignedInRequest, signal_id: UUID) -> HttpResponse:
    """Open one signal and decide it."""
    found = signals.signal_for(request.user, signal_id)
    form = DecisionForm(request.POST or None)
    if form.is_bound and form.is_valid():
        made = judging.decide(
            found, by=request.user, act=request.POST.get("act", ""), now=timezone.now(),
            **form.cleaned_data,
        )  # fmt: skip
        messages.success(request, _("It is decided."))
        return redirect("protection:reports" if made else "protection:signals")
    context = {
        "signal": found, "why": signals.why(found), "form": form,
        "excerpt": judging.open_signal(found, by=request.user),
        "reason": found.reason.open() if found.reason else "",
    }  # fmt: skip
    return render(request, "protection/signal.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def words(request: SignedInRequest) -> HttpResponse:
    """Show the danger words of the area; try an edited list on a text, then publish it."""
    user, area = request.user, request.area_code
    configuring.limits_for(user, area)
    listed_now, version = wording.words_for(area)
    form = WordsListForm(request.POST or None, initial={"words": wording.as_text(listed_now)})
    tried: list[danger.Hit] | None = None
    if form.is_bound and form.is_valid():
        edited = _edited(form)
        if edited is not None and request.POST.get("act") == "publish":
            configuring.publish_words(
                area, by=user, now=timezone.now(), words=edited, note=form.cleaned_data["note"]
            )
            messages.success(request, _("The list is in force from now on."))
            return redirect("protection:words")
        tried = danger.find(form.cleaned_data["trial"], edited) if edited is not None else None
    context = {
        "form": form, "version": version, "kinds": wording.by_kind(listed_now),
        "count": len(listed_now),
        "tried": tried,
        "languages": [_(words) for words in danger.LANGUAGES.values()],
        "hits": [(hit, _(danger.KINDS[hit.word.kind])) for hit in tried or []],
        "weight": danger.weight_of(tried or []), "enough": danger.ENOUGH,
    }  # fmt: skip
    return render(request, "protection/words.html", context, status=422 if form.errors else 200)


def _edited(form: WordsListForm) -> list[danger.Word] | None:
    try:
        return wording.read_text(form.cleaned_data["words"])
    except danger.BadLine as bad:
        told = {"line": bad.line, "problem": _(PROBLEMS[bad.problem])}
        form.add_error("words", _("Line %(line)d: %(problem)s.") % told)
        return None


@login_required
@require_GET
def figures(request: SignedInRequest) -> HttpResponse:
    """Show how each word fared within a year."""
    since = timezone.localdate() - timedelta(days=365)
    rows = signals.figures(request.user, request.area_code, since=since)
    context = {
        "rows": [{"figure": each, "kind": _(danger.KINDS[each.kind])} for each in rows],
        "states": signals.by_state(request.user, request.area_code),
    }
    return render(request, "protection/figures.html", context)
