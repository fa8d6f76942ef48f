"""What a partner of another unit may read: with the guardian's consent, or by which law without."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from qianshou.teams.rules.parts import PARTS, tidy

SHIPPED: Final = Path(__file__).parents[1] / "data" / "sharing.toml"


class BadSharing(ValueError):  # noqa: N818 - named after the fact
    """The table of duties has a flaw; the message says where."""


@dataclass(frozen=True)
class Statute:
    """Which parts of the file are open to a role without consent, and the law that says so."""

    parts: tuple[str, ...]
    law: str


@dataclass(frozen=True)
class Sharing:
    """The whole table: the federation's own roles, kinds of partners, and statutory duties.

    The parts of `danger` are grades: while a child has one, its task team works without consent.
    """

    inside: frozenset[str]
    kinds: Mapping[str, str]
    duties: Mapping[str, Statute]
    danger: Statute = Statute((), "")


@dataclass(frozen=True)
class Opening:
    """What is open to one member: the parts, and for whom a consent is lacking.

    `party` is empty where nothing is lacking; `law` names why parts are open without consent.
    """

    parts: tuple[str, ...]
    party: str = ""
    law: str = ""

    @property
    def is_shut(self) -> bool:
        """Tell whether nothing at all of the child may be shown."""
        return bool(self.party) and not self.law


@lru_cache
def shipped() -> Sharing:
    """Return the table that is in force."""
    return read(SHIPPED.read_text(encoding="utf-8"))


def read(text: str) -> Sharing:
    """Read a table; raises `BadSharing` for a duty without its law or with an unknown part."""
    raw = tomllib.loads(text)
    duties = {}
    for each in raw.get("duty", []):
        role = each.get("role", "?")
        if not str(each.get("law", "")).strip():
            message = f"duty of {role}: name the law that opens the file without consent"
            raise BadSharing(message)
        unknown = set(each.get("parts", [])) - set(PARTS)
        if unknown:
            message = f"duty of {role}: there is no part {', '.join(sorted(unknown))}"
            raise BadSharing(message)
        duties[role] = Statute(tidy(each["parts"]), each["law"])
    inside, kinds = frozenset(raw.get("inside", [])), dict(raw.get("kinds", {}))
    return Sharing(inside, kinds, duties, _danger(raw.get("danger", {})))


def _danger(raw: Mapping[str, Any]) -> Statute:
    grades = tuple(raw.get("grades", ()))
    law = str(raw.get("law", "")).strip()
    if grades and not law:
        message = "danger: name the law by which a task team works without consent"
        raise BadSharing(message)
    return Statute(grades, law)


def opening(table: Sharing, role: str, parts: object, *, unit: str, agreed: bool) -> Opening:
    """Say what of the parts that a slot allows is open to a partner of a unit."""
    wanted = tidy(parts)
    if agreed or role in table.inside:
        return Opening(wanted)
    duty = table.duties.get(role)
    if duty is None:
        return Opening((), party=unit)
    open_ones = tuple(part for part in wanted if part in duty.parts)
    return Opening(open_ones, party="" if open_ones == wanted else unit, law=duty.law)
