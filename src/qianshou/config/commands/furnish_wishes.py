"""Small wishes of the demo: some in every state, so that the public page is not empty."""

from datetime import date
from typing import Final
from uuid import UUID

import numpy as np
from django.utils import timezone

from qianshou.accounts.models import Grant, User
from qianshou.areas import rules as area_rules
from qianshou.common.errors import Refused
from qianshou.notices.models import Notice
from qianshou.registry.models import Child
from qianshou.wishes.actions import claiming, keeping
from qianshou.wishes.models import Wish

WORDS: Final = (
    ("BOOKS", "想要一套讲恐龙的书", 90),
    ("SCHOOL", "想要一个结实的新书包", 80),
    ("SPORT", "想要一个篮球，放学后和同学打", 70),
    ("CLOTHES", "想要一双冬天穿的棉鞋", 100),
    ("MUSIC", "想要一支竖笛，已经会吹半首歌", 60),
    ("TOGETHER", "想和爱心妈妈一起去看一次科技馆", 120),
    ("BOOKS", "想要一本可以写很久的日记本", 30),
    ("SPORT", "想要一副跳绳，要参加比赛", 25),
    ("SCHOOL", "想要一盏写作业用的台灯", 110),
    ("OTHER", "想要一盆能养在窗台的花", 40),
    ("MUSIC", "想要一盒二十四色的水彩笔", 50),
    ("CLOTHES", "想要一件下雨天穿的雨衣", 60),
)
CHECKS: Final = {
    "PRIVACY": "没有姓名、学校和地点", "SAFETY": "普通用品，由妇联转交", "COST": "在限额以内",
}  # fmt: skip
THANKS: Final = "谢谢您，我每天都在用，很喜欢！"
PHONE: Final = "138001{:05d}"


def furnish(county: str, *, seed: int, today: date, cast: dict[str, User]) -> int:
    """Write down wishes and lead them along their road; returns how many."""
    grant = Grant.objects.filter(user=cast["town"], area__code__startswith=county[:6]).first()
    if grant is None:
        return 0
    inside = {"area_code__range": area_rules.subtree(grant.area_id)}
    children = Child.objects.on_file().filter(hidden_location=False, **inside)
    known = children.exclude(birth_on=None).filter(birth_on__lte=today.replace(year=today.year - 8))
    rng = np.random.default_rng(seed)
    chosen = list(known.order_by("pk")[: 3 * len(WORDS)])
    made = 0
    for number, child in enumerate(chosen):
        kind, words, yuan = WORDS[number % len(WORDS)]
        said = keeping.Said(kind, words, yuan, assented=True)
        key = UUID(bytes=rng.bytes(16), version=4)
        wish = keeping.make(child, said, by=cast["town"], once=key, now=timezone.now())
        try:
            _lead(wish, words, number, cast=cast)
        except (keeping.TellsWho, claiming.TooManyCodes):
            continue
        made += 1
    return made


def _lead(wish: Wish, words: str, number: int, *, cast: dict[str, User]) -> None:
    """Take a wish so far as its number says; most stay on the public page."""
    now, county, town = timezone.now(), cast["county"], cast["town"]
    steps = ROADS[number % len(ROADS)]
    if steps >= SCREENED:
        keeping.screen(wish, by=town, public_words=words, checks=CHECKS, now=now)
    if steps >= PUBLISHED:
        wish = keeping.publish(wish, by=county, now=now)
    if steps >= CLAIMED:
        _claim(wish, number)
    if steps >= DELIVERING:
        keeping.start_delivery(wish, by=town)
    if steps >= DELIVERED:
        keeping.deliver(wish, by=town, now=now)
    if steps >= THANKED:
        keeping.thank(wish, by=town, words=THANKS, now=now)
    if steps == WITHDRAWN:
        keeping.withdraw(wish, by=town, reason="亲戚已经送了一个", now=now)


MADE, SCREENED, PUBLISHED, CLAIMED, DELIVERING, DELIVERED, THANKED = range(7)
WITHDRAWN: Final = -1
ROADS: Final = (
    PUBLISHED, PUBLISHED, THANKED, PUBLISHED, MADE, PUBLISHED, CLAIMED, PUBLISHED, SCREENED,
    PUBLISHED, DELIVERED, PUBLISHED, DELIVERING, PUBLISHED, MADE, PUBLISHED, THANKED, PUBLISHED,
    WITHDRAWN,
)  # fmt: skip


def _claim(wish: Wish, number: int) -> None:
    giver = claiming.Giver("热心市民", PHONE.format(number), is_firm=number % 2 == 0)
    claim = claiming.ask(wish.slug, giver, now=timezone.now())
    try:
        code = Notice.objects.get(about_id=claim, kind="wishes.code").params["code"]
        claiming.prove(claim, str(code), now=timezone.now())
    except Refused:
        return
