"""Builders of care plans: a mother who cares, her pairing under a checklist, goals, guidance."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final
from uuid import uuid4

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.pairing.models import Pairing
from qianshou.plans.actions import goals, guiding, opening, sets, ticking
from qianshou.plans.forms import ItemForm
from qianshou.plans.models import Goal, Guidance, Plan, Tick
from tests import make, make_care

TODAY = make.TODAY
A_GOAL: Final = {
    "field": "HABIT", "aim": "早睡", "measure": "九点半关灯", "until": "2099-06-01",
    "words": "我想早点睡",
}  # fmt: skip


def now(day: date = TODAY) -> datetime:
    """Noon of a day."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def a_plan(*, today: date = TODAY, **fields: Any) -> tuple[User, Pairing, Plan]:
    """A mother with an account, her pairing, and its plan under the shipped checklist."""
    sets.load_sets()
    user, mother = make_care.a_carer()
    pairing = make_care.a_pairing(mother, **fields)
    (plan,) = opening.begin([pairing], today=today)
    return user, pairing, plan


def photos_wanted(item: str = "reading_study") -> None:
    """Put a checklist in force in the county that asks for a photo of one item."""
    body, county = sets.load_sets().body, make.a_user("fed_county")
    rows = [row | {"evidence": "PHOTO"} if row["code"] == item else row for row in body["item"]]
    made = sets.write(make.COUNTY, by=county, body={**body, "item": rows}, note="要有照片")
    sets.adopt(made, by=county, reason="试行")


def done(**fields: Any) -> ticking.Done:
    """A book that was read together."""
    return ticking.Done(**{"item": "reading_study", "on": TODAY, "note": "读完了一本", **fields})


def a_tick(pairing: Pairing, by: User, **fields: Any) -> Tick:
    """A tick, made through the act."""
    return ticking.tick(pairing, done(**fields), by=by, key=uuid4(), now=now())


def wanted(**fields: Any) -> goals.Wanted:
    """A goal of a child that wants to read."""
    return goals.Wanted(
        **{
            "field": "STUDY", "aim": "每天自己读书", "measure": "每晚读十分钟",
            "until": date(2027, 1, 20), "words": "我想自己读完那本书", **fields,
        }
    )  # fmt: skip


def a_goal(pairing: Pairing, by: User, *, agreed: bool = False, **fields: Any) -> Goal:
    """A goal, perhaps agreed by all three."""
    made = goals.propose(pairing, wanted(**fields), by=by, now=now(), today=TODAY)
    if agreed:
        staff = make.a_worker()
        for side in goals.SIDES:
            made = goals.agree(made, side, by=staff, on=TODAY, now=now(), today=TODAY)
    return made


def aims(**fields: Any) -> guiding.Aims:
    """What a plan of guidance aims at."""
    return guiding.Aims(
        **{
            "basis": "ADVISED", "aims": "父母学会每周与孩子好好说话", "for_whom": ("FATHER",),
            "review_on": date(2027, 2, 1), **fields,
        }
    )  # fmt: skip


def a_guidance(child: Any, by: User, **fields: Any) -> Guidance:
    """A plan of guidance under way."""
    return guiding.begin(child, aims(**fields), by=by, today=TODAY)


def planned(**fields: Any) -> guiding.Planned:
    """A home visit in a week."""
    return guiding.Planned(
        **{
            "on": date(2026, 12, 1), "form": "HOME_VISIT", "topic": "怎样打电话",
            "held_by": "陈素芬", **fields,
        }
    )  # fmt: skip


def a_checklist(body: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """The form of a checklist as a browser sends it, to be written at once."""
    sent: dict[str, Any] = {
        "code": body["code"], "remind": body.get("remind", "MONTH"), "note": "改名", "act": "write",
        "autumn_first": "09-01", "autumn_last": "01-31", "spring_first": "02-01",
        "spring_last": "07-31", "item-TOTAL_FORMS": len(body["item"]),
        "item-INITIAL_FORMS": len(body["item"]), "item-MIN_NUM_FORMS": 0, "item-MAX_NUM_FORMS": 30,
        **{f"name_{language}": words for language, words in body["name"].items()},
    }  # fmt: skip
    for place, row in enumerate(body["item"]):
        begun = ItemForm.begun(row)
        for name in ItemForm.base_fields:
            value = begun.get(name, "")
            if value is not False and value != "":
                sent[f"item-{place}-{name}"] = value
    return {**sent, **changed}
