"""The one way on which a pairing moves: along its table, under lock, with an entry and a step row.

The rooms above add what a step means to them; no other code writes `Pairing.state`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.errors import Refused
from qianshou.common.machines import STAFF
from qianshou.pairing.events import PairingMoved
from qianshou.pairing.models import Pairing, StepTaken
from qianshou.pairing.rules import life

FOR_GOOD: Final = date(9999, 12, 31)


class StepNotPossible(Refused):
    """This is no longer possible: somebody has moved this pair on. Look at it again."""


class StepNeedsReason(Refused):
    """Say why: the reason is kept with the step."""


@dataclass(frozen=True)
class Why:
    """Why a step is taken: words, a code of a list, and until when the pair is barred."""

    words: str = ""
    cause: str = ""
    barred_until: date | None = None


@dataclass(frozen=True)
class Actor:
    """Who takes a step: the kind that the table asks for, and the account if there is one."""

    by: User | None
    kind: str = STAFF


_NOT_NOW: Final = {
    life.LAPSED: _("This offer has lapsed, so nothing was changed. Propose the pair anew."),
    life.DECLINED: _("This pair was declined, so nothing was changed."),
    life.WITHDRAWN: _("This offer was withdrawn, so nothing was changed."),
}


@transaction.atomic
def move(
    pairing_id: UUID,
    act: str,
    *,
    actor: Actor,
    today: date,
    why: Why | None = None,
    **fields: Any,
) -> Pairing:
    """Take one step; `fields` are further values of the pairing that belong to it.

    Raises:
        StepNotPossible: the pairing stands elsewhere by now, or this actor may not do it.
        StepNeedsReason: the table asks for words.

    """
    why = why or Why()
    step = life.PAIRING.step(act)
    if step.needs_reason and not (why.words.strip() or why.cause):
        raise StepNeedsReason
    seen = Pairing.objects.get(pk=pairing_id)
    # The entry comes first: the county's chain is the one lock that everybody takes first.
    audit.record(
        f"pairing.step.{act}",
        by=actor.by,
        subject_kind="child",
        subject_id=seen.child_id,
        area_code=seen.area_code,
        reason=why.words.strip(),
        pairing=seen.pk,
        mother=seen.mother_id,
        actor=actor.kind,
        cause=why.cause,
    )
    held = Pairing.objects.select_for_update(of=("self",)).get(pk=pairing_id)
    if not life.PAIRING.allows(act, held.state, actor=actor.kind):
        raise StepNotPossible(_NOT_NOW.get(held.state) or _elsewhere(held))
    source, held.state, held.state_since = held.state, step.target, timezone.now()
    if step.target in life.ENDED and held.ended_on is None:
        held.ended_on, held.barred_until = max(today, held.started_on), why.barred_until
        held.end_reason = why.words.strip()[:200]
    for name, value in fields.items():
        setattr(held, name, value)
    changed = ["state", "state_since", "ended_on", "barred_until", "end_reason", *fields]
    held.save(update_fields=changed)
    note_step(held, act, source=source, actor=actor, why=why)
    bus.publish(
        PairingMoved(
            pairing_id=held.pk, child_id=held.child_id, mother_id=held.mother_id,
            area_code=held.area_code, act=act, target=held.state,
        )
    )  # fmt: skip
    return held


def note_step(
    pairing: Pairing, act: str, *, actor: Actor, source: str = "", why: Why | None = None
) -> StepTaken:
    """Write the row of a step; only for the first one of a pairing it is called by itself."""
    why = why or Why()
    return StepTaken.objects.create(
        pairing=pairing,
        area_code=pairing.area_code,
        act=act,
        source=source,
        target=pairing.state,
        actor=actor.kind,
        by=actor.by,
        cause=why.cause,
        reason=why.words.strip()[:300],
        at=pairing.state_since,
    )


def _elsewhere(pairing: Pairing) -> str:
    words = gettext(life.PAIRING.labels[pairing.state])
    return gettext(
        "Nothing was changed: this pair has moved on and is now: %(state)s. Look at it again."
    ) % {"state": words}
