"""Builders of care models, teams, seats and tasks."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.pairing.models import Partner, TeamSeat
from qianshou.registry.models import Child, Consent
from qianshou.teams.models import CareModel, CareTeam
from tests import make, make_consents

VILLAGE = "500236103205"
DAYS = {"RED": 3, "ORANGE": 7, "YELLOW": 7, "GREEN": 15}


def a_slot(role: str = "TEACHER", **fields: Any) -> dict[str, Any]:
    """A required slot for one partner who talks with the child."""
    return {
        "role": role, "from": "ROSTER", "least": 1, "most": 1, "required": True,
        "parts": ["NAME", "SCHOOL"], "duty": [{"what": "TALK", "days": DAYS}],
    } | fields  # fmt: skip


def a_mother_slot(*, days: dict[str, int] | None = None, **fields: Any) -> dict[str, Any]:
    """The slot of the child's own mother."""
    duty = [{"what": "CONTACT", "days": days or DAYS}]
    return a_slot("MOTHER", **{"from": "PAIRING", "duty": duty, "parts": ["NAME"]} | fields)


def a_model(
    slots: list[dict[str, Any]] | None = None, *, area: str = make.COUNTY, code: str = "own"
) -> CareModel:
    """A care model of the county: the mother, a class teacher and a doctor."""
    slots = slots or [a_mother_slot(), a_slot(), a_slot("DOCTOR", parts=["NAME", "HEALTH"])]
    body = {"slot": slots}
    return CareModel.objects.create(
        area_code=area, code=code, version=CareModel.objects.filter(code=code).count() + 1,
        name={"zh": "本县模式"}, body=body, created_at=make.now(),
        sha256=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
    )  # fmt: skip


def a_team(child: Child, model: CareModel | None = None) -> CareTeam:
    """A team that stands."""
    return CareTeam.objects.create(
        child=child, area_code=child.area_code, model=model or a_model(), began_on=make.TODAY
    )


def a_partner(role: str = "TEACHER", **fields: Any) -> Partner:
    """Somebody of the roster, with room for five children."""
    values = {
        "name": "周老师", "unit": "竹园小学", "area_code": VILLAGE, "reach_m": 5_000, "places": 5,
        "languages": ["chongqing"], "phone": "13800000001",
        "by": fields.pop("by", None) or make.a_worker(),
    }  # fmt: skip
    return Partner.objects.create(role=role, **(values | fields))


def agree(child: Child, *parties: str) -> None:
    """Let the guardian agree to sharing with these parties, besides those of before."""
    earlier = Consent.objects.filter(child=child, purpose="SHARING", given=True)
    newest = earlier.order_by("-noted_at").first()
    known = newest.parties if newest else []
    make_consents.a_consent(child, purpose="SHARING", parties=list({*known, *parties}))


def a_seat(
    child: Child, partner: Partner | None = None, *, agreed: bool = True, **fields: Any
) -> TeamSeat:
    """A place that stands, given by hand; the guardian agrees to the partner's unit."""
    who = {} if {"staff", "mother"} & set(fields) else {"partner": partner or a_partner()}
    role = fields.pop("role", None) or (who["partner"].role if who else "CHILD_DIRECTOR")
    by = fields.pop("accepted_by", None) or make.a_worker()
    if agreed and "partner" in who:
        agree(child, who["partner"].unit)
    return TeamSeat.objects.create(
        child=child, area_code=child.area_code, given_in=child.area_code[:6].ljust(12, "0"),
        kind="CARE", role=role, accepted_by=by, accepted_at=make.now(), **who, **fields,
    )  # fmt: skip


def an_account(partner: Partner, username: str = "partner") -> User:
    """An account of a partner."""
    user = make.a_user("partner", area=make.COUNTY, username=username)
    user.person_id = partner.pk
    user.save(update_fields=["person_id"])
    return user


def soon() -> Any:
    """A day by which something may be answered."""
    return timezone.localdate() + timedelta(days=5)
