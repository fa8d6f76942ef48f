"""Who is told: making a receiver, its secret, its state, a word to try it, and sending again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.common.identity import new_id
from qianshou.exchange.models import Agreement as Contract
from qianshou.exchange.rules import egress
from qianshou.outbound.actions import publishing
from qianshou.outbound.connectors import webhook
from qianshou.outbound.models import Delivery, Line, Receiver
from qianshou.outbound.rules import kinds

NOBODY: Final = UUID(int=0)
Basis: Final = Contract.Basis


class BadReceiver(Refused):
    """A receiver needs a free code, at least one kind of message, a basis and a day it ends on."""


class BadUrl(Refused):
    """Messages go to an https or http address, written plainly, without user name or password."""


class HasEnded(Refused):
    """The day until which this receiver may be told has passed; give it a later one first."""


@dataclass(frozen=True)
class Agreement:
    """What a receiver may be told (kinds of message), on which basis, and until when."""

    told: Sequence[str]
    basis: str
    valid_until: date
    ground: str = Basis.DUTY

    def check(self) -> None:
        """Raise `BadReceiver` unless it names known kinds and a basis."""
        if not self.told or not set(self.told) <= set(kinds.KINDS) or not self.basis.strip():
            raise BadReceiver
        if self.ground not in Basis.values:
            raise BadReceiver

    def columns(self) -> dict[str, Any]:
        """Return the values as the table keeps them."""
        return {
            "kinds": sorted(set(self.told)),
            "basis": self.basis.strip(),
            "valid_until": self.valid_until,
            "ground": self.ground,
        }


@transaction.atomic
def make(
    *,
    by: User,
    code: str,
    name: str,
    area_code: str,
    agreed: Agreement,
    url: str = "",
    algorithm: str = Receiver.Algorithm.SHA256,
) -> Receiver:
    """Make a receiver. With a `url` it is called, once two administrators have opened the way."""
    powers.require(by, Power.EDIT_SOURCES, area_code)
    agreed.check()
    known = Receiver.objects.filter(code=code).exists()
    if known or agreed.valid_until < timezone.localdate():
        raise BadReceiver
    _check_url(url)
    receiver = Receiver.objects.create(
        code=code, name=name, area_code=area_code, url=url, algorithm=algorithm, made_by=by,
        **agreed.columns(),
    )  # fmt: skip
    with rowsecurity.acting(rowsecurity.SYSTEM):
        Line.objects.create(receiver=receiver, area_code=area_code)
    _record("made", receiver, by, **_said(receiver))
    return receiver


def _check_url(url: str) -> None:
    if not url:
        return
    try:
        found = egress.destination_of(url)
    except egress.BadDestination as problem:
        raise BadUrl from problem
    if found.scheme not in ("http", "https"):
        raise BadUrl


@transaction.atomic
def change(receiver: Receiver, *, by: User, agreed: Agreement) -> Receiver:
    """Say anew what a receiver is told, on which basis, and until when."""
    receiver = _locked(receiver, by)
    agreed.check()
    for name, value in agreed.columns().items():
        setattr(receiver, name, value)
    receiver.save(update_fields=[*agreed.columns(), "updated_at"])
    _record("changed", receiver, by, **_said(receiver))
    return receiver


@transaction.atomic
def pause(receiver: Receiver, *, by: User) -> Receiver:
    """Tell a receiver nothing more; what waits stays, what happens meanwhile is not kept for it."""
    receiver = _locked(receiver, by)
    receiver.is_active = False
    receiver.save(update_fields=["is_active", "updated_at"])
    _record("paused", receiver, by)
    return receiver


@transaction.atomic
def resume(receiver: Receiver, *, by: User) -> Receiver:
    """Tell a receiver again, beginning with what waits."""
    receiver = _locked(receiver, by)
    if receiver.valid_until < timezone.localdate():
        raise HasEnded
    receiver.is_active = True
    receiver.save(update_fields=["is_active", "updated_at"])
    Line.objects.filter(receiver=receiver).update(next_at=None, failures=0, problem={})
    _record("resumed", receiver, by)
    publishing.wake()
    return receiver


@transaction.atomic
def set_secret(receiver: Receiver, *, by: User, secret: str) -> None:
    """Keep the secret that messages are signed with; nobody reads it again."""
    receiver = _locked(receiver, by)
    line = Line.objects.select_for_update().get(receiver=receiver)
    line.secret, line.next_at = secret, None
    line.save(update_fields=["secret", "next_at"])
    _record("secret_set", receiver, by)
    publishing.wake()


@transaction.atomic
def send_again(receiver: Receiver, *, by: User) -> int:
    """Put what was set aside back in its place, before everything later about the same child."""
    receiver = _locked(receiver, by)
    count = Delivery.objects.filter(receiver=receiver, state=Delivery.State.ASIDE).update(
        state=Delivery.State.WAITING, tries=0, next_at=timezone.now(), problem={}
    )
    _record("sent_again", receiver, by, count=count)
    publishing.wake()
    return count


def try_out(receiver: Receiver, *, by: User) -> dict[str, Any]:
    """Send a message about nobody; returns {} if it arrived, else the problem as a code."""
    powers.require(by, Power.EDIT_SOURCES, receiver.area_code)
    line = Line.objects.get(receiver=receiver)
    event = kinds.envelope(
        number=0, ident=str(new_id()), kind=kinds.CHANGED, subject=str(NOBODY),
        area_code=receiver.area_code, at=timezone.now().isoformat(), body={"trial": True},
    )  # fmt: skip
    with webhook.Caller(receiver, line.secret.open()) as caller:
        said = caller.call(event)
    _record("tried", receiver, by, outcome=said.verdict)
    return {} if said.verdict == "arrived" else said.problem


def _said(receiver: Receiver) -> dict[str, Any]:
    return {
        "kinds": receiver.kinds, "until": str(receiver.valid_until), "ground": receiver.ground,
    }  # fmt: skip


def _locked(receiver: Receiver, by: User) -> Receiver:
    powers.require(by, Power.EDIT_SOURCES, receiver.area_code)
    return Receiver.objects.select_for_update().get(pk=receiver.pk)


def _record(what: str, receiver: Receiver, by: User, **details: Any) -> None:
    audit.record(
        f"outbound.receiver.{what}", by=by, subject_kind="receiver", subject_id=receiver.pk,
        area_code=receiver.area_code, code=receiver.code, **details,
    )  # fmt: skip
