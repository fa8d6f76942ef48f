"""Requests for help that wait too long: whoever answers for them is reminded, then others are told.

Never the person whom a request is about, who must not learn of it; the message names nobody.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext_noop

from qianshou.accounts import queries as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common import portions, rowsecurity
from qianshou.mothers.models import HardshipRequest
from qianshou.mothers.rules import hardship
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice

# So many days after the promised one, those above learn of it too.
ABOVE_AFTER: Final = timedelta(days=3)
PAGE: Final = "/mothers/care/"
_TODAY: Final = gettext_noop("A mother has your answer by today")
_TODAY_TEXT: Final = gettext_noop("She asked for help on %(day)s and was promised an answer.")
_LATE: Final = gettext_noop("A mother waits too long for help")
_LATE_TEXT: Final = gettext_noop(
    "She asked for help on %(day)s; her answer is %(days)d days late. Somebody take it today."
)


def tell_late(*, today: date) -> int:
    """Remind of requests that are due, and tell of late ones, each once to each person."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = HardshipRequest.objects.unanswered().filter(due_on__lte=today)
        waiting = list(rows.select_related("owner", "about").order_by("due_on", "pk"))
    return portions.each(waiting, lambda asked: _tell_one(asked, today))


def _tell_one(asked: HardshipRequest, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        _tell(asked, today=today)
    return 1


def _tell(asked: HardshipRequest, *, today: date) -> None:
    late = asked.due_on < today
    people = list(_answering(asked, today=today))
    if late and today - asked.due_on >= ABOVE_AFTER:
        people += _above(asked, today=today)
    for user in dict.fromkeys(people):
        if user.pk == asked.about_id:
            continue
        notices.send(
            notices.Message(
                kind="mothers.help.waits", to_kind=Notice.To.USER, to_id=user.pk,
                area_code=asked.area_code, subject=_LATE if late else _TODAY,
                text=_LATE_TEXT if late else _TODAY_TEXT,
                params={"day": asked.asked_at.date().isoformat(),
                        "days": (today - asked.due_on).days},
                link=PAGE, about_kind="help", about_id=asked.pk,
                urgent=asked.kind == hardship.SAFETY,
            ),
            once=f"mothers/help/{asked.pk}/{'late' if late else 'due'}/{user.pk}",
        )  # fmt: skip


def _answering(asked: HardshipRequest, *, today: date) -> Iterable[User]:
    """Return who answers for a request: its owner, else all who may take it, if late both."""
    power = Power.EDIT_POLICY if asked.raised else Power.EDIT_MOTHERS
    place = asked.area_code if asked.raised else area_rules.county_code(asked.area_code)
    if asked.owner is not None:
        yield asked.owner
    if asked.owner is None or asked.due_on < today:
        yield from accounts.holders_of(power, place, today)


def _above(asked: HardshipRequest, *, today: date) -> list[User]:
    if asked.raised:
        return []
    city = area_rules.parent_code(area_rules.county_code(asked.area_code))
    return list(accounts.holders_of(Power.EDIT_POLICY, city, today)) if city else []
