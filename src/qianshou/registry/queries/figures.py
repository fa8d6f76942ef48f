"""Figures about files: how many children where, known to whom, and the tile map of coverage."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound

_COUNT: Final = """
SELECT left(area_code, %s) AS part, count(*),
       count(*) FILTER (WHERE jsonb_array_length(departments) > 1)
FROM registry_child
WHERE area_code COLLATE "C" BETWEEN %s AND %s AND merged_into_id IS NULL AND state <> 'CLOSED'
GROUP BY part ORDER BY part
"""
_DEPARTMENTS: Final = """
SELECT d, count(*) FROM registry_child, jsonb_array_elements_text(departments) AS d
WHERE area_code COLLATE "C" BETWEEN %s AND %s AND merged_into_id IS NULL AND state <> 'CLOSED'
GROUP BY d ORDER BY count(*) DESC, d
"""


# Digits that name a city; what has more lies inside a county.
_CITY_WIDTH: Final = 4


@dataclass
class Part:
    """One area with the children on file and how many of them several departments know."""

    code: str
    children: int
    several: int

    @property
    def share(self) -> float:
        """Return the share (0..1) of children whom more than one department knows."""
        return self.several / self.children if self.children else 0.0


def children_by_part(user: User, *, area_code: str) -> list[Part]:
    """Return the children on file by the areas one step below, for those who may see figures."""
    _require(user, area_code)
    width = _below(area_code)
    low, high = area_rules.subtree(area_code)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [width, low, high])
        return [Part(code.ljust(12, "0"), many, several) for code, many, several in cursor]


def children_by_department(user: User, *, area_code: str) -> list[tuple[str, int]]:
    """Return how many children on file each department knows."""
    _require(user, area_code)
    with connection.cursor() as cursor:
        cursor.execute(_DEPARTMENTS, list(area_rules.subtree(area_code)))
        return [(department, many) for department, many in cursor]


def coverage_tiles(user: User, *, area_code: str) -> list[dict[str, Any]]:
    """Return the tile map of a city: per county the share (0..100) that several departments know.

    Inside one county there is nothing to compare, and so no map.
    """
    if len(area_rules.significant(area_code)) > _CITY_WIDTH:
        return []
    parts = {part.code: part for part in children_by_part(user, area_code=area_code)}
    return [
        {
            "code": tile.code,
            "short_name": tile.short_name,
            "row": tile.row,
            "column": tile.column,
            "value": round(100 * parts[tile.code].share) if tile.code in parts else None,
            "label": f"{tile.name} {parts[tile.code].children if tile.code in parts else 0}",
            "url": "",
        }
        for tile in areas.tiles()
    ]


def _require(user: User, area_code: str) -> None:
    if not accounts.may(user, Power.VIEW_FIGURES, area_code):
        raise NotFound


def _below(area_code: str) -> int:
    """Return how many digits name the areas one step below."""
    width = len(area_rules.significant(area_code))
    return {2: 6, 4: 6, 6: 9}.get(width, 12)


def bars_of(parts: list[Part]) -> list[dict[str, Any]]:
    """Return one bar per area, largest first."""
    names = areas.names_of({part.code for part in parts})
    return [
        {"label": names.get(part.code, part.code), "value": part.children}
        for part in sorted(parts, key=lambda part: (-part.children, part.code))
    ]
