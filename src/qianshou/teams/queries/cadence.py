"""How often a child is to be heard of, for the clocks of the rooms above."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from qianshou.assessment.models import Assessment
from qianshou.teams.models import CareModel, CareTeam
from qianshou.teams.queries.reading import model_of
from qianshou.teams.rules import cadence as rules
from qianshou.teams.rules.model import Duty

SHIPPED: Final = Path(__file__).parents[1] / "data" / "cadence.toml"


@lru_cache
def default_days() -> Mapping[str, int]:
    """Return the days between contacts by grade where no model says otherwise."""
    found: dict[str, int] = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    return found


def days_between_contacts(child_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return for each child every how many days its mother is in touch with it.

    By the child's care model and present grade; three queries, however many children.
    """
    ids = list(dict.fromkeys(child_ids))
    grades, models = _grades(ids), _models(ids)
    default = default_days()
    return {
        child: rules.days_for(
            grades.get(child, ""), model_of(models[child]) if child in models else None, default
        )
        for child in ids
    }


def duties_of(child_ids: Iterable[UUID]) -> dict[UUID, dict[str, list[tuple[Duty, int]]]]:
    """Return the duties of every slot of some children's teams by role, with their days today."""
    ids = list(dict.fromkeys(child_ids))
    grades, models = _grades(ids), _models(ids)
    made: dict[UUID, dict[str, list[tuple[Duty, int]]]] = {}
    for child, model in models.items():
        grade = grades.get(child) or rules.UNGRADED
        made[child] = {
            slot.role: [(duty, duty.days[grade]) for duty in slot.duties]
            for slot in model_of(model).slots
        }
    return made


def _grades(ids: list[UUID]) -> dict[Any, str]:
    rows = Assessment.objects.current().filter(child__in=ids)
    return dict(rows.values_list("child_id", "grade"))


def _models(ids: list[UUID]) -> dict[UUID, CareModel]:
    teams = dict(CareTeam.objects.in_force().filter(child__in=ids).values_list(
        "child_id", "model_id"))  # fmt: skip
    models = CareModel.objects.in_bulk(set(teams.values()))
    return {child: models[model] for child, model in teams.items()}
