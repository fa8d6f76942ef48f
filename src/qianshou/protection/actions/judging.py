"""A person looks at a signal and decides; nothing follows from it by itself."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.protection.actions import taking
from qianshou.protection.events import TalkWanted
from qianshou.protection.models import Report, Signal
from qianshou.protection.rules import life
from qianshou.protection.rules.reading import Told

ACTS: Final = {
    "nothing": life.NOTHING,
    "talk": life.TALK,
    "duty": life.DUTY,
    "report": life.REPORTED,
}


class ReasonNeeded(Refused):
    """Please say why in a few words: the figures about each danger word are made of it."""


class AlreadyDecided(Refused):
    """Somebody has decided this signal already."""


@transaction.atomic
def open_signal(signal: Signal, *, by: User) -> str:
    """Return the words around what was found; who read them stands in the trail."""
    _note("protection.signal.read", signal, by=by)
    words: str = signal.excerpt.open()
    return words


@transaction.atomic
def decide(
    signal: Signal, *, by: User, act: str, reason: str, now: datetime, for_staff: str = ""
) -> Report | None:
    """Decide a signal; returns the mandatory report if one was made of it.

    `reason` stays here; staff of the pairing read `for_staff` alone.
    """
    if not powers.may(by, Power.RECEIVE_REPORTS, signal.county) or act not in ACTS:
        raise NotFound
    if not reason.strip():
        raise ReasonNeeded
    kept = Signal.objects.select_for_update().get(pk=signal.pk)
    if not life.SIGNAL.allows(act, kept.state):
        raise AlreadyDecided
    kept.state, kept.decided_by, kept.decided_at = ACTS[act], by, now
    kept.reason = reason
    kept.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    _note("protection.signal.decided", kept, by=by, decision=ACTS[act])
    if act in ("talk", "duty"):
        with rowsecurity.acting(rowsecurity.SYSTEM):
            wanted = TalkWanted(
                kept.child_id, kept.pairing_id, ACTS[act], kept.pk, for_staff.strip()
            )
            bus.publish(wanted)
    return _report(kept, by=by, reason=reason, now=now) if act == "report" else None


def _report(signal: Signal, *, by: User, reason: str, now: datetime) -> Report:
    """Make the report that the person decided on; they are its reporter."""
    told = Told(words=f"{reason}\n\n“{signal.excerpt.open()}”", child=signal.child_id)
    return taking.take(
        told, client_id=new_id(), maker=taking.Maker(by), times=taking.at_once(told, now)
    )


def _note(act: str, signal: Signal, *, by: User, **details: Any) -> None:
    audit.record(act, by=by, subject_kind="signal", subject_id=signal.pk, **details)
