"""Opening what was said; each reading stands in the trail with its reason."""

from typing import Any

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed
from qianshou.support import permissions
from qianshou.support.models import Contact, EndingStep
from qianshou.support.queries import care


@transaction.atomic
def open_contact(contact: Contact, *, by: User, reason: str) -> dict[str, Any]:
    """Return what was said at a contact."""
    if not permissions.can_support(by, contact.pairing):
        raise NotAllowed
    audit.record(
        "support.contact.read", by=by, subject_kind="child", subject_id=contact.pairing.child_id,
        area_code=contact.area_code, reason=reason, pairing=contact.pairing_id,
    )  # fmt: skip
    return care.opened(contact)


@transaction.atomic
def open_step(step: EndingStep, *, by: User, reason: str) -> str:
    """Return the notes of a last talk."""
    pairing = step.ending.pairing
    if not permissions.can_support(by, pairing):
        raise NotAllowed
    audit.record(
        "support.ending.talk_read", by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=step.area_code, reason=reason, pairing=pairing.pk,
    )  # fmt: skip
    text: str = step.note.open() if step.note else ""
    return text
