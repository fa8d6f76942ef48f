"""The few numbers of an area that a home shows, and the map of counties."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.mothers.models import Mother
from qianshou.pairing.models import LeftOver, Pairing
from qianshou.registry.models import Child


@dataclass(frozen=True)
class Figures:
    """The few numbers of an area that the home shows."""

    children: int
    mothers_ready: int
    pairings: int
    left_over: int

    @property
    def coverage(self) -> float:
        """Return the share of children on file who have a mother, 0..1."""
        return self.pairings / self.children if self.children else 0.0


def figures_for(user: User, area_code: str, today: date) -> Figures | None:
    """Return the figures of an area for those who may see figures there."""
    if not area_code or not permissions.may(user, Power.VIEW_FIGURES, area_code):
        return None
    inside = {"area_code__range": area_rules.subtree(area_code)}
    newest = LeftOver.objects.filter(**inside).order_by("-run__created_at").values("run")[:1]
    return Figures(
        children=Child.objects.on_file().filter(**inside).count(),
        mothers_ready=Mother.objects.ready_on(today).filter(**inside).count(),
        pairings=Pairing.objects.caring().filter(**inside).count(),
        left_over=LeftOver.objects.filter(run__in=newest, **inside).count(),
    )


def _by_county(rows: QuerySet[Any]) -> dict[str, int]:
    counted = rows.annotate(county=Substr("area_code", 1, 6)).values_list("county")
    return dict(counted.annotate(n=Count("pk")).order_by())


def coverage_tiles(user: User) -> list[dict[str, Any]]:
    """Return the tile map of counties by the share of children who have a mother, in per cent."""
    if not permissions.may(user, Power.VIEW_FIGURES):
        return []
    children = _by_county(Child.objects.on_file())
    pairings = _by_county(Pairing.objects.caring())
    tiles = []
    for tile in areas.tiles():
        total = children.get(tile.code[:6], 0)
        share = round(100 * pairings.get(tile.code[:6], 0) / total) if total else None
        tiles.append(
            {
                "code": tile.code,
                "short_name": tile.short_name,
                "row": tile.row,
                "column": tile.column,
                "value": share,
                "label": tile.name,
                "url": "",
            }
        )
    return tiles
