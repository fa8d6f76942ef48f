"""The pages about children: grades to confirm, one child, its answers, looks due, figures."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.assessment.actions import alarms, asking, confirming
from qianshou.assessment.forms import AskForm, GradeForm
from qianshou.assessment.queries import grades as queries
from qianshou.assessment.queries import looks, scales
from qianshou.common.errors import NotFound, Refused
from qianshou.common.paging import page_of


@login_required
@require_GET
def grades(request: SignedInRequest) -> HttpResponse:
    """List the grades that wait for a person, the most urgent first."""
    today = timezone.localdate()
    rows = queries.grades_to_confirm(
        request.user,
        area_code=request.area_code,
        kind=request.GET.get("kind", queries.NEW),
        grade=request.GET.get("grade", ""),
        today=today,
    )
    page = page_of(rows, request)
    context = {
        "page": page,
        "lines": queries.waiting_lines(
            page.object_list, viewer=request.user, area_code=request.area_code, today=today
        ),
        "filters": queries.worklist_filters(request.area_code),
        "narrowed": "grade" in request.GET or "kind" in request.GET,
    }
    return render(request, "assessment/grades.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def child(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show why a child has its grade, and let a person confirm or change it."""
    found = queries.assessment_for(request.user, child_id)
    form = GradeForm(request.POST or None, initial={"grade": found.grade, "seen": found.pk})
    if request.method == "POST" and form.is_valid():
        try:
            confirming.confirm_grade(found, by=request.user, **form.cleaned_data)
        except (confirming.ReasonMissing, confirming.RedNeedsCounty) as refusal:
            form.add_error(None, str(refusal))
        except confirming.Outdated as refusal:
            messages.error(request, str(refusal))
            return redirect("assessment:child", child_id=child_id)
        else:
            messages.success(request, _("The grade is confirmed."))
            return redirect("assessment:child", child_id=child_id)
    context = queries.page_of(found, user=request.user, today=timezone.localdate())
    context |= {"form": form, **looks.asked_of(request.user, found.child, timezone.localdate())}
    return render(request, "assessment/child.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Ask what no department knows, and assess the child with the answers at once."""
    found, today = looks.child_for(request.user, child_id), timezone.localdate()
    questions = scales.questions_of(scales.in_force().body)
    form = AskForm(request.POST or None, questions=questions, initial={"held_on": today})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            asking.answer(
                found, by=request.user, answers=form.answers(), held_on=given["held_on"],
                today=today, grounds=given["grounds"],
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Kept. Look what counts now, and confirm the grade."))
            return redirect("assessment:child", child_id=child_id)
    context = {"child": found, "form": form, "questions": questions}
    return render(request, "assessment/ask.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def asked(request: SignedInRequest, inquiry_id: UUID) -> HttpResponse:
    """Open an answered form; the look stands in the trail."""
    found = looks.inquiry_for(request.user, inquiry_id)
    answers, grounds = asking.read(found, by=request.user)
    context = {
        "inquiry": found,
        "answers": looks.answers_in_words(found, answers),
        "grounds": grounds,
    }
    return render(request, "assessment/asked.html", context)


@login_required
@require_POST
def safe(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Say that a child is out of danger, so that an alarm about it counts no longer."""
    found = looks.child_for(request.user, child_id)
    alarms.end_alarms(
        found, by=request.user, reason=request.POST.get("reason", ""), today=timezone.localdate()
    )
    messages.success(request, _("Noted. The grade stays until a person lowers it."))
    return redirect("assessment:child", child_id=child_id)


@login_required
@require_GET
def due(request: SignedInRequest) -> HttpResponse:
    """List the children of the area who are to be looked at again, the longest due first."""
    today, user, area = timezone.localdate(), request.user, request.area_code
    what, because = request.GET.get("what", ""), request.GET.get("because", "")
    page = page_of(looks.due_for(user, area, what=what, because=because, today=today), request)
    context = {
        "page": page,
        "rows": looks.rows_of(list(page.object_list), viewer=user, area_code=area, today=today),
        "filters": looks.filters(),
        "narrowed": bool(what or because),
    }
    return render(request, "assessment/due.html", context)


@login_required
@require_GET
def figures(request: SignedInRequest) -> HttpResponse:
    """Show how the grades are spread over the areas below."""
    mixes = queries.mix_below(request.user, request.area_code)
    context = {
        "parts": queries.parts_of(queries.grade_counts(request.area_code)),
        "mixes": mixes,
        "tiles": queries.tiles_of(mixes, request.area_code),
    }
    return render(request, "assessment/figures.html", context)


@login_required
@require_GET
def instrument(request: SignedInRequest) -> HttpResponse:
    """Explain the instrument in force, or an earlier version of it."""
    version = request.GET.get("version", "")
    if version and not version.isdecimal():
        raise NotFound
    context = queries.instrument_page(int(version) if version else None)
    context |= scales.shown_to(request.user, context["instrument"].body)
    return render(request, "assessment/instrument.html", context)
