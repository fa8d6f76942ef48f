"""Versions of the schedule of support contacts and endings, in force for an area."""

from django.db import models
from django.db.models import Q

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified


class ScheduleVersion(Identified):
    """One version, written once; it holds from its adoption until another one is adopted."""

    area_code = AreaCodeField()
    version = models.PositiveIntegerField()
    text = models.TextField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True)
    is_current = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    adopted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    adopted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "version"], name="support_schedule_version_once"
            ),
            models.UniqueConstraint(
                fields=["area_code"], condition=Q(is_current=True),
                name="support_schedule_one_current",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.area_code} v{self.version}"
