"""Request ids for the trail, and the response headers that the libraries do not set."""

import secrets
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext

from qianshou.audit.actions import request_id

FORM_ROOM: Final = 1 << 20


class RequestId:
    """Gives each request an id that its entries in the trail carry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Make the id ourselves: one from the client could be forged."""
        mark = request_id.set(secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request_id.get()
            return response
        finally:
            request_id.reset(mark)


class BodyLimit:
    """Refuses a body that is larger than this installation takes before a byte of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the announced length alone; room for the form around a file is left."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= settings.UPLOAD_MAX_BYTES + FORM_ROOM:
            return self.get_response(request)
        most = {"most": settings.UPLOAD_MAX_BYTES >> 20}
        with translation.override(translation.get_language_from_request(request)):
            return render(request, "413.html", most, status=413)


class NoNul:
    """Refuses requests with a NUL character, which no text of PostgreSQL can hold."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at address, form and JSON; a file's content is read elsewhere, and may hold any."""
        return _told_of_nul(request) if _has_nul(request) else self.get_response(request)


def _told_of_nul(request: HttpRequest) -> HttpResponse:
    """Say what is wrong, to a program in the form of all its refusals (RFC 9457)."""
    with translation.override(translation.get_language_from_request(request)):
        says = gettext(
            "A text holds the null character (U+0000), which nothing can keep. Take it out and send"
            " it again."
        )
    if request.content_type != "application/json":
        return HttpResponseBadRequest(says, content_type="text/plain; charset=utf-8")
    body = {"type": "about:blank", "title": says, "status": 400}
    return JsonResponse(body, status=400, content_type="application/problem+json")


def _has_nul(request: HttpRequest) -> bool:
    if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        return True
    if request.content_type == "application/json":
        return b"\\u0000" in request.body
    return any("\0" in value for values in request.POST.lists() for value in values[1])


class Headers:
    """Keeps pages about people out of caches and away from other windows (ASVS 3.4, 14.3.2)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers unless the view set its own."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        return response


def client_address(request: HttpRequest) -> str:
    """Return where a request comes from, for the lockout at sign-in.

    Behind our own web server every connection comes from this machine; it writes the client's
    address into the header anew, so that nobody can choose their own.
    """
    if settings.HTTPS:
        told: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if told:
            return told.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
