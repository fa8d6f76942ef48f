"""What a child needs and how much it is at risk, by an instrument, confirmed by a person."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
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
