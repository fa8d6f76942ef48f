"""Voice notes and photos, handed out to those who may hear and see them."""

import re
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from qianshou.accounts.http import SignedInRequest
from qianshou.care.actions import enclosing
from qianshou.care.queries import recordings

# A recording is opened as a file of its own: nothing in it may run, load, send or be framed.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
RANGE = re.compile(r"bytes=(\d{1,10})-(\d{0,10})\Z")


@login_required
@require_GET
def content(request: SignedInRequest, enclosure_id: UUID) -> HttpResponse:
    """Hand out one recording; players of some browsers ask for it in ranges."""
    found = recordings.enclosure_for(request.user, enclosure_id)
    body = enclosing.open_content(found, by=request.user)
    answer = _part_of(body, request.headers.get("Range", ""))
    answer["Content-Type"] = found.type
    answer["Content-Disposition"] = f'inline; filename="{found.pk}"'
    answer["Accept-Ranges"] = "bytes"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = POLICY
    return answer


def _part_of(body: bytes, asked: str) -> HttpResponse:
    wanted = RANGE.fullmatch(asked)
    if wanted is None:
        return HttpResponse(body)
    first = int(wanted[1])
    last = min(int(wanted[2] or len(body) - 1), len(body) - 1)
    if first > last:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{len(body)}"
        return answer
    answer = HttpResponse(body[first : last + 1], status=206)
    answer["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return answer
