"""A mandatory report is taken as it is given: no approval, nothing required, each one once."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit.actions import NOWHERE
from qianshou.common import crypto, rowsecurity
from qianshou.common.identity import new_id
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.protection import permissions
from qianshou.protection.actions import circles, telling
from qianshou.protection.models import Report, Reporter, Step
from qianshou.protection.queries import terms
from qianshou.protection.rules import codes
from qianshou.protection.rules.reading import Told, number_of
from qianshou.registry.models import Child

# More than this from one place within an hour is taken all the same, and marked.
MANY: Final = 20


@dataclass(frozen=True)
class Times:
    """The clocks of a report: as the phone said, and as we take it (care/rules/clocks)."""

    received: datetime
    reported: datetime
    reported_said: datetime
    noticed: datetime | None = None
    noticed_said: datetime | None = None
    skewed: bool = False


def at_once(told: Told, now: datetime) -> Times:
    """Return the clocks of a report that is made on a page of ours."""
    noticed = min(told.noticed, now) if told.noticed else None
    return Times(now, now, now, noticed, told.noticed)


@dataclass(frozen=True)
class Maker:
    """Who reports, as far as it is known, and by which way."""

    user: User | None = None
    channel: str = codes.PAGE
    flags: Sequence[str] = ()
    place: str = ""


def receipt_of(client_id: UUID) -> str:
    """Return the secret part of a receipt's address; whoever has the report's key has it again."""
    raw = crypto.mac(client_id.bytes, purpose="protection/receipt")[:18]
    return base64.urlsafe_b64encode(raw).decode()


@transaction.atomic
def take(told: Told, *, client_id: UUID, maker: Maker, times: Times) -> Report:
    """Keep a report and tell the level that hears of it first; the same `client_id` is one."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        kept = Report.objects.filter(client_id=client_id).first()
        if kept is not None:
            return kept
        report = _report(told, client_id=client_id, maker=maker, times=times)
        posts = circles.posts_in(report.county)
        report.shut_out = circles.shut_out(report, circles.accused_by(report, posts), posts)
        circles.settle(report, posts)
        wait = terms.limits_of(report.county).wait(now=bool(report.danger_now))
        report.escalate_at = times.received + wait
        made = Report.objects.bulk_create([report], ignore_conflicts=True)[0]
        if not Report.objects.filter(pk=made.pk).exists():
            return Report.objects.get(client_id=client_id)
        _keep_reporter(report, told, maker=maker)
        Step.objects.create(report=report, kind="RECEIVED", at=times.received, level=report.level)
        circles.admit(report, posts, now=times.received)
        telling.tell_circle(
            circles.members(report, report.level), telling.WAITS, report=report, occasion="first"
        )
        telling.note("protection.report.made", report, by=None, channel=maker.channel)
        return report


def _report(told: Told, *, client_id: UUID, maker: Maker, times: Times) -> Report:
    child = _child_of(told, maker.user)
    unknown = f"\n({told.child})" if told.child and child is None else ""
    report = Report(
        id=new_id(), client_id=client_id, number=number_of(client_id), channel=maker.channel,
        county=_county_of(told, child, maker.user), child=child, situation=told.situation,
        danger_now=told.now, called=told.called, called_at=told.called_at,
        accused=told.accused, post=told.post if told.accused == codes.STAFF else "",
        noticed_at=times.noticed, noticed_said=times.noticed_said, reported_at=times.reported,
        reported_said=times.reported_said, received_at=times.received,
        flags=_flags(told, maker=maker, times=times, child=child),
    )  # fmt: skip
    report.words, report.accused_words = told.words, told.accused_words
    report.child_words = f"{told.child_words}{unknown}".strip()
    return report


def _child_of(told: Told, user: User | None) -> Child | None:
    """Return the file that is meant, if the reporter may point to it; the one that holds today."""
    if told.child is None or user is None:
        return None
    child = Child.objects.filter(pk=told.child).first()
    if child is None or not permissions.can_name(user, child):
        return None
    while child.merged_into_id:
        child = Child.objects.get(pk=child.merged_into_id)
    return child


def _county_of(told: Told, child: Child | None, user: User | None) -> str:
    """Return where it belongs: the child's county, the one that was named, the reporter's own."""
    code = child.area_code if child else told.county or _place_of(user)
    county = area_rules.county_code(code) if code else ""
    return county if county and areas.names_of({county}) else areas.first_code() or NOWHERE


def _place_of(user: User | None) -> str:
    if user is None:
        return ""
    if user.person_id:
        mother = Mother.objects.filter(pk=user.person_id).first()
        if mother is not None:
            return mother.area_code
    return powers.widest_area(user) or ""


def _flags(told: Told, *, maker: Maker, times: Times, child: Child | None) -> list[str]:
    place = _token(maker.place)
    hour = timezone.now() - timedelta(hours=1)
    marks = {
        codes.CUT: told.cut,
        codes.SKEWED: times.skewed,
        codes.NOT_SIGNED_IN: maker.user is None,
        codes.ENDED_PAIRING: _has_ended(child, maker.user),
        codes.MANY: bool(place)
        and Reporter.objects.filter(place_token=place, at__gte=hour).count() >= MANY,
    }
    return [*maker.flags, *(mark for mark, is_so in marks.items() if is_so)]


def _has_ended(child: Child | None, user: User | None) -> bool:
    if child is None or user is None or user.person_id is None:
        return False
    hers = Pairing.objects.filter(mother_id=user.person_id, child=child)
    return hers.exists() and not hers.filter(ended_on=None).exists()


def _token(place: str) -> bytes:
    return crypto.blind(place, purpose="protection.place") if place else b""


def token_of(user: User) -> bytes:
    """Return what finds an account's own reports again without naming it."""
    return crypto.blind(str(user.pk), purpose="protection.reporter")


def _keep_reporter(report: Report, told: Told, *, maker: Maker) -> None:
    user = maker.user
    known: dict[str, Any] = {"name": told.name, "phone": told.phone}
    if user is not None:
        known |= {
            "user": str(user.pk), "account": user.display_name,
            "roles": sorted({each.role for each in powers.held_by(user)}),
        }  # fmt: skip
    row = Reporter(
        id=new_id(), report=report, token=token_of(user) if user else b"", at=report.received_at,
        receipt_digest=crypto.digest_of(receipt_of(report.client_id)),
        place_token=_token(maker.place),
    )  # fmt: skip
    row.identity = json.dumps(known, ensure_ascii=False)
    row.save(force_insert=True)
