"""What people decide for a family: that its children go together, or that each goes alone."""

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing import permissions
from qianshou.pairing.models import SiblingRule
from qianshou.pairing.queries import siblings
from qianshou.registry.models import Child


class NoSiblings(Refused):
    """No brother or sister of this child is on file, so there is nothing to decide."""


class SiblingReasonMissing(Refused):
    """Please give a reason; whoever looks at this family later reads it."""


class NothingDecided(Refused):
    """Nobody has decided anything for this family; the policy holds."""


@transaction.atomic
def decide(child: Child, *, by: User, together: bool, reason: str) -> SiblingRule:
    """Say for one family, whatever the policy says, whether its children go to one mother."""
    if not permissions.can_steer(by, child.area_code):
        raise NotAllowed
    if not reason.strip():
        raise SiblingReasonMissing
    home = child.household_id
    kin = Child.objects.on_file().filter(household_id=home).exclude(pk=child.pk)
    if home is None or not kin.exists():
        raise NoSiblings
    _note("pairing.siblings.decided", child, by=by, reason=reason, together=together)
    _end(child, by)
    return SiblingRule.objects.create(
        child=child, area_code=child.area_code, together=together,
        reason=reason.strip()[:200], by=by, at=timezone.now(),
    )  # fmt: skip


@transaction.atomic
def leave(child: Child, *, by: User) -> None:
    """Let the policy hold for a family again."""
    if not permissions.can_steer(by, child.area_code):
        raise NotAllowed
    if siblings.rule_of(child) is None:
        raise NothingDecided
    _note("pairing.siblings.left", child, by=by, reason="")
    _end(child, by)


def _end(child: Child, by: User) -> None:
    """Take back what was decided on any child of the household."""
    rows = SiblingRule.objects.in_force().filter(child__household_id=child.household_id)
    rows.update(undone_by=by, undone_at=timezone.now())


def _note(act: str, child: Child, *, by: User, reason: str, together: bool | None = None) -> None:
    told = {} if together is None else {"together": together}
    audit.record(
        act, by=by, subject_kind="child", subject_id=child.pk, area_code=child.area_code,
        reason=reason, **told,
    )  # fmt: skip
