"""What is agreed about a source, how its deliveries looked, and where it drifts from that."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models.deliveries import ImportRun
from qianshou.exchange.models.sources import Source


class Agreement(Identified):
    """Why a department may hand over which fields, what for, and until when. Never changed.

    A new one takes the place of the one before. Once a source has had one it delivers under a
    valid one or not at all, and a field that it does not name is not kept anywhere.
    """

    class Basis(models.TextChoices):
        DUTY = "DUTY", _("a duty laid down by law")
        CONSENT = "CONSENT", _("consent of the guardian")
        LIFE = "LIFE", _("protection of life and health")
        LAW = "LAW", _("another rule of law")

    class Purpose(models.TextChoices):
        FILE = "FILE", _("one file per child")
        ASSESSMENT = "ASSESSMENT", _("assessing needs and risk")
        MATCHING = "MATCHING", _("finding a loving mother")
        CARE = "CARE", _("following the care")
        FIGURES = "FIGURES", _("figures without persons")

    source = models.ForeignKey(Source, models.PROTECT, related_name="agreements")
    number = models.CharField(max_length=80)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    purposes = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_until = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")), name="agreement_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RunTrace(Identified):
    """What a delivery leaves besides its rows, so that later questions can be answered.

    `same_keys` are the blind keys of rows that a list of changes brought unchanged: undoing an
    earlier delivery must know them. `shape` holds counts by column, no person. `examples` show a
    person what a waiting delivery would change; they go when it is decided.
    """

    run = models.OneToOneField(ImportRun, models.PROTECT, related_name="trace")
    area_code = AreaCodeField()
    same_keys = models.BinaryField(default=b"")
    shape = models.JSONField(default=dict)
    examples = SealedField()

    def __str__(self) -> str:
        return f"{self.run_id}"


class DriftQuerySet(models.QuerySet["Drift"]):
    """Questions about drift."""

    def open(self) -> Self:
        """Keep what nobody has looked at yet and what still holds."""
        return self.filter(closed_at=None)


class Drift(Identified):
    """One way in which a source no longer is what it was; it never keeps a good row out."""

    class Kind(models.TextChoices):
        NEW_COLUMN = "NEW_COLUMN", _("a new column")
        LOST_COLUMN = "LOST_COLUMN", _("a column is gone")
        LOST_CODE = "LOST_CODE", _("a code no longer occurs")
        NULLS = "NULLS", _("more cells are empty")
        ROWS = "ROWS", _("another number of rows")
        SILENT = "SILENT", _("nothing has come")

    source = models.ForeignKey(Source, models.PROTECT, related_name="drifts")
    run = models.ForeignKey(ImportRun, models.PROTECT, null=True, related_name="drifts")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    column = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict)
    seen_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = DriftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "area_code", "kind", "column"],
                condition=Q(closed_at=None),
                name="drift_told_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.column}"
