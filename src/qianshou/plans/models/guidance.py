"""Guidance for a family: one family, one plan, with its sessions and homework."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.plans.rules import roads
from qianshou.registry.models import Child


class Attendee(models.TextChoices):
    """Who of a family takes part."""

    FATHER = "FATHER", _("child's father")
    MOTHER = "MOTHER", _("child's mother")
    GRANDPARENT = "GRANDPARENT", _("grandparent")
    CARER = "CARER", _("another carer")
    CHILD = "CHILD", _("child")


class GuidanceQuerySet(models.QuerySet["Guidance"]):
    """Questions about plans of guidance."""

    def running(self) -> Self:
        """Keep those under way."""
        return self.filter(state=roads.RUNNING)


class Guidance(Identified):
    """The plan by which parents are guided. What it aims at and what came of it is sealed."""

    class Basis(models.TextChoices):
        ASKED = "ASKED", _("the family asked for it")
        ADVISED = "ADVISED", _("urged by the federation or school")
        ORDERED = "ORDERED", _("ordered by police, procurators or a court")

    class Result(models.TextChoices):
        REACHED = "REACHED", _("aims reached")
        PARTLY = "PARTLY", _("aims reached in part")
        NOT_REACHED = "NOT_REACHED", _("aims not reached")
        REFUSED = "REFUSED", _("the family did not take part")
        MOVED = "MOVED", _("the family moved away")

    child = models.ForeignKey(Child, models.PROTECT, related_name="guidance")
    area_code = AreaCodeField()
    basis = models.CharField(max_length=8, choices=Basis.choices)
    aims = SealedField()
    for_whom = models.JSONField(default=list)
    lead = models.ForeignKey(User, models.PROTECT, related_name="+")
    began_on = models.DateField()
    review_on = models.DateField()
    state = models.CharField(max_length=8, choices=roads.GUIDANCE.choices(_), default=roads.RUNNING)
    result = models.CharField(max_length=12, choices=Result.choices, blank=True)
    outcome = SealedField()
    closed_on = models.DateField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Of merges of files: the event, and the file that it belonged to before.
    moves = models.JSONField(default=list)

    objects = GuidanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=roads.RUNNING, result="")
                | Q(state=roads.CLOSED, closed_by__isnull=False) & ~Q(result=""),
                name="guidance_closes_with_a_result",
            ),
        ]
        triggers = [
            *guards(roads.GUIDANCE, "guidance"),
            pgtrigger.Protect(name="guidance_stays", operation=pgtrigger.Delete),
        ]
        indexes = [
            models.Index(fields=["area_code", "review_on"], name="guidance_by_area"),
            models.Index(fields=["child"], name="guidance_by_child"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.began_on}"


class SessionQuerySet(models.QuerySet["Session"]):
    """Questions about sessions."""

    def unnoted(self, today: date) -> Self:
        """Keep those whose day is over and of which nobody said what became."""
        return self.filter(state=roads.PLANNED, planned_on__lt=today)


class Session(Identified):
    """One meeting of guidance: planned, and then held, missed or called off."""

    class Form(models.TextChoices):
        HOME_VISIT = "HOME_VISIT", _("home visit")
        CALL = "CALL", _("call")
        COURSE = "COURSE", _("course or parents' school")
        STATION = "STATION", _("at the station or office")

    guidance = models.ForeignKey(Guidance, models.PROTECT, related_name="sessions")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    planned_on = models.DateField()
    form = models.CharField(max_length=10, choices=Form.choices)
    topic = models.CharField(max_length=120)
    held_by = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=roads.SESSION.choices(_), default=roads.PLANNED)
    held_on = models.DateField(null=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    present = models.JSONField(default=list)
    note = SealedField()
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField(null=True)
    # Of merges of files: the event, and the file that it belonged to before.
    moves = models.JSONField(default=list)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=roads.HELD) | Q(held_on__isnull=False),
                name="guidance_session_held_on_a_day",
            ),
        ]
        triggers = [
            *guards(roads.SESSION, "guidance_session"),
            pgtrigger.Protect(name="guidance_session_stays", operation=pgtrigger.Delete),
        ]
        indexes = [models.Index(fields=["guidance", "planned_on"], name="session_by_guidance")]

    def __str__(self) -> str:
        return f"{self.form} {self.planned_on}"


class Homework(Identified):
    """Something that the family tries at home: by whom, until when, and how far it is."""

    guidance = models.ForeignKey(Guidance, models.PROTECT, related_name="homework")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    task = models.CharField(max_length=200)
    whose = models.CharField(max_length=12, choices=Attendee.choices)
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=roads.HOMEWORK.choices(_), default=roads.GIVEN)
    remark = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField(null=True)
    # Of merges of files: the event, and the file that it belonged to before.
    moves = models.JSONField(default=list)

    class Meta:
        triggers = [
            *guards(roads.HOMEWORK, "guidance_homework"),
            pgtrigger.Protect(name="guidance_homework_stays", operation=pgtrigger.Delete),
        ]
        indexes = [models.Index(fields=["guidance", "due_on"], name="homework_by_guidance")]

    def __str__(self) -> str:
        return self.task
