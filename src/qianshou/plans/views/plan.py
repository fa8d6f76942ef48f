"""The care plan of a pairing: its page, ticks, and what an area has not done."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotFound
from qianshou.common.paging import page_of
from qianshou.consents.queries import photos
from qianshou.plans.actions import proving, reading, ticking
from qianshou.plans.forms import ReasonForm, TickForm
from qianshou.plans.queries import lines, phone, sets
from qianshou.plans.queries import plan as plans
from qianshou.plans.queries import unfulfilled as missing


@login_required
@require_GET
def unfulfilled(request: SignedInRequest) -> HttpResponse:
    """Show what is not done in an area: by item, by place, and pair by pair."""
    user, area, today = request.user, request.area_code, timezone.localdate()
    missing.require_figures(user, area)
    get = request.GET
    what = get.get("what", missing.LATE)
    wanted = missing.Wanted(
        what if what in missing.WHAT else missing.LATE, get.get("item", ""), get.get("place", "")
    )
    page = page_of(missing.slots_for(user, area, wanted, today=today), request)
    context = {
        "page": page,
        "rows": missing.rows_of(list(page.object_list), area_code=area, today=today),
        "tabs": missing.tabs_for(user, area, "unfulfilled"),
        "by_item": missing.by_item(area, today),
        "by_place": missing.by_place(area, today),
        "parents": missing.parents_figure(area, today),
        "may_see": missing.may_see_pairs(user, area),
        "filters": _filters(area),
        "wanted": wanted,
        "narrowed": bool(wanted.item or wanted.place or wanted.what != missing.LATE),
    }
    return render(request, "plans/unfulfilled.html", context)


def _filters(area_code: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "what",
            "label": _("Show"),
            "choices": [(code, _(words)) for code, words in missing.WHAT.items()],
        },
        {"name": "item", "label": _("Item"), "choices": missing.choices(area_code)},
        {
            "name": "place",
            "label": _("Where"),
            "choices": [(each.code, each.name) for each in missing.places(area_code)],
        },
    ]


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """Show a mother what is to be done with her children."""
    powers.require(request.user, Power.OWN_CHILDREN)
    cards = phone.cards_for(request.user, timezone.localdate())
    return render(request, "plans/mine.html", {"cards": cards})


@login_required
@require_GET
def plan(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Show the care plan of one pairing."""
    found = plans.pairing_for(request.user, pairing_id)
    context = plans.page_of(request.user, found, today=timezone.localdate())
    context |= {"in_force": sets.current_for(found.area_code), "who": plans.who_choices()}
    return render(request, "plans/plan.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def tick(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Note that an item was done."""
    found, today = plans.pairing_to_act(request.user, pairing_id), timezone.localdate()
    wanted = request.POST if request.method == "POST" else request.GET
    item = plans.item_of(found, wanted.get("item", ""))
    if item is None:
        raise NotFound
    part = wanted.get("part", "")
    may_photograph = bool(photos.agreed({found.child_id}, on=today))
    form = (
        TickForm(request.POST, request.FILES, photos=may_photograph)
        if request.method == "POST"
        else TickForm.fresh(item, part, today=today, photos=may_photograph)
    )
    if form.is_bound and form.is_valid() and _ticked(request, found, form):
        return redirect("plans:plan", pairing_id=pairing_id)
    context = {
        "pairing": found, "form": form, "name": plans.called(request.user, found),
        "item_name": sets.words(item.name), "part_name": lines.part_words(item, part),
        "help": sets.words(item.help), "no_photos": item.evidence == "PHOTO" and not may_photograph,
    }  # fmt: skip
    return render(request, "plans/tick.html", context, status=422 if form.errors else 200)


def _ticked(request: SignedInRequest, pairing: Any, form: TickForm) -> bool:
    """Make the tick, and have its photo kept; tells whether the form is done with."""
    now = timezone.now()
    try:
        made = ticking.tick(
            pairing, form.done(), by=request.user, key=form.cleaned_data["key"], now=now
        )
    except ticking.PROOF_REFUSALS as refusal:
        form.add_error(None, str(refusal))
        return False
    if photo := form.cleaned_data.get("photo"):
        for why in proving.prove(made, photo, now=now):
            messages.warning(request, why)
    messages.success(request, _("Ticked. Thank you."))
    return True


@login_required
@require_POST
def withdraw(request: SignedInRequest, tick_id: UUID) -> HttpResponse:
    """Say that a tick was wrong."""
    found, form = plans.tick_for(request.user, tick_id), ReasonForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        ticking.withdraw(found, by=request.user, reason=reason, now=timezone.now())
        messages.success(request, _("Withdrawn. It stays on the list with your reason."))
    else:
        messages.error(request, _("Please say why the tick is wrong."))
    return redirect("plans:plan", pairing_id=found.pairing_id)


@login_required
@require_POST
def read_note(request: SignedInRequest, tick_id: UUID) -> HttpResponse:
    """Show the words of a tick; the reading stands in the trail."""
    found = plans.tick_for(request.user, tick_id)
    context = {"tick": found, "note": reading.open_note(found, by=request.user)}
    return render(request, "plans/note.html", context)
