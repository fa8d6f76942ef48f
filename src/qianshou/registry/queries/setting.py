"""What a person looks at before setting a value by hand: the value, its kind, what stands."""

from dataclasses import dataclass, field
from typing import Any, Final

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.common.errors import NotFound
from qianshou.registry import permissions
from qianshou.registry.models import Child, Hold, Pin
from qianshou.registry.queries import words
from qianshou.registry.queries.child import Fact, fact_of
from qianshou.registry.rules import fields

_YES_NO: Final = words.VALUES["low_income"]
_TOWN_WIDTH: Final = 9


@dataclass
class Setting:
    """One field of a file as it stands, and how a right value is asked for."""

    name: str
    label: str
    fact: Fact | None
    kind: str
    choices: list[tuple[str, Any]] = field(default_factory=list)
    pin: Pin | None = None
    holds: list[Hold] = field(default_factory=list)
    earlier: list[Pin] = field(default_factory=list)


def setting_for(user: User, child: Child, name: str) -> Setting:
    """Return a field that the person may set in a file; raises `NotFound` for an unknown one."""
    if name not in fields.KINDS:
        raise NotFound
    pins = list(
        Pin.objects.filter(child=child, field=name)
        .select_related("by", "ended_by")
        .order_by("-since")
    )
    kind, choices = _asked(child, name)
    return Setting(
        name,
        words.label_of(name),
        fact_of(user, child, name),
        kind,
        choices,
        pin=next((pin for pin in pins if pin.ended_at is None), None),
        holds=list(
            Hold.objects.filter(child=child, field=name, ended_at=None)
            .select_related("record__source")
            .defer("record__payload")
        ),
        earlier=[pin for pin in pins if pin.ended_at is not None],
    )


def _asked(child: Child, name: str) -> tuple[str, list[tuple[str, Any]]]:
    kind = fields.KINDS[name]
    if name == "birth_on":
        return "date", []
    if name == "area_code":
        return "choice", _villages(child)
    if kind == fields.ANY or name == "boarding":
        return "choice", list(_YES_NO.items())
    if name == "ethnicity":
        return "choice", list(words.PEOPLES.items())
    table = words.VALUES.get(name)
    if table is None:
        return "text", []
    return ("many" if kind == fields.UNION else "choice"), list(table.items())


def _villages(child: Child) -> list[tuple[str, Any]]:
    """Return the villages of the child's town, and the towns of its county."""
    town = child.area_code[:_TOWN_WIDTH].ljust(12, "0")
    county = child.area_code[:6].ljust(12, "0")
    below = [*areas.areas_below(town), *areas.areas_below(county)]
    return list(dict.fromkeys((area.code, area.name) for area in below))


def settable_of(user: User, child: Child) -> list[tuple[str, str]]:
    """Return the fields that the person may set in this file, with their labels."""
    return [
        (name, words.label_of(name))
        for name in fields.KINDS
        if permissions.can_set_value(user, child, name)
    ]
