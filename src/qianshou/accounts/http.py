"""What every request goes through: one transaction, the asker's scope in the database, time-outs.

The order matters: the scope is set as the first statement of the transaction that then carries
the whole view, so that no query of the request runs without it.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.common import rowsecurity

Answer = Callable[[HttpRequest], HttpResponse]


# Borne by what an open page asks by itself: nobody's hand is on it, so it keeps no session alive.
UNATTENDED = "X-Unattended"


class SignedInRequest(HttpRequest):
    """A request whose asker is known; views behind `login_required` are typed with it."""

    user: User
    htmx: HtmxDetails
    area_code: str


class SessionLimits:
    """Ends a session after idle time and after its absolute age (NIST SP 800-63B, AAL2)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign out a session that is too old, otherwise note the time of this request."""
        if request.user.is_authenticated:
            now = int(time.time())
            begun = request.session.setdefault("begun_at", now)
            seen = request.session.get("seen_at", now)
            if now - begun > settings.SESSION_ABSOLUTE or now - seen > settings.SESSION_IDLE:
                logout(request)
            elif "seen_at" not in request.session or (
                now - seen > 30 and UNATTENDED not in request.headers
            ):
                request.session["seen_at"] = now
        return self.get_response(request)


class ScopedTransaction:
    """Runs each request in one transaction under the asker's scope; an error rolls it back."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the scope first, then answer."""
        user: Any = request.user
        scope = permissions.scope_of(user) if user.is_authenticated else rowsecurity.NOBODY
        with rowsecurity.acting(scope):
            request.area_code = _chosen_area(request, scope)  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:  # noqa: ARG002
        """Undo everything the request wrote; Django turns the exception into the answer later."""
        transaction.set_rollback(True)


def _chosen_area(request: HttpRequest, scope: rowsecurity.Scope) -> str:
    """Return the area the person is looking at: the chosen one if it is theirs, or the widest."""
    chosen: str = request.session.get("area", "")
    if chosen and scope.holds(chosen):
        return chosen
    user: Any = request.user
    return (permissions.widest_area(user) if user.is_authenticated else None) or ""
