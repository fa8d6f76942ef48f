"""The pages of silence: who was not in touch, what staff do about it, figures, and the rules."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.care import permissions
from qianshou.care.actions import escalating, ruling
from qianshou.care.forms import RulesForm, SilenceForm
from qianshou.care.queries import cadence, following, silent
from qianshou.care.rules import silence
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.notices import queries as times


@login_required
@require_GET
def overdue(request: SignedInRequest) -> HttpResponse:
    """List the pairs that were not in touch as agreed, and say why each matters."""
    user, area, today, get = request.user, request.area_code, timezone.localdate(), request.GET
    wanted = silent.Wanted(*(get.get(each, "") for each in ("grade", "told", "seen", "place")))
    page = page_of(silent.overdue_for(user, area, wanted, today=today), request)
    context = {
        "page": page,
        "rows": silent.rows_of(user, list(page), area_code=area, today=today),
        "filters": _filters(area, silent.counts_for(user, area, today=today)),
        "narrowed": wanted != silent.Wanted(),
        "unknown": times.unknown_years(area, [today]),
    }
    return render(request, "care/overdue.html", context)


def _filters(area_code: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    grades = [
        (silent.URGENT, _("red and orange")), ("RED", _("red")), ("ORANGE", _("orange")),
        ("YELLOW", _("yellow")), ("GREEN", _("green")), (silence.NONE, _("not graded")),
    ]  # fmt: skip
    told = [
        (silence.TOWN, _("the town")), (silence.COUNTY, _("the county")),
        (silence.CITY, _("the city's figure")),
    ]  # fmt: skip
    found: list[dict[str, Any]] = [
        {"name": "grade", "label": _("Grade"),
         "choices": [(code, words, counts[code]) for code, words in grades]},
        {"name": "told", "label": _("Has come to"), "choices": told},
        {"name": "seen", "label": _("Staff"),
         "choices": [(silent.OPEN, _("nobody has called yet"))]},
    ]  # fmt: skip
    places = [(each.code, each.name) for each in areas.areas_below(area_code)]
    if places and area_rules.level_of(area_code) == area_rules.COUNTY:
        found.append({"name": "place", "label": _("Where"), "choices": places})
    return found


@login_required
@require_POST
def bulk(request: SignedInRequest) -> HttpResponse:
    """Remind the mothers of the ticked pairs, or note that they were called."""
    following.require_here(request.user, request.area_code)
    form, picked = SilenceForm(request.POST), _picked(request)
    if not form.is_valid() or not picked:
        messages.error(request, _("Nothing was done: tick at least one row and choose an act."))
        return redirect("care:overdue")
    done, refusals = 0, []
    for pairing in picked:
        try:
            _act(pairing, form.cleaned_data, request)
            done += 1
        except Refused as refusal:
            refusals.append(str(refusal))
    said = ngettext("Done for %(count)d pair.", "Done for %(count)d pairs.", done)
    messages.success(request, said % {"count": done})
    for words in dict.fromkeys(refusals):
        messages.error(request, words)
    return redirect("care:overdue")


def _act(pairing: UUID, given: dict[str, Any], request: SignedInRequest) -> None:
    today = timezone.localdate()
    if given["act"] == "remind":
        escalating.remind_by_hand(pairing, by=request.user, today=today)
    else:
        escalating.note_call(pairing, by=request.user, today=today, note=given["note"])


def _picked(request: SignedInRequest) -> list[UUID]:
    found = []
    for each in request.POST.getlist("pick")[:200]:
        try:
            found.append(UUID(each))
        except ValueError:
            continue
    return sorted(set(found))


@login_required
@require_GET
def figures(request: SignedInRequest) -> HttpResponse:
    """Show how many pairs are silent in each place of the area, in numbers only."""
    today = timezone.localdate()
    places = silent.figures_for(request.user, request.area_code, today=today)
    context = {
        "places": places,
        "total": silent.total_of(places),
        "follows": permissions.can_follow(request.user, request.area_code),
    }
    return render(request, "care/silence.html", context)


@login_required
@require_GET
def rules(request: SignedInRequest) -> HttpResponse:
    """Show how often contacts are due, and who hears of silence after how many days."""
    return _rules_page(request, RulesForm(rules=cadence.rules_for(request.area_code)))


@login_required
@require_POST
def set_rules(request: SignedInRequest) -> HttpResponse:
    """Put other rules in force for the area."""
    ruling.require_may(request.user, request.area_code)
    form = RulesForm(request.POST, rules=cadence.rules_for(request.area_code))
    if form.is_valid():
        try:
            note = form.cleaned_data["note"]
            ruling.change(request.area_code, form.rules(), by=request.user, note=note)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("In force. The clocks of the area follow at once."))
            return redirect("care:clock")
    return _rules_page(request, form)


def _rules_page(request: SignedInRequest, form: RulesForm) -> HttpResponse:
    user, area = request.user, request.area_code
    context = {
        "form": form,
        "rows": form.table(),
        "versions": times.versions_of(user, area, kind=cadence.KIND),
        "may_change": times.may_change(user, area),
    }
    return render(request, "care/clock.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def rules_file(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Hand out one version as a file."""
    found = times.version_for(request.user, version_id, request.area_code)
    response = HttpResponse(found.text, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="{found.kind.lower()}-{found.version}.toml"'
    )
    return response
