"""Versions of checklists: which is in force where, how one reads, and how two of them differ."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.pairing.queries.policies import chain
from qianshou.plans import permissions
from qianshou.plans.models import CareSet, Plan
from qianshou.plans.rules import calendar as calendars
from qianshou.plans.rules import checklist as rules
from qianshou.plans.rules.checklist import Checklist, Item

EVERYWHERE: Final = "000000000000"
DATA: Final = Path(__file__).parents[1] / "data"
DEFAULT: Final = "care_6p1.toml"


def shipped() -> list[Path]:
    """Return the shipped checklists, the default first."""
    others = sorted(set(DATA.glob("*.toml")) - {DATA / DEFAULT, DATA / "calendar.toml"})
    return [DATA / DEFAULT, *others]


@lru_cache
def calendar() -> calendars.Calendar:
    """Return the days of festivals."""
    text = (DATA / "calendar.toml").read_text(encoding="utf-8")
    return calendars.calendar_from(tomllib.loads(text))


def current_sets(area_codes: set[str]) -> dict[str, CareSet]:
    """Return the version in force for each area: its county's own, or the nearest one above."""
    chains = {
        each: {EVERYWHERE, each, *chain(each), *area_rules.ancestors(each)} for each in area_codes
    }
    wanted = set().union(*chains.values())
    held = list(CareSet.objects.filter(is_current=True, area_code__in=wanted))
    found = {}
    for area, codes in chains.items():
        near = [each for each in held if each.area_code in codes]
        if near:
            found[area] = max(near, key=_nearness)
    return found


def _nearness(each: CareSet) -> tuple[int, str]:
    return len(area_rules.significant(each.area_code)), each.area_code


def current_for(area_code: str) -> CareSet | None:
    """Return the version in force for one area; None if nothing was ever loaded."""
    return current_sets({area_code}).get(area_code)


_bodies: dict[str, Any] = {}


def read(care_set: CareSet) -> Checklist:
    """Return what a version says; each is read once."""
    if care_set.sha256 not in _bodies:
        _bodies[care_set.sha256] = care_set.body
    return _read(care_set.sha256)


@lru_cache(maxsize=256)
def _read(sha256: str) -> Checklist:
    return rules.checklist_from(_bodies[sha256])


def words(text: rules.Words) -> str:
    """Return words of a checklist in the reader's language, else in Chinese."""
    language = (get_language() or "zh-hans").lower()
    name = "en" if language.startswith("en") else "zh_hant" if "hant" in language else "zh"
    return text.get(name) or text.get("zh", "")


def versions_for(user: User, area_code: str) -> list[CareSet]:
    """Return the versions that matter to an area, its own first, each with its pairings."""
    if not permissions.can_edit_sets(user, area_code):
        raise NotFound
    codes = {EVERYWHERE, area_code, *area_rules.ancestors(area_code)}
    inside = Q(plans__area_code__range=area_rules.subtree(area_code), plans__pairing__ended_on=None)
    rows = CareSet.objects.filter(area_code__in=codes).select_related("by", "adopted_by")
    return list(
        rows.annotate(followers=Count("plans", filter=inside)).order_by(
            "-area_code", "-is_current", "code", "-version"
        )
    )


def version_for(user: User, version_id: UUID, area_code: str) -> CareSet:
    """Return one version that the person may look at; raises `NotFound`."""
    found = next((each for each in versions_for(user, area_code) if each.pk == version_id), None)
    if found is None:
        raise NotFound
    return found


def staying(care_set: CareSet) -> int:
    """Return how many running pairings of the version's area follow another version."""
    inside = area_rules.subtree(care_set.area_code)
    rows = Plan.objects.filter(area_code__range=inside, pairing__ended_on=None)
    return rows.exclude(care_set=care_set).count()


@dataclass(frozen=True)
class ItemLine:
    """One item in words."""

    item: Item
    name: str
    help: str
    often: str
    proof: str
    owner: str
    tickers: str
    counts: str
    more: str


def item_lines(checklist: Checklist) -> list[ItemLine]:
    """Return the items of a checklist in the reader's words."""
    return [_line(each) for each in checklist.items]


def _line(item: Item) -> ItemLine:
    comma = _(", ")
    parts = [words(name) for _code, name in item.parts]
    occasions = [_(rules.OCCASIONS[each]) for each in item.occasions]
    return ItemLine(
        item=item, name=words(item.name), help=words(item.help),
        often=_("%(least)d to %(most)d times") % {"least": item.minimum, "most": item.maximum}
        + comma + _(rules.CADENCES[item.cadence]),
        proof=_(rules.EVIDENCE[item.evidence]), owner=_(rules.OWNERS[item.owner]),
        tickers=comma.join(_(rules.TICKERS[each]) for each in item.may_tick),
        counts=comma.join(_(rules.CONTACTS[each]) for each in item.counts),
        more=comma.join([*parts, *occasions]),
    )  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What one version changes against another: the item, the field, before and after."""

    item: str
    field: str
    before: str
    after: str


FIELDS: Final = (
    ("name", gettext_noop("Name")), ("often", gettext_noop("How many times")),
    ("proof", gettext_noop("Proof")), ("owner", gettext_noop("Whose task")),
    ("tickers", gettext_noop("May be ticked by")),
    ("counts", gettext_noop("Contacts that count")), ("more", gettext_noop("Parts and occasions")),
)  # fmt: skip


def changes(before: Checklist, after: Checklist) -> list[Change]:
    """Return what changes from one checklist to another, in words."""
    old = {each.item.code: each for each in item_lines(before)}
    new = {each.item.code: each for each in item_lines(after)}
    found = [*_of_the_list(before, after)]
    for code, line in new.items():
        if code not in old:
            found.append(Change(line.name, _("New item"), "", line.often))
            continue
        found += [
            Change(line.name, _(label), getattr(old[code], field), getattr(line, field))
            for field, label in FIELDS
            if getattr(old[code], field) != getattr(line, field)
        ]
    gone = [line for code, line in old.items() if code not in new]
    return found + [Change(line.name, _("Item falls away"), line.often, "") for line in gone]


def _of_the_list(before: Checklist, after: Checklist) -> Iterator[Change]:
    whole = words(after.name)
    if words(before.name) != whole:
        yield Change(whole, _("Name"), words(before.name), whole)
    if before.remind != after.remind:
        yield Change(
            whole, _("Parents are reminded"), _(rules.REMINDERS[before.remind]),
            _(rules.REMINDERS[after.remind]),
        )  # fmt: skip
    for name in before.terms:
        ends = ("–".join(each.terms[name]) for each in (before, after))
        one, other = ends
        if one != other:
            label = _("Autumn term") if name == "autumn" else _("Spring term")
            yield Change(whole, label, one, other)


def unknown_festivals(checklist: Checklist, year: int) -> list[str]:
    """Return the occasions of a checklist whose day in a year nobody has entered."""
    known = {each: calendar().known_until(each) for item in checklist.items
             for each in item.occasions}  # fmt: skip
    return [_(rules.OCCASIONS[code]) for code, last in known.items() if last and last < year]


# -- what the pages of checklists ask -----------------------------------------------------------


def owner_of(area_code: str) -> str:
    """Return whose checklist holds for an area: its county's, or the city's own."""
    if not area_rules.is_code(area_code):
        raise NotFound
    if area_rules.level_of(area_code) in (area_rules.PROVINCE, area_rules.CITY):
        return area_code
    return area_rules.county_code(area_code)


@dataclass(frozen=True)
class Named:
    """One version with its name, and whose it is."""

    version: CareSet
    name: str
    whose: str
    followers: int


def named(care_set: CareSet) -> Named:
    """Return a version as a list names it."""
    whose = "" if care_set.area_code == EVERYWHERE else _area_name(care_set.area_code)
    count = int(getattr(care_set, "followers", 0))
    return Named(care_set, words(read(care_set).name), whose, count)


def _area_name(area_code: str) -> str:
    return areas.names_of({area_code}).get(area_code, area_code)


def begun(care_set: CareSet) -> dict[str, Any]:
    """Return a version as the form of a checklist first shows it."""
    checklist = read(care_set)
    ends = {
        f"{name}_{place}": value
        for name, pair in checklist.terms.items()
        for place, value in zip(("first", "last"), pair, strict=True)
    }
    names = {f"name_{each}": checklist.name.get(each, "") for each in rules.LANGUAGES}
    return {"code": checklist.code, "remind": checklist.remind, **names, **ends}


def problems_of(body: dict[str, Any]) -> tuple[rules.Problem, ...]:
    """Return all that is wrong with a checklist."""
    try:
        rules.checklist_from(body)
    except rules.BadChecklistError as bad:
        return bad.problems
    return ()


def checklist_of(body: dict[str, Any]) -> Checklist:
    """Return the checklist of a body that has no problems."""
    return rules.checklist_from(body)


def running_in(area_code: str) -> int:
    """Return how many running pairings of an area follow a checklist."""
    inside = area_rules.subtree(area_code)
    return Plan.objects.filter(area_code__range=inside, pairing__ended_on=None).count()
