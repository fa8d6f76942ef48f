"""Opening the sealed file of a team: one entry in the trail for each look at the whole page."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from qianshou.accounts.models import User
from qianshou.cases import permissions
from qianshou.cases.actions import moving
from qianshou.cases.models import Action, Lead, Meeting, Review, Strategy, TaskTeam
from qianshou.common.errors import NotFound


@dataclass(frozen=True)
class Opened:
    """What the sealed columns of a team say; texts by the id of their row."""

    why: str
    answer: str
    goals: dict[UUID, list[dict[str, Any]]]
    texts: dict[UUID, str]


def read(team: TaskTeam, *, by: User, act: str = "team.read") -> Opened:
    """Open the file of a team for somebody who may read it."""
    if not permissions.can_see(by, team):
        raise NotFound
    moving.note(team, act, by=by)
    texts: dict[UUID, str] = {}
    for lead in Lead.objects.filter(team=team):
        texts[lead.pk] = _text(lead.handover)
    for meeting in Meeting.objects.filter(team=team):
        texts[meeting.pk] = _text(meeting.minutes)
    for review in Review.objects.filter(team=team):
        texts[review.pk] = _text(review.result)
    for action in Action.objects.filter(team__child=team.child_id):
        texts[action.pk] = _text(action.result)
    goals = {each.pk: json.loads(each.goals.open()) for each in Strategy.objects.filter(team=team)}
    return Opened(_text(team.why), _text(team.answer), goals, texts)


def _text(sealed: Any) -> str:
    return sealed.open() if sealed else ""
