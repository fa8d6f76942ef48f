"""What a guardian's link opens: one request, under a scope that shows nothing else."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qianshou.common import rowsecurity
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotFound
from qianshou.common.rowsecurity import Scope
from qianshou.consents.models import Link, SigningRequest
from qianshou.consents.queries import texts
from qianshou.registry.models import Child, Consent

SIGNER = "SIGNER"


class LinkState(StrEnum):
    """Where a link stands."""

    OPEN = "OPEN"
    LOCKED = "LOCKED"
    USED = "USED"
    CANCELLED = "CANCELLED"
    RUN_OUT = "RUN_OUT"
    DEAD = "DEAD"


# In words, with the tone that a page shows it in.
WORDS: dict[LinkState, tuple[str | Promise, str]] = {
    LinkState.OPEN: (_("waits for the answer"), "wait"),
    LinkState.LOCKED: (_("locked for a while after wrong answers"), "warn"),
    LinkState.USED: (_("answered"), "good"),
    LinkState.CANCELLED: (_("taken back"), "neutral"),
    LinkState.RUN_OUT: (_("ran out without an answer"), "warn"),
    LinkState.DEAD: (_("closed after wrong answers"), "bad"),
}


def scope_of(request_id: UUID) -> Scope:
    """Return the scope of one request: no area, this one row, and its child's answers."""
    return Scope(SIGNER, (), None, request_id)


def open_link(token: str) -> SigningRequest:
    """Find what a link is about and see no more than that from here on; raises `NotFound`.

    The rest of the transaction runs under the request's own scope, whoever has opened the page.
    """
    request_id = (
        Link.objects.filter(digest=digest_of(token)).values_list("request_id", flat=True).first()
    )
    if request_id is None:
        raise NotFound
    rowsecurity.become(scope_of(request_id))
    return SigningRequest.objects.get(pk=request_id)


def state_of(request: SigningRequest, now: datetime | None = None) -> LinkState:
    """Say where a link stands."""
    now = now or timezone.now()
    if request.used_at:
        return LinkState.USED
    if request.cancelled_at:
        return LinkState.CANCELLED
    if request.dead_at:
        return LinkState.DEAD
    if request.expires_at <= now:
        return LinkState.RUN_OUT
    if request.locked_until and request.locked_until > now:
        return LinkState.LOCKED
    return LinkState.OPEN


def questions_of(request: SigningRequest, language: str) -> list[dict[str, Any]]:
    """Return what is asked, each with its text in a language and the answer on file so far."""
    labels = dict(Consent.Purpose.choices)
    given = answers_so_far(request.child_id)
    found = []
    for question in request.questions:
        text = texts.version(question["purpose"], question["version"], language)
        found.append(
            {
                **question,
                "choices": [
                    {"party": party, "field": f"party-{number}", "answer": None}
                    for number, party in enumerate(question["parties"])
                ],
                "label": labels[question["purpose"]],
                "text": text,
                "paragraphs": [part for part in text.body.split("\n") if part],
                "so_far": given.get(question["purpose"]),
            }
        )
    return found


def answers_so_far(child_id: UUID) -> dict[str, bool]:
    """Return the newest answer of a child's guardian by purpose."""
    rows = Consent.objects.filter(child=child_id).order_by("given_on", "noted_at")
    return dict(rows.values_list("purpose", "given"))


def words_of(request: SigningRequest) -> tuple[str | Promise, str]:
    """Return the state of a link in words, with its tone."""
    return WORDS[state_of(request)]


def requests_of(child: Child) -> list[dict[str, Any]]:
    """Return the links made for a child, newest first, each with its state."""
    rows = SigningRequest.objects.filter(child=child).select_related("guardian", "made_by")
    now = timezone.now()
    return [
        {"request": each, "state": state_of(each, now), "words": WORDS[state_of(each, now)]}
        for each in rows.order_by("-made_at")[:20]
    ]


def request_for(child: Child, request_id: UUID) -> SigningRequest:
    """Return one link of a child; raises `NotFound`."""
    found = SigningRequest.objects.filter(pk=request_id, child=child).first()
    if found is None:
        raise NotFound
    return found
