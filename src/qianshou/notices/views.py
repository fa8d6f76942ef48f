"""Pages of messages: one's own, those that could not be sent, and the times that are kept."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.notices import actions, forms, queries
from qianshou.notices.rules import calendar as rules


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """List what the person has been told, newest first."""
    page = page_of(queries.notices_for(request.user), request)
    context = {
        "page": page,
        "rows": queries.shown(list(page)),
        "unread": queries.unread_count(request.user),
        "quiet": forms.QuietForm(initial=_quiet_hours(request)),
    }
    return render(request, "notices/mine.html", context)


def _quiet_hours(request: SignedInRequest) -> dict[str, int]:
    begins, ends = queries.quiet_hours_of(request.user.person_id or request.user.pk)
    return {"begins": begins, "ends": ends}


@login_required
@require_POST
def quiet(request: SignedInRequest) -> HttpResponse:
    """Set the hours in which the person is not disturbed."""
    form = forms.QuietForm(request.POST)
    if form.is_valid():
        actions.keep_quiet(request.user, **form.cleaned_data)
        messages.success(request, _("Kept. Only what is urgent reaches you in these hours."))
    else:
        messages.error(request, _("Choose two hours of the day."))
    return redirect("notices:mine")


@login_required
@require_POST
def open_notice(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """Note that a message was opened, and go where it leads."""
    notice = queries.notice_for(request.user, notice_id)
    actions.read(notice)
    return redirect(notice.link or "notices:mine")


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Note that the person has seen the whole list."""
    actions.read_all(request.user)
    return redirect("notices:mine")


@login_required
@require_GET
def aside(request: SignedInRequest) -> HttpResponse:
    """List the messages of an area that could not be sent, with the reason."""
    page = page_of(queries.set_aside_for(request.user, request.area_code), request)
    context = {"page": page, "rows": queries.shown(list(page))}
    return render(request, "notices/aside.html", context)


@login_required
@require_POST
def again(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """Try a message again."""
    actions.send_again(queries.one_set_aside(request.user, notice_id), by=request.user)
    messages.success(request, _("The message will be tried again."))
    return redirect("notices:aside")


# -- days off -------------------------------------------------------------------------------------


@login_required
@require_GET
def calendar(request: SignedInRequest) -> HttpResponse:
    """Show the days off of a year, and where they are from."""
    return _calendar_page(request, _forms(request, _shown_year(request)))


@login_required
@require_POST
def set_calendar(request: SignedInRequest) -> HttpResponse:
    """Add or remove days of a year, or say that it is announced now."""
    if not queries.may_change(request.user, request.area_code):
        raise NotAllowed
    year = _shown_year(request)
    bound = _forms(request, year)
    if _changed(request, year, bound.get(request.POST.get("act", ""))):
        messages.success(request, _("In force for this area."))
        return redirect(f"{reverse('notices:calendar')}?year={year.year}")
    return _calendar_page(request, bound)


def _shown_year(request: SignedInRequest) -> rules.Year:
    number = _year(request)
    found = queries.year_for(request.user, request.area_code, number)
    return found or rules.Year(number, rules.ASSUMED, "—")


def _forms(request: SignedInRequest, year: rules.Year) -> dict[str, Any]:
    act = request.POST.get("act", "")
    stands = {"standing": year.standing, "source": year.source}
    return {
        "add": forms.DayForm(request.POST if act == "add" else None, auto_id="add-%s"),
        "standing": forms.AnnouncedForm(
            request.POST if act == "standing" else None, auto_id="standing-%s", initial=stands
        ),
    }


def _calendar_page(request: SignedInRequest, bound: dict[str, Any]) -> HttpResponse:
    user, area, year = request.user, request.area_code, _shown_year(request)
    number = year.year
    context = {
        "year": year, "known": queries.year_for(user, area, number) is not None,
        "form": bound["add"], "standing": bound["standing"], "number": number,
        "years": range(number - 1, number + 2),
        "versions": queries.calendar_versions(user, area, number),
        "may_change": queries.may_change(user, area),
        "parts": [(words, kind, forms.spans_of(year, kind)) for kind, words in forms.DayForm.KINDS],
    }  # fmt: skip
    bad = request.method == "POST"
    return render(request, "notices/calendar.html", context, status=422 if bad else 200)


def _year(request: SignedInRequest) -> int:
    given = request.GET.get("year", "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else 0
    return number if rules.YEARS[0] <= number < rules.YEARS[1] else timezone.localdate().year


def _changed(request: SignedInRequest, year: rules.Year, form: Any) -> bool:
    """Do what was asked; a refusal stands in the form, or as a message where there is none."""
    if form is not None and not form.is_valid():
        return False
    try:
        wanted = _wanted(request, year, form)
        note = form.cleaned_data["note"] if form is not None else request.POST.get("note", "")
        actions.change_year(request.area_code, wanted, by=request.user, note=note)
    except Refused as refusal:
        if form is None:
            messages.error(request, str(refusal))
        else:
            form.add_error(None, str(refusal))
        return False
    return True


def _wanted(request: SignedInRequest, year: rules.Year, form: Any) -> rules.Year:
    if isinstance(form, forms.DayForm):
        return form.added_to(year)
    if isinstance(form, forms.AnnouncedForm):
        return form.stated(year)
    kind = request.POST.get("kind", "")
    if kind not in forms.FIELDS:
        raise NotFound
    try:
        first = date.fromisoformat(request.POST.get("first", ""))
    except ValueError as problem:
        raise NotFound from problem
    return forms.without(year, kind, first)


@login_required
@require_GET
def calendar_file(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Hand out one version of a year as a file."""
    found = queries.version_for(request.user, version_id, request.area_code)
    response = HttpResponse(found.text, content_type="application/toml; charset=utf-8")
    name = f"calendar-{found.subject}-{found.version}.toml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
