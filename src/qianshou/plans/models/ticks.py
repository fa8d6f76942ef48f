"""What is owed in each period, and the ticks that fulfil it."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.plans.rules import checklist


class SlotQuerySet(models.QuerySet["Slot"]):
    """Questions about periods."""

    def unfulfilled(self) -> Self:
        """Keep those in which something is still missing."""
        return self.filter(done__lt=F("needed"), dropped=False)

    def late(self, today: date) -> Self:
        """Keep those that closed without it and are still to be heeded."""
        return self.unfulfilled().filter(last_on__lt=today, heed_until__gte=today)

    def due(self, today: date) -> Self:
        """Keep those that are open."""
        return self.unfulfilled().filter(first_on__lte=today, last_on__gte=today)


class Slot(Identified):
    """One item of one pairing in one period: what is needed, and how much of it is done.

    `done` counts the ticks that hold; the words of the item stand in the version. A period that a
    move to another version leaves behind is `dropped`, never deleted.
    """

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="care_slots")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    item = models.CharField(max_length=30)
    part = models.CharField(max_length=30, blank=True)
    key = models.CharField(max_length=16)
    first_on = models.DateField()
    last_on = models.DateField()
    heed_until = models.DateField()
    needed = models.PositiveSmallIntegerField()
    done = models.PositiveSmallIntegerField(default=0)
    dropped = models.BooleanField(default=False)

    objects = SlotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pairing", "item", "part", "key"], name="care_slot_once"
            ),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="care_slot_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "last_on"],
                condition=Q(done__lt=F("needed"), dropped=False),
                name="care_slot_unfulfilled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.key}"


class Tick(Identified):
    """That an item was done once: who said so, when, and by what it is proven.

    Written once and never deleted; a wrong one is withdrawn with a reason. `contact` is the key
    of the logged contact that counted by itself, `said_at` what the phone's clock said.
    """

    class Source(models.TextChoices):
        MOTHER = "MOTHER", _("ticked by the mother")
        STAFF = "STAFF", _("ticked by staff")
        CONTACT = "CONTACT", _("counted from a contact")
        GOAL = "GOAL", _("counted from the goal")

    slot = models.ForeignKey(Slot, models.PROTECT, related_name="ticks")
    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="care_ticks")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    item = models.CharField(max_length=30)
    on = models.DateField()
    source = models.CharField(max_length=8, choices=Source.choices)
    evidence = models.CharField(
        max_length=10, choices=[(code, _(words)) for code, words in checklist.EVIDENCE.items()]
    )
    reference = models.CharField(max_length=120, blank=True)
    note = SealedField()
    contact = models.UUIDField(null=True)
    client_id = models.UUIDField()
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pairing", "client_id"], name="tick_made_once"),
            models.UniqueConstraint(
                fields=["pairing", "contact", "item"], name="tick_once_per_contact"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_for="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_for=""),
                name="tick_withdrawn_by_somebody_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["pairing", "-on"], name="tick_by_pairing")]
        triggers = [
            pgtrigger.ReadOnly(
                name="tick_is_written_once",
                exclude=["area_code", "withdrawn_at", "withdrawn_by", "withdrawn_for"],
            ),
            pgtrigger.Protect(
                name="tick_stays_withdrawn",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False)
                & pgtrigger.Q(old__withdrawn_at__df=pgtrigger.F("new__withdrawn_at")),
            ),
            pgtrigger.Protect(name="tick_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.on}"
