"""How an applicant without an account is known: by her session, and only as her own application.

The session holds the id of one application, put there when she began it or typed its code. The
request then goes on in a scope that opens this application and nothing else.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.recruitment.models import MotherApplication
from qianshou.recruitment.queries import doors

KEY = "applicant"
Parameters = ParamSpec("Parameters")
Page = Callable[Concatenate[HttpRequest, MotherApplication, Parameters], HttpResponse]


def posted(request: HttpRequest) -> Any:
    """Return what was sent, also if it was nothing; a page only looked at has sent None."""
    return request.POST if request.method == "POST" else None


def remember(request: HttpRequest, application_id: UUID) -> None:
    """Let this browser go on with one application, under a new session id."""
    request.session.cycle_key()
    request.session[KEY] = str(application_id)


def forget(request: HttpRequest) -> None:
    """Let the next person at this telephone find nothing."""
    request.session.pop(KEY, None)
    request.session.cycle_key()


def applicant(page: Page[Parameters]) -> Callable[..., HttpResponse]:
    """Hand a page the application of the session, in its own scope; else ask for the code."""

    @wraps(page)
    def found(
        request: HttpRequest, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse:
        application = _application(request)
        if application is None:
            return redirect("recruitment:resume")
        return page(request, application, *args, **kwargs)

    return found


def _application(request: HttpRequest) -> MotherApplication | None:
    kept: Any = request.session.get(KEY)
    if not kept:
        return None
    identity = UUID(kept)
    rowsecurity.become(doors.scope_of(identity))
    try:
        return doors.own_application(identity)
    except NotFound:
        forget(request)
        return None
