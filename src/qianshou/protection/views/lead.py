"""The worklist of those who receive reports, and what they do with one."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotFound
from qianshou.common.paging import page_of
from qianshou.protection.actions import configuring, handling
from qianshou.protection.forms import AcceptForm, CloseForm, HandoverForm, TermsForm, WordsForm
from qianshou.protection.queries import own, reports
from qianshou.protection.rules import codes, life

FORMS = {
    "accept": AcceptForm, "hand_over": HandoverForm, "feedback": WordsForm, "close": CloseForm,
    "pass_on": WordsForm, "exclude": WordsForm, "reporter": WordsForm,
}  # fmt: skip
PLAIN: Mapping[str, Callable[..., object]] = {
    "accept": handling.accept,
    "hand_over": handling.hand_over,
    "feedback": handling.give_feedback,
    "close": handling.close,
    "pass_on": handling.pass_on,
    "announce": handling.announce,
}


@login_required
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    """List the reports that wait, with their clocks."""
    closed = request.GET.get("show") == "closed"
    page = page_of(reports.reports_for(request.user, closed=closed), request)
    rows = reports.lines(list(page), now=timezone.now())
    return render(
        request, "protection/reports.html", {"page": page, "rows": rows, "closed": closed}
    )


@login_required
@require_http_methods(["GET", "POST"])
def one(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    """Open one report, and take a step with it."""
    found = reports.report_for(request.user, report_id)
    act = request.POST.get("act", "")
    form = FORMS[act](request.POST) if act in FORMS else None
    known: dict[str, Any] | None = None
    if request.method == "POST" and (form is None or form.is_valid()):
        if act != "reporter" or form is None:
            _done(request, found, act)
            return _onward(request, report_id)
        known = handling.open_reporter(
            found, by=request.user, now=timezone.now(), reason=form.cleaned_data["words"]
        )
    context = _opened(request, found) | {"known": known, "failed": form, "act": act}
    status = 422 if form is not None and form.errors else 200
    return render(request, "protection/one.html", context, status=status)


def _done(request: SignedInRequest, found: Any, act: str) -> None:
    """Do one act of a person; an unknown one is no page of ours."""
    form = FORMS[act](request.POST) if act in FORMS else None
    said = form.cleaned_data if form is not None and form.is_valid() else {}
    doing = {"by": request.user, "now": timezone.now(), **said}
    whom, child = _uuid(request.POST.get("whom")), _uuid(request.POST.get("child"))
    if act in PLAIN:
        PLAIN[act](found, **doing)
    elif act == "exclude" and whom:
        handling.exclude(found, whom=whom, **doing)
    elif act == "child" and child:
        handling.name_child(found, child=own.child_for(request.user, child), **doing)
    else:
        raise NotFound
    messages.success(request, _("It is done, and kept with the report."))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _onward(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    """Go back to the report, or to the list if the person has just left its circle."""
    if reports.seen_by(request.user).filter(pk=report_id).exists():
        return redirect("protection:one", report_id=report_id)
    return redirect("web:home")


def _opened(request: SignedInRequest, found: Any) -> dict[str, Any]:
    user, now = request.user, timezone.now()
    search = request.GET.get("q", "").strip()
    beside = reports.lines(list(reports.beside(user, found)), now=now)
    return {
        "report": found,
        **handling.open_report(found, by=user),
        "situation": reports.situation_of(found),
        "clock": reports.clock_of(found, now=now),
        "flags": reports.flags_of(found),
        "accused": _(codes.ACCUSED.get(found.accused, "")) if found.accused else "",
        "lacks": own.lacking(own.lacks_of(found)),
        "steps": reports.steps_of(found),
        "beside": beside,
        "circle": reports.circle_of(found),
        "knows_reporter": reports.knows_reporter(user, found),
        "taken_up": found.state in life.TAKEN_UP,
        "accept": AcceptForm(
            initial={"announce": found.accused not in (codes.STAFF, codes.MOTHER)}
        ),
        "handover": HandoverForm(auto_id="handover_%s"),
        "feedback": WordsForm(auto_id="feedback_%s"),
        "closing": CloseForm(auto_id="close_%s"),
        "passing": WordsForm(auto_id="pass_%s"),
        "excluding": WordsForm(auto_id="exclude_%s"),
        "asking": WordsForm(auto_id="ask_%s"),
        "search": search,
        "candidates": own.children_to_name(user, search=search) if search else [],
        "numbers": codes.NUMBERS,
    }  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def terms(request: SignedInRequest) -> HttpResponse:
    """Show how long things may take in the area, and let its receivers change that."""
    area = request.area_code
    limits = configuring.limits_for(request.user, area)
    form = TermsForm(request.POST or None, initial=vars(limits))
    if form.is_bound and form.is_valid():
        configuring.set_terms(area, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("The new times count from now on."))
        return redirect("protection:terms")
    status = 422 if form.errors else 200
    return render(request, "protection/terms.html", {"form": form}, status=status)
