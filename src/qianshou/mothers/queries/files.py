"""What people ask about mothers: lists with filters, search, one file, and her own page."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q
from django.db.models.functions import Greatest, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit import queries as trail
from qianshou.common import crypto
from qianshou.common.days import age_on
from qianshou.common.errors import NotFound
from qianshou.engines.linkage import normalise
from qianshou.mothers import permissions
from qianshou.mothers.models import Mother, MotherQuerySet
from qianshou.mothers.queries import extensions
from qianshou.mothers.rules import applications, gates, skills, words

READY: Final = "READY"
EXPIRING: Final = "EXPIRING"
ACTS_SHOWN: Final = 50
_LAST: Final = "\U0010ffff"
_NUMBERED: Final = re.compile(r"[0-9]{6,17}[0-9xX]?")


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; an empty value does not narrow."""

    search: str = ""
    readiness: str = ""  # READY, EXPIRING or the code of a gate that is not passed
    category: str = ""
    area: str = ""  # a town (or county) inside the chosen area
    free: bool = False
    sort: str = "name"


def _with_places(rows: MotherQuerySet, today: date | None = None) -> MotherQuerySet:
    """Annotate `effective`, `occupied` and `free` places of a day."""
    counted = rows.with_effective(today or timezone.localdate())
    counted = counted.annotate(occupied=extensions.occupancy())
    return counted.annotate(free=Greatest(F("effective") - F("occupied"), 0))


def _visible_to(user: User, area_code: str) -> MotherQuerySet:
    powers.require(user, Power.VIEW_MOTHERS, area_code)
    return Mother.objects.filter(area_code__range=area_rules.subtree(area_code))


def mothers_for(user: User, *, area_code: str, wanted: Wanted, today: date) -> MotherQuerySet:
    """Return the mothers of an area that a list asks for, with `occupied` and `free` places."""
    rows = found_by(wanted.search, _visible_to(user, area_code))
    if area_rules.is_code(wanted.area):
        rows = rows.filter(area_code__range=area_rules.subtree(wanted.area))
    if wanted.readiness == READY:
        rows = rows.ready_on(today)
    elif wanted.readiness == EXPIRING:
        rows = rows.expiring_on(today)
    elif wanted.readiness in gates.GATES:
        rows = rows.held_up_on(today, wanted.readiness)
    if wanted.category:
        rows = rows.filter(categories__contains=[wanted.category])
    rows = _with_places(rows, today)
    if wanted.free:
        rows = rows.filter(Q(("free__gt", 0)))
    return rows.order_by(*_ORDERS.get(wanted.sort, _ORDERS["name"]))


_ORDERS: Final[dict[str, tuple[Any, ...]]] = {
    "name": ("pinyin", "id"),
    "-name": ("-pinyin", "-id"),
    "area": ("area_code", "pinyin"),
    "-area": ("-area_code", "pinyin"),
    "capacity": ("capacity", "pinyin"),
    "-capacity": ("-capacity", "pinyin"),
    "screened": ("screened_on", "pinyin"),
    "-screened": (F("screened_on").desc(nulls_last=True), "pinyin"),
}


def found_by(text: str, rows: MotherQuerySet) -> MotherQuerySet:
    """Narrow to a name's beginning, pinyin or initials, or a whole ID or telephone number.

    Beginnings are asked as ranges: LIKE would not use its index under row security.
    """
    typed = text.strip()
    if not typed:
        return rows
    if is_number(typed):
        return _by_number(typed.replace(" ", ""), rows)
    if typed.isascii():
        letters = re.sub(r"[^a-z]", "", typed.lower())
        by_pinyin = rows.filter(pinyin__gte=letters, pinyin__lt=letters + _LAST)
        return by_pinyin | rows.filter(initials__gte=letters, initials__lt=letters + _LAST)
    name = normalise.person_name(typed) or typed
    return rows.filter(search_name__gte=name, search_name__lt=name + _LAST)


def is_number(text: str) -> bool:
    """Tell whether a search asks for one person by an ID or telephone number."""
    return _NUMBERED.fullmatch(text.strip().replace(" ", "")) is not None


def _by_number(typed: str, rows: MotherQuerySet) -> MotherQuerySet:
    number = normalise.id_number(typed)[0] or typed
    phone = normalise.phone(typed) or typed
    by_id = rows.filter(id_token=crypto.blind(number, purpose="mother.id"))
    return by_id | rows.filter(phone_token=crypto.blind(phone, purpose="mother.phone"))


def mother_for(user: User, mother_id: UUID) -> Mother:
    """Return a mother's file for those who work where she lives; raises `NotFound`."""
    rows = _with_places(Mother.objects.select_related("record__source"))
    mother = rows.filter(pk=mother_id).first()
    if mother is None or not permissions.can_see(user, mother):
        raise NotFound
    return mother


def own_file(user: User) -> Mother:
    """Return the file of the mother who is signed in; raises `NotFound` for anybody else."""
    # Her own row is open to her, the department's row behind it is not: the join gives None.
    if user.person_id is None:
        raise NotFound
    own = Mother.objects.select_related("record__source").filter(pk=user.person_id)
    mother = _with_places(own).first()
    if mother is None or not permissions.is_herself(user, mother):
        raise NotFound
    return mother


def ready_in(area_code: str, today: date) -> MotherQuerySet:
    """Return the mothers of an area who may have a child, with `free` places, for the matcher."""
    inside = Mother.objects.filter(area_code__range=area_rules.subtree(area_code))
    return _with_places(inside.ready_on(today), today)


# -- what a page shows ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ListRow:
    """One line of the list; `tone` colours the state of one who is not ready."""

    mother: Mother
    tone: str
    area_name: str
    categories: list[str]
    strong: list[str]
    missing: list[str]
    until: date | None  # the last day of a background query that expires soon


def list_rows(mothers: Iterable[Mother], *, area_code: str, today: date) -> list[ListRow]:
    """Add what a line shows beside the columns: place, best skills, what is still missing.

    A place is named from the chosen area down: its own name stands at the top of the page.
    """
    shown = list(mothers)
    names = areas.full_names_of({area_code, *(mother.area_code for mother in shown)})
    above = names.get(area_code, "")
    return [
        ListRow(
            mother,
            words.STATE_TONES[mother.state],
            names.get(mother.area_code, "").removeprefix(above) or above,
            words_of(words.CATEGORIES, mother.categories),
            [axis_word(axis) for axis in skills.strongest(mother.skills)],
            [_(each.sentence) for each in gates.gate(mother, today)],
            _last_day_if_soon(mother.screened_on, today),
        )
        for mother in shown
    ]


def _last_day_if_soon(screened_on: date | None, today: date) -> date | None:
    if screened_on is None or not gates.expires_soon(screened_on, today):
        return None
    return gates.screening_until(screened_on)


def readiness_filter() -> dict[str, Any]:
    """Return the choices of the filter on readiness."""
    held_up = [(code, _(each.label)) for code, each in gates.GATES.items()]
    choices = [(READY, _("ready for a child")), (EXPIRING, _("query expires soon"))]
    choices += [(code, _("missing: %(what)s") % {"what": label}) for code, label in held_up]
    return {"name": "ready", "label": _("Readiness"), "choices": choices}


def filters_for(area_code: str) -> list[dict[str, Any]]:
    """Return the filters of the list: readiness, category, place, free places."""
    below = areas.areas_below(area_code)
    categories = [(code, _(word)) for code, word in words.CATEGORIES.items()]
    return [
        readiness_filter(),
        {"name": "category", "label": _("Category"), "choices": categories},
        {"name": "free", "label": _("Places"), "choices": [("1", _("has a free place"))]},
        {"name": "area", "label": _("Where"), "choices": [(a.code, a.name) for a in below]},
    ]


def readiness_of(area_code: str, today: date) -> dict[str, int]:
    """Count the mothers of an area: all, ready, places offered by the ready ones."""
    inside = Mother.objects.filter(area_code__range=area_rules.subtree(area_code))
    ready = inside.ready_on(today)
    places = ready.values_list("capacity").annotate(count=Count("pk"))
    offered = sum(capacity * count for capacity, count in places)
    return {"all": inside.count(), "ready": ready.count(), "places": offered}


def count_expiring(area_code: str, today: date) -> int:
    """Count the mothers of an area whom the list shows as `?ready=EXPIRING`."""
    inside = Mother.objects.filter(area_code__range=area_rules.subtree(area_code))
    return inside.expiring_on(today).count()


def axis_word(axis: str) -> str:
    """Return the word for a duty axis."""
    return _(words.AXES[axis])


def words_of(kind: Mapping[str, str], codes: Iterable[str]) -> list[str]:
    """Return the words for codes; a text that is no code stands for itself."""
    return [_(kind[code]) if code in kind else code for code in codes]


def page_of_file(mother: Mother, *, user: User, today: date) -> dict[str, Any]:
    """Return everything a file page shows apart from the higher rooms' panels."""
    record = mother.record
    names = areas.full_names_of({mother.area_code})
    secret = not permissions.can_see_screening(user, mother)
    return {
        "mother": mother,
        "age": age_on(mother.birth_on, today),
        "area_name": names.get(mother.area_code, mother.area_code),
        "source": {"name": record.source.name, "on": record.as_of, "row": record.row_no}
        if record
        else None,
        "categories": words_of(words.CATEGORIES, mother.categories),
        "languages": words_of(words.LANGUAGES, mother.languages),
        "skills": _bars(mother.skills),
        "times": [_(word) for code, word in words.TIMES.items() if code in mother.times],
        "steps": steps_of(mother, today, secret=secret),
        "ready": not gates.gate(mother, today),
        "tone": words.STATE_TONES[mother.state],
        "remark": remark_of(mother, secret=secret),
        "kilometres": f"{mother.travel_limit_m / 1000:g}",
        "settled": [
            (_(words.SETTLED[name]), date.fromisoformat(on))
            for name, on in mother.settled.items()
            if name in words.SETTLED
        ],
        "may_edit": permissions.can_edit(user, mother),
        "may_reveal": permissions.can_reveal(user, mother),
    }


def strongest_of(mother: Mother) -> list[str]:
    """Return the axes on which she is best."""
    return skills.strongest(mother.skills, 3)


def _bars(levels: list[int]) -> list[dict[str, Any]]:
    return [
        {"label": axis_word(axis), "value": level, "band": _level_word(level)}
        for axis, level in zip(skills.AXES, levels, strict=False)
    ]


def _level_word(level: int) -> str:
    return next(_(word) for floor, word in words.LEVELS if level >= floor)


@dataclass(frozen=True)
class StepLine:
    """One line of the road to the first child, in words."""

    label: str
    passed: bool
    sentence: str
    on: date | None
    until: date | None


def steps_of(mother: Mother, today: date, *, secret: bool) -> list[StepLine]:
    """Return the gates in words; `secret` leaves the dates of the background query out."""
    lines = []
    for step in gates.steps(mother, today):
        hidden = secret and step.gate.code == gates.SCREENED
        sentence = "" if step.passed else _(step.gate.sentence)
        if step.gate.code == gates.TRAINED:
            hours = {
                "hours": f"{mother.training_hours:g}",
                "wanted": f"{gates.REQUIRED.training_hours:g}",
            }
            sentence = " ".join(filter(None, [sentence, _(words.HOURS) % hours]))
        on = None if hidden else step.on
        lines.append(StepLine(_(step.gate.label), step.passed, sentence, on, step.until))
    return lines


def step_codes(mother: Mother, today: date) -> list[dict[str, Any]]:
    """Return the gates as codes, for programs."""
    return [
        {"code": step.gate.code, "passed": step.passed, "until": step.until}
        for step in gates.steps(mother, today)
    ]


def remark_of(mother: Mother, *, secret: bool = True) -> str:
    """Return why she rests: a person's words, or what a list or the calendar said.

    `secret` keeps back which result of a background query it was.
    """
    if secret and mother.remark in applications.SECRET_REMARKS:
        return _(words.REMARKS[applications.SCREENING])
    if mother.remark in applications.CODED_REMARKS:
        return _(words.REMARKS[mother.remark])
    return mother.remark


def history_of(mother: Mother) -> list[dict[str, Any]]:
    """Return the acts on a file, newest first, with the words for each."""
    rows = trail.entries_about(mother.pk).filter(act__startswith="mothers.")[:ACTS_SHOWN]
    return [
        {
            "at": row.at,
            "title": _(words.ACTS.get(row.act, row.act)),
            "who": row.actor_name,
            "text": row.reason,
        }
        for row in rows
    ]


def towns_with(area_code: str, today: date) -> list[tuple[str, int]]:
    """Count ready mothers by town code, for the figures of higher rooms."""
    ready = Mother.objects.filter(area_code__range=area_rules.subtree(area_code)).ready_on(today)
    by_town = ready.annotate(town=Substr("area_code", 1, 9)).values_list("town")
    return [
        (f"{town}000", count) for town, count in by_town.annotate(n=Count("pk")).order_by("town")
    ]
