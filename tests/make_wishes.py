"""Builders of wishes in each state, through the real actions."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from qianshou.accounts.models import User
from qianshou.notices.models import Notice
from qianshou.registry.models import Child
from qianshou.wishes.actions import claiming, keeping
from qianshou.wishes.models import Wish
from tests import make, make_pairing

CHECKS = {"PRIVACY": "没有姓名和地点", "SAFETY": "普通图书", "COST": "四十元左右"}


def said(**fields: Any) -> keeping.Said:
    """A wish for a book."""
    return keeping.Said(
        **{"kind": "BOOKS", "words": "我想要一本讲星星的书", "yuan": 40, "assented": True, **fields}
    )


def a_wish(child: Child | None = None, *, by: User | None = None, **fields: Any) -> Wish:
    """A wish that was written down."""
    return keeping.make(
        child or make_pairing.a_child(), said(**fields), by=by or make.a_worker(), once=uuid4(),
        now=make.now(),
    )  # fmt: skip


def screened(wish: Wish, *, by: User, words: str = "想要一本讲星星的书") -> Wish:
    """Screen it."""
    return keeping.screen(wish, by=by, public_words=words, checks=CHECKS, now=make.now())


def published(child: Child | None = None, **fields: Any) -> Wish:
    """A wish on the public page; made, screened and published by three people."""
    wish = a_wish(child, **fields)
    county = f"{wish.area_code[:6]}000000"
    screened(wish, by=make.a_worker(county))
    return keeping.publish(wish, by=make.a_worker(county), now=make.now())


def giver(phone: str = "13800000001", **fields: Any) -> claiming.Giver:
    """Somebody who takes a wish on."""
    return claiming.Giver(**{"name": "周先生", "phone": phone, "is_firm": False, **fields})


def code_of(claim: UUID) -> str:
    """The code as it stands in the message that goes out."""
    return str(Notice.objects.get(about_id=claim, kind="wishes.code").params["code"])


def claimed(wish: Wish, *, phone: str = "13800000001", now: datetime | None = None) -> str:
    """Let somebody take a wish on; returns the secret of the giver's page."""
    moment = now or make.now()
    claim = claiming.ask(wish.slug, giver(phone), now=moment)
    return claiming.prove(claim, code_of(claim), now=moment)
