"""Versions of checklists, and which one each pairing follows."""

import pgtrigger
from django.db import models
from django.db.models import Q

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing


class CareSet(Identified):
    """One version of a checklist, written once; new pairings take the one in force for their area.

    The shipped ones belong to no area: one of them is in force where nobody has chosen, the
    others are presets to begin from.
    """

    area_code = AreaCodeField()
    code = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
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
                fields=["area_code", "code", "version"], name="care_set_version_once"
            ),
            models.UniqueConstraint(
                fields=["area_code"], condition=Q(is_current=True), name="care_set_one_current"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="care_set_is_written_once",
                fields=["area_code", "code", "version", "body", "sha256", "by"],
            ),
            pgtrigger.Protect(name="care_set_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.area_code} v{self.version}"


class Plan(Identified):
    """Which version a pairing follows since when, and until when its periods are opened."""

    pairing = models.OneToOneField(Pairing, models.PROTECT, related_name="care_plan")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    care_set = models.ForeignKey(CareSet, models.PROTECT, related_name="plans")
    since = models.DateField()
    opened_until = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["area_code"], name="plan_by_area")]

    def __str__(self) -> str:
        return f"{self.pairing_id} {self.care_set_id}"


class PlanMove(Identified):
    """A pairing that was moved to another version on purpose, and why."""

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="plan_moves")
    area_code = AreaCodeField()
    before = models.ForeignKey(CareSet, models.PROTECT, related_name="+")
    after = models.ForeignKey(CareSet, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="plan_moved_for_a_reason"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="plan_move_is_written_once", exclude=["area_code"]),
            pgtrigger.Protect(name="plan_move_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.before_id} {self.after_id}"
