"""A little on the files of a few mothers: service, honours, certificates, pulses, rests, requests.

Everything goes through the acts that a page would call, in a bounded number of files, so that a
demo of any size shows its pages full and stays quick.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from django.utils import translation

from qianshou.accounts.models import Grant, User
from qianshou.areas import rules as area_rules
from qianshou.areas.models import Area
from qianshou.common import rowsecurity
from qianshou.mothers.actions import caring, offering, serving
from qianshou.mothers.models import Mother, ServiceEntry, StrainPulse
from qianshou.mothers.rules import strain

SERVED: Final = 24
ASK: Final = (
    ("SAFETY", "晚上家访回来路上没有路灯，一个人走有些害怕，能不能安排结伴？"),
    ("MIND", "孩子这学期总不说话，我常常睡不好，想找老师聊聊。"),
    ("CONFLICT", "孩子奶奶觉得我管得太多，见面有些尴尬。"),
    ("MONEY", "自己掏钱给孩子买了冬衣和文具，这个月手头有点紧。"),
)
PLACES: Final = ("孩子家中", "村儿童之家", "镇中心小学", "爱心妈妈驿站")
MONTHS: Final = 5


def furnish(county: str, *, seed: int, today: date) -> None:
    """Fill the files of some mothers of a county."""
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("zh-hans"):
        rng = np.random.default_rng(seed)
        worker = User.objects.get(username="county")
        mothers = _mothers(county)
        for mother in mothers:
            _serve(mother, by=worker, rng=rng, today=today)
            _pulses(mother, rng=rng, today=today)
        _honour(mothers, by=worker, today=today)
        _ask(mothers, by=worker, today=today)


def _mothers(county: str) -> list[Mother]:
    """Return the mother who can sign in, and some others of her county who have children."""
    inside = Mother.objects.filter(
        area_code__range=area_rules.subtree(county), state=Mother.State.ACTIVE
    )
    herself = User.objects.filter(username="mother").values("person_id")
    own = list(Mother.objects.filter(pk__in=herself))
    others = inside.filter(pairings__ended_on=None).exclude(pk__in=herself)
    others = others.order_by("id").distinct()
    return own + list(others[: SERVED - len(own)])


def _serve(mother: Mother, *, by: User, rng: Any, today: date) -> None:
    kinds = [kind for kind in ServiceEntry.Kind if kind != ServiceEntry.Kind.OTHER]
    for week in range(1, int(rng.integers(4, 10))):
        serving.record_service(
            mother,
            serving.Service(
                held_on=today - timedelta(days=7 * week + int(rng.integers(0, 3))),
                minutes=15 * int(rng.integers(2, 11)), travel_minutes=10 * int(rng.integers(0, 7)),
                kind=kinds[int(rng.integers(0, len(kinds)))],
                place=PLACES[int(rng.integers(0, len(PLACES)))], attested_by="村儿童主任",
            ),
            by=by, today=today,
        )  # fmt: skip


def _pulses(mother: Mother, *, rng: Any, today: date) -> None:
    """Write the answers of earlier months; the present month is left for her to answer."""
    asked = strain.questions()
    likely = int(rng.integers(0, 4))
    for month in strain.months_back(today, MONTHS)[1:]:
        if rng.random() < 0.2:
            continue
        answers = [min(4, max(0, likely + int(rng.integers(-1, 2)))) for _ in asked.questions]
        StrainPulse.objects.create(
            mother=mother, area_code=mother.area_code, month=month, version=asked.version,
            answers=answers, percent=asked.percent(answers),
        )  # fmt: skip


def _honour(mothers: Sequence[Mother], *, by: User, today: date) -> None:
    for mother in mothers[:4]:
        given = today.replace(month=3, day=8) if today.month > 3 else today
        serving.commend(
            mother, by=by, title="最美爱心妈妈", level="COUNTY", given_by="县妇女联合会",
            given_on=given, paper="", today=today,
        )  # fmt: skip
        serving.evaluate(mother, by=by, score=5, words="陪伴稳定，孩子和家长都认可", today=today)
        serving.certify(
            mother, by=by, from_on=today - timedelta(days=365), until_on=today,
            in_charge=by.display_name, today=today,
        )  # fmt: skip


def _ask(mothers: Sequence[Mother], *, by: User, today: date) -> None:
    """Let some mothers ask: for help, for a change, for a rest."""
    for place, (kind, words) in enumerate(ASK):
        mother = mothers[place % len(mothers)]
        asked = caring.ask_help(
            mother, by=_herself(mother), kind=kind, words=words, about=None,
            today=today - timedelta(days=2 * place),
        )  # fmt: skip
        if kind == "CONFLICT":
            caring.take_help(asked, by=by)
    for mother in mothers[:3]:
        offering.ask_change(
            mother, by=_herself(mother), field="DISLIKES", wanted=["烟味", "大声争吵"]
        )
    for mother in mothers[4:6]:
        caring.ask_rest(
            mother, by=_herself(mother), from_on=today, until_on=today + timedelta(days=45),
            places=0, today=today,
        )  # fmt: skip


def _herself(mother: Mother) -> User:
    """Return her account; who has none gets one that nobody can sign in to."""
    user, made = User.objects.get_or_create(
        person_id=mother.pk,
        defaults={"username": f"m{mother.pk.hex[-12:]}", "display_name": mother.name[:60],
                  "password": "!"},
    )  # fmt: skip
    if made:
        county = Area.objects.get(code=area_rules.county_code(mother.area_code))
        Grant.objects.create(user=user, role="mother", area=county, valid_from=date(2026, 1, 1))
    return user
