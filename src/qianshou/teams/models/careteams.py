"""A child's care team, and the tasks its members are asked to do."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.pairing.models import Role, TeamSeat
from qianshou.registry.models import Child
from qianshou.teams.models.caremodels import Adoption, CareModel
from qianshou.teams.rules import tasks


class CareTeamQuerySet(models.QuerySet["CareTeam"]):
    """Questions about teams."""

    def in_force(self) -> Self:
        """Keep the teams that stand; a closed or absorbed file has none."""
        return self.filter(ended_at=None, child__merged_into=None).exclude(
            child__state=Child.State.CLOSED
        )


class CareTeam(Identified):
    """Which model holds for one child, since when. Who sits in it stands in `pairing.TeamSeat`.

    `moves` holds each joining of files that carried the team along, and from which file.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="care_teams")
    area_code = AreaCodeField()
    moves = models.JSONField(default=list, blank=True, editable=False)
    model = models.ForeignKey(CareModel, models.PROTECT, related_name="teams")
    adoption = models.ForeignKey(Adoption, models.PROTECT, null=True, related_name="teams")
    began_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)

    objects = CareTeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(ended_at=None), name="care_team_one_per_child"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="")
                | Q(ended_at__isnull=False) & ~Q(end_reason=""),
                name="care_team_ended_when_and_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code"], condition=Q(ended_at=None), name="care_team_by_area"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.model_id}"


class TaskQuerySet(models.QuerySet["TeamTask"]):
    """Questions about tasks."""

    def open(self) -> Self:
        """Keep what nobody has answered or taken back."""
        return self.filter(state=tasks.OPEN)

    def late(self, today: date) -> Self:
        """Keep what should have been answered by now."""
        return self.open().filter(due_on__lt=today)


class TeamTask(Identified):
    """One thing that one member of a team is asked to do for one child.

    `parts` is what of the child's file the task opens: never more than the slot allows. A link of
    it is known by its number: a newer one, or none, makes the earlier ones worthless. The browser
    that opened a link holds the key whose digest is kept.
    """

    # The child of the seat, which may move to another file: the task goes along.
    child = models.ForeignKey(Child, models.PROTECT, related_name="team_tasks")
    area_code = AreaCodeField()
    seat = models.ForeignKey(TeamSeat, models.PROTECT, related_name="tasks")
    role = models.CharField(max_length=14, choices=Role.choices)
    asked = SealedField()
    parts = models.JSONField(default=list, blank=True)
    office = models.CharField(max_length=60)
    due_on = models.DateField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=tasks.TASK.choices(_), default=tasks.OPEN
    )  # fmt: skip
    outcome = models.CharField(
        max_length=12, choices=[(code, _(words)) for code, words in tasks.OUTCOMES.items()],
        blank=True,
    )  # fmt: skip
    answer = SealedField()
    evidence = SealedField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_for = models.CharField(max_length=200, blank=True)
    reminded_on = models.DateField(null=True)
    read_at = models.DateTimeField(null=True)
    link_number = models.PositiveSmallIntegerField(default=0)
    link_until = models.DateTimeField(null=True)
    link_opened_at = models.DateTimeField(null=True)
    link_key = models.BinaryField(max_length=32, default=b"", blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ANSWERED", answered_at__isnull=False) & ~Q(outcome="")
                | Q(answered_at=None, answered_by=None, outcome="") & ~Q(state="ANSWERED"),
                name="team_task_answered_when_and_how",
            ),
            models.CheckConstraint(
                condition=Q(state="WITHDRAWN", withdrawn_at__isnull=False,
                            withdrawn_by__isnull=False) & ~Q(withdrawn_for="")
                | Q(withdrawn_at=None, withdrawn_by=None, withdrawn_for="")
                & ~Q(state="WITHDRAWN"),
                name="team_task_withdrawn_by_when_and_why",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["area_code", "due_on"], condition=Q(state="OPEN"), name="team_task_open"
            ),
            models.Index(fields=["child"], name="team_task_by_child"),
        ]
        triggers = guards(tasks.TASK, "team_task")

    def __str__(self) -> str:
        return f"{self.role} {self.due_on}"


class TaskLink(Identified):
    """The digest of a link's secret. It is looked up before any scope exists and names nobody."""

    digest = models.BinaryField(max_length=32, unique=True)
    task = models.ForeignKey(TeamTask, models.PROTECT, related_name="links")
    number = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.task_id} {self.number}"
