"""What people are told: never who, what or which child; neither list nor trail of an area holds it.

A notice of this room lies nowhere, so that row security shows it to its reader alone.
"""

import json
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.audit.actions import NOWHERE
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.protection.models import Report

WAITS: Final = (
    gettext_noop("A report waits for you"),
    gettext_noop("A report about a child waits to be accepted. Please open it now."),
)
LATE: Final = (
    gettext_noop("A report has not been accepted in time"),
    gettext_noop("Nobody has accepted a report about a child in time. Please open it now."),
)
OWED: Final = (
    gettext_noop("Somebody waits to hear from you"),
    gettext_noop("Whoever made a report has not been told in time what became of it."),
)
ADDED: Final = (
    gettext_noop("Something was added to a report"),
    gettext_noop("Whoever made a report has added something. Please open it."),
)
# On a phone that others hold too, nothing tells that it was a report.
WORD: Final = (
    gettext_noop("There is a word for you"),
    gettext_noop("Somebody answered what you handed in."),
)
MINE: Final = "/protection/mine/"


def tell(
    people: Iterable[User], words: tuple[str, str], *, once: str, link: str, about: UUID | None
) -> int:
    """Tell each of some people one thing once; returns how many were told."""
    told = list(people)
    for each in told:
        notices.send(
            notices.Message(
                kind="notices.word", to_kind=Notice.To.USER, to_id=each.pk, area_code=NOWHERE,
                subject=words[0], text=words[1], link=link, about_id=about, urgent=True,
            ),
            once=f"{once}/{each.pk}",
        )  # fmt: skip
    return len(told)


def tell_circle(
    people: Iterable[User], words: tuple[str, str], *, report: Report, occasion: str
) -> int:
    """Tell people of a report's circle, with the way to it."""
    link = f"/protection/reports/{report.pk}/"
    return tell(people, words, once=f"word/{report.pk}/{occasion}", link=link, about=report.pk)


def tell_reporter(report: Report, *, occasion: str) -> None:
    """Tell the reporter, if the report was made by an account, that there is an answer."""
    kept = json.loads(report.reporter.identity.open() or "{}")
    user = User.objects.filter(pk=kept.get("user"), is_active=True).first() if kept else None
    if user is not None:
        # The occasion is the reader's own: it names neither the report nor its circle.
        once = f"word/{report.client_id}/{occasion}"
        tell([user], WORD, once=once, link=MINE, about=None)


def note(act: str, report: Report, *, by: User | None, reason: str = "", **details: Any) -> None:
    """Write the trail where no area's page shows it; a report's maker is never its actor."""
    audit.record(act, by=by, subject_kind="report", subject_id=report.pk, reason=reason, **details)
