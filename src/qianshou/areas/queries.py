"""What people ask about areas: names on the way down, what lies inside, positions, the tile map."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qianshou.areas import rules
from qianshou.areas.models import Area
from qianshou.common.errors import NotFound


@dataclass(frozen=True)
class Tile:
    """One county's place in the map of equal tiles."""

    code: str
    name: str
    short_name: str
    row: int
    column: int


def area_of(code: str) -> Area:
    """Return an area by its code; raises `NotFound`."""
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise NotFound
    return area


def areas_inside(code: str, level: str) -> list[Area]:
    """Return the areas of one level inside another, by code."""
    return list(Area.objects.inside(code).filter(level=level).order_by("code"))


def first_code() -> str:
    """Return the code of the widest area on the list, which answers for what has no other place."""
    return Area.objects.order_by("code").values_list("code", flat=True).first() or ""


def names_of(codes: set[str]) -> dict[str, str]:
    """Return the names of many areas in one query."""
    return dict(Area.objects.filter(code__in=codes).values_list("code", "name"))


def full_names_of(codes: set[str], *, within: str = "") -> dict[str, str]:
    """Return names from the county down, such as 万州区高峰镇大湾村, for many areas in one query.

    Seen from a place `within` which they lie, names leave out what that place says already.
    """
    known = set(_chain(within)) if within else set()
    chains = {
        code: [each for each in _chain(code) if each not in known] or [code] for code in codes
    }
    names = names_of({code for chain in chains.values() for code in chain})
    return {
        code: "".join(rules.spoken_name(names.get(each, "")) for each in chain)
        for code, chain in chains.items()
    }


def _chain(code: str) -> list[str]:
    if rules.level_of(code) in (rules.PROVINCE, rules.CITY):
        return [code]
    steps = [rules.county_code(code), rules.town_code(code), code]
    return list(dict.fromkeys(step for step in steps if step <= code))


@lru_cache(maxsize=1)
def tiles() -> tuple[Tile, ...]:
    """Return the map of equal tiles of the shipped city, row by row."""
    with (Path(__file__).parent / "data" / "tiles.csv").open(encoding="utf-8") as handle:
        return tuple(
            Tile(row["code"], row["name"], row["short_name"], int(row["row"]), int(row["column"]))
            for row in csv.DictReader(handle)
        )


def areas_below(code: str) -> list[Area]:
    """Return the areas directly under another, by code."""
    return list(Area.objects.filter(parent=code).order_by("code"))
