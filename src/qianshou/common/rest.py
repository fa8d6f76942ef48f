"""What every REST endpoint shares: problem details (RFC 9457), who asks, and for which area."""

from typing import Any, Final

from django.http import HttpRequest
from ninja import Schema

from qianshou.common.errors import NotFound


class Problem(Schema):
    """A refusal in the form of RFC 9457."""

    type: str
    title: str
    status: int
    detail: Any = None


REFUSALS: Final = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}


def asker(request: HttpRequest) -> Any:
    """Return the key's user."""
    return request.auth  # type: ignore[attr-defined]


def area_of(request: HttpRequest, area: str) -> str:
    """Return the area asked for, or the widest one of the key's user; raises `NotFound`."""
    if area and not (len(area) == 12 and area.isascii() and area.isdigit()):
        raise NotFound
    return area or str(getattr(request, "area_code", ""))
