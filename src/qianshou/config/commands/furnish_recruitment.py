"""What the demo's recruitment holds: campaigns, applications in every state, training.

Each thing is done through its real action, follows from the seed, and stands in one county.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.engines.city import names
from qianshou.mothers.models import Mother
from qianshou.recruitment.actions import (
    applying,
    attesting,
    campaigns,
    checking,
    following,
    rulebooks,
    working,
)
from qianshou.recruitment.models import Campaign, MotherApplication, ScreeningCheck, TrainingSession
from qianshou.recruitment.queries import books, doors
from qianshou.recruitment.rules import life
from qianshou.recruitment.rules.rulebook import COMMITMENTS

# How many applications rest in each state of the road.
RESTING: Final = {
    life.DRAFT: 2, life.SUBMITTED: 5, life.ELIGIBILITY: 3, life.SCREENING: 4, life.REFERENCES: 2,
    life.INTERVIEW: 3, life.TRAINING: 5, life.COMMITTED: 2, life.APPROVED: 1, life.ACTIVE: 3,
    life.REJECTED: 1, life.APPEALED: 1, life.REJECTED_FINAL: 1, life.WITHDRAWN: 1,
}  # fmt: skip
NAME: Final = "红岩先锋爱心妈妈招募"
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CATEGORIES: Final = ("退休教师", "妇联执委", "志愿者", "中共党员", "医护人员", "女教师", "最美家庭")
TAKEN_OVER: Final = 2


class Office:
    """The people of the county's office at work, and the things they work with."""

    def __init__(self, county: str, *, cast: dict[str, User], seed: int, today: date) -> None:
        self.county, self.today = county, today
        self.clerk, self.chair = cast["clerk"], cast["county"]
        self.rng = np.random.default_rng([seed, 5])
        self.towns = [each.code for each in areas.areas_inside(county, "TOWN")]
        count = sum(RESTING.values())
        given = names.draw_given(self.rng, self.rng.integers(1, 3, count), "parents")
        surnames = names.draw_surnames(self.rng, count)
        self.people = [f"{a}{b}" for a, b in zip(surnames, given, strict=True)]
        self.number = 0
        self.sessions: list[TrainingSession] = []


def furnish(county: str, *, cast: dict[str, User], seed: int, today: date) -> None:
    """Open campaigns and lead applications to every state; a second call does nothing."""
    rulebooks.in_force()
    if Campaign.objects.filter(area_code=county).exists():
        return
    office = Office(county, cast=cast, seed=seed, today=today)
    calls = [_campaign(office, *each) for each in _wanted()]
    _hold_training(office)
    for state, count in RESTING.items():
        for _ in range(count):
            _lead(office, calls[office.number % 2], state)
            _let_time_pass(office, state)
    rows = Mother.objects.filter(area_code__startswith=county[:6], state=Mother.State.ACTIVE)
    for mother in rows.order_by("screened_on", "pk")[:TAKEN_OVER]:
        following.take_over(mother, by=office.clerk, today=today)


def _wanted() -> tuple[tuple[str, str, int, tuple[str, ...]], ...]:
    return (
        (NAME, "红岩先锋", 40, ("妇女之家海报", "学校家长会", "微信公众号")),
        ("“邻家妈妈”暖冬行动", "各镇街妇联", 25, ("社区宣讲", "村村响广播")),
    )


def _campaign(office: Office, *what: Any) -> Campaign:
    name, carrier, target, channels = what
    given = {
        "name": name, "carrier": carrier, "target": target, "channels": channels,
        "appeal": "在家门口，给孩子一份陪伴。", "opens_on": office.today - timedelta(days=60),
        "closes_on": office.today + timedelta(days=60),
    }  # fmt: skip
    made = campaigns.open_campaign(office.county, by=office.chair, given=given)
    call = doors.call_of(made.slug, today=office.today)
    for at, channel in enumerate((*call.channels, "")):
        for _ in range(int(office.rng.integers(8, 30)) // (at + 1)):
            campaigns.count_visit(call, channel, today=office.today)
    return made


def _hold_training(office: Office) -> None:
    for module, back in (("PROTECTION", 20), ("COMPANY", 13), ("BOUNDARIES", 6)):
        given = {
            "module": module, "held_on": office.today - timedelta(days=back),
            "hours": Decimal(3), "place": "区妇女儿童活动中心",
        }  # fmt: skip
        office.sessions.append(
            attesting.plan_session(office.county, by=office.clerk, given=given, today=office.today)
        )


def _answers(office: Office) -> dict[str, Any]:
    """Return what one invented woman writes."""
    rng, number = office.rng, office.number
    birth = date(
        1962 + int(rng.integers(0, 34)), int(rng.integers(1, 13)), int(rng.integers(1, 28))
    )
    stem = f"{office.county[:6]}{birth:%Y%m%d}{(900 + number * 2) % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    questions = {
        "punished": False, "harm_record": False, "healthy": True, "dependent": False,
        "family_agrees": True, "in_dispute": False, "care_experience": number % 2 == 0,
        "one_year": True,
    }  # fmt: skip
    return {
        "name": office.people[number], "id_kind": "RESIDENT",
        "id_number": stem + "10X98765432"[total % 11], "birth_on": birth.isoformat(),
        # A range that no operator gives out.
        "phone": f"1549{number:03d}{int(rng.integers(0, 10_000)):04d}",
        "town": office.towns[number % len(office.towns)], "address": f"{number % 8 + 1}组",
        "years": 5 + number % 20, "education": ("高中", "大专", "本科")[number % 3],
        "categories": [CATEGORIES[number % len(CATEGORIES)]],
        "times": ["WEEKEND", "HOLIDAY"][: 1 + number % 2], "languages": ["chongqing", "putonghua"],
        "skills": [("study", "company", "mind", "family")[number % 4]], "interests": ["阅读"],
        "travel_km": 3 + number % 8, "capacity": 1 + number % 2, "questions": questions,
    }  # fmt: skip


def _lead(office: Office, campaign: Campaign, state: str) -> None:
    """Let one woman apply, and the office lead her application to a state."""
    call = doors.call_of(campaign.slug, today=office.today)
    channel = (*call.channels, "")[office.number % (len(call.channels) + 1)]
    made, _code = applying.begin(call, language="zh-hans", channel=channel)
    draft = MotherApplication.objects.get(pk=made)
    applying.save(draft, _answers(office))
    office.number += 1
    if state == life.DRAFT:
        return
    application = applying.submit(draft, agreed=True, today=office.today)
    ways = {
        life.REJECTED: _refuse, life.APPEALED: _appeal, life.REJECTED_FINAL: _dismiss,
        life.WITHDRAWN: _withdraw,
    }  # fmt: skip
    if state in ways:
        ways[state](office, application)
    else:
        _walk(office, application, state)


def _let_time_pass(office: Office, state: str) -> None:
    """Let the newest application have come in some weeks ago, the further on the longer."""
    if state not in WAITING:
        return
    newest = MotherApplication.objects.filter(area_code__startswith=office.county[:6])
    row = newest.exclude(submitted_at=None).latest("submitted_at", "pk")
    rank = WAITING.index(state)
    back = 2 + 6 * rank + (office.number * 5) % 9
    rested = min(back, (office.number * 3) % (6 + rank))
    now = timezone.now()
    MotherApplication.objects.filter(pk=row.pk).update(
        submitted_at=now - timedelta(days=back), state_since=now - timedelta(days=rested)
    )


WAITING: Final = (
    life.SUBMITTED, life.ELIGIBILITY, life.SCREENING, life.REFERENCES, life.INTERVIEW,
    life.TRAINING, life.COMMITTED,
)  # fmt: skip
ROAD: Final = {
    life.ELIGIBILITY: "take_up", life.SCREENING: "find_eligible", life.REFERENCES: "find_clear",
    life.INTERVIEW: "hear_references", life.TRAINING: "pass_interview", life.COMMITTED: "commit",
}  # fmt: skip


def _walk(office: Office, application: MotherApplication, upto: str) -> None:
    for state, act in ROAD.items():
        if application.state == upto:
            break
        _prepare(office, application, act)
        working.advance(application, act, by=office.clerk, today=office.today)
        application = MotherApplication.objects.get(pk=application.pk)
        assert application.state == state
    if upto in (life.APPROVED, life.ACTIVE):
        working.approve(application, by=office.chair, today=office.today)
    if upto == life.ACTIVE:
        row = MotherApplication.objects.get(pk=application.pk)
        working.activate(row, by=office.chair, today=office.today)
    if upto == life.SCREENING:
        _ask(office, application, "CRIME")
    if upto == life.TRAINING:
        attesting.attest(office.sessions[0], [application], by=office.clerk, today=office.today)


def _prepare(office: Office, application: MotherApplication, act: str) -> None:
    """Do what a step needs."""
    today = office.today
    if act == "find_clear":
        for kind in books.book_of(application.rulebook).required_queries:
            checking.answer(
                _ask(office, application, kind), by=office.clerk, result="CLEAR",
                received_on=today, today=today,
            )  # fmt: skip
    elif act == "hear_references":
        for relation in ("邻居", "同事"):
            given = {
                "relation": relation, "verdict": "FOR", "spoken_on": today,
                "said": "为人热心，对孩子有耐心。",
            }  # fmt: skip
            attesting.hear_reference(application, by=office.clerk, given=given, today=today)
    elif act == "pass_interview":
        said = {"motive": "5", "patience": "4", "boundaries": "4", "reporting": "yes", "time": "4"}
        attesting.hold_interview(
            application, by=office.clerk, held_on=today, verdict="YES", answers=said, today=today
        )
    elif act == "commit":
        for session in office.sessions:
            attesting.attest(session, [application], by=office.clerk, today=today)
        attesting.keep_paper(
            application, COMMITMENTS, by=office.clerk, signed_on=today, today=today,
            reference=f"承诺书{today.year}-{office.number:03d}",
        )  # fmt: skip


def _ask(office: Office, application: MotherApplication, kind: str) -> ScreeningCheck:
    authority = next(
        each.authority for each in books.book_of(application.rulebook).queries if each.code == kind
    )
    return checking.request(
        application, kind, by=office.clerk, authority=authority,
        requested_on=office.today - timedelta(days=5), today=office.today,
    )  # fmt: skip


def _refuse(office: Office, application: MotherApplication) -> None:
    _walk(office, application, life.ELIGIBILITY)
    row = MotherApplication.objects.get(pk=application.pk)
    working.refuse(row, by=office.clerk, criterion="CONFLICT", reason="")


def _appeal(office: Office, application: MotherApplication) -> None:
    _refuse(office, application)
    row = MotherApplication.objects.get(pk=application.pk)
    applying.appeal(row, words="纠纷已经调解结束，可以请村委会证明。")


def _dismiss(office: Office, application: MotherApplication) -> None:
    _appeal(office, application)
    row = MotherApplication.objects.get(pk=application.pk)
    working.decide_appeal(row, by=office.chair, uphold=False, reason="村委会说明纠纷尚未了结")


def _withdraw(_office: Office, application: MotherApplication) -> None:
    applying.withdraw(application)
