"""A child or a mother who moves to another county, from the request to its acceptance."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.registry.models import Child
from qianshou.support.rules import moving


class TransferQuerySet(models.QuerySet["Transfer"]):
    """Questions about transfers."""

    def waiting(self) -> Self:
        """Keep those that nobody has accepted, declined or taken back."""
        return self.filter(state=moving.ASKED)


class Transfer(Identified):
    """A request to take over a file. The county it leaves answers for it until it is accepted."""

    class Whom(models.TextChoices):
        CHILD = "CHILD", _("child")
        MOTHER = "MOTHER", _("loving mother")

    whom = models.CharField(max_length=6, choices=Whom.choices)
    child = models.ForeignKey(Child, models.PROTECT, null=True, related_name="transfers")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="transfers")
    # What the receiving county reads before it decides: it may not open the file yet.
    told_name = models.CharField(max_length=80)
    area_code = AreaCodeField()
    to_code = AreaCodeField()
    state = models.CharField(
        max_length=10, choices=moving.TRANSFER.choices(_), default=moving.ASKED
    )
    reason = models.CharField(max_length=200)
    # Who agreed (the guardian, or the mother herself), when and on what paper.
    consent_by = models.CharField(max_length=80)
    consent_on = models.DateField()
    consent_proof = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_for = models.CharField(max_length=200, blank=True)
    # {table: rows} that moved with the file, for the page and the trail.
    moved = models.JSONField(default=dict)

    objects = TransferQuerySet.as_manager()

    class Meta:
        triggers = guards(moving.TRANSFER, "support_transfer")
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(state="ASKED"), name="support_one_transfer_per_child"
            ),
            models.UniqueConstraint(
                fields=["mother"], condition=Q(state="ASKED"),
                name="support_one_transfer_per_mother",
            ),
            models.CheckConstraint(
                condition=~Q(state="DECLINED") | ~Q(decided_for=""),
                name="support_transfer_declined_for_a_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.whom} {self.area_code} {self.to_code}"
