"""The page of the report is there when nothing else is: without a database, after any failure.

The middleware stands before sessions, scopes and sign-ins, since all of them ask the database.
It looks at one address only.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from qianshou.common.holding import PARTS
from qianshou.protection.actions import spooling
from qianshou.protection.forms import ReportForm
from qianshou.protection.rules import codes

SECONDS: Final = 3
FRIENDLY: Final = ("same-origin", "same-site", "none")


class ReportAlways:
    """Answers the report's page by itself where the database or anything behind it fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Ask the site first, as long as its database answers."""
        if request.path_info != reverse("protection:report"):
            return self.get_response(request)
        if database_answers():
            response = self.get_response(request)
            if response.status_code < 500:
                return response
        language = translation.get_language_from_request(request)
        with translation.override(language):
            return without_database(request)


def database_answers() -> bool:
    """Tell whether the database takes a connection within a few seconds; a hanging one does not."""
    own = connection.settings_dict
    values: dict[str, Any] = {key: own[name] for key, name in PARTS.items() if own[name]}
    try:
        psycopg.connect(**values, connect_timeout=SECONDS, autocommit=True).close()
    except psycopg.Error:
        return False
    return True


def without_database(request: HttpRequest) -> HttpResponse:
    """Show the numbers and the form, or keep what was sent, sealed, until the database is back."""
    if request.method != "POST":
        return draw(request, ReportForm.fresh(), down=True)
    if not is_ours(request):
        return HttpResponseForbidden()
    key = key_of(request)
    try:
        number = spooling.keep(
            request.POST.dict(), client_id=key, place=place_of(request), now=timezone.now(),
            session=request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""),
        )  # fmt: skip
    except OSError:
        # Neither database nor disk: nothing is pretended, and what was typed stays on the page.
        form = ReportForm(initial={**request.POST.dict(), "key": key})
        return draw(request, form, down=True, lost=True, status=503)
    context = {"number": number, "numbers": codes.NUMBERS, "police": codes.POLICE}
    return render(request, "protection/kept.html", context, status=202)


def draw(
    request: HttpRequest, form: ReportForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Draw the page of the report; without choices the fields that need them are left out."""
    if context.get("down"):
        form.offer([], [])
    page = {"form": form, "numbers": codes.NUMBERS, "police": codes.POLICE, **context}
    return render(request, "protection/report.html", page, status=status)


def key_of(request: HttpRequest) -> UUID:
    """Return the form's own key; one that was lost on the way is replaced."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()


def is_ours(request: HttpRequest) -> bool:
    """Tell whether a form came from a page of ours.

    A report must not fail for a lost cookie, so it bears no token: the browser says from where it
    was sent, and another site cannot make it say otherwise.
    """
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told in FRIENDLY
    origin = request.headers.get("Origin", "")
    return not origin or urlsplit(origin).netloc == request.get_host()


def place_of(request: HttpRequest) -> str:
    """Return where a request comes from; kept only as a keyed digest."""
    if settings.HTTPS:
        told: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if told:
            return told.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
