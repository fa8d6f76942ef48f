"""How a phone says who it is: by a key of its own, without a session."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from qianshou.accounts.models import User
from qianshou.care import permissions
from qianshou.care.actions import phones
from qianshou.care.models import Device
from qianshou.care.queries import own
from qianshou.common.crypto import digest_of

P = ParamSpec("P")


class PhoneRequest(HttpRequest):
    """A request of a phone that is known; `is_open` is false if it is blocked."""

    user: User
    device: Device
    is_open: bool


View = Callable[Concatenate[PhoneRequest, P], HttpResponse]


def phone(key: str) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Let only phones in by one of their keys. No cookie counts, so no other site can lend one."""

    def guard(view: View[P]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            kind, _, secret = request.headers.get("Authorization", "").partition(" ")
            device = own.phone_by(digest_of(secret), key=key) if kind == "Bearer" else None
            if device is None:
                return refusal(401, gettext("This phone is not set up here."))
            request.user, request.device = device.user, device
            request.is_open = permissions.is_open(device)
            return view(request, *args, **kwargs)

        return csrf_exempt(guarded)

    return guard


def refusal(status: int, title: str) -> JsonResponse:
    """Answer in the form of RFC 9457."""
    body = {"type": "about:blank", "title": title, "status": status}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def wipe(request: PhoneRequest, **more: Any) -> JsonResponse:
    """Tell a blocked phone to forget everything; the browser is told so as well."""
    phones.note_wiped(request.device, now=timezone.now())
    answer = JsonResponse({"wipe": True, **more}, status=410)
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer
