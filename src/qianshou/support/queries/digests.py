"""The weekly digest of a member of staff, with the reason for each case in words."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing.models import Pairing
from qianshou.support.models import Digest
from qianshou.support.rules import risk

WHY: Final = {
    **risk.WORDS,
    "DUE": gettext_noop("a contact is due this week"),
    "OVERDUE": gettext_noop("a contact is overdue"),
}

# The same as lines of the person's one digest, with how many pairs each is about.
LINES: Final = {
    "COMPLAINT": gettext_noop("%(count)d of your pairs: there is a complaint"),
    "SUSPENDED": gettext_noop("%(count)d of your pairs: the mother is suspended"),
    "LOW": gettext_noop("%(count)d of your pairs: the relationship is going badly"),
    "SILENT": gettext_noop("%(count)d of your pairs: nobody has heard of the two for too long"),
    "MISSED": gettext_noop("%(count)d of your pairs: could not be reached two times running"),
    "MOVES": gettext_noop("%(count)d of your pairs: the mother has moved"),
    "OVERDUE": gettext_noop("%(count)d of your pairs: a contact is overdue"),
    "DUE": gettext_noop("%(count)d of your pairs: a contact is due this week"),
}
SUBJECT: Final = gettext_noop("Your week")


def newest_for(user: User) -> Digest | None:
    """Return the newest digest of a person."""
    return Digest.objects.filter(user=user).order_by("-week").first()


def page_for(user: User) -> dict[str, Any]:
    """Return the newest digest with its cases, without those that the person no longer sees."""
    accounts.require(user, Power.SUPPORT_PAIRS)
    found = newest_for(user)
    return {"digest": found, "cases": cases_of(found) if found else []}


def cases_of(digest: Digest) -> list[dict[str, Any]]:
    """Return the cases of a digest with their reasons in words."""
    ids = [UUID(each["pairing"]) for each in digest.cases]
    rows = Pairing.objects.filter(pk__in=ids).select_related("child", "mother").in_bulk()
    return [
        {
            "pairing": rows[UUID(each["pairing"])],
            "turn_on": date.fromisoformat(each["turn_on"]),
            "why": [_(WHY[code]) for code in each["why"] if code in WHY],
        }
        for each in digest.cases
        if UUID(each["pairing"]) in rows
    ]
