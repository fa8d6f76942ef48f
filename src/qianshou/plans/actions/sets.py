"""Checklists: the shipped ones, an area's own version, and putting one in force."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.plans import permissions
from qianshou.plans.models import CareSet
from qianshou.plans.queries import sets
from qianshou.plans.queries.sets import EVERYWHERE
from qianshou.plans.rules import checklist as rules


class BadChecklist(Refused):
    """This checklist cannot be used."""

    def __init__(self, problems: tuple[rules.Problem, ...]) -> None:
        """Say all that is wrong, by item and field."""
        told = [_(each.words) % each.params for each in problems]
        named = [f"{each.item}: {text}" if each.item else text for each, text in
                 zip(problems, told, strict=True)]  # fmt: skip
        super().__init__(" ".join(named))
        self.problems = problems


class NoteMissing(Refused):
    """Please say what is new and why."""


class InForceAlready(Refused):
    """This version is in force already."""


class NotOfThisArea(Refused):
    """A preset is put in force by writing a version of your own from it."""


class NothingNew(Refused):
    """This version says the same as the one you began from."""


def load_sets() -> CareSet:
    """Store the shipped checklists, as new versions where they have changed; safe to run again."""
    first: CareSet | None = None
    for place, file in enumerate(sets.shipped()):
        body = tomllib.loads(file.read_text(encoding="utf-8"))
        found = _shipped(body, is_default=place == 0)
        first = first or found
    assert first is not None
    return first


@transaction.atomic
def _shipped(body: Mapping[str, Any], *, is_default: bool) -> CareSet:
    rules.checklist_from(body)
    digest = _digest(body)
    mine = CareSet.objects.filter(area_code=EVERYWHERE, code=body["code"])
    kept = mine.filter(sha256=digest).order_by("-version").first()
    if kept is not None:
        return kept
    if is_default:
        CareSet.objects.filter(area_code=EVERYWHERE).update(is_current=False)
    return CareSet.objects.create(
        area_code=EVERYWHERE, code=body["code"], version=_next(EVERYWHERE, body["code"]),
        body=body, sha256=digest, note=str(body.get("source", ""))[:200], is_current=is_default,
        adopted_at=timezone.now() if is_default else None,
    )  # fmt: skip


def in_force_for(area_code: str) -> CareSet:
    """Return the version in force for an area; care must not wait for somebody to load one."""
    found = sets.current_for(area_code)
    if found is not None:
        return found
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return load_sets()


@transaction.atomic
def write(area_code: str, *, by: User, body: Mapping[str, Any], note: str) -> CareSet:
    """Write a version for an area; it holds once it is put in force."""
    if not permissions.can_edit_sets(by, area_code):
        raise NotAllowed
    if not note.strip():
        raise NoteMissing
    try:
        rules.checklist_from(body)
    except rules.BadChecklistError as bad:
        raise BadChecklist(bad.problems) from bad
    digest = _digest(body)
    if CareSet.objects.filter(area_code=area_code, code=body["code"], sha256=digest).exists():
        raise NothingNew
    found = CareSet.objects.create(
        area_code=area_code, code=body["code"], version=_next(area_code, body["code"]),
        body=body, sha256=digest, note=note.strip()[:200], by=by,
    )  # fmt: skip
    audit.record(
        "plans.set.written", by=by, subject_kind="checklist", subject_id=found.pk,
        area_code=area_code, reason=note, sha256=digest, version=found.version,
    )  # fmt: skip
    return found


@transaction.atomic
def adopt(version: CareSet, *, by: User, reason: str) -> int:
    """Put a version in force for new pairings; returns how many keep the one they have."""
    if not permissions.can_edit_sets(by, version.area_code):
        raise NotAllowed if version.area_code != EVERYWHERE else NotOfThisArea
    if not reason.strip():
        raise NoteMissing
    if version.is_current:
        raise InForceAlready
    stay = sets.staying(version)
    audit.record(
        "plans.set.adopted", by=by, subject_kind="checklist", subject_id=version.pk,
        area_code=version.area_code, reason=reason, sha256=version.sha256, staying=stay,
    )  # fmt: skip
    CareSet.objects.filter(area_code=version.area_code, is_current=True).update(is_current=False)
    version.is_current, version.adopted_by, version.adopted_at = True, by, timezone.now()
    version.save(update_fields=["is_current", "adopted_by", "adopted_at"])
    return stay


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _next(area_code: str, code: str) -> int:
    newest = CareSet.objects.filter(area_code=area_code, code=code).aggregate(Max("version"))
    return (newest["version__max"] or 0) + 1
