"""The pages of the assessment: grades to confirm, one child, figures, and the instrument."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.assessment import actions, queries
from qianshou.assessment.forms import GradeForm
from qianshou.common.errors import NotFound
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
            actions.confirm_grade(found, by=request.user, **form.cleaned_data)
        except actions.ReasonMissing as refusal:
            form.add_error(None, _(str(refusal)))
        except actions.Outdated as refusal:
            messages.error(request, _(str(refusal)))
            return redirect("assessment:child", child_id=child_id)
        else:
            messages.success(request, _("The grade is confirmed."))
            return redirect("assessment:child", child_id=child_id)
    context = queries.page_of(found, user=request.user, today=timezone.localdate())
    context["form"] = form
    return render(request, "assessment/child.html", context, status=422 if form.errors else 200)


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
    return render(request, "assessment/instrument.html", context)
