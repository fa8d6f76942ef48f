"""Writing a further version of the instrument, and putting one in force."""

import copy
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.assessment import permissions
from qianshou.assessment.actions import instruments
from qianshou.assessment.models import Assessment, Instrument
from qianshou.audit import actions as audit
from qianshou.common import queueing, rowsecurity
from qianshou.common.errors import NotAllowed, Refused

LARGEST: Final = 512 * 1024


class NoteMissing(Refused):
    """Say what is new and why; whoever adopts it reads that."""


class NothingChanged(Refused):
    """Nothing differs from the version you began with, so none was written."""


class OutOfDate(Refused):
    """A later version is in force. Begin a new version from that one."""


@dataclass(frozen=True)
class Numbers:
    """The numbers of an instrument that a form can change; what is not named stays as it is."""

    cuts: Mapping[str, int] = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)
    dropped_triggers: frozenset[str] = frozenset()


def read_file(content: bytes) -> dict[str, Any]:
    """Read an uploaded instrument, TOML or JSON; the refusal says where and how to mend it."""
    if len(content) > LARGEST:
        raise instruments.NotAnInstrument(_("The file is too large for a scale (over 512 KB)."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise instruments.NotAnInstrument(
            _("The file is not UTF-8; save it as UTF-8.")
        ) from problem
    if text.lstrip().startswith("{"):
        instruments.read_instrument(text)
        body: dict[str, Any] = json.loads(text)
        return body
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        words = _("This is not TOML: %(problem)s.")
        raise instruments.NotAnInstrument(words % {"problem": problem}) from problem
    instruments.read_instrument(json.dumps(body))
    return body


@transaction.atomic
def write(body: Mapping[str, Any], *, by: User, note: str) -> Instrument:
    """Keep a further version; it holds once somebody puts it in force.

    A version number that is not above every earlier one is replaced by the next.
    """
    if not permissions.can_change_instrument(by):
        raise NotAllowed
    if not note.strip():
        raise NoteMissing
    wanted = dict(body)
    known = Instrument.objects.filter(code=instruments.CODE)
    last = known.aggregate(top=Max("version"))["top"] or 0
    if isinstance(wanted.get("version"), int) and wanted["version"] <= last:
        wanted["version"] = last + 1
    read = instruments.read_instrument(json.dumps(wanted))
    made = Instrument.objects.create(
        code=read.code, version=read.version, name=wanted["name"]["zh"], body=wanted,
        is_current=False, by=by, note=note.strip()[:200],
    )  # fmt: skip
    audit.record(
        "assessment.instrument.written", by=by, subject_kind="instrument", subject_id=made.pk,
        reason=note, version=read.version,
    )  # fmt: skip
    return made


def write_from(base: Instrument, numbers: Numbers, *, by: User, note: str) -> Instrument:
    """Keep a version that differs from another one in numbers only."""
    body = _changed(base.body, numbers)
    if body == base.body:
        raise NothingChanged
    return write(body, by=by, note=note)


def _changed(base: Mapping[str, Any], numbers: Numbers) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(dict(base))
    body["cuts"] = {**body["cuts"], **numbers.cuts}
    if numbers.again:
        body["again"] = {**body.get("again", {}), **numbers.again}
    for each in body["indicators"]:
        each["points"] = numbers.points.get(each["code"], each["points"])
    body["indicators"] = [each for each in body["indicators"] if each["points"] != 0]
    body["triggers"] = [
        each for each in body["triggers"] if each["code"] not in numbers.dropped_triggers
    ]
    return body


@transaction.atomic
def adopt(version: Instrument, *, by: User, reason: str) -> Instrument:
    """Put a written version in force; every child is assessed with it by jobs, one per county.

    Nothing that a person confirmed is lowered by that (rules.grading.counting).
    """
    if not permissions.can_change_instrument(by):
        raise NotAllowed
    if not reason.strip():
        raise NoteMissing
    audit.record(
        "assessment.instrument.adopted", by=by, subject_kind="instrument", subject_id=version.pk,
        reason=reason, code=version.code, version=version.version,
    )  # fmt: skip
    known = Instrument.objects.select_for_update().filter(code=version.code)
    if any(each.is_current and each.version >= version.version for each in known):
        raise OutOfDate
    known.filter(is_current=True).update(is_current=False)
    now, words = timezone.now(), reason.strip()[:200]
    known.filter(pk=version.pk).update(
        is_current=True, adopted_at=now, adopted_by=by, adopted_for=words
    )
    for county in _counties():
        mark = f"assessment.assess_area.{county}"
        queueing.ask("assessment.assess_area", mark, area_code=county)
    version.refresh_from_db()
    return version


def _counties() -> list[str]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        codes = Assessment.objects.current().values_list("area_code", flat=True).distinct()
        return sorted({f"{code[:6]}000000" for code in codes})
