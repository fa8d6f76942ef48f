"""Schedules of support contacts: the shipped one, a county's own version, its adoption."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.support import permissions
from qianshou.support.models import ScheduleVersion
from qianshou.support.queries.schedules import EVERYWHERE, SHIPPED
from qianshou.support.rules import schedule as rules

LARGEST: Final = 128 * 1024


class BadSchedule(Refused):
    """This is not a schedule that can be used."""


class NoteMissing(Refused):
    """Please say what is new and why."""


class InForceAlready(Refused):
    """This version is in force already."""


def load_schedules(file: Path = SHIPPED) -> ScheduleVersion:
    """Store the shipped schedule, as a new version when it has changed; safe to run again."""
    text = file.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    current = ScheduleVersion.objects.filter(area_code=EVERYWHERE, is_current=True).first()
    if current is not None and current.sha256 == digest:
        return current
    ScheduleVersion.objects.filter(area_code=EVERYWHERE, is_current=True).update(is_current=False)
    return ScheduleVersion.objects.create(
        area_code=EVERYWHERE, version=_next(EVERYWHERE), text=text, body=_checked(text),
        sha256=digest, is_current=True, adopted_at=timezone.now(),
    )  # fmt: skip


@transaction.atomic
def take_in(area_code: str, *, by: User, content: bytes, note: str) -> ScheduleVersion:
    """Write a version for an area from a file; it holds once it is adopted."""
    if not permissions.can_edit_schedule(by, area_code):
        raise NotAllowed
    if not note.strip():
        raise NoteMissing
    if len(content) > LARGEST:
        raise BadSchedule(_("The file is too large for a schedule (more than 128 KB)."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadSchedule(_("The file is not UTF-8; save it as UTF-8.")) from problem
    found = ScheduleVersion.objects.create(
        area_code=area_code, version=_next(area_code), text=text, body=_checked(text), by=by,
        sha256=hashlib.sha256(text.encode()).hexdigest(), note=note.strip()[:200],
    )  # fmt: skip
    audit.record(
        "support.schedule.written", by=by, subject_kind="schedule", subject_id=found.pk,
        area_code=area_code, reason=note, sha256=found.sha256, version=found.version,
    )  # fmt: skip
    return found


@transaction.atomic
def adopt(version: ScheduleVersion, *, by: User, reason: str) -> ScheduleVersion:
    """Put a version in force for its area; the days of its pairings follow with the next sweep."""
    if not permissions.can_edit_schedule(by, version.area_code):
        raise NotAllowed
    if not reason.strip():
        raise NoteMissing
    if version.is_current:
        raise InForceAlready
    audit.record(
        "support.schedule.adopted", by=by, subject_kind="schedule", subject_id=version.pk,
        area_code=version.area_code, reason=reason, sha256=version.sha256,
    )  # fmt: skip
    ScheduleVersion.objects.filter(area_code=version.area_code, is_current=True).update(
        is_current=False
    )
    version.is_current, version.adopted_by, version.adopted_at = True, by, timezone.now()
    version.save(update_fields=["is_current", "adopted_by", "adopted_at"])
    return version


def _checked(text: str) -> dict[str, Any]:
    try:
        body = tomllib.loads(text)
        rules.schedule_from(body)
    except (tomllib.TOMLDecodeError, rules.BadScheduleError, AttributeError) as problem:
        words = _("This is not a schedule that can be used: %(problem)s")
        raise BadSchedule(words % {"problem": problem}) from problem
    return body


def _next(area_code: str) -> int:
    newest = ScheduleVersion.objects.filter(area_code=area_code).aggregate(Max("version"))
    return (newest["version__max"] or 0) + 1
