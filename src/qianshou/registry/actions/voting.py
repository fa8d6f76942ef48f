"""Answers by more than one person: where a county asks two, both must agree, else a third decides.

Nobody sees another's answer before giving one, and nobody answers a question twice.
"""

from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.registry.models import Doubt, ReviewRule, Vote

ONE, TWO = 1, 2
EYES: Final = (ONE, TWO)


class AnsweredByYou(Refused):
    """You have answered this question; another person has to as well."""


class NotACounty(Refused):
    """This is set for one county at a time."""


def eyes_of(area_codes: Iterable[str]) -> int:
    """Return how many people must agree on a question about these areas: the strictest counts."""
    counties = {area_rules.county_code(code) for code in area_codes}
    found = ReviewRule.objects.filter(area_code__in=counties).values_list("eyes", flat=True)
    return max(found, default=ONE)


@transaction.atomic
def set_eyes(area_code: str, eyes: int, *, by: User, reason: str) -> ReviewRule:
    """Decide how many people of a county must agree on a doubtful link."""
    if area_code != area_rules.county_code(area_code) or eyes not in EYES:
        raise NotACounty
    accounts.require(by, Power.APPROVE_IMPORTS, area_code)
    rule, _made = ReviewRule.objects.update_or_create(
        area_code=area_code, defaults={"eyes": eyes, "by": by, "since": timezone.now()}
    )
    audit.record(
        "registry.review.set", by=by, subject_kind="area", subject_id=area_code,
        area_code=area_code, reason=reason.strip(), eyes=eyes,
    )  # fmt: skip
    return rule


def cast(doubt: Doubt, *, by: User, same: bool) -> None:
    """Write down one person's answer."""
    if Vote.objects.filter(doubt=doubt, by=by, taken_back_at=None).exists():
        raise AnsweredByYou
    Vote.objects.create(doubt=doubt, area_code=doubt.area_code, same=same, by=by, at=timezone.now())


def outcome(doubt: Doubt, *, eyes: int) -> bool | None:
    """Return what enough people agree on, or None while the question waits for another."""
    said = list(Vote.objects.filter(doubt=doubt, taken_back_at=None).values_list("same", flat=True))
    for answer in (True, False):
        if said.count(answer) >= eyes:
            return answer
    return None


def take_back(doubt: Doubt, *, by: User | None = None) -> int:
    """Take answers back, all of them or one person's, and return how many."""
    votes = Vote.objects.filter(doubt=doubt, taken_back_at=None)
    if by is not None:
        votes = votes.filter(by=by)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return votes.update(taken_back_at=timezone.now())
