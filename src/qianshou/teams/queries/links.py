"""What a task's link opens: one task of one child, under a scope that shows nothing else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotFound
from qianshou.common.rowsecurity import Scope
from qianshou.registry.models import Child
from qianshou.teams.models import TaskLink, TeamTask
from qianshou.teams.rules import tasks as rules

KIND: Final = "TEAM_TASK"


class LinkState(StrEnum):
    """Where a link stands."""

    OPEN = "OPEN"
    OPENED = "OPENED"
    USED = "USED"
    WITHDRAWN = "WITHDRAWN"
    REPLACED = "REPLACED"
    RUN_OUT = "RUN_OUT"


@dataclass(frozen=True)
class Found:
    """A task behind a link: which of its links this is, and whether its place still stands."""

    task: TeamTask
    number: int
    stands: bool

    @property
    def state(self) -> LinkState:
        """Say where the link stands."""
        found = state_of(self.task, self.number)
        over = found in (LinkState.OPEN, LinkState.OPENED) and not self.stands
        return LinkState.WITHDRAWN if over else found


def scope_of(task_id: UUID) -> Scope:
    """Return the scope of one task: no area, this one row, and its child while it is open."""
    return Scope(KIND, (), None, task_id)


def find(token: str) -> Found:
    """Find what a link is about and see no more than that from here on; raises `NotFound`.

    Whether the place stands is looked up as the system, by exact key, as a plain yes or no. The
    rest of the transaction runs under the task's own scope, whoever has opened the page.
    """
    link = TaskLink.objects.filter(digest=digest_of(token)).values_list("task_id", "number").first()
    if link is None:
        raise NotFound
    task_id, number = link
    with rowsecurity.acting(rowsecurity.SYSTEM):
        stands = TeamTask.objects.filter(
            pk=task_id, seat__ended_at=None, child__merged_into=None
        ).exclude(child__state=Child.State.CLOSED).exists()  # fmt: skip
    rowsecurity.become(scope_of(task_id))
    return Found(TeamTask.objects.get(pk=task_id), number, stands)


def state_of(task: TeamTask, number: int, now: datetime | None = None) -> LinkState:
    """Say where one of a task's links stands."""
    now = now or timezone.now()
    if task.state == rules.ANSWERED:
        return LinkState.USED
    if task.state == rules.WITHDRAWN:
        return LinkState.WITHDRAWN
    if number != task.link_number:
        return LinkState.REPLACED
    if task.link_until is None or task.link_until <= now:
        return LinkState.RUN_OUT
    return LinkState.OPENED if task.link_opened_at else LinkState.OPEN


def is_key_of(task: TeamTask, key: str) -> bool:
    """Tell whether a browser holds the key that was given when the link was opened."""
    return bool(key) and bytes(task.link_key) == digest_of(key)
