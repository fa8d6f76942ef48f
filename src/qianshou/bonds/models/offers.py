"""Offers of a pair to each side, the links they may travel by, and how long they stand."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.bonds.rules.reasons import MOODS
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing


class Side(models.TextChoices):
    """Whose word a pair needs."""

    MOTHER = "MOTHER", _("mother")
    GUARDIAN = "GUARDIAN", _("guardian")
    CHILD = "CHILD", _("child")
    OFFICE = "OFFICE", _("office")


class Means(models.TextChoices):
    """How a word reached the office."""

    PHONE = "PHONE", _("on her own phone")
    LINK = "LINK", _("by a link on the guardian's phone")
    STAFF = "STAFF", _("said to staff, noted by them")
    PAPER = "PAPER", _("signed on paper")


class OfferQuerySet(models.QuerySet["Offer"]):
    """Questions about offers."""

    def open(self) -> Self:
        """Keep the ones that nobody has answered, taken back or let lapse."""
        return self.filter(answer="")


class Offer(Identified):
    """One question to one side. `card` is all that this side may know before it answers."""

    class Answer(models.TextChoices):
        ACCEPTED = "ACCEPTED", _("said yes")
        DECLINED = "DECLINED", _("said no")
        LAPSED = "LAPSED", _("lapsed")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="offers")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    side = models.CharField(max_length=8, choices=Side.choices)
    card = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    due_on = models.DateField()
    answer = models.CharField(max_length=9, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    means = models.CharField(max_length=5, choices=Means.choices, blank=True)
    cause = models.CharField(max_length=30, blank=True)
    # In the own words of whoever answered; a child's are sealed like all that a child says.
    words = SealedField()
    mood = models.CharField(
        max_length=6, choices=[(code, _(said)) for code, said in MOODS.items()], blank=True
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pairing", "side"], condition=Q(answer=""), name="offer_one_open_per_side"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="offer_answered_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(answer=""), name="offer_open_by_due"),
            models.Index(fields=["mother"], condition=Q(answer=""), name="offer_open_by_mother"),
            models.Index(fields=["area_code"], condition=Q(answer=""), name="offer_open_by_area"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.pairing_id}"


class Link(Identified):
    """A one-time link by which a guardian answers or signs; only its digest is kept."""

    class Purpose(models.TextChoices):
        ANSWER = "ANSWER", _("answer an offer")
        SIGN = "SIGN", _("sign an agreement")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    purpose = models.CharField(max_length=6, choices=Purpose.choices)
    digest = models.BinaryField(max_length=32, unique=True)
    expires_on = models.DateField()
    used_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.purpose} {self.pairing_id}"


class Terms(Identified):
    """How long offers and agreements stand in an area before they lapse."""

    area_code = AreaCodeField(unique=True)
    offer_days = models.PositiveSmallIntegerField(default=7)
    sign_days = models.PositiveSmallIntegerField(default=30)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(offer_days__range=(1, 60), sign_days__range=(1, 180)),
                name="terms_are_days_that_people_can_keep",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_code} {self.offer_days}"
