"""What is in force in an area: how long offers stand, and the text of the agreement."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from django.db.models import QuerySet

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.bonds.models import AgreementText, Terms
from qianshou.bonds.rules import wording


@dataclass(frozen=True)
class Days:
    """How long things stand, and in which area that was said; empty: as shipped."""

    offer_days: int = 7
    sign_days: int = 30
    area_code: str = ""

    def offer_due(self, today: date) -> date:
        """Return the last day on which an offer made today can be answered."""
        return today + timedelta(days=self.offer_days)

    def sign_due(self, today: date) -> date:
        """Return the last day on which an agreement drawn today can be signed."""
        return today + timedelta(days=self.sign_days)


def days_in(area_code: str) -> Days:
    """Return the terms of the nearest area that has its own."""
    found = _nearest(Terms.objects.all(), area_code).first()
    return Days(found.offer_days, found.sign_days, found.area_code) if found else Days()


def text_in(area_code: str) -> AgreementText | None:
    """Return the text in force: the newest one of the nearest area that has its own."""
    found: AgreementText | None = _nearest(AgreementText.objects.all(), area_code).first()
    return found


def texts_for(user: User, area_code: str) -> QuerySet[AgreementText]:
    """Return the versions of an area and of those around it, the one in force first."""
    permissions.require(user, Power.VIEW_PAIRING, area_code)
    found: QuerySet[AgreementText] = _nearest(AgreementText.objects.select_related("by"), area_code)
    return found


def _nearest(rows: Any, area_code: str) -> Any:
    # A nearer area has the larger code: 500236... comes before 500000... when sorted downwards.
    around = [area_code, *area_rules.ancestors(area_code), wording.NATION]
    rows = rows.filter(area_code__in=around)
    ordered = rows.order_by("-area_code")
    return ordered.order_by("-area_code", "-version") if rows.model is AgreementText else ordered


@lru_cache
def shipped() -> tuple[str, str]:
    """Return title and body of the text that the house comes with."""
    file = resources.files("qianshou.bonds") / "data" / "agreement.zh-hans.txt"
    title, _line, body = file.read_text(encoding="utf-8").partition("\n")
    return title.strip(), body.strip()
