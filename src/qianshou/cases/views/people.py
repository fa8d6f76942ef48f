"""Who leads and who is in a team, and what a member herself is to do."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.cases.actions import staffing, working
from qianshou.cases.forms import LeadForm, MemberForm
from qianshou.cases.queries import lists, people
from qianshou.common.errors import Refused


@login_required
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """Show a member that there is a team, and what she herself is to do."""
    context = {"mine": lists.mine_for(request.user), "today": timezone.localdate()}
    return render(request, "cases/mine.html", context)


@login_required
@require_POST
def done(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """Say that something of one's own is done."""
    found = lists.own_action_for(request.user, action_id)
    working.finish(found, by=request.user, result=request.POST.get("result", ""))
    messages.success(request, _("Thank you, noted."))
    return redirect("cases:mine")


@login_required
@require_http_methods(["GET", "POST"])
def lead(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Give a team its lead, or the next one with a handover."""
    found = lists.team_for(request.user, team_id)
    lists.require_lead(request.user, found)
    candidates = people.may_lead(found)
    form = LeadForm(request.POST or None, people=candidates, initial={"lead": request.user.pk})
    if request.method == "POST" and form.is_valid():
        chosen = next(each for each in candidates if str(each.pk) == form.cleaned_data["lead"])
        try:
            staffing.take_lead(
                found, by=request.user, lead=chosen, handover=form.cleaned_data["handover"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The team has its lead."))
            return redirect("cases:team", team_id=team_id)
    return _form(request, found, form, title=_("Lead of the team"), label=_("Give the lead"))


@login_required
@require_http_methods(["GET", "POST"])
def member(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Take somebody with an account into the team."""
    found = lists.team_for(request.user, team_id)
    lists.require_lead(request.user, found)
    candidates = people.may_join(found)
    form = MemberForm(request.POST or None, people=candidates)
    if request.method == "POST" and form.is_valid():
        chosen = next(each for each in candidates if str(each.pk) == form.cleaned_data["user"])
        try:
            staffing.add_member(
                found, by=request.user, user=chosen, role=form.cleaned_data["role"],
                unit=form.cleaned_data["unit"],
            )  # fmt: skip
        except staffing.UnitMissing as refusal:
            form.add_error("unit", str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The person is in the team."))
            return redirect("cases:team", team_id=team_id)
    return _form(request, found, form, title=_("A further member"), label=_("Take in"))


@login_required
@require_POST
def member_end(request: SignedInRequest, member_id: UUID) -> HttpResponse:
    """Let a person leave the team, for a reason."""
    found = lists.member_for(request.user, member_id)
    staffing.end_member(found, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("The person has left the team."))
    return redirect("cases:team", team_id=found.team_id)


def _form(
    request: SignedInRequest, team: object, form: object, *, title: str, label: str
) -> HttpResponse:
    context = {"team": team, "form": form, "title": title, "label": label}
    errors = getattr(form, "errors", None)
    return render(request, "cases/form.html", context, status=422 if errors else 200)
