"""The child's own goal, agreed by three, and everything that happened with it."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.plans.rules import roads


class GoalQuerySet(models.QuerySet["Goal"]):
    """Questions about goals."""

    def open(self) -> Self:
        """Keep those that are being agreed or are under way."""
        return self.filter(state__in=roads.OPEN_GOALS)


class Goal(Identified):
    """What a child wants to reach. It begins once child, mother and guardian have said yes.

    `words` are the child's own, sealed; from eight years on there is no goal without them.
    """

    class Field(models.TextChoices):
        STUDY = "STUDY", _("school and homework")
        HEALTH = "HEALTH", _("health")
        HABIT = "HABIT", _("a good habit")
        FEELINGS = "FEELINGS", _("feelings")
        SAFETY = "SAFETY", _("safety")
        FAMILY = "FAMILY", _("family and parents")
        PLAY = "PLAY", _("play and hobbies")
        OTHER = "OTHER", _("something else")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="goals")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    field = models.CharField(max_length=10, choices=Field.choices)
    aim = models.CharField(max_length=200)
    measure = models.CharField(max_length=200)
    until = models.DateField()
    words = SealedField()
    state = models.CharField(max_length=10, choices=roads.GOAL.choices(_), default=roads.PROPOSED)
    child_on = models.DateField(null=True)
    mother_on = models.DateField(null=True)
    guardian_on = models.DateField(null=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = GoalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pairing"], condition=Q(state__in=roads.OPEN_GOALS),
                name="goal_one_open_per_pairing",
            ),
            # Nobody's goal: whoever writes, a goal runs only after all three have agreed.
            models.CheckConstraint(
                condition=~Q(state__in=[roads.AGREED, roads.REACHED])
                | Q(child_on__isnull=False, mother_on__isnull=False, guardian_on__isnull=False),
                name="goal_agreed_by_all_three",
            ),
        ]  # fmt: skip
        triggers = [
            *guards(roads.GOAL, "goal"),
            pgtrigger.ReadOnly(
                name="goal_words_stay",
                fields=["pairing", "field", "aim", "measure", "until", "made_by", "replaces"],
            ),
            pgtrigger.Protect(name="goal_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.aim


class GoalStep(Identified):
    """One thing that happened with a goal: a yes, a look at it together, its end."""

    class Act(models.TextChoices):
        PROPOSE = "PROPOSE", _("written down")
        AGREE_CHILD = "AGREE_CHILD", _("the child agrees")
        AGREE_MOTHER = "AGREE_MOTHER", _("the mother agrees")
        AGREE_GUARDIAN = "AGREE_GUARDIAN", _("the guardian agrees")
        REVIEW = "REVIEW", _("looked at together")
        REACH = "REACH", _("goal reached")
        CHANGE = "CHANGE", _("changed into another goal")
        DROP = "DROP", _("given up")

    class How(models.TextChoices):
        WELL = "WELL", _("it goes well")
        SLOWLY = "SLOWLY", _("it goes slowly")
        STUCK = "STUCK", _("it does not move")

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="steps")
    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    act = models.CharField(max_length=16, choices=Act.choices)
    how = models.CharField(max_length=8, choices=How.choices, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["goal", "at"], name="goal_step_by_goal")]
        triggers = [
            pgtrigger.ReadOnly(name="goal_step_is_written_once", exclude=["area_code"]),
            pgtrigger.Protect(name="goal_step_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.on}"
