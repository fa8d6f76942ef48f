"""Builders of reports and signals, and of the people who receive them."""

from typing import Any
from uuid import uuid4

from django.utils import timezone

from qianshou.accounts.models import Grant, User
from qianshou.areas.models import Area
from qianshou.protection.actions import taking
from qianshou.protection.models import Report
from qianshou.protection.rules.reading import Told
from tests import make


def a_circle(county: str = make.COUNTY) -> dict[str, User]:
    """One person on each level above a county's reports."""
    return {
        "LEAD": make.a_user("safeguarding_lead", area=county, display_name="罗守护"),
        "DEPUTY": make.a_user("safeguarding_deputy", area=county, display_name="邓代理"),
        "LEADER": make.a_user("fed_county", area=county, display_name="县领导甲"),
        "CITY": make.a_user("safeguarding_lead", area=make.CITY, display_name="市守护"),
    }


def a_report(by: User | None = None, **fields: Any) -> Report:
    """A report as somebody makes it on a page."""
    maker = fields.pop("maker", None) or taking.Maker(by, place=fields.pop("place", ""))
    key = fields.pop("client_id", None) or uuid4()
    told = Told(**{"county": make.COUNTY, "words": "孩子手臂上有淤青", "now": False, **fields})
    return taking.take(told, client_id=key, maker=maker, times=taking.at_once(told, timezone.now()))


def give(user: User, role: str, area: str = make.COUNTY) -> Grant:
    """Give a further role to a person."""
    return Grant.objects.create(
        user=user,
        role=role,
        area=Area.objects.get(code=area),
        valid_from=make.TODAY.replace(month=1),
    )
