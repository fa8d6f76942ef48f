"""Opening what is sealed; every reading stands in the trail."""

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed
from qianshou.plans import permissions
from qianshou.plans.models import Session, Tick


@transaction.atomic
def open_note(tick: Tick, *, by: User) -> str:
    """Return the words of a tick."""
    if not permissions.can_act(by, tick.pairing):
        raise NotAllowed
    audit.record(
        "plans.note.read", by=by, subject_kind="pairing", subject_id=tick.pairing_id,
        area_code=tick.area_code,
    )  # fmt: skip
    words: str = tick.note.open()
    return words


@transaction.atomic
def open_session(session: Session, *, by: User) -> str:
    """Return what was talked about at a session."""
    if not permissions.is_staff_for(by, session.area_code):
        raise NotAllowed
    audit.record(
        "plans.session.read", by=by, subject_kind="child", subject_id=session.child_id,
        area_code=session.area_code,
    )  # fmt: skip
    words: str = session.note.open()
    return words
