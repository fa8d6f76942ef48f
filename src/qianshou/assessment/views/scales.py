"""The pages of the scale's versions: read, written from a file or by numbers, tried, adopted."""

import json
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.assessment.actions import instruments, trying, writing
from qianshou.assessment.forms import NumbersForm, UploadForm, WhyForm
from qianshou.assessment.queries import scales
from qianshou.common.errors import Refused


@login_required
@require_http_methods(["GET", "POST"])
def versions(request: SignedInRequest) -> HttpResponse:
    """List the versions of the scale, and take a further one in from a file."""
    scales.require_change(request.user)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            body = writing.read_file(given["file"].read())
            made = writing.write(body, by=request.user, note=given["note"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The version is kept. Try it before you put it in force."))
            return redirect("assessment:version", version_id=made.pk)
    current = scales.in_force()
    context = {"versions": scales.versions(), "current": current, "form": form}
    return render(request, "assessment/versions.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def version(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Show how a version differs from the one in force; with `try`, whom it would move."""
    found, current = scales.version_for(request.user, version_id), scales.in_force()
    context = {
        "version": found,
        "current": current,
        "changes": scales.changes(current.body, found.body),
        "questions": scales.questions_of(found.body),
        "again": scales.again_of(found.body),
        "waiting": scales.is_waiting(found, current),
        "form": WhyForm(),
    }
    if "try" in request.GET:
        counted = trying.try_compiled(
            instruments.compiled(found.pk), today=timezone.localdate(),
            area_code=request.area_code,
        )  # fmt: skip
        context |= {
            "tried": True,
            "moves": scales.moves_of(counted),
            "tried_children": sum(counted.values()),
        }
    return render(request, "assessment/version.html", context)


@login_required
@require_GET
def file(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Hand out a version as a file, to begin a further one."""
    found = scales.version_for(request.user, version_id)
    body = json.dumps(found.body, ensure_ascii=False, indent=1)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.code}-{found.version}.json"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
def numbers(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Begin a further version by other numbers."""
    found = scales.version_for(request.user, version_id)
    form = NumbersForm(request.POST or None, body=found.body)
    if request.method == "POST" and form.is_valid():
        try:
            made = writing.write_from(
                found, form.numbers(), by=request.user, note=form.cleaned_data["note"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The version is kept. Try it before you put it in force."))
            return redirect("assessment:version", version_id=made.pk)
    context = {"version": found, "form": form}
    return render(request, "assessment/numbers.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def adopt(request: SignedInRequest, version_id: UUID) -> HttpResponse:
    """Put a version in force; the children are assessed with it by jobs."""
    found = scales.version_for(request.user, version_id)
    writing.adopt(found, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("In force. All children are assessed with it in the background."))
    return redirect("assessment:versions")
