"""The pages of one visit: at the door, written up, and what follows from it."""

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
from qianshou.visits import forms
from qianshou.visits.actions import duties, going, writing
from qianshou.visits.queries import books, lists, one

SIGNS = {"arrive": going.arrive, "leave": going.leave}


@login_required
@require_GET
def to_write(request: SignedInRequest) -> HttpResponse:
    """List the visits whose day has passed and that nobody has written up."""
    today = timezone.localdate()
    page = page_of(lists.to_write_for(request.user, request.area_code, today=today), request)
    context = {
        "page": page,
        "rows": lists.visit_rows(list(page.object_list), request.area_code, today),
        "tabs": lists.tabs_for(request.user, request.area_code, "to-write"),
    }
    return render(request, "visits/to_write.html", context)


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """Show a mother the visits on which she goes along."""
    rows = one.hers(request.user, today=timezone.localdate())
    return render(request, "visits/mine.html", {"rows": rows})


@login_required
@require_GET
def visit(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Show one visit with what can be done now."""
    found = one.visit_for(request.user, visit_id)
    return _shown(request, found, forms.SignForm())


def _shown(request: SignedInRequest, found: Any, form: Any, *, problem: str = "") -> HttpResponse:
    context = one.page_of(request.user, found, today=timezone.localdate())
    context |= {"form": form, "problem": problem}
    return render(request, "visits/visit.html", context, status=422 if problem else 200)


@login_required
@require_POST
def sign(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Sign in at the family's home, or out again."""
    found, act = one.visit_for(request.user, visit_id), SIGNS.get(request.POST.get("act", ""))
    form = forms.SignForm(request.POST)
    if act is None or not form.is_valid():
        raise NotFound
    try:
        act(found, form.sign(), by=request.user, now=timezone.now())
    except Refused as refusal:
        return _shown(request, found, form, problem=str(refusal))
    messages.success(request, _("Noted."))
    return redirect("visits:visit", visit_id=visit_id)


@login_required
@require_POST
def end(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Say why a visit was not made."""
    found, form = one.visit_for(request.user, visit_id), forms.WhyForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    act = request.POST.get("act", "")
    try:
        going.end(found, act, by=request.user, reason=reason, now=timezone.now())
    except NotFound:
        raise
    except Refused as refusal:
        return _shown(request, found, forms.SignForm(), problem=str(refusal))
    messages.success(request, _("Noted."))
    return redirect("visits:visit", visit_id=visit_id)


@login_required
@require_http_methods(["GET", "POST"])
def write(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Write a visit up by the form of its purpose; a draft is kept as often as one likes."""
    found = one.visit_for(request.user, visit_id)
    purpose = books.read(found.book).purposes[found.purpose]
    initial = forms.initial_of(one.draft_of(found), found)
    form = forms.RecordForm(
        request.POST or None, visit=found, purpose=purpose, initial=initial,
        whole=request.POST.get("act") != "draft", scale=one.scale_of(request.user, found, purpose),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        now, record = timezone.now(), form.record()
        try:
            if request.POST.get("act") == "draft":
                writing.keep_draft(found, record, by=request.user, now=now)
                messages.success(request, _("The draft is kept; go on whenever you like."))
                return redirect("visits:write", visit_id=visit_id)
            writing.write_up(found, record, by=request.user, now=now)
        except Refused as refusal:
            forms.refused(form, refusal)
        else:
            messages.success(request, _("The visit is written up."))
            return redirect("visits:visit", visit_id=visit_id)
    context = {"visit": found, "form": form, "purpose": lists.purpose_words(found)}
    return render(request, "visits/write.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def read(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Show what was written up, with the reason in the trail."""
    found = one.visit_for(request.user, visit_id)
    try:
        opened = writing.open_record(found, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        return _shown(request, found, forms.SignForm(), problem=str(refusal))
    context = {
        "visit": found, "purpose": lists.purpose_words(found), "note": opened["note"],
        "rows": one.record_rows(found, opened),
    }  # fmt: skip
    return render(request, "visits/record.html", context)


# -- what follows ---------------------------------------------------------------------------------


@login_required
@require_GET
def task_list(request: SignedInRequest) -> HttpResponse:
    """List what follows from visits, with owner and day."""
    today, get = timezone.localdate(), request.GET
    what, whose = get.get("what", lists.ALL_OPEN), get.get("whose", "")
    rows = lists.tasks_for(request.user, request.area_code, what=what, whose=whose, today=today)
    context = {
        "page": page_of(rows, request),
        "tabs": lists.tabs_for(request.user, request.area_code, "tasks"),
        "filters": [
            {"name": "what", "label": _("Show"),
             "choices": [(code, _(words)) for code, words in lists.WHAT.items()]},
            {"name": "whose", "label": _("Whose"), "choices": [("MINE", _("mine"))]},
        ],
        "colleagues": [each for each, _d in
                       lists.colleagues_for(request.user, request.area_code, today=today)],
        "narrowed": what != lists.ALL_OPEN or bool(whose), "today": today,
    }  # fmt: skip
    return render(request, "visits/tasks.html", context)


@login_required
@require_POST
def task(request: SignedInRequest, task_id: UUID) -> HttpResponse:
    """Finish a task, or give it to somebody else with a day."""
    found, form = lists.task_for(request.user, task_id), forms.TaskForm(request.POST)
    if not form.is_valid():
        raise NotFound
    given, today = form.cleaned_data, timezone.localdate()
    try:
        if given["owner"] and given["due_on"]:
            owner = lists.colleague_for(request.user, found.area_code, given["owner"], today=today)
            duties.hand_on(found, by=request.user, owner=owner, due_on=given["due_on"], today=today)
        else:
            duties.finish(found, by=request.user, result=given["result"], now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Noted."))
    return redirect("visits:tasks")
