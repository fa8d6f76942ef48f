"""Which places of care teams nobody fills: by role and town, and child by child.

One statement reads models, teams, places and pairings together, however many children there are.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, overload
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.pairing.queries import shapes
from qianshou.registry.models import Child
from qianshou.teams.queries import reading

# The filter comes first, so that the planner sees how few children are meant.
_GAPS: Final = """
WITH team AS MATERIALIZED (
  SELECT t.child_id, t.area_code, t.model_id FROM teams_careteam t
  JOIN registry_child c ON c.id = t.child_id
  WHERE t.ended_at IS NULL AND c.merged_into_id IS NULL AND c.state <> 'CLOSED'
    AND t.area_code BETWEEN %(low)s AND %(high)s
    AND (%(everybody)s OR t.child_id = ANY(%(children)s))
), filled AS (
  SELECT s.child_id, s.role, count(*) AS n FROM pairing_teamseat s
  WHERE s.ended_at IS NULL AND s.kind <> 'TASK' AND s.child_id IN (SELECT child_id FROM team)
  GROUP BY 1, 2
  UNION ALL
  SELECT p.child_id, 'MOTHER', count(*) FROM pairing_pairing p
  WHERE p.ended_on IS NULL AND p.child_id IN (SELECT child_id FROM team) GROUP BY 1, 2
), slot AS (
  SELECT m.id AS model_id, s ->> 'role' AS role, (s ->> 'least')::int AS least,
         s ->> 'from' AS source
  FROM teams_caremodel m CROSS JOIN LATERAL jsonb_array_elements(m.body -> 'slot') s
  WHERE (s ->> 'required')::boolean AND m.id IN (SELECT model_id FROM team)
), gap AS (
  SELECT t.child_id, t.area_code, slot.role FROM team t
  JOIN slot ON slot.model_id = t.model_id
  LEFT JOIN filled f ON f.child_id = t.child_id AND f.role = slot.role
  WHERE coalesce(f.n, 0) < slot.least
    AND (%(source)s = '' OR slot.source = %(source)s) AND (%(role)s = '' OR slot.role = %(role)s)
)
"""
_BY_TOWN: Final = (
    _GAPS + "SELECT rpad(left(area_code, 9), 12, '0'), role, count(*)"  # noqa: S608 - our own text
    " FROM gap GROUP BY 1, 2"
)
_BY_CHILD: Final = (
    _GAPS + "SELECT child_id, array_agg(role ORDER BY role) FROM gap GROUP BY 1"  # noqa: S608
)
_COUNT: Final = _GAPS + "SELECT count(DISTINCT child_id) FROM gap"  # noqa: S608 - our own text
_PAGE: Final = (
    _BY_CHILD + " ORDER BY cardinality(array_agg(role)) DESC, child_id LIMIT %(limit)s"
    " OFFSET %(offset)s"
)


def _asked(
    area_code: str, *, children: Collection[UUID] | None = None, source: str = "", role: str = ""
) -> dict[str, Any]:
    low, high = area_rules.subtree(area_code)
    return {
        "low": low, "high": high, "everybody": children is None,
        "children": list(children or ()), "source": source, "role": role,
    }  # fmt: skip


def _fetch(sql: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return list(cursor.fetchall())


def by_child(
    area_code: str, *, children: Collection[UUID] | None = None, source: str = ""
) -> dict[UUID, set[str]]:
    """Return the roles that each child's team lacks, of those who lack any."""
    rows = _fetch(_BY_CHILD, _asked(area_code, children=children, source=source))
    return {child: set(roles) for child, roles in rows}


def count_between(low: str, high: str) -> int:
    """Count the children of a range of areas whose team lacks somebody."""
    asked = {"low": low, "high": high, "everybody": True, "children": [], "source": "", "role": ""}
    return int(_fetch(_COUNT, asked)[0][0])


def table(area_code: str) -> dict[str, Any]:
    """Return the gaps of an area by town and role: rows, columns and sums."""
    counted: dict[str, dict[str, int]] = {}
    for town, role, n in _fetch(_BY_TOWN, _asked(area_code)):
        counted.setdefault(town, {})[role] = n
    sums: dict[str, int] = {}
    for row in counted.values():
        for role, n in row.items():
            sums[role] = sums.get(role, 0) + n
    roles = sorted(sums, key=lambda role: -sums[role])
    names = areas.full_names_of(set(counted), within=area_code)
    return {
        "roles": [{"role": role, "name": reading.role_words(role), "sum": sums[role]}
                  for role in roles],
        "rows": [
            {"town": town, "name": names[town], "cells": [(r, row.get(r, 0)) for r in roles]}
            for town, row in sorted(counted.items())
        ],
    }  # fmt: skip


class Children(Sequence[dict[str, Any]]):
    """The children whose teams lack somebody, the most lacking first; read page by page."""

    def __init__(self, area_code: str, *, role: str = "", within: str = "") -> None:
        self._asked = _asked(area_code, role=role)
        self._within = within or area_code

    def __len__(self) -> int:
        return int(_fetch(_COUNT, self._asked)[0][0])

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, int):
            return self[at : at + 1][0]
        first, last = at.start or 0, at.stop or 0
        asked = {**self._asked, "limit": max(last - first, 0), "offset": first}
        found = dict(_fetch(_PAGE, asked))
        children = Child.objects.in_bulk(list(found))
        codes = {each.area_code for each in children.values()}
        towns = areas.full_names_of(codes, within=self._within)
        today = timezone.localdate()
        return [
            {
                "name": children[pk].name,
                "about": shapes.about_child(children[pk], towns, today),
                "url": reverse("teams:child", args=[pk]),
                "roles": "、".join(reading.role_words(role) for role in roles),
                "gap": _("no %(role)s yet"),
            }
            for pk, roles in found.items()
            if pk in children
        ]
