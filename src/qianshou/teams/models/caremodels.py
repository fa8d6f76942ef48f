"""Care models as written, and where they are adopted."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified


class CareModel(Identified):
    """One version of a model, written once; a team keeps the version that it began under.

    `body` is what `rules.model` reads. Shipped models belong to everywhere (area 000000000000).
    """

    area_code = AreaCodeField()
    code = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    name = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "code", "version"], name="care_model_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class AdoptionQuerySet(models.QuerySet["Adoption"]):
    """Questions about adoptions."""

    def in_force(self) -> Self:
        """Keep what counts today."""
        return self.filter(ended_at=None)


class Adoption(Identified):
    """An office's rule: children of its area who fit the conditions get a team of this model.

    Empty conditions fit everybody. The rule with the lowest `rank` that fits decides.
    """

    area_code = AreaCodeField()
    model = models.ForeignKey(CareModel, models.PROTECT, related_name="adoptions")
    grades = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)
    towns = models.JSONField(default=list, blank=True)
    only_paired = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(default=100)
    note = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = AdoptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__gte=F("at"), ended_by__isnull=False),
                name="adoption_ended_by_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_code} {self.model_id}"
