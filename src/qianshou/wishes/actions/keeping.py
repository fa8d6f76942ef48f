"""A wish is written down with the child, screened, published by a second person, handed over,
thanked, or taken back. The claim on it is claiming.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.notices import actions as notices
from qianshou.registry.models import Child
from qianshou.wishes import permissions
from qianshou.wishes.models import Claim, PublicWish, Wish
from qianshou.wishes.queries import hiding
from qianshou.wishes.queries.limits import limits
from qianshou.wishes.rules import kinds, states

LONGEST: Final = 200


class NoWords(Refused):
    """Write down what the child wishes for, in at most two hundred characters."""


class TooDear(Refused):
    """This costs more than a small wish may. Ask for a part of it, or use another way of help."""


class NotAsked(Refused):
    """From this age on the child itself must agree that strangers read its wish. Ask it first."""


class CheckMissing(Refused):
    """Write for privacy, safety and cost what you found; one sentence each."""


class TellsWho(Refused):
    """These words would tell who the child is, or ask for pity."""


class SamePerson(Refused):
    """Whoever made or screened a wish does not publish it: a second person looks at it."""


class NotPossibleNow(Refused):
    """This wish is past that: somebody has gone on with it meanwhile."""


class ReasonMissing(Refused):
    """Please say why; it stands with the wish."""


@dataclass(frozen=True)
class Said:
    """What the child wishes for, in its words, what it costs, and whether it agreed."""

    kind: str
    words: str
    yuan: int
    assented: bool


@transaction.atomic
def make(child: Child, said: Said, *, by: User, once: UUID, now: datetime) -> Wish:
    """Write down a wish with the child; the same `once` is one wish."""
    if not permissions.can_make(by, child):
        raise NotFound
    kept = Wish.objects.filter(child=child, once=once).first()
    if kept is not None:
        return kept
    if not said.words.strip() or len(said.words) > LONGEST or said.kind not in kinds.KINDS:
        raise NoWords
    if said.yuan > limits().most_yuan:
        raise TooDear
    age = child.age_on(timezone.localdate(now))
    if not said.assented and (age is None or age >= limits().assent_from_age):
        raise NotAsked
    made = Wish(
        id=new_id(), child=child, area_code=child.area_code, kind=said.kind, yuan=said.yuan,
        assented=said.assented, by=by, made_at=now, once=once,
    )  # fmt: skip
    made.words = said.words.strip()
    made.save(force_insert=True)
    _note(made, "wishes.wish.made", by=by, kind=made.kind)
    return made


def held(wish: Wish, act: str, *, actor: str, reason: str = "") -> Wish:
    """Hold a wish for one step of its table, in its new state; refuses what the table forbids."""
    found = Wish.objects.select_for_update(of=("self",)).select_related("child").get(pk=wish.pk)
    if not states.WISH.allows(act, found.state, actor=actor):
        raise NotPossibleNow
    step = states.WISH.step(act)
    if step.needs_reason and not reason.strip():
        raise ReasonMissing
    found.state = step.target
    if reason.strip():
        found.why = reason.strip()[:200]
    return found


def _keeper(wish: Wish, by: User) -> None:
    if not permissions.can_keep(by, wish.area_code):
        raise NotFound


@transaction.atomic
def screen(
    wish: Wish, *, by: User, public_words: str, checks: Mapping[str, str], now: datetime
) -> Wish:
    """Find words that tell nobody who the child is, and say what was looked at."""
    _keeper(wish, by)
    found = held(wish, "screen", actor="STAFF")
    text = public_words.strip()
    if not text or len(text) > LONGEST:
        raise NoWords
    if any(not checks.get(code, "").strip() for code in kinds.CHECKS):
        raise CheckMissing
    _refuse_marks(text, found.child)
    found.public_words = text
    found.checks = {code: checks[code].strip()[:200] for code in kinds.CHECKS}
    found.screened_by, found.screened_at = by, now
    found.save()
    _note(found, "wishes.wish.screened", by=by)
    return found


def _refuse_marks(text: str, child: Child) -> None:
    marks = hiding.marks_in(text, child)
    if marks:
        shown = _(", ").join(f"“{text[each.start : each.end]}”" for each in marks)
        lead = _("These words would tell who the child is, or ask for pity: %(words)s.")
        raise TellsWho(lead % {"words": shown})


@transaction.atomic
def send_back(wish: Wish, *, by: User, reason: str) -> Wish:
    """Have a wish screened anew."""
    _keeper(wish, by)
    found = held(wish, "send_back", actor="STAFF", reason=reason)
    found.screened_by, found.screened_at = None, None
    found.save()
    _note(found, "wishes.wish.sent_back", by=by, reason=reason)
    return found


@transaction.atomic
def publish(wish: Wish, *, by: User, now: datetime) -> Wish:
    """Show a wish to the public: what is shown is made here, and holds no way back to the child."""
    _keeper(wish, by)
    found = held(wish, "publish", actor="STAFF")
    if by.pk in (found.screened_by_id, found.by_id):
        raise SamePerson
    # Names may have become known since it was screened.
    _refuse_marks(found.public_words, found.child)
    today = timezone.localdate(now)
    shown = hiding.shown_of(found.child, today)
    found.slug = token_urlsafe(9)
    found.published_by, found.published_at = by, now
    found.lapses_on = today + timedelta(days=limits().published_days)
    found.save()
    PublicWish.objects.create(
        slug=found.slug, kind=found.kind, words=found.public_words, age_band=shown.band,
        county=shown.county, cost_band=kinds.cost_band(found.yuan), published_on=today,
    )  # fmt: skip
    _note(found, "wishes.wish.published", by=by, county=bool(shown.county), band=shown.band)
    return found


@transaction.atomic
def start_delivery(wish: Wish, *, by: User) -> Wish:
    """Note that the giver has brought it to the office; from here on the office carries it."""
    _keeper(wish, by)
    found = held(wish, "start_delivery", actor="STAFF")
    found.save()
    _note(found, "wishes.wish.started", by=by)
    return found


@transaction.atomic
def deliver(wish: Wish, *, by: User, now: datetime) -> Wish:
    """Hand it to the child: the mother or staff, never the giver."""
    if not permissions.can_see(by, wish):
        raise NotFound
    actor = "STAFF" if permissions.can_keep(by, wish.area_code) else states.MOTHER
    found = held(wish, "deliver", actor=actor)
    found.delivered_by, found.delivered_at = by, now
    found.save()
    _note(found, "wishes.wish.delivered", by=by)
    return found


@transaction.atomic
def thank(wish: Wish, *, by: User, words: str, now: datetime) -> Wish:
    """Pass the child's thanks on once nothing in them tells who it is; the giver is told."""
    _keeper(wish, by)
    found = held(wish, "thank", actor="STAFF")
    text = words.strip()
    if not text or len(text) > 300:
        raise NoWords
    _refuse_marks(text, found.child)
    found.thanks, found.thanked_at = text, now
    found.save()
    claim = Claim.objects.filter(wish=found, state=states.HELD).first()
    if claim is not None:
        claim.state, claim.ended_at = states.DONE, now
        link = token_urlsafe(24)
        claim.link_digest = digest_of(link)
        claim.save(update_fields=["state", "ended_at", "link_digest"])
        _tell(found, claim, link)
    PublicWish.objects.filter(slug=found.slug).delete()
    _note(found, "wishes.wish.thanked", by=by)
    return found


def _tell(wish: Wish, claim: Claim, link: str) -> None:
    notices.send(
        notices.Message(
            kind="wishes.thanks", to_kind="PARTNER", to_id=claim.pk, area_code=wish.area_code,
            address=claim.phone.open(), language=claim.language,
            subject=gettext_noop("Thank you"),
            text=gettext_noop("The wish you fulfilled reached the child. Its thanks: %(link)s"),
            private_link=f"/wishes/giver/{link}/", about_kind="wish_claim", about_id=claim.pk,
        ),
        once=f"wishes/thanks/{claim.pk}",
    )  # fmt: skip


def _tell_gone(wish: Wish, claim: Claim) -> None:
    """Tell a giver before anything is bought in vain."""
    notices.send(
        notices.Message(
            kind="wishes.gone", to_kind="PARTNER", to_id=claim.pk, area_code=wish.area_code,
            address=claim.phone.open(), language=claim.language,
            subject=gettext_noop("A wish was taken back"),
            text=gettext_noop("The wish you took on was taken back. Please buy nothing for it."),
            about_kind="wish_claim", about_id=claim.pk,
        ),
        once=f"wishes/gone/{claim.pk}",
    )  # fmt: skip


@transaction.atomic
def withdraw(wish: Wish, *, by: User, reason: str, now: datetime) -> Wish:
    """Take a wish back, with its public row; whoever claimed it is released."""
    if not permissions.can_see(by, wish):
        raise NotFound
    actor = "STAFF" if permissions.can_keep(by, wish.area_code) else states.MOTHER
    found = held(wish, "withdraw", actor=actor, reason=reason)
    found.save()
    PublicWish.objects.filter(slug=found.slug).delete()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        open_claims = Claim.objects.filter(wish=found, state__in=states.OPEN_CLAIM)
        for claim in open_claims.filter(state=states.HELD):
            _tell_gone(found, claim)
        open_claims.update(state=states.RELEASED, ended_at=now, why=found.why)
    _note(found, "wishes.wish.withdrawn", by=by, reason=reason)
    return found


@transaction.atomic
def open_words(wish: Wish, *, by: User) -> str:
    """Return the child's own words; who read them stands in the trail."""
    _note(wish, "wishes.wish.read", by=by)
    words: str = wish.words.open()
    return words


def _note(wish: Wish, act: str, *, by: User | None, **more: Any) -> None:
    audit.record(
        act, by=by, subject_kind="child", subject_id=wish.child_id, area_code=wish.area_code,
        wish=wish.pk, **more,
    )  # fmt: skip
