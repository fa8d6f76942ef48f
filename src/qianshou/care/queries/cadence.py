"""How often a contact is due for a child, and which rules of silence hold where."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment
from qianshou.care.rules import silence
from qianshou.care.rules.silence import Rules
from qianshou.notices import queries as notices
from qianshou.notices.models import Timetable
from qianshou.pairing.models import Pairing
from qianshou.teams.models import CareTeam
from qianshou.teams.queries.cadence import days_between_contacts

SHIPPED: Final = Path(__file__).parents[1] / "data" / "contacts.toml"
KIND: Final = Timetable.Kind.CONTACTS


@dataclass(frozen=True)
class Cadence:
    """The grade of one child and the days from one contact to the next."""

    grade: str
    every: int


def rules_for(area_code: str) -> Rules:
    """Return the rules of silence that hold in an area, the shipped ones where nobody set any."""
    found = notices.what_holds(KIND, area_code, silence.rules_from)
    return found or _shipped()


def rules_in(areas: Iterable[str]) -> dict[str, Rules]:
    """Return the rules of silence that hold in each of many areas, in one query."""
    found = notices.what_holds_in(KIND, areas, silence.rules_from)
    return {area: rules or _shipped() for area, rules in found.items()}


@lru_cache
def _shipped() -> Rules:
    return silence.rules_from(tomllib.loads(SHIPPED.read_text(encoding="utf-8")))


class Graded(NamedTuple):
    """A running pairing, the grade of its child today, and whether the child has a care team."""

    pairing_id: UUID
    child_id: UUID
    area_code: str
    grade: str
    has_team: bool

    @property
    def county(self) -> str:
        """Return the county whose rules hold."""
        return area_rules.county_code(self.area_code)


def graded(pairings: QuerySet[Pairing], *, most: int | None = None) -> list[Graded]:
    """Return running pairings as `cadences_of` needs them, in one query."""
    current = Assessment.objects.current().filter(child=OuterRef("child_id"))
    team = CareTeam.objects.in_force().filter(child=OuterRef("child_id"))
    rows = pairings.annotate(
        grade=Coalesce(Subquery(current.values("grade")[:1]), Value(silence.NONE)),
        has_team=Exists(team),
    ).values_list("pk", "child_id", "area_code", "grade", "has_team")
    return [Graded(*row) for row in rows[:most]]


def cadences_of(rows: Sequence[Graded]) -> dict[UUID, Cadence]:
    """Return the cadence of each pairing by its child's grade, and by the care model if it has one.

    As many queries for one as for thousands.
    """
    rules = rules_in({each.county for each in rows})
    modelled = days_between_contacts(each.child_id for each in rows if each.has_team)
    return {
        each.pairing_id: Cadence(
            each.grade,
            modelled.get(each.child_id) or rules[each.county].days_between[each.grade],
        )
        for each in rows
    }
