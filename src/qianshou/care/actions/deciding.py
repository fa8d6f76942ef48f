"""A person decides what is held: it is taken after all, or set aside with a reason."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.care import permissions
from qianshou.care.actions import contacts, enclosing
from qianshou.care.models import Contact, Held
from qianshou.care.rules import clocks, payload
from qianshou.common.errors import NotAllowed, Refused


class CannotBeFiled(Refused):
    """There is no contact in it that belongs to one of her pairings; set it aside instead."""


class Decided(Refused):
    """Somebody has decided this meanwhile."""


Shown = payload.Said | payload.Planned


def read(held: Held, *, by: User) -> tuple[Shown | None, str]:
    """Return what was said, or the text as it came; who read it stands in the trail."""
    audit.record(
        "care.held.opened", by=by, subject_kind="held", subject_id=held.pk,
        area_code=held.area_code,
    )  # fmt: skip
    said = inside(held)
    return (said, "") if isinstance(said, Shown) else (None, held.body.open())


def inside(held: Held) -> payload.Inside | None:
    """Return what a held entry says, if it can be read as an entry."""
    try:
        return payload.inside(held.body.open().encode())
    except payload.Bad:
        return None


@transaction.atomic
def file(held: Held, *, by: User, reason: str, now: datetime) -> Contact:
    """Take a held contact into the log of its pairing after all."""
    _begin(held, by=by)
    said = inside(held)
    if held.pairing is None or held.client_id is None or not isinstance(said, payload.Said):
        raise CannotBeFiled
    behind = timedelta(seconds=held.behind_seconds)
    made = contacts.contact_of(
        held.pairing, said, by=held.user, key=held.client_id, now=held.received_at,
        when=clocks.settle(said.at, behind=behind, now=held.received_at),
    )  # fmt: skip
    made.device_id, made.seq = held.device_id, held.seq
    if held.pairing.contacts.filter(client_id=held.client_id).exists():
        raise CannotBeFiled
    made.save(force_insert=True)
    contacts.announce([made])
    enclosing.bind({made.client_id}, mother_id=made.mother_id)
    _decide(held, Held.State.FILED, by=by, reason=reason, at=now)
    return made


@transaction.atomic
def set_aside(held: Held, *, by: User, reason: str, now: datetime) -> None:
    """Keep a held entry out of the log; it stays where it is, with the reason."""
    _begin(held, by=by)
    _decide(held, Held.State.SET_ASIDE, by=by, reason=reason, at=now)


def _begin(held: Held, *, by: User) -> None:
    if not permissions.can_follow(by, held.area_code):
        raise NotAllowed
    if not Held.objects.open().select_for_update().filter(pk=held.pk).exists():
        raise Decided


def _decide(held: Held, state: Held.State, **decided: Any) -> None:
    Held.objects.filter(pk=held.pk).update(
        state=state, decided_by=decided["by"], decided_at=decided["at"],
        decision_reason=decided["reason"][:200],
    )  # fmt: skip
    audit.record(
        f"care.held.{state.lower()}", by=decided["by"], subject_kind="held", subject_id=held.pk,
        area_code=held.area_code, reason=decided["reason"],
    )  # fmt: skip
