"""Builders of children, mothers, runs and proposals, ready to be decided."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from qianshou.assessment.models import Assessment, Instrument
from qianshou.common import crypto
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.plan import Plan, make_plan
from qianshou.engines.matching.policy import DEFAULT, policy_from
from qianshou.mothers.models import Mother
from qianshou.pairing.actions import storing
from qianshou.pairing.models import MatchRun, Policy, Proposal
from qianshou.pairing.queries import arrays
from qianshou.pairing.queries.arrays import Instance
from qianshou.registry.models import Child, Consent
from tests import make

VILLAGE = "500236103205"


def a_child(
    *,
    area: str = VILLAGE,
    consent: bool = True,
    tier: int = 2,
    needs: list[int] | None = None,
    **fields: Any,
) -> Child:
    """A ten-year-old girl on file, assessed, whose guardian agreed to pairing."""
    number = next(make._numbers)
    child = Child.objects.create(
        area_code=area,
        name=fields.pop("name", f"张雨{number}"),
        sex="F",
        birth_on=fields.pop("birth_on", date(2016, 5, 1)),
        created_at=make.now(),
        updated_at=make.now(),
        **fields,
    )
    grade = ("RED", "ORANGE", "YELLOW", "GREEN")[tier]
    instrument, _ = Instrument.objects.get_or_create(
        code="test",
        version=1,
        defaults={"name": "test", "body": {"triggers": [], "indicators": []}},
    )
    Assessment.objects.create(
        child=child, area_code=area, instrument=instrument, score=10, computed_grade=grade,
        grade=grade, tier=tier, needs=needs or [50] * 8, computed_at=make.now(),
    )  # fmt: skip
    if consent:
        Consent.objects.create(
            child=child, area_code=area, purpose="MATCHING", given=True,
            given_on=date(2026, 3, 1), channel="DEPARTMENT_LIST", noted_at=make.now(),
        )  # fmt: skip
    return child


def a_mother(*, area: str = VILLAGE, capacity: int = 1, **fields: Any) -> Mother:
    """A mother who has passed every gate."""
    number = next(make._numbers)
    name = fields.pop("name", f"王秀{number}")
    return Mother.objects.create(
        area_code=area, name=name, search_name=name, pinyin=f"wangxiu{number}", initials="wx",
        id_token=crypto.blind(str(number), purpose="mother.id"), birth_on=date(1985, 1, 1),
        skills=fields.pop("skills", [60] * 8), languages=fields.pop("languages", ["chongqing"]),
        times=["WEEKEND"], capacity=capacity,
        state=fields.pop("state", "ACTIVE"), screening=fields.pop("screening", "CLEAR"),
        screened_on=fields.pop("screened_on", date(2026, 6, 1)), training_hours=8,
        trained_on=date(2026, 6, 2), committed_on=date(2026, 6, 3), reporting_signed=True,
        confidentiality_signed=True, year_signed=True,
        applied_on=date(2026, 5, 1), created_at=make.now(), updated_at=make.now(), **fields,
    )  # fmt: skip


def a_run(area: str = make.COUNTY) -> MatchRun:
    """A finished run under a policy of the area."""
    policy, _ = Policy.objects.get_or_create(
        area_code=make.CITY, version=1, defaults={"name": "test", "body": {}, "sha256": "0" * 64}
    )
    return MatchRun.objects.create(area_code=area, policy=policy, state="DONE", verified=True)


def a_proposal(
    child: Child | None = None, mother: Mother | None = None, run: MatchRun | None = None
) -> Proposal:
    """A proposal that nobody has decided."""
    child = child or a_child()
    return Proposal.objects.create(
        run=run or a_run(), child=child, mother=mother or a_mother(), area_code=child.area_code,
        tier=2, grade="YELLOW", score=7000,
    )  # fmt: skip


def a_computed_run(area: str = make.COUNTY, *, step: int = 0) -> tuple[MatchRun, Instance, Plan]:
    """A run of everybody on file, stored with its files, but not yet judged by the verifier."""
    body = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))
    body["fairness"] = {"step": step}
    policy, _ = Policy.objects.get_or_create(
        area_code=area, version=1, defaults={"name": "test", "body": body, "sha256": "1" * 64}
    )
    run = MatchRun.objects.create(area_code=area, policy=policy, state="DONE", verified=True)
    people = arrays.read_instance(area, today=make.TODAY)
    plan = make_plan(
        people.children, people.mothers, policy_from(body, digest=policy.sha256),
        barred=people.barred,
    )  # fmt: skip
    run.folder = f"runs/{run.pk}"
    write_plan(plan, Path(settings.VAR) / run.folder)
    storing.store_proposals(run, people, plan)
    storing.store_left_over(run, people, plan)
    run.figures = storing.figures(run, people, plan)
    run.save()
    return run, people, plan
