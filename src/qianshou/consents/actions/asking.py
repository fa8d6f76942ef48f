"""Asking a guardian from afar: a link for her phone that opens one page, once."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import crypto
from qianshou.common.crypto import digest_of
from qianshou.common.errors import Refused
from qianshou.common.identity import new_id
from qianshou.consents import permissions
from qianshou.consents.models import Link, SigningRequest
from qianshou.consents.queries import family
from qianshou.consents.queries import texts as text_queries
from qianshou.consents.queries.family import Signer
from qianshou.notices import actions as notices
from qianshou.registry.models import Child, Consent, Guardian

DAYS: Final = 7
SHARING: Final = Consent.Purpose.SHARING


class MayNotSign(Refused):
    """This adult cannot consent for the child."""


class NotForThisPurpose(Refused):
    """This adult's document does not cover one of these purposes."""

    def __init__(self) -> None:
        super().__init__(
            _("The parents' delegation covers the programme and pairing alone. Ask the parents.")
        )


class NothingToCheck(Refused):
    """Neither an ID number nor a telephone is on file."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Neither an ID number nor a telephone of this adult is on file, so nobody could "
                "tell who answers. Let the answer be signed on paper."
            )
        )


class SharedPhone(Refused):
    """The telephone is another adult's too."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "No ID number of this adult is on file, and the telephone is also that of another "
                "adult of the child, so nobody could tell who answers. Let it be signed on paper."
            )
        )


class NoParty(Refused):
    """Sharing needs the names of those with whom."""

    def __init__(self) -> None:
        super().__init__(_("Name the parties with whom data would be shared, one a line."))


class NoPurpose(Refused):
    """Nothing is asked."""

    def __init__(self) -> None:
        super().__init__(_("Choose at least one purpose."))


@dataclass(frozen=True)
class Asked:
    """A request with its secret, which is shown and sent once and then known to nobody."""

    request: SigningRequest
    path: str


@transaction.atomic
def ask(
    child: Child, stands_id: UUID, *,
    by: User, today: date, purposes: Sequence[str], parties: Sequence[str] = (),
    days: int = DAYS,
) -> Asked:  # fmt: skip
    """Make a link for a guardian and send it; an earlier one to her for this child ends."""
    permissions.require_handling(by, child)
    signer = family.signer_of(child, stands_id, today)
    require_right(signer, purposes)
    named = tidy(parties)
    if not purposes:
        raise NoPurpose
    if SHARING in purposes and not named:
        raise NoParty
    guardian = signer.stands.guardian
    number, phone = guardian.id_number.open(), guardian.phone.open()
    request = _made(child, signer, by=by, days=days, questions=_questions(purposes, named, today))
    check, answer = ("ID4", number[-4:]) if number else ("PHONE", phone)
    if not answer:
        raise NothingToCheck
    if check == "PHONE" and _is_shared(guardian, child):
        raise SharedPhone
    request.check_kind, request.check_token = check, check_token(request.pk, answer)
    _end_earlier(child, guardian.pk)
    request.save(force_insert=True)
    token = secrets.token_urlsafe(24)
    Link.objects.create(digest=digest_of(token), request=request)
    path = reverse("consents:sign", args=[token])
    audit.record(
        "consents.asked", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, request=request.pk, guardian=guardian.pk,
        capacity=signer.right.capacity, purposes=sorted(purposes),
        opened=["id_number", "phone"],
    )  # fmt: skip
    _send(request, phone, path)
    return Asked(request, path)


def _is_shared(guardian: Guardian, child: Child) -> bool:
    """Tell whether another adult of the child has the same telephone, as in many families."""
    others = Guardian.objects.filter(guardianships__child=child).exclude(pk=guardian.pk)
    token = bytes(guardian.phone_token)
    return bool(token) and others.filter(phone_token=token).exists()


def require_right(signer: Signer, purposes: Sequence[str]) -> None:
    """Raise unless an adult may answer for all of these purposes."""
    if not signer.may_sign:
        raise MayNotSign(signer.bar_words)
    if not all(signer.right.covers(each) for each in purposes):
        raise NotForThisPurpose


def tidy(parties: Sequence[str]) -> list[str]:
    """Return the names of parties without doubles and outer spaces."""
    return list(dict.fromkeys(each.strip()[:120] for each in parties if each.strip()))


def check_token(request_id: UUID, answer: str) -> bytes:
    """Return the keyed index of what the guardian has to know; another for every request."""
    return crypto.blind(answer, purpose=f"consents/{request_id}")


def _questions(purposes: Sequence[str], parties: list[str], today: date) -> list[dict[str, Any]]:
    return [
        {
            "purpose": purpose,
            "version": text_queries.in_force(purpose, today, "zh-hans").version,
            "parties": parties if purpose == SHARING else [],
        }
        for purpose in Consent.Purpose.values
        if purpose in purposes
    ]


def _made(
    child: Child, signer: Signer, *, by: User, days: int, questions: list[dict[str, Any]]
) -> SigningRequest:
    now = timezone.now()
    request = SigningRequest(
        id=new_id(), child=child, area_code=child.area_code, guardian=signer.stands.guardian,
        capacity=signer.right.capacity, basis=signer.right.basis,
        valid_until=signer.right.valid_until, questions=questions,
        office=office_of(child.area_code), made_by=by, made_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    request.child_name, request.guardian_name = child.name, signer.stands.guardian.name
    return request


def office_of(area_code: str) -> str:
    """Return the name of the office that asks: the county's federation."""
    county = area_rules.county_code(area_code)
    return f"{areas.names_of({county}).get(county, '')}妇联"


def _end_earlier(child: Child, guardian_id: UUID) -> None:
    now = timezone.now()
    SigningRequest.objects.open(now).filter(child=child, guardian=guardian_id).update(
        cancelled_at=now
    )


def end_open(child_id: UUID, purpose: str) -> int:
    """End the links that ask for what was taken back: a yes after that needs a link of its own.

    Without the programme nothing else holds, so every link of the child ends with it.
    """
    now = timezone.now()
    rows = SigningRequest.objects.open(now).filter(child=child_id)
    if purpose != Consent.Purpose.PROGRAMME:
        rows = rows.filter(questions__contains=[{"purpose": purpose}])
    return rows.update(cancelled_at=now)


def _send(request: SigningRequest, phone: str, path: str) -> None:
    params: Mapping[str, str | int] = {
        "office": request.office,
        "until": timezone.localtime(request.expires_at).strftime("%Y-%m-%d"),
    }
    notices.send(
        notices.Message(
            kind="consents.asked", to_kind="GUARDIAN", to_id=request.guardian_id,
            area_code=request.area_code, address=phone, private_link=path if phone else "",
            subject=gettext_noop("Your consent is asked"),
            text=gettext_noop("%(office)s asks for your answer until %(until)s."),
            short=gettext_noop(
                "%(office)s asks you to read something and to answer until %(until)s: %(link)s"
            ),
            params=params, about_kind="child", about_id=request.child_id,
        ),
        once=f"consents.asked/{request.pk}",
    )  # fmt: skip


@transaction.atomic
def cancel(request: SigningRequest, child: Child, *, by: User) -> None:
    """Take a link back before it is used; whoever opens it reads that it has ended."""
    permissions.require_handling(by, child)
    ended = SigningRequest.objects.filter(pk=request.pk, used_at=None, cancelled_at=None)
    if not ended.update(cancelled_at=timezone.now()):
        raise AlreadyOver
    audit.record(
        "consents.link.cancelled", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, request=request.pk,
    )  # fmt: skip


class AlreadyOver(Refused):
    """The link was used or taken back already."""
