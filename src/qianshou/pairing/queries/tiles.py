"""A run as a map of equal tiles: how many are paired in each place below the part looked at.

A child whose place is hidden counts for no tile. Who may see figures but no pairs sees no tile
that would tell of fewer than five children.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.pairing.models import MatchRun
from qianshou.pairing.queries import instance
from qianshou.pairing.queries.parts import PLACED
from qianshou.pairing.rules import plans as rules

# Digits of the places that a map of a city, a county or a town is made of.
BELOW: Final[Mapping[str, int]] = {
    area_rules.PROVINCE: 6, area_rules.CITY: 6, area_rules.COUNTY: 9, area_rules.TOWN: 12,
}  # fmt: skip
WIDER: Final = 1.5
ENDINGS: Final = ("街道", "镇", "乡", "民族乡", "社区", "村")


@dataclass(frozen=True)
class Maps:
    """The same tiles twice: the share of children paired, and how many are left over."""

    share: list[dict[str, Any]]
    left: list[dict[str, Any]]
    hidden: int


@dataclass(frozen=True)
class _Place:
    paired: int
    left: int

    @property
    def children(self) -> int:
        return self.paired + self.left


def maps_of(user: User, run: MatchRun, part: str) -> Maps | None:
    """Return the maps of a part of a run; None where there are not two places to compare."""
    width = BELOW.get(area_rules.level_of(part))
    counts = _counts(run, part, width) if width else {}
    if len(counts) < 2:
        return None
    sees_all = permissions.may(user, Power.VIEW_PAIRS, part)
    hidden = frozenset() if sees_all else _too_small(counts)
    names = areas.full_names_of(set(counts), within=part)
    urls = _urls(run, counts) if sees_all else ({}, {})
    tiles = [
        (code, {"code": code, "row": row, "column": column, "label": names[code],
                "short_name": short})
        for code, row, column, short in _laid_out(counts, names)
    ]  # fmt: skip
    shown = {code: each for code, each in counts.items() if code not in hidden}
    return Maps(
        [each | {"value": _share(shown.get(code)), "url": urls[0].get(code, "")}
         for code, each in tiles],
        [each | {"value": _left(shown.get(code)), "url": urls[1].get(code, "")}
         for code, each in tiles],
        len(hidden),
    )  # fmt: skip


def _share(place: _Place | None) -> int | None:
    return round(100 * place.paired / place.children) if place and place.children else None


def _left(place: _Place | None) -> int | None:
    return place.left if place else None


def _counts(run: MatchRun, part: str, width: int) -> dict[str, _Place]:
    inside = {"area_code__range": area_rules.subtree(part), "child__hidden_location": False}
    paired = _by_place(run.proposals.current().filter(**inside), width)
    left = _by_place(run.left_over.filter(reason__in=PLACED, **inside), width)
    return {
        code: _Place(paired.get(code, 0), left.get(code, 0)) for code in sorted({*paired, *left})
    }


def _by_place(rows: QuerySet[Any], width: int) -> dict[str, int]:
    placed = rows.annotate(place=Substr("area_code", 1, width)).values_list("place")
    counted = placed.annotate(n=Count("pk")).order_by()
    return {place.ljust(12, "0"): n for place, n in counted}


def _too_small(counts: Mapping[str, _Place]) -> frozenset[str]:
    """Hide a place if the children, the paired or those left over in it are a few."""
    sizes = {
        code: min((n for n in (each.paired, each.left, each.children) if n), default=0)
        for code, each in counts.items()
    }
    return rules.too_small(sizes)


def _urls(run: MatchRun, counts: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    pairs = reverse("pairing:proposals", args=[run.pk])
    left = reverse("pairing:left-over", args=[run.pk])
    return (
        {code: f"{pairs}?place={code}" for code in counts},
        {code: f"{left}?place={code}" for code in counts},
    )


def _laid_out(
    counts: Mapping[str, _Place], names: Mapping[str, str]
) -> list[tuple[str, int, int, str]]:
    """Return code, row, column and short name of each tile.

    The counties of the shipped city have their places in a map; others are laid out in rows from
    north to south, and from west to east in each row.
    """
    known = {tile.code: tile for tile in areas.tiles()}
    if set(counts) <= set(known):
        return [(code, known[code].row, known[code].column, known[code].short_name)
                for code in counts]  # fmt: skip
    spots = instance.positions_of(counts)
    columns = max(1, ceil(sqrt(WIDER * len(counts))))
    southward = sorted(counts, key=lambda code: (-spots.get(code, (0.0, 0.0))[1], code))
    found = []
    for start in range(0, len(southward), columns):
        row = southward[start : start + columns]
        eastward = sorted(row, key=lambda code: (spots.get(code, (0.0, 0.0))[0], code))
        found += [
            (code, start // columns, column, _short(names[code]))
            for column, code in enumerate(eastward)
        ]
    return found


def _short(name: str) -> str:
    """Return as much of a place's name as a tile holds."""
    for ending in ENDINGS:
        stem = name.removesuffix(ending)
        if stem != name and len(stem) > 1:
            return stem[-3:]
    return name[-3:]


def note(maps: Maps) -> str:
    """Say why some tiles are empty."""
    if not maps.hidden:
        return ""
    return _("Places where the figure would tell of fewer than five children are left empty.")
