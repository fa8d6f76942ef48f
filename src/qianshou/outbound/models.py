"""Receivers in other systems, the outbox of what they are told, and exports."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models import Agreement, Way


class Receiver(Identified):
    """A program of another system that is told what happens to children of an area.

    With a `url` it is called; without one it collects its messages itself. What it may be told
    rests on `basis`, and ends with `valid_until`.
    """

    class Algorithm(models.TextChoices):
        SHA256 = "hmac-sha256", "HMAC-SHA256"
        SM3 = "hmac-sm3", "HMAC-SM3"

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    area_code = AreaCodeField()
    kinds = models.JSONField()
    url = models.CharField(max_length=300, blank=True)
    algorithm = models.CharField(max_length=12, choices=Algorithm.choices, default=Algorithm.SHA256)
    basis = models.CharField(max_length=200)
    # What the agreement rests on; with CONSENT, each child's guardian has to agree to the party.
    ground = models.CharField(
        max_length=8, choices=Agreement.Basis.choices, default=Agreement.Basis.DUTY
    )
    valid_until = models.DateField()
    is_active = models.BooleanField(default=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class ReceiverWay(Way):
    """One place that a receiver may be called at."""

    receiver = models.ForeignKey(Receiver, models.PROTECT, related_name="egress")

    class Meta:
        constraints = [
            *Way.Meta.constraints,
            models.UniqueConstraint(
                fields=["receiver", "scheme", "host", "port"],
                condition=Q(ended_at=None),
                name="receiverway_one_per_destination",
            ),
        ]

    @property
    def owner(self) -> Receiver:
        """Return the receiver."""
        return self.receiver


class Line(Identified):
    """The line to a receiver: the secret its messages are signed with, and how it is doing."""

    receiver = models.OneToOneField(Receiver, models.PROTECT, related_name="line")
    area_code = AreaCodeField()
    secret = SealedField()
    next_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # why the last call failed: {"code": …, further parameters}
    problem = models.JSONField(default=dict, blank=True)
    reached_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.receiver_id}"


class Message(Identified):
    """One fact of the outbox, written in the transaction that made it true.

    It names no person: a kind, the number of a file, a county. `number` gives it its place once
    it is committed; numbers have no gaps that fill later, so who has seen one has seen all below.
    """

    kind = models.CharField(max_length=40)
    subject = models.UUIDField()
    # messages about one child keep their order
    child = models.UUIDField()
    # what the fact is besides: another file's number, a grade
    body = models.JSONField(default=dict)
    area_code = AreaCodeField()
    at = models.DateTimeField()
    number = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], condition=Q(number=None), name="message_to_number"),
            models.Index(fields=["area_code"], name="message_by_area"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Questions about messages on their way."""

    def waiting(self) -> Self:
        """Keep what has still to be sent."""
        return self.filter(state=Delivery.State.WAITING)


class Delivery(Identified):
    """One message on its way to one receiver. Messages about one child go out in their order."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("waiting to be sent")
        SENT = "SENT", _("arrived")
        ASIDE = "ASIDE", _("set aside")

    receiver = models.ForeignKey(Receiver, models.PROTECT, related_name="deliveries")
    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    area_code = AreaCodeField()
    child = models.UUIDField()
    number = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    problem = models.JSONField(default=dict, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["receiver", "number"], name="delivery_once_per_receiver"
            ),
        ]
        indexes = [
            models.Index(
                fields=["receiver", "number"],
                condition=Q(state="WAITING"),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["receiver", "-number"], condition=Q(state="ASIDE"), name="delivery_aside"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receiver_id} #{self.number}"


class Export(Identified):
    """The register of exports: who took what, why, who allowed it, and when it was opened."""

    class Dataset(models.TextChoices):
        CHILDREN = "CHILDREN", _("children")
        MOTHERS = "MOTHERS", _("loving mothers")
        PAIRINGS = "PAIRINGS", _("pairings")

    class State(models.TextChoices):
        ASKED = "ASKED", _("waiting for approval")
        MAKING = "MAKING", _("being made")
        READY = "READY", _("ready to open")
        REFUSED = "REFUSED", _("refused")
        FAILED = "FAILED", _("failed")
        GONE = "GONE", _("deleted")

    dataset = models.CharField(max_length=10, choices=Dataset.choices)
    named = models.BooleanField(default=False)
    area_code = AreaCodeField()
    reason = models.CharField(max_length=200)
    # To whom the rows are handed on, if to anybody outside; their guardians have to agree to it.
    party = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    rows = models.PositiveIntegerField()
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    opened = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")),
                name="export_two_people",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "-asked_at"], name="export_by_area")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.area_code}"
