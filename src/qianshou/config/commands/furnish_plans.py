"""Care plans in the demo: ticks, goals in all states, one family's guidance, what parents did.

Goes through the same actions as a page or a phone, seeded, and bounded: a few dozen pairs.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import numpy as np
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.care.models import Contact
from qianshou.pairing.models import Pairing
from qianshou.plans.actions import goals, guiding, opening, parents, sets, ticking
from qianshou.plans.models import Goal, Plan

MOST_PAIRS: Final = 40
DONE: Final = (
    ("reading_study", "", "一起读完了《夏洛的网》"),
    ("guardian_teacher_talk", "teacher", "和班主任聊了上课走神的事"),
    ("guardian_teacher_talk", "guardian", "和奶奶谈了手机怎么用"),
    ("micro_wish", "", "送了他想要的足球"),
)
GOALS: Final = (
    ("STUDY", "每天自己读十分钟书", "书签每晚往后走", "我想自己把那本书读完"),
    ("HABIT", "九点半前睡觉", "奶奶在日历上画勾", "早点睡就不会被老师说了"),
    ("FEELINGS", "难过的时候说出来", "每周和妈妈说一次心事", "我可以跟陈妈妈说"),
    ("HEALTH", "每天跳绳两百下", "周末一起数一次", "我想跳得比同桌多"),
)


def furnish(county: str, *, seed: int, today: date, by: User) -> int:
    """Give the county's running pairings their checklist, and let things happen with some."""
    sets.load_sets()
    opening.sweep(county, today=today)
    inside = {"area_code__range": area_rules.subtree(county)}
    plans = list(
        Plan.objects.filter(**inside, pairing__ended_on=None)
        .select_related("pairing__child", "care_set")
        .order_by("pairing__started_on", "pk")[:MOST_PAIRS]
    )
    pairs = [each.pairing for each in plans]
    _count_contacts(pairs)
    rng = np.random.default_rng(seed)
    for place, plan in enumerate(plans):
        _tick_some(plan, rng, today=today, by=by)
        if place % 3 == 0:
            _set_a_goal(plan.pairing, place // 3, today=today, by=by)
        if place % 2 == 0:
            who = ("BOTH", "MOTHER", "FATHER", "NOBODY")[place // 2 % 4]
            week = today - timedelta(days=7)
            parents.note(plan.pairing.child, who, by=by, week=week, today=today,
                         pairing=plan.pairing)  # fmt: skip
    if plans:
        _guide_a_family(plans[0], today=today, by=by)
        _write_a_version(plans[0].care_set.body, county, by=by)
    return len(plans)


def _noon(day: date) -> datetime:
    return min(timezone.make_aware(datetime.combine(day, time(12))), timezone.now())


def _count_contacts(pairs: list[Pairing]) -> None:
    """Let the contacts that the demo logged before fulfil what they count for."""
    rows = Contact.objects.filter(pairing__in=pairs).order_by("at")
    counted = [
        ticking.Counted(each.pairing_id, each.client_id, each.kind,
                        timezone.localtime(each.at).date(), each.by_id)
        for each in rows
    ]  # fmt: skip
    ticking.contact_counts(counted, now=timezone.now())


def _tick_some(plan: Plan, rng: np.random.Generator, *, today: date, by: User) -> None:
    """Tick some items of a pairing that care has run long enough for."""
    for item, part, note in DONE:
        on = today - timedelta(days=int(rng.integers(0, 20)))
        if rng.random() < 0.45 and on >= plan.since:
            done = ticking.Done(item=item, part=part, on=on, note=note)
            key = UUID(bytes=rng.bytes(16), version=4)
            ticking.tick(plan.pairing, done, by=by, key=key, now=_noon(today))


def _set_a_goal(pairing: Pairing, place: int, *, today: date, by: User) -> None:
    """Write a goal down; most are agreed, some looked at, one reached, one given up."""
    field, aim, measure, words = GOALS[place % len(GOALS)]
    wanted = goals.Wanted(field, aim, measure, today + timedelta(days=60), words)
    now = _noon(today)
    goal = goals.propose(pairing, wanted, by=by, now=now, today=today)
    if place % 5 == 4:
        return
    for side in goals.SIDES:
        goal = goals.agree(goal, side, by=by, on=today, now=now, today=today)
    _go_on(goal, place, today=today, by=by)


def _go_on(goal: Goal, place: int, *, today: date, by: User) -> None:
    now = timezone.now()
    if place % 5 < 2:
        how = ("WELL", "SLOWLY")[place % 2]
        goals.review(goal, how, by=by, on=timezone.localdate(goal.made_at), now=now, today=today)
    if place % 5 == 2:
        goals.end(goal, "reach", by=by, reason="", now=now, today=today)
    if place % 5 == 3:
        goals.end(goal, "drop", by=by, reason="孩子自己换了兴趣", now=now, today=today)


def _guide_a_family(plan: Plan, *, today: date, by: User) -> None:
    """Open one family's plan: a session held, one to come, one missed, and homework."""
    aims = guiding.Aims(
        "ADVISED", "父母每周固定两次视频，先听孩子说；奶奶学会用鼓励代替责骂。",
        ("FATHER", "GRANDPARENT", "MOTHER"), today + timedelta(days=60),
    )  # fmt: skip
    found = guiding.begin(plan.pairing.child, aims, by=by, today=today)
    for topic, form, days in (
        ("怎样和孩子打电话", "CALL", 0),
        ("隔代教育怎么配合", "COURSE", 0),
        ("家里一起定规矩", "HOME_VISIT", 12),
    ):
        planned = guiding.Planned(today + timedelta(days=days), form, topic, by.display_name)
        session = guiding.plan_session(found, planned, by=by, today=today)
        if form == "CALL":
            held = guiding.Became("hold", today, 40, ("FATHER", "MOTHER"), "父亲愿意固定周末视频")
            guiding.note_session(session, held, by=by, today=today)
        if form == "COURSE":
            missed = guiding.Became("miss", today, reason="奶奶腿疼没能来")
            guiding.note_session(session, missed, by=by, today=today)
    for task, whose in (("每周六晚视频二十分钟", "FATHER"), ("睡前夸孩子一件事", "GRANDPARENT")):
        homework = guiding.give_homework(
            found, task, whose=whose, due_on=today + timedelta(days=30), by=by, today=today
        )
    guiding.note_homework(homework, "start", by=by, remark="已经开始")


def _write_a_version(body: dict[str, object], county: str, *, by: User) -> None:
    """Write a version of the county's own that nobody has put in force yet."""
    items: list[dict[str, object]] = [dict(each) for each in body["item"]]  # type: ignore[attr-defined]
    for each in items:
        if each["code"] == "monthly_meeting":
            each["minimum"] = 2
    note = "山区路远，先试行每月两次见面"
    sets.write(county, by=by, body={**body, "item": items}, note=note)
