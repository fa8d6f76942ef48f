"""Setting the clocks of an area: a new version with a reason, never a change of an old one."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.cases import permissions
from qianshou.cases.actions.moving import ReasonMissing
from qianshou.cases.models import RhythmVersion
from qianshou.cases.rules import rhythm
from qianshou.common.errors import NotAllowed, Refused


class NotARhythm(Refused):
    """These numbers are not possible."""


@transaction.atomic
def adopt(area_code: str, *, by: User, body: dict[str, Any], reason: str) -> RhythmVersion:
    """Put other clocks in force for an area; teams follow at their next step."""
    if not permissions.can_edit_rhythm(by, area_code):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    try:
        rhythm.read(body)
    except rhythm.BadRhythm as problem:
        raise NotARhythm(str(problem)) from problem
    audit.record(
        "cases.rhythm.adopted", by=by, subject_kind="area", subject_id=area_code,
        area_code=area_code, reason=reason,
    )  # fmt: skip
    last = RhythmVersion.objects.filter(area_code=area_code).aggregate(top=Max("version"))["top"]
    return RhythmVersion.objects.create(
        area_code=area_code, version=(last or 0) + 1, body=body, reason=reason.strip()[:200], by=by
    )
