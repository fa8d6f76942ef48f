"""When the next contact is due, and what was done about a silence."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.pairing.models import Pairing


class ClockQuerySet(models.QuerySet["Clock"]):
    """Questions about contacts that are due."""

    def late_on(self, day: date) -> Self:
        """Keep those whose contact should have been before a day."""
        return self.filter(due_on__lt=day)


class Clock(models.Model):
    """When the next contact of a running pairing is due; a resting one has no `due_on`.

    Kept so that a list of the silent is read from an index. `heard_on` is the day of the last
    contact, or the day on which the clock began to run; a silence is known by it. `told` counts
    the steps of `rules.silence` that this silence has taken, `tier` is 0 for a red child.
    """

    pairing = models.OneToOneField(
        Pairing, models.PROTECT, primary_key=True, related_name="clock"
    )  # fmt: skip
    area_code = AreaCodeField()
    grade = models.CharField(max_length=6)
    tier = models.PositiveSmallIntegerField()
    every = models.PositiveSmallIntegerField()
    last_on = models.DateField(null=True)
    heard_on = models.DateField()
    due_on = models.DateField(null=True)
    told = models.PositiveSmallIntegerField(default=0)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(heard_on__gte=models.F("last_on")),
                name="clock_hears_of_the_last_contact",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "due_on"], include=["tier", "told"],
                condition=Q(due_on__isnull=False), name="clock_by_area",
            ),
            models.Index(
                fields=["due_on", "tier"], condition=Q(due_on__isnull=False), name="clock_by_day"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.pairing_id} {self.due_on}"


class Reminder(Identified):
    """One thing done about one silence: a step, what staff did, or her try. Written once."""

    class Act(models.TextChoices):
        MOTHER = "MOTHER", _("mother reminded")
        TOWN = "TOWN", _("town told")
        COUNTY = "COUNTY", _("county told")
        CITY = "CITY", _("counted in the city's figure")
        BY_HAND = "BY_HAND", _("mother reminded by staff")
        CALLED = "CALLED", _("staff called the mother")
        TRIED = "TRIED", _("the mother tried in vain")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="reminders")
    area_code = AreaCodeField()
    heard_on = models.DateField()
    act = models.CharField(max_length=8, choices=Act.choices)
    days_late = models.PositiveSmallIntegerField()
    note = SealedField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # A step that the calendar takes happens once for each silence.
            models.UniqueConstraint(
                fields=["pairing", "heard_on", "act"], condition=Q(by=None),
                name="reminder_once_per_silence",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["pairing", "-at"], name="reminder_by_pairing")]
        triggers = [
            pgtrigger.ReadOnly(name="reminder_stays_as_it_is", exclude=["area_code"]),
            pgtrigger.Protect(name="reminder_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.pairing_id}"
