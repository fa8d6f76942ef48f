"""The pages of teams: the roster of partners, team runs, and who would join whom."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.paging import page_of
from qianshou.exchange.actions import tables
from qianshou.pairing import permissions
from qianshou.pairing.actions import roster as keeping
from qianshou.pairing.actions import teaming as acting
from qianshou.pairing.forms import PartnerForm, RosterForm
from qianshou.pairing.queries import parts, roster, teaming, teamproofs

# Rows of a list shown on the page; the workbook holds all of them.
SHOWN_BAD = 20


@login_required
@require_http_methods(["GET", "POST"])
def teams(request: SignedInRequest) -> HttpResponse:
    """Show the team runs of the area and its roster by role; start another run."""
    powers.require(request.user, Power.VIEW_PAIRS, request.area_code)
    refusal = ""
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        try:
            run = acting.start(request.area_code, by=request.user, kind=kind)
        except (keeping.NotWithin, acting.EmptyRoster, acting.UnknownKind) as problem:
            refusal = str(problem)
        else:
            return redirect("pairing:team-run", run_id=run.pk)
    context = {
        "page": page_of(teaming.runs_for(request.user, request.area_code), request),
        "totals": roster.totals(request.area_code),
        "kinds": teaming.kinds(),
        "area": parts.name_of(request.area_code),
        "may_keep": permissions.can_keep_roster(request.user, request.area_code),
        "refusal": refusal,
    }
    return render(request, "pairing/teams.html", context, status=422 if refusal else 200)


@login_required
@require_GET
def team_run(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show a team run: filled roles, gaps with their reasons, and each child's team."""
    found = teaming.run_for(request.user, run_id)
    part = teaming.part_of(request.user, found, request.area_code)
    rows = teaming.places_of(
        found, part, role=request.GET.get("role", ""), gap=request.GET.get("gap", "")
    )
    page = page_of(rows, request)
    context = {
        "run": found,
        "area": parts.name_of(part),
        "summary": teaming.summary(found, part),
        "page": page,
        "rows": teaming.place_rows(found, list(page.object_list), within=part),
        "may_accept": permissions.can_accept(request.user, part),
        "extent": teamproofs.extent(request.user, found, request.area_code)[0],
        "filters": teaming.filters(),
    }
    return render(request, "pairing/team_run.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def partners(request: SignedInRequest) -> HttpResponse:
    """List the roster; take in a list of partners, or one who is typed."""
    powers.require(request.user, Power.VIEW_PAIRS, request.area_code)
    if request.method == "POST":
        powers.require(request.user, Power.RUN_PAIRING, request.area_code)
    by_hand = request.POST.get("act") == "enter"
    sent = request.method == "POST"
    list_form = RosterForm(*((request.POST, request.FILES) if sent and not by_hand else ()))
    form = PartnerForm(request.POST if by_hand else None)
    asked: Any = form if by_hand else list_form
    if sent and asked.is_valid() and _taken(request, asked):
        return redirect("pairing:partners")
    rows = roster.partners_for(request.user, request.area_code, role=request.GET.get("role", ""))
    page = page_of(rows, request)
    load = roster.last_load(request.user, request.area_code)
    context = {
        "page": page,
        "rows": roster.rows_of(list(page.object_list), within=request.area_code),
        "filters": roster.role_filter(),
        "load": load,
        "bad": roster.bad_rows(load)[:SHOWN_BAD],
        "columns": roster.COLUMNS,
        "roles": list(roster.ROLES),
        "list_form": list_form,
        "form": form,
        "may_keep": permissions.can_keep_roster(request.user, request.area_code),
    }
    return render(request, "pairing/partners.html", context, status=422 if sent else 200)


def _taken(request: SignedInRequest, form: Any) -> bool:
    """Take in what a form holds; False if it is refused, with the reasons on the form."""
    try:
        if isinstance(form, PartnerForm):
            entry = keeping.enter(request.area_code, by=request.user, cells=form.cells())
            form.refuse(roster.worded(entry.wrong))
            return not entry.wrong
        file = form.cleaned_data["file"]
        load = keeping.take_list(request.area_code, by=request.user, file=file, name=file.name)
    except (keeping.NotWithin, tables.TableRefused) as refusal:
        form.add_error(None, str(refusal))
        return False
    if load.counts["bad"]:
        messages.warning(request, _("Some rows could not be taken; they are listed below."))
    else:
        messages.success(request, _("The list is taken in."))
    return True


@login_required
@require_GET
def given_back(request: SignedInRequest) -> HttpResponse:
    """Hand back the rows of the last list that could not be taken, as a workbook."""
    load = roster.last_load(request.user, request.area_code)
    rows = [
        (each["row"], {name: each["cells"].get(name, "") for name in roster.COLUMNS}, each["wrong"])
        for each in roster.bad_rows(load)
    ]
    # Without such rows it is an empty list with the headings, to be filled in.
    rows = rows or [(1, dict.fromkeys(roster.COLUMNS, ""), {})]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(tables.given_back(rows), content_type=kind)
    response["Content-Disposition"] = 'attachment; filename="partners-to-mend.xlsx"'
    return response


@login_required
@require_POST
def rest(request: SignedInRequest, partner_id: UUID) -> HttpResponse:
    """Let a partner rest, or come back."""
    keeping.rest(roster.partner_for(request.user, partner_id), by=request.user)
    return redirect("pairing:partners")
