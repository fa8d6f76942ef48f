"""Task teams follow their child: to the file that takes it in and back, and to where it lives."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import F

from qianshou.cases.actions import moving, staffing, watching
from qianshou.cases.models import TaskTeam
from qianshou.cases.rules import road
from qianshou.common import rowsecurity
from qianshou.common.machines import SYSTEM

WHY: Final = "FILES_PARTED"


def follow_merge(*, kept_id: UUID, absorbed_id: UUID, event_id: UUID) -> None:
    """Move the teams of the file that was taken in; if both have one, the kept file's goes on.

    What the other one still has to do stays on the page of the team that goes on.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        kept_has_one = TaskTeam.objects.open().filter(child=kept_id).exists()
        for team in TaskTeam.objects.filter(child=absorbed_id, came_by=None):
            if kept_has_one and team.is_open:
                moving.move(team.pk, "join", by=None, actor=SYSTEM)
            TaskTeam.objects.filter(pk=team.pk).update(
                child=kept_id, came_from=absorbed_id, came_by=event_id
            )
            _tie(team.pk, kept_id)
    follow_place([kept_id])


def follow_undo(*, event_id: UUID) -> None:
    """Give the teams back to the file they came from; one that had joined works again."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for team in TaskTeam.objects.filter(came_by=event_id):
            home = team.came_from
            assert home is not None
            TaskTeam.objects.filter(pk=team.pk).update(child=home, came_from=None, came_by=None)
            _tie(team.pk, home)
            if team.state == road.JOINED:
                moving.move(team.pk, "part", by=None, actor=SYSTEM, reason=WHY)


def _tie(team: UUID, child: UUID) -> None:
    for model in moving.BELONGINGS:
        _rows(model).filter(team=team).update(child=child)


def follow_place(children: Sequence[UUID]) -> int:
    """Let open teams be seen where their children live; a new county has to take the lead.

    Safe to repeat, and cheap for a delivery about thousands of children: few of them have a team.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        teams = TaskTeam.objects.filter(child__in=children).select_related("child")
        astray = list(teams.exclude(area_code=F("child__area_code")))
        for team in astray:
            TaskTeam.objects.filter(pk=team.pk).update(area_code=team.child.area_code)
            for model in moving.BELONGINGS:
                _rows(model).filter(team=team).update(area_code=team.child.area_code)
        waiting = 0
        for team in TaskTeam.objects.open().filter(child__in=children).exclude(lead=None):
            if team.awaits_county:
                staffing.leave_to_county(team)
                watching.tell_new_county(team)
                waiting += 1
        return waiting


def _rows(model: Any) -> Any:
    return model.objects
