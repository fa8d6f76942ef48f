"""The REST interface: one NinjaAPI that the apps' routers join, keys problem details."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from qianshou.accounts import permissions
from qianshou.accounts import queries as accounts
from qianshou.assessment.api import router as assessment
from qianshou.audit.api import router as audit
from qianshou.cases.api import router as cases
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.exchange.api import router as exchange
from qianshou.mothers.api import router as mothers
from qianshou.outbound.api import router as outbound
from qianshou.pairing.api import router as pairing
from qianshou.pairing.api_seats import router as seats
from qianshou.quality.api import router as quality
from qianshou.registry.api import router as registry
from qianshou.registry.api_news import router as news
from qianshou.teams.api import router as teams


class Key(HttpBearer):
    """A REST key in the Authorization header."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the key's user, narrowed to the key's powers."""
        found = accounts.user_by_token(token, timezone.localdate())
        if found is None:
            return None
        user, powers = found
        permissions.narrow(user, powers)
        rowsecurity.become(permissions.scope_of(user))
        request.area_code = permissions.widest_area(user) or ""  # type: ignore[attr-defined]
        return user


api = NinjaAPI(title="Qianshou", version="1", auth=[Key()], urls_namespace="api", docs_url=None)


def problem(request: HttpRequest, status: int, title: str, *, detail: Any = None) -> HttpResponse:
    """Answer in the form of RFC 9457."""
    body = {"type": "about:blank", "title": title, "status": status}
    if detail is not None:
        body["detail"] = detail
    response = api.create_response(request, body, status=status)
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Turn a refusal into 404, 403 or 409."""
    transaction.set_rollback(True)
    kinds = {NotFound: 404, NotAllowed: 403}
    status = next((code for kind, code in kinds.items() if isinstance(refusal, kind)), 409)
    return problem(request, status, str(refusal))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which fields do not fit."""
    transaction.set_rollback(True)
    return problem(request, 422, gettext("Some fields do not fit."), detail=error.errors)


@api.exception_handler(HttpError)
def unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Say what is wrong with a request that reached no endpoint, in the form of all others."""
    transaction.set_rollback(True)
    titles = {
        400: gettext("The body cannot be read: it must be JSON."),
        401: gettext("A key is missing, or it does not hold any more."),
    }
    return problem(request, error.status_code, titles.get(error.status_code, str(error)))


api.add_router("", exchange)
api.add_router("", registry)
api.add_router("", news)
api.add_router("", quality)
api.add_router("", audit)
api.add_router("", mothers)
api.add_router("", assessment)
api.add_router("", cases)
api.add_router("", pairing)
api.add_router("", seats)
api.add_router("", teams)
api.add_router("", outbound)
