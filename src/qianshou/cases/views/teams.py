"""The list of task teams, one team on one screen, its paper, and the clocks."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.cases.actions import opening, printing, reading, rhythms, working
from qianshou.cases.forms import OpenForm, RhythmForm, TextForm, first_values
from qianshou.cases.queries import lists, page
from qianshou.cases.queries import rhythms as rhythm_queries
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of


@login_required
@require_GET
def teams(request: SignedInRequest) -> HttpResponse:
    """List the task teams of the area with their clocks, the most pressing first."""
    now, user, area = timezone.now(), request.user, request.area_code
    what, whose = request.GET.get("what", ""), request.GET.get("whose", "")
    rows = lists.teams_for(
        user, area, what=what, mine=whose == "MINE", today=timezone.localdate(now)
    )
    shown = page_of(rows, request)
    context = {
        "page": shown,
        "rows": lists.rows_of(list(shown.object_list), viewer=user, area_code=area, now=now),
        "filters": lists.filters(),
        "narrowed": bool(what or whose),
        "may_set": rhythm_queries.may_set(user, area),
    }
    return render(request, "cases/teams.html", context)


@login_required
@require_GET
def team(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Show the whole file of a team; the look stands in the trail."""
    found = lists.team_for(request.user, team_id)
    opened = reading.read(found, by=request.user)
    context = page.page_of(found, opened, user=request.user, now=timezone.now())
    context["answer_form"] = TextForm()
    return render(request, "cases/team.html", context)


@login_required
@require_POST
def paper(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Hand out the file as PDF/A for the folder of a meeting."""
    found = lists.team_for(request.user, team_id)
    body = printing.print_file(found, by=request.user, now=timezone.now())
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="task-team.pdf"'
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def open_one(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Open a task team for a child by hand."""
    child = lists.child_for(request.user, child_id)
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = opening.open_by_hand(child, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The task team is open. Give it a lead now."))
            return redirect("cases:team", team_id=made.pk)
    context = {"child": child, "form": form}
    return render(request, "cases/open.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def answer(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Note what was done for the child at once."""
    found = lists.team_for(request.user, team_id)
    working.answer(found, by=request.user, words=request.POST.get("words", ""))
    messages.success(request, _("Noted: the child has its first answer."))
    return redirect("cases:team", team_id=team_id)


@login_required
@require_http_methods(["GET", "POST"])
def rhythm(request: SignedInRequest) -> HttpResponse:
    """Show the clocks of the area, and let other ones be set with a reason."""
    area = request.area_code
    versions = rhythm_queries.versions_for(request.user, area)
    clocks = rhythm_queries.rhythm_for(area)
    form = RhythmForm(request.POST or None, initial=first_values(clocks))
    if request.method == "POST" and form.is_valid():
        try:
            rhythms.adopt(
                area, by=request.user, body=form.body(), reason=form.cleaned_data["reason"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The clocks are set; teams follow at their next step."))
            return redirect("cases:rhythm")
    context = {"form": form, "clocks": clocks, "versions": versions}
    return render(request, "cases/rhythm.html", context, status=422 if form.errors else 200)
