"""Opening rows as departments sent them, which is a reading of sensitive fields for the trail."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.engines.linkage import explain
from qianshou.exchange.models import Record
from qianshou.registry import permissions
from qianshou.registry.actions import filing, modelling
from qianshou.registry.models import Child, Doubt, Link
from qianshou.registry.queries import child as child_queries
from qianshou.registry.queries import words
from qianshou.registry.rules import columns, golden

_SHOWN: Final = tuple(words.LABELS)
_MASKED: Final = frozenset(
    name for name in words.LABELS if name.endswith(("id_number", "phone", "_id"))
) | {"student_no"}
_PLACES: Final = ("area_code", "hukou_code")
_HOME: Final = ("area_code", "address", "school", "class_name")


@dataclass
class Column:
    """One department row beside others."""

    record: UUID
    source: str
    row_no: int
    sheet: str
    as_of: Any
    since: Any
    by: str
    can_leave: bool = False


@dataclass
class Comparison:
    """The rows of a file side by side; each line is a label and one value per row.

    `elsewhere` counts the rows of another area, which only those who answer for it open.
    """

    columns: list[Column] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    elsewhere: int = 0

    @property
    def differing(self) -> list[dict[str, Any]]:
        """Return the lines in which rows contradict each other."""
        return [line for line in self.lines if line["differs"]]

    @property
    def agreeing(self) -> list[dict[str, Any]]:
        """Return the other lines, each value once with those who state it."""
        return [
            {"label": line["label"], "value": max(line["cells"], key=len), "by": self._by(line)}
            for line in self.lines
            if not line["differs"]
        ]

    def _by(self, line: dict[str, Any]) -> str:
        pairs = zip(self.columns, line["cells"], strict=True)
        said = dict.fromkeys(column.source for column, cell in pairs if cell)
        everybody = len(said) == len({column.source for column in self.columns})
        return _("all departments") if everybody and len(said) > 1 else _(", ").join(said)


@transaction.atomic
def open_rows(child: Child, *, by: User) -> Comparison:
    """Return what each department says about a child, secrets masked; the reading is on record."""
    accounts.require(by, Power.VIEW_CHILDREN, child.area_code)
    links = child_queries.rows_of(child)
    values = [filing.opened(link.record.payload.raw, link.record_id) for link in links]
    hidden = not permissions.can_see_place(by, child)
    made = Comparison([_column(link, len(links)) for link in links])
    made.elsewhere = child_queries.rows_elsewhere(child, shown=len(links))
    for name in _SHOWN:
        if hidden and name in _HOME:
            continue
        cells = _texts(name, values)
        if any(cells):
            found = [each[name] for each in values if each.get(name)]
            made.lines.append(
                {"label": words.label_of(name), "cells": cells, "differs": _differ(name, found)}
            )
    audit.record(
        "registry.rows.read",
        by=by,
        subject_kind="child",
        subject_id=child.pk,
        area_code=child.area_code,
        rows=len(links),
    )
    return made


def _differ(name: str, found: list[Any]) -> bool:
    """Tell whether rows contradict each other; a town does not contradict its village."""
    if name in _PLACES:
        return any(golden.contradict(one, other) for one, other in combinations(found, 2))
    return any(value != found[0] for value in found[1:])


def _column(link: Link, rows: int) -> Column:
    record = link.record
    return Column(
        record.pk, record.source.name, record.row_no, record.sheet, record.as_of, link.since,
        str(link.by or ""), can_leave=rows > 1,
    )  # fmt: skip


def _texts(name: str, values: Iterable[dict[str, Any]], *, masked: bool = True) -> list[str]:
    found = [each.get(name) for each in values]
    if name in _PLACES:
        names = areas.full_names_of({code for code in found if code})
        return [names.get(code, code) if code else "" for code in found]
    if masked and (name in _MASKED or name == "address"):
        return [_mask(name, str(value)) if value else "" for value in found]
    return [words.value_of(name, value) for value in found]


def _mask(name: str, value: str) -> str:
    """Return enough to see a difference, and too little to use."""
    if name == "address":
        return _("on file")
    return value[:3] + "*" * max(len(value) - 7, 1) + value[-4:]


# -- a doubtful link ------------------------------------------------------------------------------


@dataclass
class Question:
    """A doubtful link laid out: two rows, what speaks for and against, what follows."""

    doubt: Doubt
    left: str
    right: str
    lines: list[dict[str, Any]]
    children: list[Child]
    consequences: list[str]
    same_file: bool


# The fields behind each comparison of the engine, in the order in which a person reads them.
_FIELDS: Final = (
    ("name", "name"),
    ("sex", "sex"),
    ("birth", "birth_on"),
    ("id_number", "id_number"),
    ("household", "area_code"),
    ("", "address"),
    ("", "hukou_code"),
    ("", "father_name"),
    ("", "mother_name"),
    ("", "carer_name"),
    ("", "parent_name"),
    ("", "guardian_name"),
    ("", "phone"),
    ("", "father_phone"),
    ("", "mother_phone"),
    ("", "carer_phone"),
    ("", "parent_phone"),
    ("", "guardian_phone"),
    ("", "school"),
    ("", "class_name"),
    ("", "updated_on"),
)


@transaction.atomic
def open_doubt(doubt: Doubt, *, by: User) -> Question:
    """Lay out a question; both rows are opened in full, so the reading is on record.

    A row of another county is opened for this one purpose only: nobody can search there.
    """
    accounts.require(by, Power.DECIDE_LINKS, doubt.area_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        links = _links_of(doubt)
        rows = [filing.opened(link.record.payload.raw, link.record_id) for link in links]
        question = _question(doubt, links, rows)
    audit.record(
        "registry.doubt.opened",
        by=by,
        subject_kind="doubt",
        subject_id=doubt.pk,
        area_code=doubt.area_code,
        children=[str(child.pk) for child in question.children],
    )
    return question


def _links_of(doubt: Doubt) -> list[Link]:
    found = {
        link.record_id: link
        for link in Link.objects.filter(record__in=[doubt.record_a_id, doubt.record_b_id])
        .exclude(state=Link.State.ENDED)
        .select_related("record__source", "child")
    }
    if len(found) != 2:
        raise NotFound
    return [found[doubt.record_a_id], found[doubt.record_b_id]]


def _question(doubt: Doubt, links: list[Link], rows: list[dict[str, Any]]) -> Question:
    one, other = links
    same_file = one.child_id == other.child_id
    return Question(
        doubt,
        _heading(one),
        _heading(other),
        _lines(rows, [link.record.source.department for link in links]),
        [one.child] if same_file else [one.child, other.child],
        _consequences(links, same_file=same_file),
        same_file,
    )


def _heading(link: Link) -> str:
    return _("%(source)s, row %(number)s") % {
        "source": link.record.source.name,
        "number": link.record.row_no,
    }


def _lines(rows: list[dict[str, Any]], departments: list[str]) -> list[dict[str, Any]]:
    one, other = (
        columns.engine_row(values, department)
        for values, department in zip(rows, departments, strict=True)
    )
    found = explain.explain(one, other, modelling.current(), spec=columns.spec())
    evidence = {each.comparison: each for each in found}
    lines = []
    for comparison, name in _FIELDS:
        left, right = _texts(name, rows, masked=False)
        said = evidence.get(comparison)
        if left or right or said:
            lines.append(_line(name, (left, right), said))
    return lines


def _line(name: str, sides: tuple[str, str], said: explain.Evidence | None) -> dict[str, Any]:
    if said is None:
        weight, sentence = "none", words.likeness(*sides)
    else:
        weight = "for" if said.bits > 0.5 else "against" if said.bits < -0.5 else "none"
        sentence = said.zh if (get_language() or "zh").startswith("zh") else said.en
    return {
        "label": words.label_of(name), "left": sides[0], "right": sides[1], "words": sentence,
        "weight": weight,
    }  # fmt: skip


def _consequences(links: list[Link], *, same_file: bool) -> list[str]:
    one, other = links
    if same_file:
        return [
            _("Same: the row stays in this file, and no later run asks again."),
            _("Different: the newer row becomes a file of its own."),
        ]
    told = [
        _("Same: the two files become one; pairings and history follow, and it can be undone."),
        _("Different: the two rows stay apart, and no later run joins them."),
    ]
    if one.child.area_code[:6] != other.child.area_code[:6]:
        told.append(
            _("The two rows are of two counties; the joined file lies where the child lives.")
        )
    return told


def _alike(left: str, right: str) -> str:
    """Return how a line is marked for somebody who judges for herself."""
    if not (left and right):
        return "none"
    return "alike" if left == right else "unlike"


# -- two rows without their story -----------------------------------------------------------------


def open_pair(one: UUID, other: UUID, *, by: User, area_code: str) -> dict[str, Any]:
    """Lay two rows out for somebody who labels them, without weights; the caller records it.

    What the engine thinks would lead the eye, so only "the same" and "different" is said.
    """
    accounts.require(by, Power.DECIDE_LINKS, area_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = {
            record.pk: record
            for record in Record.objects.filter(pk__in=[one, other]).select_related("source")
        }
        if len(found) != 2:
            raise NotFound
        rows = [filing.opened(found[each].payload.raw, each) for each in (one, other)]
    texts = [(name, _texts(name, rows, masked=False)) for _comparison, name in _FIELDS]
    return {
        "left": f"{found[one].source.name}",
        "right": f"{found[other].source.name}",
        "lines": [
            {"label": words.label_of(name), "left": left, "right": right,
             "words": words.likeness(left, right), "weight": _alike(left, right)}
            for name, (left, right) in texts
            if left or right
        ],
    }  # fmt: skip
