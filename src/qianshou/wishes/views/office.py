"""The pages of those who keep wishes, and a mother's page of her child's."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.wishes import forms
from qianshou.wishes.actions import claiming, keeping
from qianshou.wishes.queries import office
from qianshou.wishes.rules import states


@login_required
@require_GET
def wishes(request: SignedInRequest) -> HttpResponse:
    """List the wishes of an area: what is to be done, or one state."""
    state = request.GET.get("state", "")
    page = page_of(office.wishes_for(request.user, request.area_code, state=state), request)
    figures = office.figures_for(request.user, request.area_code)
    context = {
        "page": page, "rows": office.shown(list(page.object_list)),
        "filters": [{"name": "state", "label": _("State"), "choices": figures}],
        "narrowed": state in states.WISH.labels,
    }  # fmt: skip
    return render(request, "wishes/wishes.html", context)


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """Show a mother her children's wishes."""
    return render(request, "wishes/mine.html", {"children": office.hers(request.user)})


@login_required
@require_http_methods(["GET", "POST"])
def make(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Write down a wish with the child."""
    child, form = office.child_for(request.user, child_id), forms.WishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = keeping.make(
                child, form.said(), by=request.user, once=form.cleaned_data["once"],
                now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The wish is written down. Now it is screened."))
            return redirect("wishes:wish", wish_id=made.pk)
    context = {"child": child, "name": office.name_for(request.user, child), "form": form}
    return render(request, "wishes/make.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def wish(request: SignedInRequest, wish_id: UUID) -> HttpResponse:
    """Show one wish with what can be done now."""
    return _shown(request, office.wish_for(request.user, wish_id))


def _shown(request: SignedInRequest, found: Any, *, problem: str = "", **more: Any) -> HttpResponse:
    context = office.page_of(request.user, found) | {"problem": problem} | more
    return render(request, "wishes/wish.html", context, status=422 if problem else 200)


@login_required
@require_http_methods(["GET", "POST"])
def screen(request: SignedInRequest, wish_id: UUID) -> HttpResponse:
    """Find words for the public and note the checks; what would tell who it is, is marked."""
    found = office.wish_for(request.user, wish_id)
    page = office.page_of(request.user, found)
    if not page["keeps"]:
        raise NotFound
    form = forms.ScreenForm(request.POST or None, wish=found)
    if request.method == "POST" and form.is_valid():
        try:
            keeping.screen(
                found, by=request.user, public_words=form.cleaned_data["public_words"],
                checks=form.checks(), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Screened. A second person publishes it."))
            return redirect("wishes:wish", wish_id=wish_id)
    own = keeping.open_words(found, by=request.user)
    said = request.POST.get("public_words", found.public_words)
    context = page | {
        "form": form, "own": office.marked(own, found.child),
        "marked": office.marked(said, found.child) if said else [],
    }  # fmt: skip
    return render(request, "wishes/screen.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def act(request: SignedInRequest, wish_id: UUID) -> HttpResponse:
    """Take a wish one step on its road."""
    found, form = office.wish_for(request.user, wish_id), forms.ActForm(request.POST)
    if not form.is_valid() or form.cleaned_data["act"] not in ACTS:
        raise NotFound
    given = form.cleaned_data
    try:
        ACTS[given["act"]](found, request.user, given)
    except NotFound:
        raise
    except Refused as refusal:
        return _shown(request, found, problem=str(refusal), said=given)
    messages.success(request, _("Noted."))
    return redirect("wishes:wish", wish_id=wish_id)


ACTS: dict[str, Any] = {
    "send_back": lambda wish, by, given: keeping.send_back(wish, by=by, reason=given["reason"]),
    "publish": lambda wish, by, _given: keeping.publish(wish, by=by, now=timezone.now()),
    "release": lambda wish, by, given: claiming.let_go(
        wish, by=by, reason=given["reason"], now=timezone.now()
    ),
    "start_delivery": lambda wish, by, _given: keeping.start_delivery(wish, by=by),
    "deliver": lambda wish, by, _given: keeping.deliver(wish, by=by, now=timezone.now()),
    "thank": lambda wish, by, given: keeping.thank(
        wish, by=by, words=given["thanks"], now=timezone.now()
    ),
    "withdraw": lambda wish, by, given: keeping.withdraw(
        wish, by=by, reason=given["reason"], now=timezone.now()
    ),
}


@login_required
@require_POST
def who_gives(request: SignedInRequest, wish_id: UUID) -> HttpResponse:
    """Show name and telephone of a giver; who asked stands in the trail."""
    found = office.wish_for(request.user, wish_id)
    claim = office.page_of(request.user, found)["claim"]
    if claim is None:
        raise NotFound
    name, phone = claiming.open_giver(claim, by=request.user)
    return _shown(request, found, giver={"name": name, "phone": phone})
