"""What people demand of plans, what moved by it, and the switch for batches."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.pairing.models.runs import MatchRun
from qianshou.registry.models import Child


class SteeringActQuerySet(models.QuerySet["SteeringAct"]):
    """Questions about what people demand of plans."""

    def in_force(self) -> Self:
        """Keep the ones nobody has taken back."""
        return self.filter(undone_at=None)

    def settling(self) -> Self:
        """Keep the ones that fix a pair."""
        return self.filter(kind__in=[SteeringAct.Kind.LOCK, SteeringAct.Kind.FORCE])


class SteeringAct(Identified):
    """What a person demands of this plan and of all later ones: who, when, why, at what loss.

    `points` is what the best plan loses by it, `lost` and `won` the children who lose or gain a
    place. The pairs that moved are `moves`.
    """

    class Kind(models.TextChoices):
        VETO = "VETO", _("never these two")
        LOCK = "LOCK", _("keep this pair")
        FORCE = "FORCE", _("this pair all the same")

    class Reason(models.TextChoices):
        KNOWN = "KNOWN", _("They know each other")
        WISH = "WISH", _("Wish of the child, the guardian or the mother")
        CONFLICT = "CONFLICT", _("Conflict between the families")
        HOME = "HOME", _("Something at her home or theirs")
        DISTANCE = "DISTANCE", _("The way is longer or harder than it looks")
        FACTS = "FACTS", _("The data are wrong or out of date")
        OTHER = "OTHER", _("Another reason")

    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="steering")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    child = models.ForeignKey(Child, models.PROTECT, related_name="steering")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    reason_code = models.CharField(max_length=10, choices=Reason.choices)
    reason = models.CharField(max_length=200)
    points = models.IntegerField()
    lost = models.PositiveSmallIntegerField(default=0)
    won = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = SteeringActQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(undone_at=None, kind__in=["LOCK", "FORCE"]),
                name="steering_one_fixed_pair_per_child",
            ),
            models.UniqueConstraint(
                fields=["child", "mother"],
                condition=Q(undone_at=None, kind="VETO"),
                name="steering_one_veto_per_pair",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="steering_undone_by_and_when",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "undone_at"], name="steering_by_area")]

    def __str__(self) -> str:
        return f"{self.kind} {self.child_id} {self.mother_id}"


class Move(Identified):
    """A child whose proposed mother changed, by steering or by a repair, and why."""

    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="moves")
    steering = models.ForeignKey(SteeringAct, models.PROTECT, null=True, related_name="moves")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    before = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=30)
    # The child who got the place that this one left, where that is the cause.
    yielded_to = models.ForeignKey(Child, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["run", "area_code"], name="move_by_run")]

    def __str__(self) -> str:
        return f"{self.why} {self.child_id}"


class Batching(Identified):
    """Whether new children of an area get proposals by themselves; a person switches it."""

    area_code = AreaCodeField(unique=True)
    is_on = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.area_code} {self.is_on}"
