"""What people ask about the care of a pairing: the worklist, one pairing's page, what is due."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import POWERS, Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.pairing.models import Pairing
from qianshou.pairing.queries import lists
from qianshou.pairing.rules import life
from qianshou.support import permissions
from qianshou.support.models import Contact, Followup, FollowupQuerySet, Side
from qianshou.support.models.contacts import DUE_WITHIN
from qianshou.support.queries import schedules
from qianshou.support.rules import risk

DUE: Final = "DUE"
OVERDUE: Final = "OVERDUE"
RISK: Final = "RISK"
ALL: Final = "ALL"
MINE: Final = "MINE"
NOBODY: Final = "NOBODY"
GONE: Final = "GONE"
WHAT: Final = {
    DUE: gettext_noop("Due within a week"),
    OVERDUE: gettext_noop("Overdue"),
    RISK: gettext_noop("At risk"),
    ALL: gettext_noop("All"),
}
TABS: Final = (
    ("worklist", gettext_noop("Contacts"), Power.SUPPORT_PAIRS),
    ("duties", gettext_noop("To do by a day"), Power.SUPPORT_PAIRS),
    ("endings", gettext_noop("Endings"), Power.VIEW_PAIRS),
    ("complaints", gettext_noop("Complaints"), Power.DECIDE_PAIRING),
    ("transfers", gettext_noop("Transfers"), Power.DECIDE_PAIRING),
    ("schedule", gettext_noop("Schedule of care"), Power.DECIDE_PAIRING),
)
WHOSE: Final = {
    "": gettext_noop("everybody's"),
    MINE: gettext_noop("mine"),
    NOBODY: gettext_noop("nobody's yet"),
    GONE: gettext_noop("of somebody who has left"),
}
TONES: Final = {
    life.ACTIVE: "good", life.ACTIVE_INITIAL: "good", life.AT_RISK: "bad", life.PAUSED: "wait",
    life.CLOSING: "warn",
}  # fmt: skip


def tabs_for(user: User, area_code: str, active: str) -> list[dict[str, Any]]:
    """Return the parts of this room that the person may enter."""
    return [
        {"label": _(words), "url": reverse(f"support:{name}"), "active": name == active}
        for name, words, power in TABS
        if accounts.may(user, power, area_code)
    ]


def pairings_of(pairing_ids: Sequence[UUID]) -> list[Pairing]:
    """Return pairings for the system's own work."""
    return list(Pairing.objects.filter(pk__in=pairing_ids))


def pairing_for(user: User, pairing_id: UUID) -> Pairing:
    """Return one pairing of the person's area; raises `NotFound`."""
    return lists.pairing_for(user, pairing_id)


def supported_by(user: User, ids: Sequence[str]) -> list[Pairing]:
    """Return the ticked pairings that the person looks after."""
    wanted = []
    for each in ids:
        try:
            wanted.append(UUID(each))
        except ValueError:
            continue
    rows = Pairing.objects.filter(pk__in=wanted)
    return [each for each in rows if permissions.can_support(user, each)]


# -- the worklist ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What the worklist is narrowed to."""

    what: str = DUE
    whose: str = ""
    risk: str = ""
    place: str = ""


def _followed(user: User, area_code: str) -> FollowupQuerySet:
    accounts.require(user, Power.SUPPORT_PAIRS, area_code)
    return Followup.objects.filter(area_code__range=area_rules.subtree(area_code))


def _whose(rows: FollowupQuerySet, user: User, whose: str, *, today: date) -> FollowupQuerySet:
    if whose == MINE:
        return rows.filter(owner=user)
    if whose == NOBODY:
        return rows.filter(owner=None)
    return left_alone(rows, today=today) if whose == GONE else rows


def left_alone(rows: FollowupQuerySet, *, today: date) -> FollowupQuerySet:
    """Keep the pairings of staff who have left: their account or their role here has ended."""
    roles = [role for role, powers in POWERS.items() if Power.SUPPORT_PAIRS in powers]
    at_work = Grant.objects.in_force(today).filter(role__in=roles, user__is_active=True)
    return rows.exclude(owner=None).exclude(owner__in=at_work.values("user"))


def worklist_for(user: User, area_code: str, wanted: Wanted, *, today: date) -> QuerySet[Followup]:
    """Return the pairings of an area whose turn it is, the longest due first."""
    rows = _followed(user, area_code)
    if area_rules.is_code(wanted.place):
        rows = rows.filter(area_code__range=area_rules.subtree(wanted.place))
    rows = _whose(rows, user, wanted.whose, today=today)
    if wanted.what == OVERDUE:
        rows = rows.overdue_on(today)
    elif wanted.what == RISK:
        rows = rows.at_risk()
    elif wanted.what != ALL:
        rows = rows.due_on(today)
    if wanted.risk in risk.WORDS:
        rows = rows.filter(risks__has_key=wanted.risk)
    return rows.select_related("pairing__child", "pairing__mother", "owner").order_by(
        "turn_on", "pairing_id"
    )


def counts_for(user: User, area_code: str, *, today: date, whose: str = "") -> dict[str, int]:
    """Count what is due, overdue and at risk in an area, in one query."""
    rows = _whose(_followed(user, area_code), user, whose, today=today)
    return rows.aggregate(
        DUE=Count("pk", filter=Q(turn_on__lte=today + DUE_WITHIN)),
        OVERDUE=Count("pk", filter=Q(turn_on__lt=today)),
        RISK=Count("pk", filter=~Q(risks={})),
        ALL=Count("pk"),
    )


def worklist_rows(followups: Sequence[Followup], *, today: date) -> list[dict[str, Any]]:
    """Return rows of the worklist with their reasons in words."""
    return [_row(each, today) for each in followups]


def _row(followup: Followup, today: date) -> dict[str, Any]:
    pairing = followup.pairing
    return {
        "id": pairing.pk,
        "child": pairing.child,
        "mother": pairing.mother,
        "age": pairing.child.age_on(today),
        "state": _(life.PAIRING.labels[pairing.state]),
        "tone": TONES.get(pairing.state, "neutral"),
        "turn_on": followup.turn_on,
        "overdue": (today - followup.turn_on).days if followup.turn_on < today else 0,
        "last_on": followup.last_on,
        "sides": [str(Side(side).label) for side in sides_due(followup, today)],
        "why": why_of(followup.risks),
        "owner": followup.owner,
        "postponed_for": followup.postponed_for if followup.postponed_until else "",
    }


def sides_due(followup: Followup, today: date) -> list[str]:
    """Return the sides whose turn is within a week, the longest due first."""
    days = {
        Side.MOTHER.value: followup.mother_due_on,
        Side.CHILD.value: followup.child_due_on,
        Side.GUARDIAN.value: followup.guardian_due_on,
    }
    return [side for side, day in sorted(days.items(), key=lambda each: each[1])
            if day - today <= DUE_WITHIN]  # fmt: skip


def why_of(risks: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the reasons to worry in words, each with its day."""
    return [
        {"code": code, "words": _(risk.WORDS[code]), "since": date.fromisoformat(day)}
        for code, day in sorted(risks.items(), key=lambda each: each[1])
        if code in risk.WORDS
    ]


def colleagues_for(user: User, area_code: str, *, today: date) -> list[User]:
    """Return the staff who may look after pairs of an area, for giving work to."""
    accounts.require(user, Power.SUPPORT_PAIRS, area_code)
    roles = [role for role, powers in POWERS.items() if Power.SUPPORT_PAIRS in powers]
    codes = [area_code, *area_rules.ancestors(area_code)]
    inside = Q(area__code__range=area_rules.subtree(area_code)) | Q(area__code__in=codes)
    grants = Grant.objects.in_force(today).filter(inside, role__in=roles)
    found = User.objects.filter(pk__in=grants.values("user"), is_active=True)
    return list(found.order_by("display_name", "pk")[:200])


# -- one pairing ----------------------------------------------------------------------------------


def side_words(side: str) -> str:
    """Return a side in words."""
    return str(Side(side).label)


def page_of(user: User, pairing: Pairing, *, today: date) -> dict[str, Any]:
    """Return what the page of a pairing's care shows."""
    followup = Followup.objects.filter(pairing=pairing).select_related("owner").first()
    may_support = permissions.can_support(user, pairing)
    steps = life.PAIRING.steps_from(pairing.state, actor="STAFF")
    rows = Contact.objects.filter(pairing=pairing).select_related("by").order_by("-held_on", "-at")
    contacts = [_contact(each) for each in rows[:50]]
    return {
        "pairing": pairing,
        "state": _(life.PAIRING.labels[pairing.state]),
        "tone": TONES.get(pairing.state, "neutral"),
        "followup": followup,
        "why": why_of(followup.risks) if followup else [],
        "turns": _turns(followup, today) if followup else [],
        "contacts": contacts,
        "quality": [each for each in contacts if each["quality"] is not None][:6],
        "may_support": may_support,
        "may_log": may_support and pairing.state in life.CARING,
        "may_close": permissions.can_close(user, pairing),
        "acts": {step.act for step in steps} if may_support else set(),
        "plan": schedules.schedule_for(area_rules.county_code(pairing.area_code)),
    }


def _turns(followup: Followup, today: date) -> list[dict[str, Any]]:
    days = (
        (Side.MOTHER, followup.mother_due_on),
        (Side.CHILD, followup.child_due_on),
        (Side.GUARDIAN, followup.guardian_due_on),
    )
    return [
        {"side": side.value, "label": side.label, "day": day, "late": day < today}
        for side, day in days
    ]


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.pk,
        "at": contact.held_on,
        "side": contact.get_side_display(),
        "channel": contact.get_channel_display(),
        "outcome": contact.get_outcome_display(),
        "reached": contact.outcome == Contact.Outcome.REACHED,
        "quality": contact.quality,
        "next_step": contact.next_step,
        "next_on": contact.next_on,
        "who": contact.by.display_name,
        "sealed": bool(contact.answers or contact.note),
    }


def contact_for(user: User, contact_id: UUID) -> Contact:
    """Return one contact of a pairing that the person looks after; raises `NotFound`."""
    found = Contact.objects.select_related("pairing", "by").filter(pk=contact_id).first()
    if found is None or not permissions.can_support(user, found.pairing):
        raise NotFound
    return found


def questions_of(contact: Contact) -> dict[str, str]:
    """Return the words of the standard questions by code."""
    plan = schedules.schedule_for(area_rules.county_code(contact.area_code))
    return {each.code: schedules.words(each.text) for each in (*plan.questions, *plan.items)}


def opened(contact: Contact) -> dict[str, Any]:
    """Return what was said, in plain text; the caller notes the reading."""
    answers = json.loads(contact.answers.open()) if contact.answers else {}
    words = questions_of(contact)
    return {
        "answers": [(words.get(code, code), text) for code, text in answers.items()],
        "items": [(words.get(code, code), value) for code, value in contact.items.items()],
        "note": contact.note.open() if contact.note else "",
    }


def require_support(user: User, pairing: Pairing) -> None:
    """Refuse whoever does not look after this pairing, before a form is shown."""
    accounts.require(user, Power.SUPPORT_PAIRS, pairing.area_code)


def require_here(user: User, area_code: str) -> None:
    """Refuse whoever looks after no pairs in the chosen area."""
    accounts.require(user, Power.SUPPORT_PAIRS, area_code)
