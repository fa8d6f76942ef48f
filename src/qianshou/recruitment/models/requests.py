"""Newer texts of commitments, and the mothers in service who were asked to sign them."""

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.recruitment.models.checks import Signature


class SignRequestQuerySet(models.QuerySet["SignRequest"]):
    """Questions about texts that wait for a signature."""

    def unsigned(self) -> Self:
        """Keep what is neither signed in this version nor in a newer one."""
        signed = Signature.objects.filter(
            application__mother=OuterRef("mother"), code=OuterRef("code"),
            version__gte=OuterRef("version"),
        )  # fmt: skip
        return self.exclude(Exists(signed))

    def in_service(self) -> Self:
        """Keep the mothers who serve or rest; who has left has nothing to sign."""
        return self.filter(mother__state__in=(Mother.State.ACTIVE, Mother.State.PAUSED))


class SignRequest(Identified):
    """That a mother was asked to sign the newer version of a text, until `due_on`.

    `lapsed_on` is the day on which her file took note that she had not: from then on no older
    signature counts for this text. Whether she has signed is never kept here, only asked.
    """

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="sign_requests")
    area_code = AreaCodeField()
    code = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    asked_on = models.DateField()
    due_on = models.DateField()
    reminded_on = models.DateField(null=True)
    lapsed_on = models.DateField(null=True)

    objects = SignRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mother", "code", "version"], name="sign_request_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gt=F("asked_on")), name="sign_request_leaves_time"
            ),
            models.CheckConstraint(
                condition=Q(lapsed_on=None) | Q(lapsed_on__gt=F("due_on")),
                name="sign_request_lapses_after_its_day",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "due_on"], name="sign_request_by_area")]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"
