"""The phones, what they handed in, and what of it is held for a person."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing


class DeviceQuerySet(models.QuerySet["Device"]):
    """Questions about phones."""

    def in_use(self) -> Self:
        """Keep the phones that nobody has blocked."""
        return self.filter(revoked_at=None)


class Device(Identified):
    """A phone that a mother has set up. Of its two keys only digests are kept here.

    With the key for sending a phone hands in entries and learns nothing; the key for reading,
    which lies behind the PIN on the phone, fetches the day. `max_seq` and `received` count the
    phone's entries: if they differ, some are still under way or lost.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="phones")
    area_code = AreaCodeField()
    label = models.CharField(max_length=80)
    send_digest = models.BinaryField(max_length=32, unique=True)
    read_digest = models.BinaryField(max_length=32, unique=True)
    registered_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    max_seq = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    skew_seconds = models.BigIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoke_reason = models.CharField(max_length=200, blank=True)
    wiped_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None) ^ Q(revoked_by__isnull=False),
                name="device_revoked_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["mother"], name="device_by_mother")]

    def __str__(self) -> str:
        return self.label

    @property
    def missing(self) -> int:
        """Return how many entries the phone has numbered that never arrived here."""
        return max(self.max_seq - self.received, 0)


class Operation(Identified):
    """One entry of a phone, written in the same transaction as its effect: it counts once."""

    class Outcome(models.TextChoices):
        DONE = "DONE", _("taken")
        HELD = "HELD", _("held for a person")
        CONFLICT = "CONFLICT", _("conflicts with another version")

    device = models.ForeignKey(Device, models.PROTECT, related_name="operations")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    client_id = models.UUIDField()
    seq = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.CharField(max_length=12, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "client_id"], name="operation_counts_once"),
        ]
        indexes = [models.Index(fields=["device", "seq"], name="operation_by_seq")]
        triggers = [pgtrigger.Protect(name="operation_stays", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.client_id} {self.outcome}"


class HeldQuerySet(models.QuerySet["Held"]):
    """Questions about what is held."""

    def open(self) -> Self:
        """Keep what nobody has decided."""
        return self.filter(state=Held.State.OPEN)


class Held(Identified):
    """An entry that could not be taken as it came: kept whole, with the reason, for a person.

    It may be evidence: what a blocked phone still sends is neither filed unseen nor thrown away.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("to be decided")
        FILED = "FILED", _("taken after all")
        SET_ASIDE = "SET_ASIDE", _("set aside")

    device = models.ForeignKey(Device, models.PROTECT, related_name="held")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    pairing = models.ForeignKey(Pairing, models.PROTECT, null=True, blank=True, related_name="+")
    area_code = AreaCodeField()
    client_id = models.UUIDField(null=True, blank=True)
    seq = models.PositiveIntegerField(null=True, blank=True)
    digest = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=12)
    # what was in the box if it opened, else the entry as it came
    body = SealedField()
    behind_seconds = models.BigIntegerField(default=0)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=200, blank=True)

    objects = HeldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "digest"], name="held_once"),
            models.CheckConstraint(
                condition=Q(state="OPEN") ^ Q(decided_by__isnull=False),
                name="held_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code"], condition=Q(state="OPEN"), name="held_open"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="held_body_stays", fields=["device", "body", "digest", "reason"]
            ),
            pgtrigger.Protect(name="held_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.received_at:%Y-%m-%d}"
