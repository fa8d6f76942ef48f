"""Opening and changing campaigns, counting visits, and who knocks too often."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import crypto, rowsecurity
from qianshou.common.errors import Refused
from qianshou.recruitment.models import Campaign, CampaignDay, Knock
from qianshou.recruitment.queries import doors
from qianshou.recruitment.rules import codes

MOST_CHANNELS: Final = 20
# How often one address may knock within an hour: enough for an office that helps many women.
LIMITS: Final = {"begin": 60, "resume": 20}


class NotWithin(Refused):
    """A campaign recruits for a county or a town. Choose one above."""


class TooManyChannels(Refused):
    """A campaign can have up to 20 channels."""


class TooOften(Refused):
    """Too many attempts from this connection. Wait an hour, or go to the women's federation."""


@transaction.atomic
def open_campaign(area_code: str, *, by: User, given: Mapping[str, Any]) -> Campaign:
    """Open a campaign: `name`, `carrier`, `appeal`, `target`, days, and `channels` as words."""
    powers.require(by, Power.RUN_RECRUITS, area_code)
    if area_rules.level_of(area_code) not in (area_rules.COUNTY, area_rules.TOWN):
        raise NotWithin
    made = Campaign.objects.create(
        area_code=area_code, slug=codes.new_slug(), by=by, **_columns(given)
    )
    _record("recruitment.campaign.opened", made, by=by)
    return made


@transaction.atomic
def change_campaign(campaign: Campaign, *, by: User, given: Mapping[str, Any]) -> Campaign:
    """Change a campaign; a channel that is named again keeps its word, so that its link works."""
    powers.require(by, Power.RUN_RECRUITS, campaign.area_code)
    held = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    known = {each["name"]: each["slug"] for each in held.channels}
    for name, value in _columns(given, known=known).items():
        setattr(held, name, value)
    held.save()
    _record("recruitment.campaign.changed", held, by=by)
    return held


def _columns(given: Mapping[str, Any], *, known: Mapping[str, str] | None = None) -> dict[str, Any]:
    plain = ("name", "carrier", "appeal", "target", "opens_on", "closes_on")
    return {
        **{name: given[name] for name in plain},
        "channels": _channels(given["channels"], known or {}),
    }


def _channels(names: Sequence[str], known: Mapping[str, str]) -> list[dict[str, str]]:
    wanted = list(dict.fromkeys(name.strip()[:30] for name in names if name.strip()))
    if len(wanted) > MOST_CHANNELS:
        raise TooManyChannels
    return [{"slug": known.get(name) or codes.new_slug()[:5], "name": name} for name in wanted]


def _record(act: str, campaign: Campaign, *, by: User) -> None:
    audit.record(
        act, by=by, subject_kind="campaign", subject_id=campaign.pk,
        area_code=campaign.area_code, target=campaign.target,
    )  # fmt: skip


def count_visit(call: doors.Call, channel: str, *, today: date) -> None:
    """Count one visit of a campaign's page; who came is not kept."""
    by_channel = channel if channel in call.channels else ""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        day, made = CampaignDay.objects.get_or_create(
            campaign_id=call.campaign_id, channel=by_channel, day=today,
            defaults={"area_code": call.area_code, "visits": 1},
        )  # fmt: skip
        if not made:
            CampaignDay.objects.filter(pk=day.pk).update(visits=F("visits") + 1)


def knock(door: str, address: str) -> bool:
    """Count a knock at a door and tell whether this address may still go on."""
    token = crypto.blind(address or "nowhere", purpose="knock")
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    row, made = Knock.objects.get_or_create(
        door=door, address_token=token, hour=hour, defaults={"count": 1}
    )
    if not made:
        Knock.objects.filter(pk=row.pk).update(count=F("count") + 1)
        row.count += 1
    return row.count <= LIMITS[door]


def forget_knocks() -> int:
    """Delete the counts of hours that are over."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    return Knock.objects.filter(hour__lt=hour).delete()[0]
