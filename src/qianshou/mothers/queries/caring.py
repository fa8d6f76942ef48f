"""How mothers fare, who rests, and which requests wait: for her own page and the worklist."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import POWERS, Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.mothers import permissions
from qianshou.mothers.models import (
    FileChange,
    HardshipRequest,
    Mother,
    MotherQuerySet,
    Rest,
    StrainPulse,
)
from qianshou.mothers.models.caring import HardshipQuerySet
from qianshou.mothers.rules import changes, hardship, strain, weekly, words

SHOWN = 200


# -- her own page --------------------------------------------------------------------------------


def questions_for(mother: Mother, today: date) -> dict[str, Any] | None:
    """Return this month's questions in the reader's language, or None if she has answered."""
    if mother.state not in (Mother.State.ACTIVE, Mother.State.PAUSED):
        return None
    month = strain.month_of(today)
    if StrainPulse.objects.filter(mother=mother, month=month).exists():
        return None
    asked, language = strain.questions(), _language()
    answers = [(number, each[language]) for number, each in enumerate(asked.answers)]
    return {
        "month": month,
        "questions": [
            {"name": f"answer-{number}", "text": each[language], "answers": answers}
            for number, each in enumerate(asked.questions)
        ],
    }


def _language() -> str:
    language = (get_language() or "zh-hans").lower()
    return language if language in ("zh-hans", "zh-hant", "en") else "zh-hans"


@dataclass(frozen=True)
class Fares:
    """How she fares: the newest level in words, the months, and those without an answer."""

    level: str
    tone: str
    months: list[tuple[date, str, str]]
    missed: list[date]

    @property
    def lines(self) -> list[tuple[date, str, str]]:
        """Return all months, the newest first; one without an answer has no level."""
        return sorted([*self.months, *((month, "", "") for month in self.missed)], reverse=True)


TONES = {strain.CALM: "good", strain.SOME: "wait", strain.HIGH: "warn"}


def fares_of(user: User, mother: Mother, today: date) -> Fares | None:
    """Return how she fares to those who may know it: she herself, and who cares for mothers."""
    if not permissions.can_see_strain(user, mother):
        return None
    pulses = list(mother.pulses.order_by("-month")[:12])
    months = []
    for pulse in pulses:
        level = strain.questions(pulse.version).level(pulse.percent)
        months.append((pulse.month, _(strain.LEVELS[level]), TONES[level]))
    speaks = pulses and pulses[0].month >= strain.since(today)
    missed = strain.missed(
        [pulse.month for pulse in pulses], day=today, from_on=mother.committed_on
    )
    return Fares(
        months[0][1] if speaks else "", months[0][2] if speaks else "neutral", months, missed
    )


def levels_of(user: User, mothers: Iterable[Mother], today: date) -> dict[UUID, tuple[str, str]]:
    """Return how some mothers fare, words and tone, to who may know it; silence says nothing."""
    shown = {each.pk for each in mothers if permissions.can_see_strain(user, each)}
    rows = StrainPulse.objects.filter(
        mother_id__in=shown, month__range=(strain.since(today), today)
    )
    found: dict[UUID, tuple[str, str]] = {}
    for pulse in rows.order_by("month"):
        level = strain.questions(pulse.version).level(pulse.percent)
        found[pulse.mother_id] = (_(strain.LEVELS[level]), TONES[level])
    return found


def rest_of(mother: Mother, today: date) -> Rest | None:
    """Return the rest that she is in or has asked for."""
    return mother.rests.filter(ended_on=None, until_on__gte=today).first()


def requests_of(mother: Mother) -> list[HardshipRequest]:
    """Return her own requests for help, newest first."""
    return list(mother.hardships.select_related("owner").order_by("-asked_at")[:20])


def own_request(mother: Mother, request_id: UUID) -> HardshipRequest:
    """Return one of her own requests; raises `NotFound`."""
    found = mother.hardships.filter(pk=request_id).first()
    if found is None:
        raise NotFound
    return found


def changes_of(mother: Mother) -> list[FileChange]:
    """Return the changes that she has asked for, newest first."""
    return list(mother.changes.order_by("-asked_at")[:10])


def own_change(mother: Mother, change_id: UUID) -> FileChange:
    """Return one of the changes that she has asked for; raises `NotFound`."""
    found = mother.changes.filter(pk=change_id).first()
    if found is None:
        raise NotFound
    return found


# -- who can answer ------------------------------------------------------------------------------


def _holding(power: Power, area_code: str, today: date) -> Any:
    """Return the active people who hold a power where somebody lives."""
    roles = [role for role, held in POWERS.items() if power in held]
    over = [area_code, *area_rules.ancestors(area_code)]
    grants = Grant.objects.in_force(today).filter(
        role__in=roles, area_id__in=over, user=OuterRef("pk")
    )
    return User.objects.filter(Exists(grants), is_active=True).order_by("display_name")


def staff_around(mother: Mother, today: date) -> list[User]:
    """Return the staff that a request could be about: those who work with mothers there."""
    return list(_holding(Power.VIEW_MOTHERS, mother.area_code, today)[:SHOWN])


def can_be_taken_in_county(mother: Mother, *, about: User | None, today: date) -> bool:
    """Tell whether somebody whom a request is not about can take it where she lives."""
    able = _holding(Power.EDIT_MOTHERS, mother.area_code, today)
    return bool(able.exclude(pk=about.pk).exists()) if about else True


# -- the worklist --------------------------------------------------------------------------------


def requests_for(user: User, area_code: str) -> HardshipQuerySet:
    """Return the requests that a person may answer in an area, safety first.

    Row security has already left out those about the person.
    """
    if powers.may(user, Power.EDIT_MOTHERS, area_code):
        inside = Q(area_code__range=area_rules.subtree(area_code), raised=False)
    elif powers.may(user, Power.EDIT_POLICY, area_code):
        inside = Q(area_code=area_code, raised=True)
    else:
        return HardshipRequest.objects.none()
    rows = HardshipRequest.objects.unanswered().filter(inside).exclude(about=user)
    return rows.select_related("mother", "owner").urgent_first()


def request_for(user: User, request_id: UUID) -> HardshipRequest:
    """Return one request for those who may answer it; raises `NotFound`."""
    found = HardshipRequest.objects.select_related("mother", "owner").filter(pk=request_id).first()
    if found is None or not permissions.can_handle(user, found):
        raise NotFound
    return found


def changes_for(user: User, area_code: str) -> list[FileChange]:
    """Return the changes that wait for a person in an area."""
    if not powers.may(user, Power.EDIT_MOTHERS, area_code):
        return []
    rows = FileChange.objects.open().filter(area_code__range=area_rules.subtree(area_code))
    return list(rows.select_related("mother").order_by("asked_at")[:SHOWN])


def change_for(user: User, change_id: UUID) -> FileChange:
    """Return one change for those who see her file; raises `NotFound`."""
    found = FileChange.objects.select_related("mother").filter(pk=change_id).first()
    if found is None or not permissions.can_see(user, found.mother):
        raise NotFound
    return found


def strained_in(user: User, area_code: str, today: date) -> MotherQuerySet:
    """Return the mothers who feel much strain, most first, for those who care for them."""
    powers.require(user, Power.EDIT_MOTHERS, area_code)
    inside = Mother.objects.filter(area_code__range=area_rules.subtree(area_code))
    felt = inside.exclude(state=Mother.State.LEFT).with_strain(today)
    much = Q(("strain__gte", strain.questions().high))
    return felt.filter(much).order_by(F("strain").desc(), "id")


def silent_in(area_code: str, today: date) -> int:
    """Count the active mothers of an area who have not answered this month."""
    inside = Mother.objects.filter(
        area_code__range=area_rules.subtree(area_code), state=Mother.State.ACTIVE
    )
    answered = StrainPulse.objects.filter(mother=OuterRef("pk"), month=strain.month_of(today))
    return inside.exclude(Exists(answered)).count()


def worklist(user: User, area_code: str, today: date) -> dict[str, Any]:
    """Return what cares for the carers in an area: requests, changes, strain."""
    cares = powers.may(user, Power.EDIT_MOTHERS, area_code)
    return {
        "requests": request_lines(requests_for(user, area_code)[:SHOWN], today),
        "changes": [change_line(each) for each in changes_for(user, area_code)],
        "strained": list(strained_in(user, area_code, today)[:SHOWN]) if cares else [],
        "silent": silent_in(area_code, today) if cares else 0,
        "cares": cares,
    }


def request_lines(rows: Iterable[HardshipRequest], today: date) -> list[dict[str, Any]]:
    """Add to requests where she lives and whether the answer is late."""
    shown = list(rows)
    names = areas.full_names_of({row.mother.area_code for row in shown})
    return [
        {
            "asked": row,
            "kind": _(hardship.KINDS[row.kind]),
            "place": names.get(row.mother.area_code, ""),
            "late": row.due_on < today,
            "safety": row.kind == hardship.SAFETY,
        }
        for row in shown
    ]


def change_line(asked: FileChange) -> dict[str, Any]:
    """Say a change in words: what stands now, and what she wants."""
    mother = asked.mother
    match asked.field:
        case changes.CAPACITY:
            now, wanted = str(mother.capacity), str(asked.places)
        case changes.SLOTS:
            now = slots_in_words(list(mother.slots) or weekly.slots_of(mother.times))
            wanted = slots_in_words(asked.wanted)
        case _:
            stands = mother.interests if asked.field == changes.INTERESTS else mother.dislikes
            now, wanted = _(", ").join(stands), _(", ").join(asked.wanted)
    return {
        "asked": asked,
        "field": _(changes.FIELDS[asked.field]),
        "state": _(changes.CHANGE.labels[asked.state]),
        "now": now or "—",
        "wanted": wanted or "—",
    }


def slots_in_words(slots: Iterable[str]) -> str:
    """Say a calendar in words, a weekday at a time."""
    by_day: dict[str, list[str]] = {}
    for slot in weekly.ordered(slots):
        day, part = slot.rsplit("_", 1)
        by_day.setdefault(day, []).append(_(words.PARTS[part]))
    sep = _(", ")
    return _("; ").join(f"{_(words.DAYS[day])} {sep.join(parts)}" for day, parts in by_day.items())
