"""Policies and their versions: drafted or taken in as a file, adopted by a person with a reason."""

import hashlib
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.engines.matching.policy import BadPolicyError, policy_from
from qianshou.engines.matching.writing import policy_text
from qianshou.pairing import permissions
from qianshou.pairing.models import Policy
from qianshou.pairing.rules.plans import FIXED_RULES

LARGEST_FILE: Final = 64 * 1024


class BadPolicy(Refused):
    """This is not a policy that can be used."""


class PolicyReasonMissing(Refused):
    """Please say why; whoever asks in some years reads it here."""


class InForceAlready(Refused):
    """This version is in force already."""


class NotInForce(Refused):
    """This version is not in force."""


@dataclass(frozen=True)
class Numbers:
    """What a drafted version says anew; all else stays as in the version it is made from."""

    weights: Mapping[str, int]
    rules_on: frozenset[str]
    limits: Mapping[str, int]
    switching: Mapping[str, int]
    waiting: Mapping[str, int]
    step: int
    together: bool = False


@transaction.atomic
def draft(
    area_code: str, *, by: User, base: Policy, name: str, numbers: Numbers, note: str
) -> Policy:
    """Write a new version for an area from another one; it is not in force until it is adopted."""
    body = deepcopy(base.body)
    body["name"] = name
    body["title"] = {"zh": name, "en": body.get("title", {}).get("en", "") if name == base.name
                     else name}  # fmt: skip
    for rule in body["rules"]:
        body["rules"][rule]["on"] = rule in FIXED_RULES or rule in numbers.rules_on
    for part, weight in numbers.weights.items():
        body["parts"][part]["weight"] = weight
    body["limits"] = dict(body["limits"]) | dict(numbers.limits)
    body["switching"], body["waiting"] = dict(numbers.switching), dict(numbers.waiting)
    body["fairness"] = {"step": numbers.step}
    body["siblings"] = {"together": numbers.together}
    version = _next_version(area_code)
    body["version"] = str(version)
    return _store(area_code, policy_text(body), by=by, note=note, version=version)


@transaction.atomic
def take_in(area_code: str, *, by: User, content: bytes, note: str) -> Policy:
    """Write a new version for an area from a file in the form of the shipped policy."""
    if len(content) > LARGEST_FILE:
        raise BadPolicy(_("The file is too large for a policy (more than 64 KB)."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadPolicy(_("The file is not UTF-8; save it as UTF-8.")) from problem
    return _store(area_code, text, by=by, note=note, version=_next_version(area_code))


def _store(area_code: str, text: str, *, by: User, note: str, version: int) -> Policy:
    if not permissions.can_edit_policy(by, area_code):
        raise NotAllowed
    if not note.strip():
        raise PolicyReasonMissing
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    body = _checked(text, digest)
    found = Policy.objects.create(
        name=str(body.get("title", {}).get("zh") or body.get("name") or version)[:80],
        version=version, area_code=area_code, body=body, text=text, sha256=digest,
        is_current=False, by=by, note=note.strip()[:200],
    )  # fmt: skip
    audit.record(
        "pairing.policy.drafted", by=by, subject_kind="policy", subject_id=found.pk,
        area_code=area_code, reason=note, sha256=digest, version=version,
    )  # fmt: skip
    return found


def _checked(text: str, digest: str) -> dict[str, Any]:
    """Return the data of a policy's text; raises `BadPolicy` with what is wrong and where."""
    try:
        body = tomllib.loads(text)
        policy = policy_from(body, digest=digest, source=_("the policy"))
    except (tomllib.TOMLDecodeError, BadPolicyError, AttributeError, TypeError) as problem:
        raise BadPolicy(str(problem)) from problem
    off = [name for name in FIXED_RULES if not policy.rules[name]]
    if off:
        raise BadPolicy(
            _("These rules protect the child and cannot be switched off: %(rules)s.")
            % {"rules": ", ".join(off)}
        )
    return body


def _next_version(area_code: str) -> int:
    newest = Policy.objects.filter(area_code=area_code).aggregate(Max("version"))
    return (newest["version__max"] or 0) + 1


@transaction.atomic
def adopt(policy: Policy, *, by: User, reason: str) -> None:
    """Put a version in force for its area, with a reason; the one before it stays on file."""
    held = _held(policy, by, reason)
    if held.is_current:
        raise InForceAlready
    before = Policy.objects.filter(area_code=held.area_code, is_current=True).first()
    Policy.objects.filter(area_code=held.area_code, is_current=True).update(is_current=False)
    held.is_current, held.adopted_at, held.adopted_by = True, timezone.now(), by
    held.adopted_for = reason.strip()[:200]
    held.save(update_fields=["is_current", "adopted_at", "adopted_by", "adopted_for"])
    _note("pairing.policy.adopted", held, by=by, reason=reason, before=before)


@transaction.atomic
def give_up(policy: Policy, *, by: User, reason: str) -> None:
    """Let an area follow the policy of the area above it again."""
    held = _held(policy, by, reason)
    if not held.is_current:
        raise NotInForce
    held.is_current = False
    held.save(update_fields=["is_current"])
    _note("pairing.policy.given_up", held, by=by, reason=reason, before=held)


def _held(policy: Policy, by: User, reason: str) -> Policy:
    if not permissions.can_put_in_force(by, policy):
        raise NotAllowed
    if not reason.strip():
        raise PolicyReasonMissing
    same_area = Policy.objects.filter(area_code=policy.area_code).select_for_update()
    # All versions of the area are locked, so two adoptions wait for each other.
    return next(each for each in same_area if each.pk == policy.pk)


def _note(act: str, policy: Policy, *, by: User, reason: str, before: Policy | None) -> None:
    audit.record(
        act, by=by, subject_kind="policy", subject_id=policy.pk, area_code=policy.area_code,
        reason=reason, sha256=policy.sha256, version=policy.version,
        before=before.version if before else 0,
    )  # fmt: skip
