"""The worklist of support contacts and the page of one pairing's care."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.support.actions import contacts, reading, watching, working
from qianshou.support.forms import BulkForm, ContactForm, ReasonForm
from qianshou.support.queries import care, digests, endings, schedules
from qianshou.support.rules import risk
from qianshou.support.rules.schedule import SIDES

ACTS = {"pause": watching.pause, "resume": watching.resume, "reassure": watching.reassure}


@login_required
@require_GET
def worklist(request: SignedInRequest) -> HttpResponse:
    """List the pairings whose turn it is, with the reason for each."""
    today, get = timezone.localdate(), request.GET
    wanted = care.Wanted(
        get.get("what", care.DUE), get.get("whose", ""), get.get("risk", ""), get.get("place", "")
    )
    rows = care.worklist_for(request.user, request.area_code, wanted, today=today)
    counts = care.counts_for(request.user, request.area_code, today=today, whose=wanted.whose)
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": care.worklist_rows(list(page.object_list), today=today),
        "tabs": care.tabs_for(request.user, request.area_code, "worklist"),
        "filters": _filters(request.area_code, counts),
        "colleagues": care.colleagues_for(request.user, request.area_code, today=today),
        "narrowed": wanted != care.Wanted(),
        "today": today,
        "once": uuid4(),
        "digest": digests.newest_for(request.user),
        "wanted": wanted,
    }
    return render(request, "support/worklist.html", context)


def _filters(area_code: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    places = [(each.code, each.name) for each in areas.areas_below(area_code)]
    found: list[dict[str, Any]] = [
        {
            "name": "what",
            "label": _("Show"),
            "choices": [(code, _(words), counts[code]) for code, words in care.WHAT.items()],
        },
        {
            "name": "whose",
            "label": _("Whose"),
            "choices": [(code, _(words)) for code, words in care.WHOSE.items() if code],
        },
        {
            "name": "risk",
            "label": _("Reason to worry"),
            "choices": [(code, _(words)) for code, words in risk.WORDS.items()],
        },
    ]
    if places and area_rules.level_of(area_code) == area_rules.COUNTY:
        found.append({"name": "place", "label": _("Where"), "choices": places})
    return found


@login_required
@require_POST
def bulk(request: SignedInRequest) -> HttpResponse:
    """Do an act on the ticked rows."""
    care.require_here(request.user, request.area_code)
    form = BulkForm(request.POST)
    picked = care.supported_by(request.user, request.POST.getlist("pick"))
    if not form.is_valid() or not picked:
        messages.error(request, _("Nothing was done: tick at least one row and choose an act."))
        return _back(request)
    done = _do(form.cleaned_data, picked, request)
    said = ngettext("Done for %(count)d pair.", "Done for %(count)d pairs.", done.count)
    messages.success(request, said % {"count": done.count})
    for refusal in done.refusals:
        messages.error(request, refusal)
    return _back(request)


def _do(given: dict[str, Any], picked: list[Any], request: SignedInRequest) -> working.Done:
    today = timezone.localdate()
    if given["act"] == "assign":
        colleagues = care.colleagues_for(request.user, request.area_code, today=today)
        owner = next((each for each in colleagues if each.pk == given["owner"]), None)
        if owner is None:
            raise working.NotStaffHere
        return working.assign(picked, by=request.user, owner=owner)
    if given["act"] == "phone":
        return working.reached_by_phone(
            picked, given["side"], by=request.user, today=today, once=given["once"] or uuid4(),
            note=given["reason"],
        )  # fmt: skip
    if given["until"] is None:
        raise working.DayTooFar
    return working.postpone(
        picked, given["until"], by=request.user, today=today, reason=given["reason"]
    )


def _back(request: SignedInRequest) -> HttpResponse:
    there = request.POST.get("back", "")
    if there.startswith("?") and url_has_allowed_host_and_scheme(there, allowed_hosts=None):
        return redirect(request.build_absolute_uri("../") + there)
    return redirect("support:worklist")


@login_required
@require_GET
def pairing(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Show the care of one pairing."""
    found = care.pairing_for(request.user, pairing_id)
    context = care.page_of(request.user, found, today=timezone.localdate())
    context |= {"ending": endings.open_ending_of(found.pk), "form": ReasonForm()}
    return render(request, "support/pairing.html", context)


@login_required
@require_POST
def state(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Let a pairing rest or go on, or say that a worry is seen to."""
    act, form = ACTS.get(request.POST.get("act", "")), ReasonForm(request.POST)
    found = care.pairing_for(request.user, pairing_id)
    if act is None:
        raise NotFound
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        act(found, by=request.user, today=timezone.localdate(), reason=reason)
        messages.success(request, _("Noted."))
    else:
        messages.error(request, _("Please say why; it stays with the pairing."))
    return redirect("support:pairing", pairing_id=pairing_id)


@login_required
@require_http_methods(["GET", "POST"])
def contact(request: SignedInRequest, pairing_id: UUID, side: str) -> HttpResponse:
    """Write down a contact with one side."""
    found = care.pairing_for(request.user, pairing_id)
    if side not in SIDES:
        raise NotFound
    care.require_support(request.user, found)
    today = timezone.localdate()
    plan = schedules.schedule_for(area_rules.county_code(found.area_code))
    initial = {"held_on": today, "channel": "PHONE", "outcome": "REACHED"}
    form = ContactForm(request.POST or None, side=side, plan=plan, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            contacts.log(
                found, form.said(), by=request.user, today=today, once=form.cleaned_data["once"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The contact is kept."))
            return redirect("support:pairing", pairing_id=pairing_id)
    context = {"pairing": found, "form": form, "side": care.side_words(side)}
    status = 422 if form.errors else 200
    return render(request, "support/contact.html", context, status=status)


@login_required
@require_POST
def said(request: SignedInRequest, contact_id: UUID) -> HttpResponse:
    """Show what was said at a contact, with the reason in the trail."""
    found = care.contact_for(request.user, contact_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why you open it; the reason stands in the trail."))
        return redirect("support:pairing", pairing_id=found.pairing_id)
    opened = reading.open_contact(found, by=request.user, reason=form.cleaned_data["reason"])
    return render(request, "support/said.html", {"contact": found, "opened": opened})


@login_required
@require_GET
def digest(request: SignedInRequest) -> HttpResponse:
    """Show the person the digest of the week."""
    return render(request, "support/digest.html", digests.page_for(request.user))
