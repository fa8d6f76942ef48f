"""Builders of running pairings, their contacts and endings."""

from datetime import date
from typing import Any
from uuid import uuid4

import pgtrigger

from qianshou.accounts.models import User
from qianshou.areas.models import Area
from qianshou.pairing.models import NextStep, Pairing
from qianshou.pairing.rules import life
from qianshou.support.actions import contacts, ending, following, schedules
from qianshou.support.models import Contact, Ending, EndingStep, Followup
from tests import make, make_pairing

FAR_TOWN = "500235107000"


def a_pairing(*, active_on: date = date(2026, 11, 1), **fields: Any) -> Pairing:
    """A pairing whose care runs, on the worklist."""
    schedules.load_schedules()
    child = fields.pop("child", None) or make_pairing.a_child()
    # A first meeting lies behind it, but no test has to walk the whole road to it.
    with pgtrigger.ignore("pairing.Pairing:pairing_begins"):
        pairing = Pairing.objects.create(
            child=child, mother=fields.pop("mother", None) or make_pairing.a_mother(),
            area_code=child.area_code, started_on=active_on, active_on=active_on,
            state=fields.pop("state", life.ACTIVE),
            by=fields.pop("by", None) or make.a_user(), **fields,
        )  # fmt: skip
    following.reckon_some([pairing], today=make.TODAY)
    return pairing


def said(**fields: Any) -> contacts.Said:
    """A telephone call with the mother, nothing out of the ordinary."""
    return contacts.Said(
        **{
            "side": "MOTHER", "held_on": make.TODAY, "channel": "PHONE", "outcome": "REACHED",
            "note": "一切都好", **fields,
        }
    )  # fmt: skip


def a_contact(pairing: Pairing, *, by: User | None = None, **fields: Any) -> Contact:
    """A contact, logged through the act."""
    return contacts.log(
        pairing, said(**fields), by=by or make.a_worker(), today=make.TODAY, once=uuid4()
    )


def a_decision(**fields: Any) -> ending.Decision:
    """An unplanned ending after which a new mother is looked for."""
    return ending.Decision(
        **{
            "kind": "UNPLANNED", "cause": "MOVED", "reason": "随父母外出",
            "next_step": NextStep.REMATCH, **fields,
        }
    )  # fmt: skip


def an_ending(pairing: Pairing, *, by: User, **fields: Any) -> Ending:
    """An ending that has begun."""
    return ending.begin(pairing, a_decision(**fields), by=by, today=make.TODAY)


def take_steps(found: Ending, *, by: User, codes: tuple[str, ...] = ()) -> None:
    """Take the steps of an ending, all of them or those named."""
    steps = EndingStep.objects.filter(ending=found, outcome="OPEN")
    for step in steps.filter(code__in=codes) if codes else steps:
        ending.take_step(step, ending.Taken("DONE", make.TODAY), by=by, today=make.TODAY)


def followup_of(pairing: Pairing) -> Followup:
    """The pairing's row of the worklist, as it is now."""
    return Followup.objects.get(pairing=pairing)


def next_door(code: str = FAR_TOWN) -> None:
    """Let a town of the other county lie where the first county lies."""
    here = Area.objects.get(code=make.COUNTY)
    Area.objects.filter(code=code).update(longitude=here.longitude, latitude=here.latitude)
