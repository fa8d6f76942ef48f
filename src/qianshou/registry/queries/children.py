"""The list of children: who may see whom, searching by name, pinyin, initials or ID number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import crypto
from qianshou.common.errors import NotFound
from qianshou.engines.linkage import normalise
from qianshou.registry import permissions
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions, words

# The last code point: text from a prefix up to the prefix with this is everything that starts so.
_LAST: Final = "\U0010ffff"
SORTS: Final = {
    "name": ("pinyin", "id"),
    "-name": ("-pinyin", "-id"),
    "age": ("-birth_on", "id"),
    "-age": ("birth_on", "id"),
    "village": ("area_code", "id"),
    "-village": ("-area_code", "-id"),
    "changed": ("updated_at", "id"),
    "-changed": ("-updated_at", "-id"),
}
_LIST_FIELDS: Final = (
    "id", "area_code", "name", "sex", "birth_on", "facts", "departments", "hidden_location",
    "location_readers", "updated_at", "school",
)  # fmt: skip


@dataclass
class Line:
    """One row of the list of children, with nothing sensitive in it."""

    id: UUID
    name: str
    sex: str
    age: int | None
    village: str
    categories: list[str]
    departments: list[str]
    changed: Any
    flags: list[str]
    cells: list[extensions.Cell | None] = field(default_factory=list)


def children_for(
    user: User,
    *,
    area_code: str,
    search: str = "",
    filters: Mapping[str, str] | None = None,
    sort: str = "-changed",
) -> QuerySet[Child]:
    """Return the files in force of an area that the person may see, searched, filtered, sorted."""
    if not accounts.may(user, Power.VIEW_CHILDREN, area_code):
        raise NotFound
    rows = Child.objects.on_file().filter(area_code__range=area_rules.subtree(area_code))
    if search.strip():
        rows = rows.filter(matching(search))
    for name, value in (filters or {}).items():
        condition = _narrowed(name, value)
        if condition is not None:
            rows = rows.filter(condition)
    return rows.order_by(*SORTS.get(sort, SORTS["-changed"])).only(*_LIST_FIELDS)


def matching(search: str) -> Q:
    """Return the condition for one search box: name, given name, pinyin, initials or ID number.

    Only equality and ranges on columns with bytewise order: under row security the planner uses
    no index for LIKE (trust.md 0.4).
    """
    number, valid, _ = normalise.id_number(search)
    if number and valid:
        return Q(id_token=crypto.blind(number, purpose="child.id"))
    name = normalise.person_name(search) or search.strip()
    if not name.isascii():
        return _starts("search_name", name) | _starts("given_name", name)
    plain = "".join(name.lower().split())
    return _starts("pinyin", plain) | _starts("initials", plain)


def is_number(search: str) -> bool:
    """Tell whether a search is for one ID number, which is an act for the trail."""
    number, valid, _ = normalise.id_number(search)
    return bool(number and valid)


def _starts(field_name: str, prefix: str) -> Q:
    return Q(**{f"{field_name}__gte": prefix, f"{field_name}__lt": prefix + _LAST})


def _narrowed(name: str, value: str) -> Q | None:
    """Return the condition of one filter chip; an unknown filter or value narrows nothing."""
    if not value:
        return None
    if name == "category":
        return Q(facts__categories__contains=[value])
    if name == "department":
        return Q(departments__contains=[value])
    if name == "attention":
        return _ATTENTION.get(value)
    if name == "sex" and value in Child.Sex.values:
        return Q(sex=value)
    column = next((each for each in extensions.columns() if each.code == name), None)
    return column.narrow(value) if column and column.narrow else None


_ATTENTION: Final = {
    "unlisted": Q(facts__has_key="unlisted"),
    "parent_gone": Q(facts__father_status__in=["DEAD", "LOST", "PRISON", "REHAB"])
    | Q(facts__mother_status__in=["DEAD", "LOST", "PRISON", "REHAB"]),
    "warning": Q(facts__violence_clue=True) | Q(facts__self_harm=True) | Q(facts__bullied=True)
    | Q(facts__lives_alone=True),
    "dropped_out": Q(facts__dropped_out=True),
    "no_number": Q(id_token=b""),
}  # fmt: skip


def filter_choices() -> list[dict[str, Any]]:
    """Return the filter chips of the list, those of the rooms above among them."""
    own = [
        {"name": "attention", "label": words.ATTENTION_LABEL, "choices": words.ATTENTION},
        {"name": "category", "label": words.CATEGORY_LABEL,
         "choices": list(words.CATEGORIES.items())},
        {"name": "department", "label": words.DEPARTMENT_LABEL,
         "choices": list(words.DEPARTMENTS.items())},
    ]  # fmt: skip
    more = [
        {"name": each.code, "label": each.label, "choices": list(each.choices())}
        for each in extensions.columns()
        if each.choices
    ]
    return [*more, *own]


def filter_names() -> list[str]:
    """Return the names of all filters."""
    return [each["name"] for each in filter_choices()]


def lines_of(
    children: Sequence[Child], *, viewer: User, today: date, within: str = ""
) -> list[Line]:
    """Return the rows of one page in a fixed number of queries.

    A place is told as from inside the area `within`: there the county's name says nothing new.
    """
    shown = {child.pk: shown_area(child, viewer) for child in children}
    names = areas.full_names_of(set(shown.values()), within=within)
    further = [column.cells([child.pk for child in children]) for column in extensions.columns()]
    return [
        Line(
            id=child.pk,
            name=str(child),
            sex=str(child.get_sex_display()),
            age=child.age_on(today),
            village=names[shown[child.pk]] or shown[child.pk],
            categories=words.list_of(words.CATEGORIES, child.facts.get("categories", ())),
            departments=words.list_of(words.DEPARTMENTS, child.departments),
            changed=child.updated_at,
            flags=words.flags_of(child.facts),
            cells=[cells.get(child.pk) for cells in further],
        )
        for child in children
    ]


def shown_school(child: Child, viewer: User) -> str:
    """Return the school unless the place is hidden from this viewer."""
    return child.school if permissions.can_see_place(viewer, child) else ""


def shown_area(child: Child, viewer: User) -> str:
    """Return the area to show: only the county when the place is hidden from this viewer."""
    if permissions.can_see_place(viewer, child):
        return child.area_code
    return area_rules.county_code(child.area_code)
