"""Loading and renewing the tree of areas from a published list."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TextIO

from django.db import transaction
from django.utils.translation import gettext as _

from qianshou.areas import rules
from qianshou.areas.models import Area
from qianshou.common.errors import Refused

REQUIRED = ("code", "name", "level", "parent")


class BadAreaList(Refused):
    """The list of areas cannot be read."""


def shipped_lists() -> list[Path]:
    """Return the lists that come with the program: counties and towns first, then villages."""
    folder = Path(__file__).parent / "data"
    return [folder / "chongqing.csv", folder / "chongqing-villages.csv"]


@transaction.atomic
def load_areas(lists: Iterable[TextIO]) -> int:
    """Add or renew areas from CSV lists (`code,name,level,parent[,lon,lat,position,valid_from]`).

    Parents must come before or stand in the same lists. Returns the number of areas read; one
    bad line refuses the whole load, since a tree with a hole would hide children from people.
    """
    areas = [area for handle in lists for area in _read(handle)]
    known = set(Area.objects.values_list("code", flat=True)) | {area.code for area in areas}
    for area in areas:
        if area.parent_id and area.parent_id not in known:
            words = _("%(area)s: its parent %(parent)s is unknown.")
            raise BadAreaList(
                words % {"area": f"{area.code} {area.name}", "parent": area.parent_id}
            )
    Area.objects.bulk_create(
        sorted(areas, key=lambda area: len(rules.significant(area.code))),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent", "longitude", "latitude", "position"],
        batch_size=2000,
    )
    return len(areas)


def _read(handle: TextIO) -> Iterable[Area]:
    reader = csv.DictReader(handle)
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        words = _("The list has no column %(columns)s.")
        raise BadAreaList(words % {"columns": ", ".join(missing)})
    for row in reader:
        if not rules.is_code(row["code"]):
            words = _("Line %(line)d: “%(code)s” is not a code of twelve digits.")
            raise BadAreaList(words % {"line": reader.line_num, "code": row["code"]})
        yield Area(
            code=row["code"],
            name=row["name"],
            level=row["level"].upper(),
            parent_id=row["parent"] or None,
            longitude=float(row["lon"]) if row.get("lon") else None,
            latitude=float(row["lat"]) if row.get("lat") else None,
            position=row.get("position") or "",
            valid_from=date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None,
        )
