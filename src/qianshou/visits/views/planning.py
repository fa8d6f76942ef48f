"""The pages on which visits are planned and their day is put in order."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.areas import rules as area_rules
from qianshou.common import papers
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.visits import forms
from qianshou.visits.actions import books as keeping
from qianshou.visits.actions import planning, routing
from qianshou.visits.queries import books, family, lists, one


@login_required
@require_GET
def due(request: SignedInRequest) -> HttpResponse:
    """List the children for whom a visit is to be planned, by grade and cadence."""
    today = timezone.localdate()
    rows = lists.due_for(
        request.user, request.area_code, grade=request.GET.get("grade", ""), today=today
    )
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": lists.due_rows(list(page.object_list), request.area_code, today),
        "tabs": lists.tabs_for(request.user, request.area_code, "due"),
        "filters": [{"name": "grade", "label": _("Grade"), "choices": lists.GRADES}],
        "narrowed": bool(request.GET.get("grade")),
    }
    return render(request, "visits/due.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest) -> HttpResponse:
    """Plan a visit to the chosen children on one day."""
    chosen = (request.POST if request.method == "POST" else request.GET).getlist("child")
    children, today = one.children_for(request.user, chosen), timezone.localdate()
    code = children[0].area_code
    book = books.book_for(code)
    colleagues = lists.colleagues_for(request.user, code, today=today)
    initial = _first(request, book, children)
    form = forms.PlanForm(request.POST or None, book=book, colleagues=colleagues, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _plan_all(request, form, children)
        except Refused as refusal:
            forms.refused(form, refusal)
        else:
            said = ngettext("%(count)d visit is planned.", "%(count)d visits are planned.",
                            len(children)) % {"count": len(children)}  # fmt: skip
            messages.success(request, said)
            return redirect("visits:planned")
    context = {
        "form": form, "children": children, "mothers": lists.mothers_of(children),
        "needs_two": any(family.made_at(each) < book.joint_first for each in children),
        "first": book.joint_first,
    }  # fmt: skip
    return render(request, "visits/plan.html", context, status=422 if form.errors else 200)


def _first(request: SignedInRequest, book: Any, children: list[Any]) -> dict[str, Any]:
    me = str(request.user.pk)
    never = family.made_at(children[0]) == 0
    return {
        "on": timezone.localdate(), "opens": _clock(book.route.starts),
        "closes": _clock(book.route.ends), "lead": me, "staff": [me],
        "purpose": "FIRST" if never else "ROUTINE",
    }  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@transaction.atomic
def _plan_all(request: SignedInRequest, form: forms.PlanForm, children: list[Any]) -> None:
    mothers = {each.pk: lists.mothers_of([each]) for each in children}
    for child in children:
        hers = mothers[child.pk]
        planning.plan(
            child, form.plan(hers[0] if hers else None), by=request.user, lead=form.whose_day,
            once=form.cleaned_data["once"], today=timezone.localdate(),
        )  # fmt: skip


@login_required
@require_GET
def planned(request: SignedInRequest) -> HttpResponse:
    """List the days ahead with their routes, and the visits that are open."""
    today, get = timezone.localdate(), request.GET
    day = today if get.get("day") == "TODAY" else None
    rows = lists.planned_for(request.user, request.area_code, day=day, whose=get.get("whose", ""))
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": lists.visit_rows(list(page.object_list), request.area_code, today),
        "days": lists.days_of(request.user, request.area_code, today=today),
        "tabs": lists.tabs_for(request.user, request.area_code, "planned"),
        "filters": [
            {"name": "day", "label": _("Day"), "choices": [("TODAY", _("today"))]},
            {"name": "whose", "label": _("Whose"), "choices": [("MINE", _("mine"))]},
        ],
        "narrowed": bool(day or get.get("whose")),
    }
    return render(request, "visits/planned.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def day(request: SignedInRequest, *, town: str, day: date, lead_id: UUID) -> HttpResponse:
    """Show one person's day in a town; put it in the best order, or in one's own."""
    found, problem = one.day_for(request.user, town, day, lead_id=lead_id), ""
    if request.method == "POST":
        try:
            _order(request, found)
        except Refused as refusal:
            problem = str(refusal)
        else:
            return redirect("visits:day", town=town, day=day, lead_id=lead_id)
    context = found | {"problem": problem}
    return render(request, "visits/day.html", context, status=422 if problem else 200)


def _order(request: SignedInRequest, found: dict[str, Any]) -> None:
    lead, by = found["lead"], request.user
    if request.POST.get("act") == "arrange":
        numbers = forms.numbers_of(request.POST)
        routing.arrange(found["town"], found["day"], lead=lead, by=by, numbers=numbers)
        messages.success(request, _("The order is kept as you set it; the times follow."))
    else:
        routing.find(found["town"], found["day"], lead=lead, by=by)
        messages.success(request, _("The order of the day is found."))


@login_required
@require_GET
def sheet(request: SignedInRequest, *, town: str, day: date, lead_id: UUID) -> HttpResponse:
    """Print the sheet of a day: times, villages, surnames, no address."""
    found = one.day_for(request.user, town, day, lead_id=lead_id)
    language = get_language() or "zh-hans"
    content = papers.render(
        "visits/day", one.sheet_of(found), title=_("Visits of a day"), language=language
    )
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="visits.pdf"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def book(request: SignedInRequest) -> HttpResponse:
    """Show the book of visits in force, and take in a version of one's own."""
    county = area_rules.county_code(request.area_code)
    versions = books.versions_for(request.user, request.area_code)
    form = forms.BookForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            keeping.take_in(
                request.area_code, by=request.user, content=form.cleaned_data["file"].read(),
                note=form.cleaned_data["note"],
            )  # fmt: skip
        except Refused as refusal:
            forms.refused(form, refusal)
        else:
            messages.success(request, _("The new version holds from now on."))
            return redirect("visits:book")
    context = books.shown(books.book_for(county)) | {
        "form": form, "versions": versions,
        "tabs": lists.tabs_for(request.user, request.area_code, "book"),
    }  # fmt: skip
    return render(request, "visits/book.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def book_file(request: SignedInRequest) -> HttpResponse:
    """Hand out the book in force as a file to begin with."""
    books.versions_for(request.user, request.area_code)
    version = books.version_for(request.area_code)
    text = version.text if version else books.SHIPPED.read_text(encoding="utf-8")
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="visits.toml"'
    return answer
