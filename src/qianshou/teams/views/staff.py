"""What staff see of all teams: gaps by role and town, and what members were asked to do."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.paging import page_of
from qianshou.pairing.queries import parts, roster
from qianshou.teams import permissions
from qianshou.teams.actions import answering, asking, connecting
from qianshou.teams.forms import AskForm, ConnectForm, WithdrawForm
from qianshou.teams.queries import asked as task_queries
from qianshou.teams.queries import cards, reading, shell, teams
from qianshou.teams.queries import gaps as gap_queries


@login_required
@require_GET
def gaps(request: SignedInRequest) -> HttpResponse:
    """Show who is missing, by role and town, and the children whose teams lack somebody."""
    area = request.area_code
    powers.require(request.user, Power.VIEW_PAIRS, area)
    table = gap_queries.table(area)
    role = request.GET.get("role", "")
    town = request.GET.get("town", "")
    within = town if town in {each["town"] for each in table["rows"]} else area
    page = page_of(gap_queries.Children(within, role=role), request)  # type: ignore[arg-type]
    context = {
        "area": parts.name_of(area),
        "table": table,
        "page": page,
        "rows": list(page.object_list),
        "filters": [
            {
                "name": "role", "label": _("Role"),
                "choices": [(each["role"], each["name"]) for each in table["roles"]],
            },
            {
                "name": "town", "label": _("Town"),
                "choices": [(each["town"], each["name"]) for each in table["rows"]],
            },
        ],
        "tabs": shell.tabs_for(request.user, area, "gaps"),
    }  # fmt: skip
    return render(request, "teams/gaps.html", context)


@login_required
@require_GET
def tasks(request: SignedInRequest) -> HttpResponse:
    """List what members were asked to do: open, late, answered."""
    area, today = request.area_code, timezone.localdate()
    state = request.GET.get("state", "OPEN")
    rows = task_queries.tasks_in(request.user, area, state=state, today=today)
    page = page_of(rows, request)
    context = {
        "page": page,
        "rows": task_queries.rows_of(list(page.object_list), within=area, today=today),
        "filters": task_queries.filters(),
        "tabs": shell.tabs_for(request.user, area, "tasks"),
        "area": parts.name_of(area),
    }
    return render(request, "teams/tasks.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, seat_id: UUID) -> HttpResponse:
    """Ask a member of a team for one thing."""
    seat = teams.seat_for(request.user, seat_id)
    if not permissions.can_ask(request.user, seat.area_code):
        raise NotAllowed
    slot = teams.slot_of(seat)
    allowed = slot.parts if slot else ()
    account = asking.reader_of(seat) is not None
    form = AskForm(
        request.POST or None, parts=cards.choices(allowed), initial={"by_link": not account}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = asking.ask(
                seat, by=request.user, today=timezone.localdate(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _asked(request, made)
    context = {
        "seat": seat, "child": seat.child, "form": form, "who": teams.member(seat).who,
        "role": reading.role_words(seat.role), "account": account,
    }  # fmt: skip
    return render(request, "teams/ask.html", context, status=422 if form.errors else 200)


def _asked(request: SignedInRequest, made: asking.Asked) -> HttpResponse:
    """Show the link once, or lead back to the child's team."""
    if not made.path:
        messages.success(request, _("Asked; the person reads it in the app."))
        return redirect("teams:child", child_id=made.task.child_id)
    seat = made.task.seat
    context = {
        "task": made.task, "child": made.task.child, "link": f"{settings.SITE_URL}{made.path}",
        "sent": bool(seat.partner and seat.partner.phone), "who": teams.member(seat).who,
    }  # fmt: skip
    return render(request, "teams/asked.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def task(request: SignedInRequest, task_id: UUID) -> HttpResponse:
    """Show a task and its answer; take it back."""
    found = task_queries.task_for(request.user, task_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asking.withdraw(found, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Taken back; its link opens nothing any more."))
            return redirect("teams:task", task_id=found.pk)
    context = {
        "task": found, "child": found.child, "form": form,
        "row": task_queries.row_of(found, {}, timezone.localdate()),
        "sees": cards.titles(found.parts),
        "answer": answering.read_answer(found, by=request.user),
        "link": task_queries.link_words(found),
    }  # fmt: skip
    return render(request, "teams/task.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def link(request: SignedInRequest, task_id: UUID) -> HttpResponse:
    """Send a new link; the earlier one opens nothing any more."""
    found = task_queries.task_for(request.user, task_id)
    return _asked(request, asking.send_link(found, by=request.user))


@login_required
@require_http_methods(["GET", "POST"])
def account(request: SignedInRequest, partner_id: UUID) -> HttpResponse:
    """Connect a partner of the roster with an account."""
    partner = roster.partner_for(request.user, partner_id)
    if not permissions.can_fill(request.user, partner.area_code):
        raise NotAllowed
    form = ConnectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            connecting.connect(partner, form.cleaned_data["username"], by=request.user)
        except Refused as refusal:
            form.add_error("username", str(refusal))
        else:
            messages.success(request, _("Connected: the account sees this partner's children."))
            return redirect("pairing:partners")
    context = {"partner": partner, "form": form, "account": teams.account_of(partner)}
    return render(request, "teams/account.html", context, status=422 if form.errors else 200)
