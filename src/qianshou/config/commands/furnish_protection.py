"""Protection in the demo: a report in each condition, and some signals, some of them decided."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import numpy as np
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common import crypto
from qianshou.pairing.models import Pairing
from qianshou.protection.actions import escalating, handling, judging, signalling, taking
from qianshou.protection.models import Report, Signal
from qianshou.protection.rules.reading import Told

# What was said, which situation, whether the danger was now, and how many hours ago.
SAID: Final = (
    ("手臂和后背有好几处新旧不一的瘀伤，问起来只说是摔的", 4, False, 80),
    ("孩子一个人在家已经三天，邻居送饭，电话打不通大人", 6, False, 30),
    ("连续一周没来上学，有人看见在车站向人要钱", 8, False, 5),
    ("夜里听见哭喊，孩子跑出来躲在小卖部", 9, True, 1),
    ("孩子说不敢回家，原因不肯讲", None, None, 0),
)
NOTES: Final = (
    "孩子说爸爸喝了酒就打他，晚上不敢回家",
    "她讲同学欺负她，把她的书包丢进水沟",
    "他手上有一块淤青，说是打球碰的",
    "奶奶住院，孩子晚上一个人，饿肚子就吃方便面",
    "小姑娘说活着没意思，我陪她聊了很久",
)


def furnish(county: str, *, seed: int, today: date, cast: Mapping[str, User]) -> int:
    """Make reports and signals about the county's pairs; returns how many reports."""
    inside = {"area_code__range": area_rules.subtree(county)}
    pairs = list(Pairing.objects.caring().filter(**inside).order_by("started_on", "id")[:12])
    if len(pairs) < len(SAID) or Report.objects.exists():
        return 0
    rng = np.random.default_rng(seed)
    makers = (cast["town"], cast["clerk"], cast["town"], cast["mother"], None)
    made = [
        _report(pair, said, by=by, county=county, key=UUID(bytes=rng.bytes(16), version=4))
        for pair, said, by in zip(pairs, SAID, makers, strict=False)
    ]
    _lead_on(made, lead=cast["lead"])
    _signals(pairs[len(SAID) :] or pairs, lead=cast["lead"], today=today)
    return len(made)


def _report(
    pair: Pairing, said: tuple[str, int | None, bool | None, int], *, by: User | None,
    county: str, key: UUID,
) -> Report:  # fmt: skip
    words, situation, is_now, hours = said
    at = timezone.now() - timedelta(hours=hours)
    told = Told(
        situation=situation, now=is_now, words=words, county=county,
        child=pair.child_id if by else None,
        noticed=at - timedelta(minutes=40), called="YES" if is_now else "",
        child_words="" if by else "镇上小学旁边的租房里，约十岁的女孩",
    )  # fmt: skip
    maker = taking.Maker(by, place="" if by else str(crypto.digest_of("demo")))
    return taking.take(told, client_id=key, maker=maker, times=taking.at_once(told, at))


def _lead_on(made: list[Report], *, lead: User) -> None:
    """Bring the reports into their conditions: closed, answered, handed over, raised, fresh."""
    now = timezone.now()
    closed, handed, raised = made[0], made[1], made[2]
    handling.accept(closed, by=lead, now=now - timedelta(hours=79))
    handling.hand_over(
        closed,
        by=lead,
        now=now - timedelta(hours=78),
        authority="POLICE",
        receipt="接报登记第 12 号",
    )
    handling.give_feedback(
        closed, by=lead, now=now - timedelta(hours=30), words="已经有人上门，谢谢你及时告诉我们。"
    )
    handling.close(
        closed,
        by=lead,
        now=now - timedelta(hours=2),
        closing="SAFE",
        words="孩子已由姑姑接走。",
    )
    handling.accept(handed, by=lead, now=now - timedelta(hours=29))
    handling.hand_over(handed, by=lead, now=now - timedelta(hours=28), authority="CIVIL_AFFAIRS")
    Report.objects.filter(pk=raised.pk).update(escalate_at=now - timedelta(minutes=5))
    escalating.escalate_due(now=now)


def _signals(pairs: list[Pairing], *, lead: User, today: date) -> None:
    """Raise what notes and weeks of contact say, and decide the first two."""
    now = timezone.now()
    for number, (pair, text) in enumerate(zip(pairs, NOTES, strict=False)):
        signalling.look_at_note(
            signalling.Note(
                text, pair.child_id, pair.pk, pair.area_code, f"demo/{number}", now
            )
        )  # fmt: skip
    if pairs:
        signalling.look_through(area_rules.county_code(pairs[0].area_code), today=today)
    waiting = list(Signal.objects.waiting().order_by("raised_at", "pk")[:3])
    for signal, act, reason in zip(
        waiting[1:], ("nothing", "talk"), ("打球碰的，老师也看见了", "请班主任和爱心妈妈一起聊聊"),
        strict=False,
    ):  # fmt: skip
        judging.decide(signal, by=lead, act=act, reason=reason, now=now)
