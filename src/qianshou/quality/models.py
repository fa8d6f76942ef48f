"""Figures about departments' rows over time, and the pairs of rows that clerks label."""

from django.db import models
from django.db.models import Q

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.exchange.models import Record, Source


class Scorecard(Identified):
    """How good the rows of one source were in one county at one time: figures, no person."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    at = models.DateTimeField()
    # how many deliveries came since the scorecard before
    deliveries = models.PositiveIntegerField(default=0)
    figures = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["area_code", "source", "-at"], name="scorecard_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.area_code}"


class Sample(Identified):
    """Pairs of rows drawn by strata, to estimate how good the linkage of a county is.

    `strata` holds for each kind of pair how many there are: `{"code": [linked, size]}`.
    """

    area_code = AreaCodeField()
    strata = models.JSONField()
    drawn_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["area_code", "-drawn_at"], name="sample_newest")]

    def __str__(self) -> str:
        return f"{self.area_code} {self.drawn_at:%Y-%m-%d}"


class Pair(Identified):
    """One pair of a sample, and what a clerk said about it."""

    class Answer(models.TextChoices):
        OPEN = "", "open"
        SAME = "SAME", "same"
        DIFFERENT = "DIFFERENT", "different"
        UNCLEAR = "UNCLEAR", "unclear"

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="pairs")
    area_code = AreaCodeField()
    position = models.PositiveIntegerField()
    stratum = models.CharField(max_length=12)
    linked = models.BooleanField()
    record_a = models.ForeignKey(Record, models.PROTECT, related_name="+")
    record_b = models.ForeignKey(Record, models.PROTECT, related_name="+")
    levels = models.TextField(blank=True)
    weight_bits = models.FloatField()
    probability = models.FloatField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "position"], name="pair_has_its_place"),
            models.CheckConstraint(
                condition=Q(answer="", by=None, at=None)
                | (~Q(answer="") & Q(by__isnull=False, at__isnull=False)),
                name="pair_answered_by_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.position}"
