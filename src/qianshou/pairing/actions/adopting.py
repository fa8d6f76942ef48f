"""Making what was tried out the policy of an area: a new version, and a run under it."""

from copy import deepcopy
from hashlib import sha256
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed
from qianshou.engines.matching.policy import policy_from
from qianshou.engines.matching.writing import policy_text
from qianshou.pairing import permissions
from qianshou.pairing.actions import matching
from qianshou.pairing.actions.policies import PolicyReasonMissing
from qianshou.pairing.models import MatchRun, Policy
from qianshou.pairing.queries import whatifs
from qianshou.pairing.queries.whatifs import Question

# Why a version that was tried out was adopted; a field of the file, so it is not translated.
TRIED: Final = "经试算后采用"


@transaction.atomic
def adopt(area_code: str, stored: Policy, question: Question, *, by: User, reason: str) -> MatchRun:
    """Store the weights asked for as the area's next policy version, and start a run with it.

    Invented mothers cannot be adopted; what a pair of today is worth more is for one question
    only, since a full run starts from nothing.
    """
    if not permissions.can_adopt(by, area_code):
        raise NotAllowed
    if not reason.strip():
        raise PolicyReasonMissing
    body = _body(stored, question)
    text = policy_text(body)
    digest = sha256(text.encode()).hexdigest()
    policy_from(body, digest=digest)
    audit.record(
        "pairing.policy.adopted",
        by=by,
        subject_kind="policy",
        subject_id=digest[:16],
        area_code=area_code,
        reason=reason,
        weights={name: part["weight"] for name, part in body["parts"].items()},
        step=body["fairness"]["step"],
    )
    own = Policy.objects.select_for_update().filter(area_code=area_code).order_by("-version")
    newest = own.first()
    own.filter(is_current=True).update(is_current=False)
    Policy.objects.create(
        name=stored.name, version=(newest.version if newest else 0) + 1, area_code=area_code,
        body=body, text=text, sha256=digest, by=by, note=TRIED, adopted_by=by,
        adopted_at=timezone.now(), adopted_for=reason.strip()[:200],
    )  # fmt: skip
    return matching.start(area_code, by=by)


def _body(stored: Policy, question: Question) -> dict[str, Any]:
    asked = whatifs.asked_policy(stored, question)
    body: dict[str, Any] = deepcopy(stored.body)
    for name, weight in asked.weights.items():
        body["parts"][name]["weight"] = weight
    body["fairness"] = {**body.get("fairness", {}), "step": asked.fairness_step}
    return body
