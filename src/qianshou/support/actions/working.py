"""Acts on many rows of the worklist: give to somebody, note a telephone call, postpone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.models import Pairing
from qianshou.support import permissions
from qianshou.support.actions import contacts, following
from qianshou.support.models import Contact, Duty, Followup, Side

LONGEST: Final = timedelta(days=31)


class NotStaffHere(Refused):
    """This person does not look after pairs there."""


class DayTooFar(Refused):
    """A contact can be postponed to a day within the next month."""


class ReasonMissing(Refused):
    """Please say why it is postponed."""


@dataclass(frozen=True)
class Done:
    """How many rows an act met, and what kept it from the others."""

    count: int
    refusals: tuple[str, ...] = ()


def assign(pairings: Iterable[Pairing], *, by: User, owner: User) -> Done:
    """Give pairings to a member of staff."""

    def one(pairing: Pairing) -> None:
        if not permissions.can_support(by, pairing):
            raise NotAllowed
        if not accounts.may(owner, Power.SUPPORT_PAIRS, pairing.area_code):
            raise NotStaffHere
        rows = Followup.objects.filter(pairing=pairing).exclude(owner=owner)
        if rows.exists():
            _record("support.pairing.assigned", pairing, by=by, owner=owner.pk)
            before = rows.values_list("owner", flat=True).first()
            rows.update(owner=owner)
            # What is still to do about the pair goes with it, unless somebody else has it.
            Duty.objects.open().filter(pairing=pairing, owner=before).update(owner=owner)

    return _each(pairings, one)


def reached_by_phone(
    pairings: Iterable[Pairing], side: str, *, by: User, today: date, once: UUID, note: str = ""
) -> Done:
    """Note of each pairing that the side was spoken with by telephone; pressed twice it is one."""

    def one(pairing: Pairing) -> None:
        said = contacts.Said(
            side=side if side in Side.values else Side.MOTHER, held_on=today,
            channel=Contact.Channel.PHONE, outcome=Contact.Outcome.REACHED,
            note=note.strip() or _("Reached by telephone; nothing out of the ordinary."),
        )  # fmt: skip
        own = uuid5(once, f"{pairing.pk}{said.side}")
        contacts.log(pairing, said, by=by, today=today, once=own)

    return _each(pairings, one)


def postpone(
    pairings: Iterable[Pairing], until: date, *, by: User, today: date, reason: str
) -> Done:
    """Put a contact off to a later day, with the reason; what is at risk stays on the list."""
    if not today < until <= today + LONGEST:
        raise DayTooFar
    if not reason.strip():
        raise ReasonMissing

    def one(pairing: Pairing) -> None:
        if not permissions.can_support(by, pairing):
            raise NotAllowed
        rows = Followup.objects.filter(pairing=pairing)
        if rows.filter(postponed_until=until, postponed_for=reason.strip()[:200]).exists():
            return
        _record("support.contact.postponed", pairing, by=by, reason=reason, until=until.isoformat())
        rows.update(postponed_until=until, postponed_for=reason.strip()[:200])
        following.reckon_some([pairing], today=today)

    return _each(pairings, one)


def _each(pairings: Iterable[Pairing], act: Callable[[Pairing], None]) -> Done:
    """Do an act on each pairing; one that is refused does not keep the others back."""
    count, refusals = 0, []
    for pairing in sorted(pairings, key=lambda each: each.pk):
        try:
            with transaction.atomic():
                act(pairing)
                count += 1
        except Refused as refusal:
            refusals.append(str(refusal))
    return Done(count, tuple(dict.fromkeys(refusals)))


def _record(act: str, pairing: Pairing, *, by: User, reason: str = "", **details: Any) -> None:
    audit.record(
        act, by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=pairing.area_code, reason=reason, pairing=pairing.pk, **details,
    )  # fmt: skip
