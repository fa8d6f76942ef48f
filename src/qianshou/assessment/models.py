"""What a child needs and how much it is at risk, by an instrument, confirmed by a person."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.registry.models import Child


class Grade(models.TextChoices):
    """Four grades; red is the most urgent. The order of the codes is the order of urgency."""

    RED = "RED", _("red")
    ORANGE = "ORANGE", _("orange")
    YELLOW = "YELLOW", _("yellow")
    GREEN = "GREEN", _("green")


class Instrument(Identified):
    """Indicators, weights, hard triggers and cuts, as data (docs/reference/instruments.md)."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    body = models.JSONField()
    is_current = models.BooleanField(default=True)
    # Who wrote a version and why; a version that was never put in force is a draft.
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=200, blank=True)
    adopted_at = models.DateTimeField(null=True)
    adopted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    adopted_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="instrument_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(is_current=True), name="instrument_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Questions about assessments."""

    def current(self) -> Self:
        """Keep each child's newest assessment."""
        return self.filter(is_current=True)


class Assessment(Identified):
    """One scoring of one child: what the rule says, what counted, and what a person confirmed.

    `grade` is what counts today: never milder than the last confirmed one until a person says
    so, since a feed may not lower a grade by itself. `tier` (0 most urgent) is what the matcher
    reads. `needs` are eight levels 0..100 in the order of the duty axes. `evidence` lists
    `{"indicator", "points", "fact"}`; `triggers` the hard triggers that were met.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="assessments")
    area_code = AreaCodeField()
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField()
    computed_grade = models.CharField(max_length=6, choices=Grade.choices)
    grade = models.CharField(max_length=6, choices=Grade.choices)
    tier = models.PositiveSmallIntegerField()
    needs = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    triggers = models.JSONField(default=list)
    is_current = models.BooleanField(default=True)
    computed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(is_current=True), name="assessment_one_current"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="assessment_confirmed_by_and_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "tier"],
                condition=Q(is_current=True),
                name="assessment_current_by_area",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grade} {self.score}"


class Inquiry(Identified):
    """What a person answered to the questions that the instrument asks about one child.

    `answers` lies sealed: a JSON object `{question: answer}`; so do the words that support them.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="inquiries")
    area_code = AreaCodeField()
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    answers = SealedField()
    grounds = SealedField()
    held_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    is_current = models.BooleanField(default=True)
    came_from = models.UUIDField(null=True)
    came_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(is_current=True), name="inquiry_one_current"
            ),
        ]
        indexes = [models.Index(fields=["child", "-at"], name="inquiry_by_child")]

    def __str__(self) -> str:
        return f"{self.child_id} {self.held_on}"


class Alarm(Identified):
    """A situation that is red at once; its grounds lie elsewhere, and this row does not say where.

    `once` is a digest of the occasion, so that the same one counts once and nobody reads it back.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="alarms")
    area_code = AreaCodeField()
    once = models.CharField(max_length=64, unique=True)
    raised_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_for = models.CharField(max_length=200, blank=True)
    came_from = models.UUIDField(null=True)
    came_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_for="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_for=""),
                name="alarm_ended_by_when_and_why",
            ),
        ]
        indexes = [
            models.Index(fields=["child"], condition=Q(ended_at=None), name="alarm_open_by_child"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.raised_at:%Y-%m-%d}"


class ReassessmentQuerySet(models.QuerySet["Reassessment"]):
    """Questions about children who are to be looked at again."""

    def open(self) -> Self:
        """Keep those that nobody has done."""
        return self.filter(done_at=None)


class Reassessment(Identified):
    """By when a child is to be looked at again, and why; one stands open per child."""

    class Because(models.TextChoices):
        SCHEDULE = "SCHEDULE", _("its time has come")
        PARENT_GONE = "PARENT_GONE", _("a parent is gone")
        DROPPED_OUT = "DROPPED_OUT", _("it has dropped out of school")
        MOVED = "MOVED", _("it has moved")
        NEWS = "NEWS", _("something in its life has changed")
        ALARM = "ALARM", _("a situation to be answered at once")

    child = models.ForeignKey(Child, models.PROTECT, related_name="reassessments")
    area_code = AreaCodeField()
    because = models.CharField(max_length=12, choices=Because.choices)
    opened_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    told_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ReassessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(done_at=None), name="reassessment_one_open"
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "due_on"], condition=Q(done_at=None), name="reassessment_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.due_on}"
