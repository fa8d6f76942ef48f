"""Learning from outcomes: a study proposes weights with intervals; it changes nothing."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models.functions import Substr
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed
from qianshou.engines.matching.outcomes import propose_weights
from qianshou.engines.matching.policy import policy_from
from qianshou.pairing import permissions
from qianshou.pairing.actions import matching
from qianshou.pairing.models import Pairing, Policy, WeightStudy
from qianshou.pairing.queries import studies
from qianshou.pairing.rules.plans import EVERYWHERE


@transaction.atomic
def ask(area_code: str, *, by: User) -> None:
    """Ask for a study of an area's outcomes; the worker makes it."""
    if not permissions.can_edit_policy(by, area_code):
        raise NotAllowed
    audit.record(
        "pairing.study.asked", by=by, subject_kind="area", subject_id=area_code,
        area_code=area_code,
    )  # fmt: skip
    jobs.configure_task("pairing.study").defer(area_code=area_code, user_id=str(by.pk))


@transaction.atomic
def take_rows(area_code: str, *, by: User) -> list[tuple[Any, ...]]:
    """Return an area's decisions and outcomes as rows without names, and note who took them."""
    rows = list(studies.experience(by, area_code))
    audit.record(
        "pairing.outcomes.taken", by=by, subject_kind="area", subject_id=area_code,
        area_code=area_code, rows=len(rows),
    )  # fmt: skip
    return rows


def study(area_code: str, *, by: User | None = None, today: date | None = None) -> WeightStudy:
    """Fit the model to the outcomes of an area and keep what it says beside the present weights."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        policy = matching.policy_for_area(area_code)
        known = studies.outcomes(area_code, today=today or timezone.localdate())
        current = policy_from(policy.body, digest=policy.sha256).weights
        found = propose_weights(known.points, known.months, known.ended_early, current=current)
        made = WeightStudy.objects.create(
            area_code=area_code,
            policy=policy,
            pairings=found.pairings,
            early_ends=found.early_ends,
            is_enough=found.is_enough,
            monthly_risk=found.monthly_risk,
            weights=found.weights,
            intervals=found.intervals,
            effects={name: [e.ratio, e.low, e.high] for name, e in found.effects.items()},
            by=by,
        )
        audit.record(
            "pairing.study.done", by=by, subject_kind="study", subject_id=made.pk,
            area_code=area_code, pairings=found.pairings, early_ends=found.early_ends,
            enough=found.is_enough,
        )  # fmt: skip
    return made


def study_for(area_code: str, *, user_id: str) -> WeightStudy:
    """Make the study that somebody asked for."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        by = User.objects.filter(pk=user_id).first() if user_id else None
    return study(area_code, by=by)


def study_everywhere() -> list[WeightStudy]:
    """Make a study for each city with pairings, and for each area with a policy of its own."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        own = Policy.objects.filter(is_current=True).exclude(area_code=EVERYWHERE)
        codes = set(own.values_list("area_code", flat=True))
        found = Pairing.objects.annotate(city=Substr("area_code", 1, 4)).values_list("city")
        for (stem,) in found.distinct():
            codes.add(area_rules.parent_code(f"{stem}01000000") or EVERYWHERE)
    return [study(code) for code in sorted(codes)]
