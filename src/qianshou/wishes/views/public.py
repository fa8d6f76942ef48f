"""The pages without sign-in: open wishes, taking one on, and a giver's own page."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.common.errors import NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.wishes import forms
from qianshou.wishes.actions import claiming
from qianshou.wishes.queries import public

SALT = "wishes.claim"


@require_GET
def open_wishes(request: HttpRequest) -> HttpResponse:
    """Show what children wish for, without saying who they are."""
    kind, county = request.GET.get("kind", ""), request.GET.get("county", "")
    page = page_of(public.open_wishes(kind, county), request, public.ROWS)
    context = {
        "page": page, "cards": public.cards(list(page.object_list)), "filters": public.filters(),
        "narrowed": bool(kind or county),
    }  # fmt: skip
    return render(request, "wishes/open.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask who takes a wish on, and send a code."""
    wish, form = public.wish_by(slug), forms.GiverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        giver = claiming.Giver(
            given["name"], given["phone"], given["is_firm"],
            translation.get_language() or "zh-hans",
        )  # fmt: skip
        try:
            claim = claiming.ask(slug, giver, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("wishes:code", ticket=signing.dumps(str(claim), salt=SALT))
    status = 422 if form.errors else 200
    return render(request, "wishes/take.html", {"wish": wish, "form": form}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest, ticket: str) -> HttpResponse:
    """Take the wish on with the code that was sent."""
    claim, form = _claim_in(ticket), forms.CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            secret = claiming.prove(claim, form.cleaned_data["code"], now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("wishes:giver", secret=secret)
    return render(request, "wishes/code.html", {"form": form}, status=422 if form.errors else 200)


def _claim_in(ticket: str) -> Any:
    try:
        return signing.loads(ticket, salt=SALT, max_age=24 * 3600)
    except signing.BadSignature as problem:
        raise NotFound from problem


@never_cache
@require_http_methods(["GET", "POST"])
def giver(request: HttpRequest, secret: str) -> HttpResponse:
    """Show a giver the wish taken on, and later the thanks; let it be given back."""
    found = public.giver_page(secret)
    if request.method == "POST":
        claiming.give_back(secret, now=timezone.now())
        messages.success(request, _("Given back. Thank you for saying so."))
        return redirect("wishes:giver", secret=secret)
    return render(request, "wishes/giver.html", found)
