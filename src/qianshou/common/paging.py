"""Pages of a list: 50 rows, a page number from the address, never an error for a bad one."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

ROWS = 50


def page_of(
    rows: QuerySet[Any] | list[Any], request: HttpRequest, rows_per_page: int = ROWS
) -> Page[Any]:
    """Return the page that the request asks for; a number out of range gives the nearest page."""
    return Paginator(rows, rows_per_page).get_page(request.GET.get("page"))
