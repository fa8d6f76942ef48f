"""Builders of campaigns and applications; each walks the real road as far as it is asked to."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from qianshou.accounts.models import User
from qianshou.recruitment.actions import (
    applying,
    attesting,
    campaigns,
    checking,
    rulebooks,
    working,
)
from qianshou.recruitment.models import Campaign, MotherApplication
from qianshou.recruitment.queries import books, doors
from qianshou.recruitment.rules import life
from tests import make, make_mothers

TODAY = make.TODAY
TOWN = "500236117000"
PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
ANSWERS = {
    "punished": False, "harm_record": False, "healthy": True, "dependent": False,
    "family_agrees": True, "in_dispute": False, "care_experience": True, "one_year": True,
}  # fmt: skip


def a_campaign(area: str = make.COUNTY, *, by: User | None = None, **fields: Any) -> Campaign:
    """A campaign of the red-rock pioneers with two channels."""
    given = {
        "name": "红岩先锋爱心妈妈招募", "carrier": "红岩先锋", "appeal": "邻里相助，就近关爱。",
        "target": 40, "opens_on": date(2026, 1, 1), "closes_on": None,
        "channels": ["妇女之家海报", "学校家长会"],
    }  # fmt: skip
    return campaigns.open_campaign(
        area, by=by or make.a_user("fed_county", area=area), given=given | fields
    )


def said(**fields: Any) -> dict[str, Any]:
    """Everything an application form holds."""
    return {
        "name": "陈桂芳", "id_kind": "RESIDENT", "id_number": make_mothers.an_id_number(),
        "birth_on": "1980-05-17", "phone": make_mothers.a_phone(), "town": TOWN,
        "address": "1组12号", "years": 10, "categories": ["退休教师"], "education": "大专",
        "employer": "竹园镇中心小学", "times": ["WEEKEND"], "languages": ["chongqing"],
        "skills": ["study", "mind"], "interests": ["阅读"], "travel_km": 5, "capacity": 1,
        "questions": ANSWERS, **fields,
    }  # fmt: skip


def a_draft(campaign: Campaign | None = None, **fields: Any) -> MotherApplication:
    """A whole draft, not handed in."""
    call = doors.call_of((campaign or a_campaign()).slug, today=TODAY)
    made, _code = applying.begin(call, language="zh-hans", channel="")
    return applying.save(MotherApplication.objects.get(pk=made), said(**fields))


def an_application(
    upto: str = life.SUBMITTED, *, by: User | None = None, today: date = TODAY, **fields: Any
) -> MotherApplication:
    """An application that has come as far as a state, each step done by its action."""
    worker = by or make.a_worker()
    campaign = fields.pop("campaign", None) or a_campaign(by=worker)
    application = applying.submit(a_draft(campaign, **fields), agreed=True, today=today)
    return walk(application, upto, by=worker, today=today)


ROAD = {
    life.ELIGIBILITY: "take_up", life.SCREENING: "find_eligible", life.REFERENCES: "find_clear",
    life.INTERVIEW: "hear_references", life.TRAINING: "pass_interview",
    life.COMMITTED: "commit",
}  # fmt: skip


def walk(
    application: MotherApplication, upto: str, *, by: User, today: date = TODAY
) -> MotherApplication:
    """Lead an application on to a state, doing at each step what it needs."""
    states = list(ROAD)
    done = states.index(application.state) + 1 if application.state in states else 0
    for state, act in list(ROAD.items())[done:]:
        if application.state in (upto, *life.CLOSED):
            return application
        for need in NEEDS.get(act, ()):
            need(again(application), by, today)
        working.advance(application, act, by=by, today=today)
        application = again(application)
        assert application.state == state
    if upto == application.state:
        return application
    working.approve(application, by=by, today=today)
    if upto == life.ACTIVE:
        working.activate(again(application), by=by, today=today)
    return again(application)


def again(application: MotherApplication) -> MotherApplication:
    """The row as it stands now."""
    return MotherApplication.objects.get(pk=application.pk)


def be_clear(
    application: MotherApplication, by: User, today: date, *, result: str = "CLEAR"
) -> None:
    """Ask every query that is needed and have it answered."""
    for kind in books.book_of(application.rulebook).required_queries:
        check = checking.request(
            application, kind, by=by, authority="公安机关",
            requested_on=today - timedelta(days=5), today=today,
        )  # fmt: skip
        checking.answer(
            check, by=by, result=result, received_on=today, today=today,
            certificate=io.BytesIO(PDF),
        )  # fmt: skip
        if result == "HIT":
            return


def be_heard(application: MotherApplication, by: User, today: date) -> None:
    """Two neighbours speak for her."""
    given = {"relation": "邻居", "verdict": "FOR", "spoken_on": today, "who": "", "said": "热心"}
    for _ in range(2):
        attesting.hear_reference(application, by=by, given=given, today=today)


def be_asked(application: MotherApplication, by: User, today: date, verdict: str = "YES") -> None:
    """An interview is held."""
    attesting.hold_interview(
        application, by=by, held_on=today, verdict=verdict, answers={"motive": "5"}, today=today
    )


def be_trained(application: MotherApplication, by: User, today: date) -> None:
    """Two sessions of four hours."""
    for module in ("PROTECTION", "COMPANY"):
        session = attesting.plan_session(
            application.area_code[:6] + "000000", by=by, today=today,
            given={"module": module, "held_on": today, "hours": Decimal(4), "place": "县妇联"},
        )  # fmt: skip
        attesting.attest(session, [application], by=by, today=today)


def sign_all(application: MotherApplication, by: User, today: date) -> None:
    """All four commitments, on paper."""
    attesting.keep_paper(
        application, books.rulebook.COMMITMENTS, by=by, signed_on=today, reference="档-2026-7",
        today=today,
    )  # fmt: skip


NEEDS: dict[str, tuple[Any, ...]] = {
    "find_clear": (be_clear,), "hear_references": (be_heard,), "pass_interview": (be_asked,),
    "commit": (be_trained, sign_all),
}  # fmt: skip


def a_rulebook() -> Any:
    """The rulebook in force."""
    return rulebooks.in_force()
