"""Changes of her file that she asks for; a person takes them over."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.common.guards import guards
from qianshou.mothers.models.files import Mother, worded
from qianshou.mothers.rules import changes


class FileChangeQuerySet(models.QuerySet["FileChange"]):
    """Questions about changes."""

    def open(self) -> Self:
        """Keep what nobody has decided."""
        return self.filter(state=changes.OPEN)


class FileChange(Identified):
    """One field of her file as she wants it: a list in `wanted`, or a lower number of `places`."""

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="changes")
    area_code = AreaCodeField()
    field = models.CharField(max_length=9, choices=worded(changes.FIELDS))
    wanted = models.JSONField(default=list)
    places = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(
        max_length=9, choices=worded(changes.CHANGE.labels), default=changes.OPEN
    )
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    objects = FileChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mother", "field"], condition=Q(state=changes.OPEN),
                name="change_one_open_per_field",
            ),
            models.CheckConstraint(
                condition=Q(field=changes.CAPACITY) ^ Q(places=None), name="change_of_its_kind"
            ),
        ]  # fmt: skip
        triggers = guards(changes.CHANGE, "change")
        indexes = [models.Index(fields=["area_code", "state"], name="change_by_area")]

    def __str__(self) -> str:
        return self.field
