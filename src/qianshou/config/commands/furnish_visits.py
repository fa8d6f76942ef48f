"""Home visits of the demo: some made and written up, some late, a day with its route ahead."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Child
from qianshou.visits.actions import books as keeping
from qianshou.visits.actions import duties, going, planning, routing, writing
from qianshou.visits.models import Visit, VisitTask
from qianshou.visits.queries import books
from qianshou.visits.rules import together

MADE: Final = 18
AHEAD: Final = 6
NOTES: Final = (
    "奶奶在家，孩子刚写完作业，墙上贴着奖状。",
    "灶台旁堆了柴，已请邻居帮忙清理一部分。",
    "孩子说想多读课外书，学校图书角周三开放。",
    "和外公约好每周日晚上和爸爸视频。",
)
PARTNER: Final = "村小班主任"


def furnish(county: str, *, seed: int, today: date, by: User) -> int:
    """Plan, make and write up visits of the past weeks, and plan a day; returns how many."""
    keeping.load_books()
    inside = {"area_code__range": area_rules.subtree(county)}
    pairs = list(
        Pairing.objects.caring().filter(**inside).select_related("child", "mother")
        .order_by("area_code", "pk")[: MADE + 6]
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    for number, pairing in enumerate(pairs[:MADE]):
        _made(pairing, rng, by=by, today=today, ago=3 + 2 * number)
    for number, pairing in enumerate(pairs[MADE:]):
        visit = _plan(pairing.child, pairing, rng, by=by, today=today)
        _put_back(visit, today - timedelta(days=1 + number % 3))
    duties.escalate(today=today, now=timezone.now())
    _finish_some(by)
    return len(pairs) + _a_day(pairs, rng, by=by, today=today)


def _plan(
    child: Child, pairing: Pairing | None, rng: np.random.Generator, *, by: User, today: date,
    on: date | None = None,
) -> Visit:  # fmt: skip
    goers = [planning.Going(together.STAFF, user=by)]
    if pairing is not None:
        goers.append(planning.Going(together.MOTHER, mother=pairing.mother))
    else:
        goers.append(planning.Going(together.PARTNER, name=PARTNER))
    late = bool(rng.random() < 0.3)
    plan = planning.Plan(
        purpose="FIRST" if pairing is None else "ROUTINE", on=on or today,
        opens=840 if late else 510, closes=1050, goers=tuple(goers), anyway="示例数据",
    )  # fmt: skip
    key = UUID(bytes=rng.bytes(16), version=4)
    return planning.plan(child, plan, by=by, lead=by, once=key, today=today)


def _put_back(visit: Visit, day: date) -> Visit:
    """Let a visit have been planned for a day of the past, which no page allows."""
    Visit.objects.filter(pk=visit.pk).update(planned_on=day)
    return Visit.objects.select_related("child", "book").get(pk=visit.pk)


def _made(pairing: Pairing, rng: np.random.Generator, *, by: User, today: date, ago: int) -> None:
    day = today - timedelta(days=ago)
    visit = _put_back(_plan(pairing.child, pairing, rng, by=by, today=today), day)
    came = timezone.make_aware(datetime.combine(day, time(9 + ago % 8, 10 + ago % 40)))
    if ago % 11 == 0:
        going.end(visit, "not_met", by=by, reason="家里没人，邻居说去了外婆家", now=came)
        return
    sign = going.Sign("", "村里没有信号")
    going.arrive(visit, sign, by=by, now=came)
    going.leave(visit, sign, by=by, now=came + timedelta(minutes=45))
    record = writing.Record(
        answers=_answers(visit, rng), met=("CHILD", "GUARDIAN"),
        came=tuple(visit.goers.values_list("pk", flat=True)),
        note=NOTES[int(rng.integers(len(NOTES)))],
    )  # fmt: skip
    writing.write_up(visit, record, by=by, now=came + timedelta(hours=3))


def _answers(visit: Visit, rng: np.random.Generator) -> dict[str, Any]:
    purpose = books.read(visit.book).purposes[visit.purpose]
    return {
        each.code: each.answers[
            0 if rng.random() < 0.6 else int(rng.integers(len(each.answers)))
        ].code
        for each in purpose.questions
        if each.answers
    }


def _finish_some(by: User) -> None:
    for task in VisitTask.objects.open().order_by("-due_on", "pk")[:4]:
        duties.finish(task, by=by, result="已和家里说好并落实", now=timezone.now())


def _a_day(pairs: list[Pairing], rng: np.random.Generator, *, by: User, today: date) -> int:
    """Plan a day in the town with the most children in care, and find its order."""
    towns = [area_rules.town_code(each.area_code) for each in pairs]
    if not towns:
        return 0
    town = max(sorted(set(towns)), key=towns.count)
    children = Child.objects.on_file().filter(
        area_code__range=area_rules.subtree(town), hidden_location=False, visits=None
    )
    day = today + timedelta(days=1)
    chosen = list(children.order_by("pk")[:AHEAD])
    for child in chosen:
        _plan(child, None, rng, by=by, today=today, on=day)
    if chosen:
        routing.find(town, day, lead=by, by=by)
    return len(chosen)
