"""What every page shares: refusals turned into pages, and the shell around the content."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from qianshou.areas import queries as areas
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.web.queries import shell as queries

STATUS = {NotFound: 404, NotAllowed: 403}


class Refusals:
    """Turns a refusal that a view did not handle into a page that says why.

    Missing and not yours give the same 404, so that an address reveals nothing. What the
    request wrote before the refusal is undone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; refusals arrive through `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Draw the page for a refusal and leave every other exception to surface."""
        if not isinstance(exception, Refused):
            return None
        status = next((code for kind, code in STATUS.items() if isinstance(exception, kind)), 409)
        page = f"{status}.html" if status in (403, 404) else "web/refused.html"
        answer = render(request, page, {"refusal": gettext(str(exception))}, status=status)
        # Only now: a transaction that is to be undone takes no further query, and the shell asks.
        transaction.set_rollback(True)
        return answer


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every page its navigation, area switcher and person menu."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    code = getattr(request, "area_code", "")
    return {
        "nav": queries.navigation_for(user, request.path),
        "shell": {
            "search_url": queries.search_url_for(user),
            "sign_out_url": reverse("accounts:sign-out"),
            "person_url": reverse("accounts:me"),
            "look_url": reverse("web:look"),
            "area_url": reverse("web:area"),
            "area_name": areas.names_of({code}).get(code, "") if code else "",
            "areas": queries.area_choices_for(user, code),
            "role_name": queries.role_name_of(user),
        },
    }
