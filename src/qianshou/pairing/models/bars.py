"""Who is not to be matched: a child or a mother for a time or until a review, a pair for good."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.pairing.models.pairings import Pairing
from qianshou.registry.models import Child


class BarQuerySet(models.QuerySet["Bar"]):
    """Questions about bars."""

    def in_force(self, day: date) -> Self:
        """Keep the bars that hold on a day."""
        return self.filter(Q(until=None) | Q(until__gt=day), lifted_at=None)


class Bar(Identified):
    """No new pairing for a child, for a mother, or of these two, as a closing decided.

    A cool-down ends by itself on `until`; any other bar stands until a person lifts it. A bar for
    safety is lifted by somebody else than who set it, and a barred pair stays barred.
    """

    class Kind(models.TextChoices):
        COOL_DOWN = "COOL_DOWN", _("cool-down after a closing")
        MONITORED = "MONITORED", _("looked in on, no mother for now")
        OUT = "OUT", _("no further pairing")
        SAFETY = "SAFETY", _("safety: to be reviewed by another person")
        PAIR = "PAIR", _("never these two again")

    child = models.ForeignKey(Child, models.PROTECT, null=True, related_name="bars")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="bars")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    until = models.DateField(null=True)
    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="bars")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_for = models.CharField(max_length=200, blank=True)

    objects = BarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False) & ~Q(lifted_for=""),
                name="bar_lifted_by_when_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(kind="PAIR") | Q(until=None, lifted_at=None),
                name="bar_of_a_pair_is_for_good",
            ),
            models.CheckConstraint(
                condition=~Q(kind="SAFETY")
                | Q(lifted_by=None)
                | Q(by__isnull=False) & ~Q(lifted_by=F("by")),
                name="bar_for_safety_is_lifted_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(kind="COOL_DOWN") | Q(until__isnull=False),
                name="bar_cools_until_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["child"], condition=Q(lifted_at=None), name="bar_by_child"),
            models.Index(fields=["mother"], condition=Q(lifted_at=None), name="bar_by_mother"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.child_id or ''} {self.mother_id or ''}"
