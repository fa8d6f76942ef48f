"""The list of children and the figures about it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from qianshou.accounts import permissions as accounts
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.paging import page_of
from qianshou.registry.actions import searching
from qianshou.registry.queries import children as queries
from qianshou.registry.queries import extensions, figures, words


@login_required
@require_GET
def children(request: SignedInRequest) -> HttpResponse:
    """List the children of the chosen area, searched, filtered and sorted by the address."""
    search = request.GET.get("q", "")
    rows = queries.children_for(
        request.user,
        area_code=request.area_code,
        search=search,
        filters={name: request.GET.get(name, "") for name in queries.filter_names()},
        sort=request.GET.get("sort", "-changed"),
    )
    searching.note_search(search, by=request.user, area_code=request.area_code)
    page = page_of(rows, request)
    context = {
        "page": page,
        "lines": queries.lines_of(
            list(page.object_list),
            viewer=request.user,
            today=timezone.localdate(),
            within=request.area_code,
        ),
        "columns": extensions.columns(),
        "filters": queries.filter_choices(),
        "narrowed": any(request.GET.get(name) for name in ("q", *queries.filter_names())),
    }
    return render(request, "registry/children.html", context)


@login_required
@require_GET
def coverage(request: SignedInRequest) -> HttpResponse:
    """Show how many children are on file where, and which departments know them."""
    accounts.require(request.user, Power.VIEW_FIGURES, request.area_code)
    parts = figures.children_by_part(request.user, area_code=request.area_code)
    departments = figures.children_by_department(request.user, area_code=request.area_code)
    may_list = accounts.may(request.user, Power.VIEW_CHILDREN, request.area_code)
    context = {
        "total": sum(part.children for part in parts),
        "several": sum(part.several for part in parts),
        "bars": figures.bars_of(parts),
        "departments": [_bar(code, many, may_list=may_list) for code, many in departments],
        "may_list": may_list,
        "tiles": figures.coverage_tiles(request.user, area_code=request.area_code),
    }
    return render(request, "registry/coverage.html", context)


def _bar(code: str, many: int, *, may_list: bool) -> dict[str, object]:
    """Return the bar of a department, which leads to its children for those who may list them."""
    address = reverse("registry:children", query={"department": code}) if may_list else ""
    return {"label": words.DEPARTMENTS.get(code, code), "value": many, "url": address}
