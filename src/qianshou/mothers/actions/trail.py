"""What every act on a mother's file has in common: her row locked, and one entry in the trail."""

from typing import Any

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.mothers import permissions
from qianshou.mothers.models import Mother


class ReasonMissing(Refused):
    """Say why: the reason is kept with the act."""


def locked(mother: Mother) -> Mother:
    """Return her row, held until the end of the transaction."""
    return Mother.objects.select_for_update(of=("self",)).get(pk=mother.pk)


def require_herself(user: User, mother: Mother) -> None:
    """Refuse everybody but the mother whose file it is."""
    if not permissions.is_herself(user, mother):
        raise NotAllowed


def stated(reason: str) -> str:
    """Return a reason without blanks around it; refuse an empty one."""
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


def note(act: str, mother: Mother, *, by: User | None, reason: str = "", **details: Any) -> None:
    """Write one entry about her file."""
    audit.record(
        act,
        by=by,
        subject_kind="mother",
        subject_id=mother.pk,
        area_code=mother.area_code,
        reason=reason,
        **details,
    )
