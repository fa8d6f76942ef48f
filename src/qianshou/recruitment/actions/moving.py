"""Moving an application one step along its table; every other action goes through here."""

from typing import Any

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused
from qianshou.common.machines import STAFF, SYSTEM
from qianshou.recruitment.models import ApplicationStep, MotherApplication
from qianshou.recruitment.rules import life

__all__ = ["STAFF", "SYSTEM", "ReasonMissing", "StepNotPossible", "locked", "move", "note"]


class StepNotPossible(Refused):
    """The application has moved on in the meantime, and this step no longer fits. Look again."""


class ReasonMissing(Refused):
    """Say why: the reason is kept with the step."""


def locked(application: MotherApplication) -> MotherApplication:
    """Return the row as it stands now, held until the transaction ends."""
    return MotherApplication.objects.select_for_update(of=("self",)).get(pk=application.pk)


def move(
    application: MotherApplication,
    act: str,
    *,
    by: User | None,
    actor: str = STAFF,
    reason: str = "",
    **changes: Any,
) -> MotherApplication:
    """Do one act of the table on a locked row, with `changes` of further columns."""
    if not life.APPLICATION.allows(act, application.state, actor=actor):
        raise StepNotPossible
    step, words = life.APPLICATION.step(act), reason.strip()[:200]
    if step.needs_reason and not words:
        raise ReasonMissing
    now, before = timezone.now(), application.state
    application.state, application.state_since, application.updated_at = step.target, now, now
    for name, value in changes.items():
        setattr(application, name, value)
    fields = {"state", "state_since", "updated_at", *changes}
    application.save(update_fields=sorted(fields))
    ApplicationStep.objects.create(
        application=application, area_code=application.area_code, act=act, before=before,
        after=step.target, actor=actor, by=by, reason=words, at=now,
    )  # fmt: skip
    note(
        "recruitment.application.moved", application, by=by, before=before, after=step.target,
        reason="" if act == "find_record" else words,
    )  # fmt: skip
    return application


def note(
    act: str, application: MotherApplication, *, by: User | None, reason: str = "", **details: Any
) -> None:
    """Write one entry about an application into the trail."""
    audit.record(
        act, by=by, subject_kind="application", subject_id=application.pk,
        area_code=application.area_code, reason=reason, **details,
    )  # fmt: skip
