"""What everybody can do: report, add to it, read what became of it. Nobody needs to sign in."""

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.protection import http
from qianshou.protection.actions import handling, taking
from qianshou.protection.forms import MoreForm, ReportForm
from qianshou.protection.queries import own
from qianshou.protection.rules import codes, reading


@csrf_exempt
@require_http_methods(["GET", "POST"])
def report(request: SignedInRequest) -> HttpResponse:
    """Show the numbers and a short form, and take whatever is given in it."""
    if request.method != "POST":
        return _form(request)
    if not http.is_ours(request):
        return HttpResponseForbidden()
    told = reading.told(request.POST, zone=timezone.get_current_timezone())
    key, user = http.key_of(request), request.user if request.user.is_authenticated else None
    taking.take(
        told, client_id=key, times=taking.at_once(told, timezone.now()),
        maker=taking.Maker(user, place=http.place_of(request)),
    )  # fmt: skip
    return redirect("protection:receipt", secret=taking.receipt_of(key))


def _form(request: SignedInRequest) -> HttpResponse:
    search, today = request.GET.get("q", "").strip(), timezone.localdate()
    named = _child_of_the_page(request)
    found = own.children_to_name(request.user, search=search, named=named)
    form = ReportForm.fresh(child=str(found[0].pk) if len(found) == 1 else "")
    form.offer([(str(each.pk), own.age_words(each, today)) for each in found], own.counties())
    return http.draw(
        request, form, search=search, may_search=own.may_search(request.user), found=bool(found)
    )


def _child_of_the_page(request: HttpRequest) -> UUID | None:
    """Return the child whose page the button was pressed on, as the browser tells."""
    try:
        came_from = resolve(urlsplit(request.headers.get("Referer", "")).path)
    except (Resolver404, ValueError):
        return None
    child = came_from.kwargs.get("child_id")
    return child if isinstance(child, UUID) else None


@require_http_methods(["GET", "POST"])
def receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the number of a report, what became of it, and take what is added to it."""
    found = own.report_by_receipt(secret)
    form = MoreForm(request.POST or None)
    if form.is_bound and form.is_valid():
        handling.add(found, words=form.cleaned_data["words"], now=timezone.now())
        return redirect("protection:receipt", secret=secret)
    context = {
        "answer": own.answer_of(found), "lacks": own.lacking(own.lacks_of(found)), "form": form,
        "danger_now": found.danger_now, "police": codes.POLICE,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "protection/receipt.html", context, status=status)


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """List what the person has handed in, without a word of what it was about."""
    rows = [
        {**own.answer_of(each), "secret": taking.receipt_of(each.client_id)}
        for each in own.reports_of(taking.token_of(request.user))
    ]
    return render(request, "protection/mine.html", {"rows": rows})
