"""The service record in the form of the national rule (民政部令第67号), and its certificate.

Service, commendations and evaluations are written once. A mistake is corrected by a new entry
that names the one it replaces; the database refuses to change or delete any of them.
"""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models.files import Mother


def _written_once(name: str) -> list[pgtrigger.Trigger]:
    """Return the trigger that keeps what was written."""
    return [pgtrigger.Protect(name=f"{name}_once", operation=pgtrigger.Update | pgtrigger.Delete)]


class ServiceQuerySet(models.QuerySet["ServiceEntry"]):
    """Questions about entries."""

    def in_force(self) -> Self:
        """Keep the entries that no later one has replaced."""
        return self.filter(replaced_by=None)

    def minutes(self) -> int:
        """Add up the service that counts, without the way there and back."""
        total: int | None = self.in_force().aggregate(all=Sum("minutes"))["all"]
        return total or 0


class ServiceEntry(Identified):
    """One service: `minutes` of real service, `travel_minutes` beside it and never added to it.

    Zero minutes in a correction strike the replaced entry out.
    """

    class Kind(models.TextChoices):
        COMPANY = "COMPANY", _("keeping company")
        STUDY = "STUDY", _("help with learning")
        VISIT = "VISIT", _("home visit")
        ACTIVITY = "ACTIVITY", _("activity with children")
        GUIDANCE = "GUIDANCE", _("family-education guidance")
        OTHER = "OTHER", _("other service")

    class Source(models.TextChoices):
        CARE = "CARE", _("care log")
        ACTIVITY = "ACTIVITY", _("activity")
        PAPER = "PAPER", _("paper record")
        PLATFORM = "PLATFORM", _("other volunteer platform")

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="services")
    area_code = AreaCodeField()
    held_on = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    travel_minutes = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.COMPANY)
    place = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.PAPER)
    # What it was in its source, so that the same log is not counted twice.
    source_key = models.CharField(max_length=64, blank=True)
    attested_by = models.CharField(max_length=80)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    why = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__lte=960) & Q(travel_minutes__lte=960),
                name="service_fits_into_a_day",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=False) | Q(minutes__gte=1), name="service_has_minutes"
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(why=""), name="service_corrected_for_a_reason"
            ),
            models.CheckConstraint(condition=~Q(attested_by=""), name="service_attested"),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(corrects=F("id")), name="service_not_its_own_cure"
            ),
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=~Q(source_key=""),
                name="service_once_per_source",
            ),
        ]  # fmt: skip
        triggers = _written_once("service")
        indexes = [models.Index(fields=["mother", "held_on"], name="service_by_mother")]

    def __str__(self) -> str:
        return f"{self.held_on} {self.minutes}"


class Commendation(Identified):
    """An honour: who gave it, on which level, by which paper. A correction replaces it."""

    class Level(models.TextChoices):
        COUNTY = "COUNTY", _("county")
        CITY = "CITY", _("city")
        PROVINCE = "PROVINCE", _("province")
        NATION = "NATION", _("nation")

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="commendations")
    area_code = AreaCodeField()
    title = models.CharField(max_length=80)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.COUNTY)
    given_by = models.CharField(max_length=80)
    given_on = models.DateField()
    paper = models.CharField(max_length=60, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        triggers = _written_once("commendation")
        constraints = [
            models.UniqueConstraint(
                fields=["mother", "title", "given_on"], name="commendation_once"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Evaluation(Identified):
    """What the organiser says about her service in a period: one to five, and words."""

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="evaluations")
    area_code = AreaCodeField()
    score = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=200, blank=True)
    on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        triggers = _written_once("evaluation")
        constraints = [
            models.CheckConstraint(condition=Q(score__range=(1, 5)), name="evaluation_one_to_five")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.score}"


class ServiceCertificate(Identified):
    """A certificate as it was issued: what stands on it is kept, and never changes.

    `stem` is its number without the seal; the seal follows from the key outside the database.
    """

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="certificates")
    area_code = AreaCodeField()
    stem = models.CharField(max_length=22, unique=True, db_collation="C")
    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=100)
    issued_on = models.DateField()
    from_on = models.DateField()
    until_on = models.DateField()
    minutes = models.PositiveIntegerField()
    by_kind = models.JSONField(default=dict)
    in_charge = models.CharField(max_length=80)
    handler = models.ForeignKey(User, models.PROTECT, related_name="+")
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawn_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) ^ ~Q(withdrawn_for=""),
                name="certificate_withdrawn_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="certificate_period"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="certificate_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["withdrawn_on", "withdrawn_for"]),
            ),
            pgtrigger.Protect(
                name="certificate_gone_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_on__isnull=False),
            ),
            pgtrigger.Protect(name="certificate_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.stem
