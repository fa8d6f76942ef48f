"""Somebody without an account takes a wish on: name and telephone, a code, and a time to keep.

Everything here is done for the public, so it acts as the system and says nothing of the child.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from hmac import compare_digest
from secrets import choice, token_urlsafe
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import crypto, portions, rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.notices import actions as notices
from qianshou.wishes import permissions
from qianshou.wishes.actions import keeping
from qianshou.wishes.models import Claim, PublicWish, Wish
from qianshou.wishes.queries.limits import limits
from qianshou.wishes.rules import states

PURPOSE: Final = "wishes.claim"


class GoneAlready(Refused):
    """Somebody else was first, or the wish is no longer open. There are others."""


class WrongCode(Refused):
    """This is not the code, or it is too old. Ask for a new one."""


class TooManyCodes(Refused):
    """Several codes have been sent to this telephone. Please wait an hour."""


class HoldsEnough(Refused):
    """You have promised several wishes already. Please fulfil one of them first."""


@dataclass(frozen=True)
class Giver:
    """Who takes a wish on."""

    name: str
    phone: str
    is_firm: bool
    language: str = ""


def ask(slug: str, giver: Giver, *, now: datetime) -> UUID:
    """Send a code to somebody who wants to fulfil a wish; returns the claim to be proven.

    Nobody is kept out by it: until a code is entered the wish stays open to all.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        wish = Wish.objects.filter(slug=slug, state=states.PUBLISHED).first() if slug else None
        if wish is None:
            raise GoneAlready
        token = crypto.blind(giver.phone, purpose=PURPOSE)
        _check_phone(token, now)
        code = "".join(choice("0123456789") for _ in range(6))
        made = Claim(
            id=new_id(), wish=wish, child_id=wish.child_id, area_code=wish.area_code,
            is_firm=giver.is_firm, phone_token=token, language=giver.language, asked_at=now,
            code_until=now + timedelta(minutes=limits().code_minutes),
            link_digest=crypto.digest_of(token_urlsafe(24)),
        )  # fmt: skip
        made.code_digest = _digest(made.pk, code)
        made.name, made.phone = giver.name, giver.phone
        made.save(force_insert=True)
        _note(made, "wishes.claim.asked")
        notices.send(
            notices.Message(
                kind="wishes.code", to_kind="PARTNER", to_id=made.pk, area_code=made.area_code,
                address=giver.phone, language=giver.language, urgent=True,
                subject=gettext_noop("Your code for a wish"),
                text=gettext_noop("Your code for a small wish: %(code)s. Tell it to nobody."),
                params={"code": code}, about_kind="wish_claim", about_id=made.pk,
            ),
            once=f"wishes/code/{made.pk}",
        )  # fmt: skip
        return made.pk


def _digest(claim: UUID, code: str) -> bytes:
    """Keyed, since six digits would be guessed from a plain digest at once."""
    return crypto.mac(f"{claim}:{code}".encode(), purpose=PURPOSE)


def _check_phone(token: bytes, now: datetime) -> None:
    mine = Claim.objects.filter(phone_token=token)
    if mine.filter(asked_at__gt=now - timedelta(hours=1)).count() >= limits().asks_an_hour:
        raise TooManyCodes
    if mine.filter(state=states.HELD).count() >= limits().open_claims:
        raise HoldsEnough


def prove(claim_id: UUID, code: str, *, now: datetime) -> str:
    """Take a wish on with the code: first come. Returns the secret of the giver's own page."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        claim = Claim.objects.select_for_update().filter(pk=claim_id, state=states.ASKED).first()
        if claim is None:
            raise GoneAlready
        fits = _is_right(claim, code, now)
        if fits:
            return _take(claim, now)
        claim.tries += 1
        claim.save(update_fields=["tries"])
    # Outside the block, so that the counted try stays.
    raise WrongCode


def _is_right(claim: Claim, code: str, now: datetime) -> bool:
    if claim.tries >= limits().code_tries or now > claim.code_until:
        return False
    return compare_digest(bytes(claim.code_digest), _digest(claim.pk, code.strip()))


def _take(claim: Claim, now: datetime) -> str:
    try:
        with transaction.atomic():
            wish = keeping.held(claim.wish, "claim", actor=states.GIVER)
            wish.save(update_fields=["state"])
            link = token_urlsafe(24)
            claim.state, claim.proven_at = states.HELD, now
            claim.lapses_on = timezone.localdate(now) + timedelta(days=limits().claimed_days)
            claim.link_digest, claim.code_digest = crypto.digest_of(link), b""
            claim.save()
    except (keeping.NotPossibleNow, IntegrityError) as problem:
        raise GoneAlready from problem
    PublicWish.objects.filter(slug=wish.slug).update(is_free=False)
    _note(claim, "wishes.claim.proven")
    return link


def give_back(secret: str, *, now: datetime) -> None:
    """Let a giver give a wish back to the others."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        claim = Claim.objects.filter(link_digest=crypto.digest_of(secret)).first()
        if claim is None or claim.state != states.HELD:
            raise NotFound
        release(claim, actor=states.GIVER, reason="GIVEN_BACK", now=now)


@transaction.atomic
def let_go(wish: Wish, *, by: User, reason: str, now: datetime) -> Wish:
    """Release a claim that leads nowhere, by staff."""
    if not permissions.can_keep(by, wish.area_code):
        raise NotFound
    if not reason.strip():
        raise keeping.ReasonMissing
    claim = Claim.objects.filter(wish=wish, state=states.HELD).first()
    if claim is None:
        raise keeping.NotPossibleNow
    return release(claim, actor="STAFF", reason=reason, now=now, by=by)


@transaction.atomic
def release(
    claim: Claim, *, actor: str, reason: str, now: datetime, by: User | None = None
) -> Wish:
    """Give a wish back to the public; the claim is over."""
    wish = keeping.held(claim.wish, "release", actor=actor, reason=reason)
    wish.lapses_on = timezone.localdate(now) + timedelta(days=limits().published_days)
    wish.save(update_fields=["state", "why", "lapses_on"])
    Claim.objects.filter(pk=claim.pk).update(
        state=states.RELEASED, ended_at=now, why=reason.strip()[:200]
    )
    PublicWish.objects.filter(slug=wish.slug).update(is_free=True)
    _note(claim, "wishes.claim.released", by=by, reason=reason)
    return wish


@transaction.atomic
def open_giver(claim: Claim, *, by: User) -> tuple[str, str]:
    """Return name and telephone of a giver; who read them stands in the trail."""
    if not permissions.can_keep(by, claim.area_code):
        raise NotFound
    _note(claim, "wishes.claim.read", by=by)
    return claim.name.open(), claim.phone.open()


def sweep(*, today: date, now: datetime) -> int:
    """Let lapse what is over its day: claims go back to the public, wishes are laid down."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        gone = Claim.objects.filter(state=states.ASKED, code_until__lt=now - timedelta(days=1))
        # Whoever never entered a code leaves neither name nor telephone behind.
        count = gone.update(
            state=states.RELEASED, ended_at=now, name=b"", phone=b"", phone_token=b"",
            why="NO_CODE",
        )  # fmt: skip
        held = Claim.objects.filter(state=states.HELD, lapses_on__lt=today, wish__state="CLAIMED")
        late = [partial(_release_late, each, now) for each in held]
        over = Wish.objects.filter(state=states.PUBLISHED, lapses_on__lt=today)
        late += [partial(_lapse, each) for each in over]
    return count + portions.each(late, _alone)


def _alone(work: Callable[[], int]) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return work()


def _release_late(claim: Claim, now: datetime) -> int:
    try:
        release(claim, actor="SYSTEM", reason="LAPSED", now=now)
    except keeping.NotPossibleNow:
        # A person was quicker; one such claim must not hold up all the others of the night.
        return 0
    return 1


@transaction.atomic
def _lapse(wish: Wish) -> int:
    try:
        found = keeping.held(wish, "lapse", actor="SYSTEM")
    except keeping.NotPossibleNow:
        return 0
    found.save(update_fields=["state"])
    PublicWish.objects.filter(slug=found.slug).delete()
    audit.record(
        "wishes.wish.lapsed", by=None, subject_kind="child", subject_id=found.child_id,
        area_code=found.area_code, wish=found.pk,
    )  # fmt: skip
    return 1


def _note(claim: Claim, act: str, *, by: User | None = None, **more: Any) -> None:
    audit.record(
        act, by=by, subject_kind="wish_claim", subject_id=claim.pk, area_code=claim.area_code,
        wish=claim.wish_id, **more,
    )  # fmt: skip
