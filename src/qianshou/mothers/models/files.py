"""The loving mother's electronic file: who she is, what she can give, and whether she is ready."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, IntegerField, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models import Record
from qianshou.mothers.rules import changes, gates, strain


def worded(labels: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Return the choices of a field whose words stand in a rule as English message ids."""
    return [(code, _(label)) for code, label in labels.items()]


def _hurdles(day: date) -> dict[str, Q]:
    """Say each gate of `rules.gates` in SQL; a property test holds the two against each other."""
    return {
        gates.APPROVED: Q(state="ACTIVE"),
        gates.SCREENED: Q(screening="CLEAR"),
        gates.SCREENING_FRESH: Q(screened_on__range=(gates.oldest_screening(day), day)),
        gates.TRAINED: Q(training_hours__gte=gates.REQUIRED.training_hours, trained_on__lte=day),
        gates.COMMITTED: Q(committed_on__lte=day),
        gates.REPORTING: Q(reporting_signed=True),
        gates.CONFIDENTIAL: Q(confidentiality_signed=True),
        gates.ONE_YEAR: Q(year_signed=True),
    }


def _hers(relation: str) -> models.QuerySet[Any]:
    """Return a mother's rows of another table, for a subquery: joining her own would cost twice."""
    rows: Any = Mother._meta.get_field(relation).related_model
    hers: models.QuerySet[Any] = rows.objects.filter(mother=OuterRef("pk")).order_by()
    return hers


def _least(relation: str, which: Q) -> Subquery:
    """Return the smallest number of places in her rows, or nothing, which LEAST passes over."""
    rows = _hers(relation).filter(which).values("mother")
    return Subquery(rows.annotate(least=Min("places")).values("least"), output_field=IntegerField())


class MotherQuerySet(models.QuerySet["Mother"]):
    """Questions about mothers."""

    def ready_on(self, day: date) -> Self:
        """Keep the mothers who have passed every gate and whose screening still holds."""
        return self.filter(*_hurdles(day).values())

    def held_up_on(self, day: date, code: str) -> Self:
        """Keep the mothers who have not passed one gate."""
        return self.exclude(_hurdles(day)[code])

    def expiring_on(self, day: date) -> Self:
        """Keep the active mothers whose clear background query holds, but not for long."""
        hurdles, period = _hurdles(day), gates.screened_on_that_expire(day)
        soon = Q(screened_on__range=period)
        return self.filter(hurdles[gates.APPROVED], hurdles[gates.SCREENED], soon)

    def expired_on(self, day: date) -> Self:
        """Keep the active mothers whose background query no longer holds, for however long."""
        hurdles = _hurdles(day)
        return self.filter(hurdles[gates.APPROVED]).exclude(hurdles[gates.SCREENING_FRESH])

    def with_effective(self, day: date) -> Self:
        """Add `effective`: the places she has on a day, fewer while she asks for less.

        It says in a query what `rules.resting` says in Python and a function in the database.
        """
        resting = Q(from_on__lte=day, until_on__gte=day) & (Q(ended_on=None) | Q(ended_on__gt=day))
        asked = Q(state=changes.OPEN, places__isnull=False)
        return self.annotate(
            effective=Least(F("capacity"), _least("rests", resting), _least("changes", asked))
        )

    def with_strain(self, day: date) -> Self:
        """Add `strain` 0..100 by the newest pulse that still speaks; without one it is 0."""
        speaks = _hers("pulses").filter(month__range=(strain.since(day), day))
        newest = speaks.order_by("-month").values("percent")[:1]
        return self.annotate(strain=Coalesce(Subquery(newest, output_field=IntegerField()), 0))


class Mother(Identified):
    """One volunteer. `skills` are eight levels 0..100 in the order of the duty axes.

    `settled` names the fields that a person has set, with the day; no feed changes them. `remark`
    says why she is paused: a person's words, or the code of what a feed or the calendar said.
    `committed_on` is the day of the code of conduct; the list's one paper holds all commitments.
    `slots` is her calendar, from which `times` follow (rules.weekly); it is empty where only a
    list has spoken.
    """

    class State(models.TextChoices):
        APPLIED = "APPLIED", _("applied")
        ACTIVE = "ACTIVE", _("active")
        PAUSED = "PAUSED", _("paused")
        LEFT = "LEFT", _("left")

    class Screening(models.TextChoices):
        CLEAR = "CLEAR", _("clear")
        HIT = "HIT", _("on record")
        PENDING = "PENDING", _("pending")

    area_code = AreaCodeField()
    name = models.CharField(max_length=80)
    search_name = models.CharField(max_length=80, db_collation="C")
    pinyin = models.CharField(max_length=160, db_collation="C")
    initials = models.CharField(max_length=40, db_collation="C")
    birth_on = models.DateField(null=True)
    id_number = SealedField()
    id_token = models.BinaryField(max_length=16, default=b"")
    phone = SealedField()
    phone_token = models.BinaryField(max_length=16, default=b"")
    employer = models.CharField(max_length=100, blank=True)
    ethnicity = models.CharField(max_length=2, blank=True)
    education = models.CharField(max_length=20, blank=True)
    categories = models.JSONField(default=list)
    skills = models.JSONField(default=list)
    languages = models.JSONField(default=list)
    times = models.JSONField(default=list)
    slots = models.JSONField(default=list)
    interests = models.JSONField(default=list)
    dislikes = models.JSONField(default=list)
    wishes = models.JSONField(default=list)
    travel_limit_m = models.PositiveIntegerField(default=5000)
    capacity = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.APPLIED)
    screening = models.CharField(max_length=8, choices=Screening.choices, default=Screening.PENDING)
    screened_on = models.DateField(null=True)
    training_hours = models.FloatField(default=0)
    trained_on = models.DateField(null=True)
    committed_on = models.DateField(null=True)
    reporting_signed = models.BooleanField(default=False)
    confidentiality_signed = models.BooleanField(default=False)
    year_signed = models.BooleanField(default=False)
    applied_on = models.DateField(null=True)
    # Given by the volunteers' register; no official text fixes its form.
    volunteer_number = models.CharField(max_length=32, blank=True)
    settled = models.JSONField(default=dict)
    remark = models.CharField(max_length=200, blank=True)
    record = models.ForeignKey(Record, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = MotherQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(capacity__lte=10), name="mother_capacity_is_humane"),
            models.UniqueConstraint(
                fields=["id_token"], condition=~Q(id_token=b""), name="mother_once_per_id_number"
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "search_name"], name="mother_by_area"),
            models.Index(fields=["search_name"], name="mother_by_name"),
            models.Index(fields=["pinyin"], name="mother_by_pinyin"),
            models.Index(fields=["initials"], name="mother_by_initials"),
            models.Index(
                fields=["phone_token"], condition=~Q(phone_token=b""), name="mother_by_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.name
