"""The home of each role, and the switches of the shell."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts import permissions
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.registry.queries import today as today_queries
from qianshou.web.queries import figures, homes, starting

YEAR = 365 * 24 * 3600
# The home shows so many things at once and folds the others, unless they are hardly more.
SHOWN, HARDLY_MORE = 8, 10


@login_required
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Show what the person has to do now, then the figures of the area."""
    user, code, today = request.user, request.area_code, timezone.localdate()
    if permissions.may(user, Power.OWN_CHILDREN):
        return redirect("care:today")
    if permissions.powers_of(user) == {Power.OWN_SEATS}:
        return redirect("teams:mine")
    city_wide = code and area_rules.level_of(code) == area_rules.CITY
    tasks = homes.worklist_for(user, code, today)
    shown = SHOWN if len(tasks) > HARDLY_MORE else HARDLY_MORE
    counted = figures.figures_for(user, code, today)
    start = starting.start_for(user, code, figures=counted, today=today)
    context = {
        "start": start,
        "tasks": tasks,
        "first": tasks[:shown],
        "later": tasks[shown:],
        "silent": homes.silent_for(user, code, today),
        "figures": None if start.is_bare else counted,
        "tiles": figures.coverage_tiles(user) if city_wide and not start.is_bare else [],
        "administers": permissions.is_administrator(user),
        "mark": today_queries.pulse_of(code),
    }
    return render(request, "web/home.html", context)


@require_GET
def pulse(request: SignedInRequest) -> HttpResponse:
    """Tell an open page whether a file of its area has changed; nothing to say is the usual answer.

    An ended session lets the page load itself again, which leads to the sign-in.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    mark = today_queries.pulse_of(request.GET.get("of") or request.area_code)
    if mark == request.GET.get("seen"):
        return HttpResponse(status=204)
    return HttpResponse(headers={"HX-Trigger": "fresh"})


@login_required
@require_POST
def area(request: SignedInRequest) -> HttpResponse:
    """Look at another area of one's own from now on."""
    chosen = request.POST.get("area", "")
    if area_rules.is_code(chosen) and permissions.scope_of(request.user).holds(chosen):
        request.session["area"] = chosen
    return redirect(_back(request))


@require_POST
def look(request: SignedInRequest) -> HttpResponse:
    """Keep the choice of light or dark and of text size in cookies."""
    response = redirect(_back(request))
    for name, allowed in (("theme", ("auto", "light", "dark")), ("text", ("normal", "large"))):
        if (value := request.POST.get(name, "")) in allowed:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=False)
    return response


@require_GET
def components(request: SignedInRequest) -> HttpResponse:
    """Show every component in every state, with invented content."""
    return render(request, "web/components.html", {})


def _back(request: SignedInRequest) -> str:
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if safe else "/"
