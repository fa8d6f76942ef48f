"""What the app on a phone asks: its shell, its worker, its day, and where entries are handed in."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.care import http
from qianshou.care.actions import doing, enclosing, hearing, phones, syncing
from qianshou.care.http import PhoneRequest
from qianshou.care.queries import day as days
from qianshou.care.queries import shell
from qianshou.care.rules import codes, payload
from qianshou.care.rules import enclosing as rules
from qianshou.common.errors import NotFound


@require_GET
def app(request: HttpRequest) -> HttpResponse:
    """Show the app. It holds nobody's data: the same page for everybody, kept by the phone."""
    answer = render(request, "care/phone.html", shell.context())
    # The one page that may ask for the microphone and the camera.
    answer["Permissions-Policy"] = "camera=(self), microphone=(self), geolocation=(), payment=()"
    return answer


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Hand out the service worker, which keeps the app for times without a signal."""
    text = shell.worker(modules="plain" not in request.GET)
    return HttpResponse(text, content_type="text/javascript", headers={"Cache-Control": "no-store"})


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say how the app is called and looks when it is installed."""
    return JsonResponse(shell.manifest(), content_type="application/manifest+json")


@require_GET
@http.phone("read")
def day(request: PhoneRequest) -> HttpResponse:
    """Hand a phone its day, to be kept for seventy-two hours."""
    if not request.is_open:
        return http.wipe(request)
    now = timezone.now()
    phones.note_seen(request.device, now=now)
    hearing.hear_of_hers(request.device.mother_id)
    return JsonResponse(days.day_of(request.device, now=now))


@require_POST
@http.phone("send")
def sync(request: PhoneRequest) -> HttpResponse:
    """Take in a batch of entries, and say of each what became of it."""
    try:
        raw = json.loads(request.body)
        entries = raw["operations"]
        sent_at = payload.moment(raw["sent_at"]) if raw.get("sent_at") else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, payload.Bad):
        return http.refusal(400, _("This is no batch of entries."))
    if not isinstance(entries, list) or len(entries) > payload.MOST_OPERATIONS:
        return http.refusal(413, _("A batch is a list of at most two hundred entries."))
    told = [
        _told(each)
        for each in syncing.take_in(request.device, entries, sent_at=sent_at, now=timezone.now())
    ]
    if not request.is_open:
        return http.wipe(request, results=told)
    return JsonResponse({"results": told})


@require_http_methods(["GET", "PUT"])
@http.phone("send")
def enclosure(request: PhoneRequest, key: UUID) -> HttpResponse:
    """Take a part of a voice note or photo, or say how much of it is here."""
    if not request.is_open:
        return http.wipe(request)
    try:
        row = enclosing.standing(request.device, key)
    except NotFound:
        told = {"state": rules.REFUSED, "reason": rules.UNKNOWN}
        return JsonResponse({**told, "say": _(rules.REASONS[rules.UNKNOWN])}, status=404)
    if request.method == "GET":
        return _standing(row)
    at = request.headers.get("Upload-Offset", "")
    if not at.isdecimal() or len(at) > 10 or len(request.body) > rules.LARGEST_PART:
        return http.refusal(400, _("This is no part of a recording."))
    try:
        row = enclosing.take_part(request.device, key, request.body, at=int(at), now=timezone.now())
    except enclosing.PartOutOfPlace:
        return _standing(enclosing.standing(request.device, key), status=409)
    return _standing(row)


def _standing(row: Any, *, status: int = 200) -> JsonResponse:
    say = _(rules.REASONS[row.reason]) if row.reason else ""
    told = {"have": row.received, "state": row.state, "reason": row.reason, "say": say}
    return JsonResponse(told, status=status)


def _told(each: doing.Told) -> dict[str, Any]:
    words = _(codes.REASONS[each.reason]) if each.reason else ""
    return {"id": each.key, "outcome": each.outcome, "reason": each.reason, "say": words}
