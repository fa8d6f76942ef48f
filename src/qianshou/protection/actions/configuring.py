"""A county's own times and its own danger words; each change is a version."""

from datetime import datetime

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.protection.models import Terms, WordList
from qianshou.protection.queries import terms, wording
from qianshou.protection.rules import danger, levels


def limits_for(user: User, area: str) -> levels.Limits:
    """Return an area's numbers to those who receive its reports."""
    powers.require(user, Power.RECEIVE_REPORTS, area)
    return terms.limits_of(area)


@transaction.atomic
def set_terms(
    area: str, *, by: User, now: datetime, now_minutes: int, other_minutes: int,
    feedback_days: int, signals_a_week: int,
) -> Terms:  # fmt: skip
    """Put new numbers in force; reports that wait keep the clock they have."""
    powers.require(by, Power.RECEIVE_REPORTS, area)
    last = terms.newest(area)
    made = Terms.objects.create(
        county=area, version=last.version + 1 if last else 1, now_minutes=now_minutes,
        other_minutes=other_minutes, feedback_days=feedback_days,
        signals_a_week=signals_a_week, made_at=now, by=by,
    )  # fmt: skip
    audit.record(
        "protection.terms.set", by=by, subject_kind="terms", subject_id=made.pk,
        area_code=area, version=made.version,
    )  # fmt: skip
    return made


@transaction.atomic
def publish_words(
    area: str, *, by: User, now: datetime, words: list[danger.Word], note: str = ""
) -> WordList:
    """Put a list of danger words in force for an area."""
    powers.require(by, Power.RECEIVE_REPORTS, area)
    last = wording.newest(area)
    made = WordList.objects.create(
        county=area, version=last.version + 1 if last else 1, note=note, by=by, published_at=now,
        body={"words": [each.as_data() for each in words]},
    )  # fmt: skip
    audit.record(
        "protection.words.published", by=by, subject_kind="words", subject_id=made.pk,
        area_code=area, version=made.version, words=len(words),
    )  # fmt: skip
    return made
