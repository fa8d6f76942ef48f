"""What a mother sees: today's list, what staff said, and her phones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.bonds.queries import panels as bonds
from qianshou.care import permissions
from qianshou.care.models import Appointment, Device, DeviceQuerySet, Reply
from qianshou.care.rules import clocks, codes
from qianshou.common import masking, rowsecurity
from qianshou.common.errors import NotFound
from qianshou.mothers import queries as mothers
from qianshou.mothers.queries import caring as strain
from qianshou.pairing.models import Pairing
from qianshou.recruitment.queries import renewals

REPLIES_SHOWN = 20


@dataclass(frozen=True)
class Card:
    """One child of today's list: what is due, what is planned, what staff said."""

    pairing: Pairing
    name: str
    age: int | None
    due: clocks.Due
    holds: Appointment | None
    disputed: list[Appointment]

    @property
    def versions(self) -> list[Appointment]:
        """Return what a person chooses between: what holds now, then what disputes it."""
        return [*([self.holds] if self.holds else []), *self.disputed]

    @property
    def tone(self) -> str:
        """Return how much the card should be heeded."""
        return "bad" if self.due.is_late else ""


def asked_of(user: User, today: date) -> dict[str, Any]:
    """Return what others wait for: offers, agreements, texts to sign, this month's questions."""
    own = mothers.own_file(user)
    return {
        **bonds.waiting_for_her(own), **renewals.asked_of(own, today),
        "asks_her_well": bool(strain.questions_for(own, today)),
    }  # fmt: skip


def caring(user: User) -> QuerySet[Pairing]:
    """Return the pairings in which the person cares for a child today."""
    if user.person_id is None:
        return Pairing.objects.none()
    return Pairing.objects.caring().filter(mother_id=user.person_id).select_related("child")


def pairing_of(user: User, pairing_id: UUID) -> Pairing:
    """Return a pairing of her own, ended or not; raises `NotFound`."""
    found = Pairing.objects.select_related("child").filter(pk=pairing_id).first()
    if found is None or not permissions.is_hers(user, found):
        raise NotFound
    return found


def today_for(user: User, today: date) -> list[Card]:
    """Return her children, first whom she should have been in touch with."""
    rows = list(caring(user).select_related("clock").annotate(last=Max("contacts__at")))
    versions = _versions({each.pk for each in rows})
    cards = [_card(each, versions.get(each.pk, []), today) for each in rows]
    return sorted(cards, key=lambda card: (card.due.next_on, card.name, str(card.pairing.pk)))


def _versions(ids: set[UUID]) -> dict[UUID, list[Appointment]]:
    """Return the versions that hold or wait to be settled, by pairing."""
    states = (Appointment.State.CURRENT, Appointment.State.CONFLICT)
    found: dict[UUID, list[Appointment]] = {}
    rows = Appointment.objects.filter(pairing_id__in=ids, state__in=states)
    for each in rows.select_related("by", "device").order_by("made_at", "id"):
        found.setdefault(each.pairing_id, []).append(each)
    return found


def _card(pairing: Any, versions: list[Appointment], today: date) -> Card:
    last = timezone.localtime(pairing.last).date() if pairing.last else None
    child = pairing.child
    return Card(
        pairing=pairing, name=called(child), age=child.age_on(today),
        due=_due(pairing, last, today),
        holds=next((each for each in versions if each.state == "CURRENT"), None),
        disputed=[each for each in versions if each.state == "CONFLICT"],
    )  # fmt: skip


def _due(pairing: Any, last: date | None, today: date) -> clocks.Due:
    """Return when her next contact is due: as her clock says, which staff see too."""
    clock = getattr(pairing, "clock", None)
    if clock is None:
        return clocks.due(last, since=pairing.active_on or pairing.started_on, today=today)
    # After a rest the days count from when the pair went on, not from the contact before it.
    due = clocks.due(None, since=clock.heard_on, today=today, every=clock.every)
    return replace(due, last_on=last)


def called(child: Any) -> str:
    """Return what a child is called on a phone that others may look at: the given name."""
    return masking.given(child.name, child.given_name) or _("child without a name")


@dataclass(frozen=True)
class Word:
    """One answer of staff, put into words."""

    reply: Reply
    name: str
    text: str


def words_for(user: User) -> list[Word]:
    """Return what staff said about her contacts, newest first."""
    if user.person_id is None:
        return []
    rows = (
        Reply.objects.filter(mother_id=user.person_id, contact__pairing__ended_on=None)
        .exclude(kind=Reply.Kind.ANSWER)
        .select_related("contact__pairing__child", "by")
        .order_by("-at")[:REPLIES_SHOWN]
    )
    return [_word(each) for each in rows]


def _word(reply: Reply) -> Word:
    said = reply.text.open() or _(codes.REPLIES[reply.kind])
    return Word(reply, called(reply.contact.pairing.child), said)


def question_for(user: User, reply_id: UUID) -> Reply:
    """Return a question that she was asked; raises `NotFound`."""
    found = Reply.objects.filter(pk=reply_id, kind="QUESTION").first()
    if found is None or found.mother_id != user.person_id:
        raise NotFound
    return found


def phones_of(user: User) -> DeviceQuerySet:
    """Return her own phones, those in use first."""
    if user.person_id is None:
        return Device.objects.none()
    return Device.objects.filter(mother_id=user.person_id).order_by("revoked_at", "-registered_at")


def phone_of(user: User, device_id: UUID) -> Device:
    """Return one of her own phones; raises `NotFound`."""
    found = phones_of(user).filter(pk=device_id).first()
    if found is None:
        raise NotFound
    return found


def phone_by(digest: bytes, *, key: str) -> Device | None:
    """Return the phone whose key this is, blocked or not; `key` is `send` or `read`.

    Leaves the transaction in the scope of its mother, or of nobody. A phone that sends is locked
    until the end: what it hands in comes one after another.
    """
    # Before anybody is known: like a REST key, the phone's own key says who asks.
    rowsecurity.become(rowsecurity.SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute(_phone_sql(key), [digest])
        row = cursor.fetchone()
    found = _phone_of(row) if row else None
    rowsecurity.become(powers.scope_of(found.user) if found else rowsecurity.NOBODY)
    return found


@lru_cache(maxsize=2)
def _phone_sql(key: str) -> str:
    """Return the question for a phone and its user: every call asks it, so it is written once."""
    column = {"send": "send_digest", "read": "read_digest"}[key]
    rows = Device.objects.select_related("user").filter(**{column: b""})
    if key == "send":
        rows = rows.select_for_update(of=("self",))
    return str(rows.query.sql_with_params()[0])


def _phone_of(row: Sequence[Any]) -> Device:
    own = [each.attname for each in Device._meta.concrete_fields]
    hers = [each.attname for each in User._meta.concrete_fields]
    found = Device.from_db(DEFAULT_DB_ALIAS, own, row[: len(own)])
    found.user = User.from_db(DEFAULT_DB_ALIAS, hers, row[len(own) :])
    return found


def appointment_of(user: User, appointment_id: UUID) -> Appointment:
    """Return a version of an appointment of hers, or of a pairing followed; raises `NotFound`."""
    found = Appointment.objects.select_related("pairing").filter(pk=appointment_id).first()
    if found is None or not (
        permissions.is_hers(user, found.pairing) or permissions.can_follow(user, found.area_code)
    ):
        raise NotFound
    return found
