"""Care for the mother herself: how she fares each month, when she rests, what help she asks for."""

from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.mothers.models.files import Mother, worded
from qianshou.mothers.rules import hardship


class StrainPulse(Identified):
    """What she said in one month; `percent` is the strain 0..100 by the version she answered."""

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="pulses")
    area_code = AreaCodeField()
    month = models.DateField()
    version = models.PositiveSmallIntegerField()
    answers = models.JSONField()
    percent = models.PositiveSmallIntegerField()
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mother", "month"], name="pulse_once_a_month"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="pulse_percent"),
            models.CheckConstraint(condition=Q(month__day=1), name="pulse_belongs_to_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Rest(Identified):
    """A time in which she wants at most `places` children; it holds from the day she asks."""

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="rests")
    area_code = AreaCodeField()
    places = models.PositiveSmallIntegerField(default=0)
    from_on = models.DateField()
    until_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="rest_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["mother"], condition=Q(ended_on=None), name="rest_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} {self.until_on}"


class HardshipQuerySet(models.QuerySet["HardshipRequest"]):
    """Questions about requests."""

    def unanswered(self) -> Self:
        """Keep what somebody still has to do."""
        return self.filter(state__in=[hardship.OPEN, hardship.TAKEN])

    def urgent_first(self) -> Self:
        """Order a worklist: safety on top, then by the day on which an answer is due."""
        places = [When(kind=kind, then=Value(at)) for kind, at in hardship.URGENCY.items()]
        return self.annotate(urgency=Case(*places, output_field=models.IntegerField())).order_by(
            "urgency", "due_on", "id"
        )


class HardshipRequest(Identified):
    """What she asks help for. Whoever it is `about` never sees it: row security keeps it away.

    `raised` says that nobody else in the county could take it, so that it lies with the city.
    """

    mother = models.ForeignKey(Mother, models.PROTECT, related_name="hardships")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=8, choices=worded(hardship.KINDS))
    words = SealedField()
    about = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    raised = models.BooleanField(default=False)
    state = models.CharField(
        max_length=9, choices=hardship.HARDSHIP.choices(_), default=hardship.OPEN
    )
    asked_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=400, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = HardshipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | ~Q(state=hardship.TAKEN),
                name="hardship_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(about=None) | Q(owner=None) | ~Q(about=F("owner")),
                name="hardship_never_with_whom_it_is_about",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) ^ Q(state__in=hardship.HARDSHIP.terminal),
                name="hardship_closed_as_its_state_says",
            ),
        ]
        triggers = guards(hardship.HARDSHIP, "hardship")
        indexes = [models.Index(fields=["area_code", "state"], name="hardship_by_area")]

    def __str__(self) -> str:
        return str(_("request"))
