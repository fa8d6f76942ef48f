"""Staff support contacts, and for each pairing whose turn it is and what is wrong."""

from datetime import date, timedelta
from typing import Final, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.pairing.models import Pairing

# How far ahead the worklist looks.
DUE_WITHIN: Final = timedelta(days=7)


class Side(models.TextChoices):
    """With whom staff speak."""

    MOTHER = "MOTHER", _("loving mother")
    CHILD = "CHILD", _("child")
    GUARDIAN = "GUARDIAN", _("guardian")


class Contact(Identified):
    """One attempt of staff to speak with one side. Written once; a correction is a new row.

    What was said lies sealed: `answers` by question and `note`. `items` are the answers on the
    scale of relationship quality, `quality` their mean (5 is good), unless too few were given.
    """

    class Channel(models.TextChoices):
        PHONE = "PHONE", _("by telephone")
        VISIT = "VISIT", _("at home")
        OFFICE = "OFFICE", _("at the office or station")
        VIDEO = "VIDEO", _("by video")
        MESSAGE = "MESSAGE", _("by message")

    class Outcome(models.TextChoices):
        REACHED = "REACHED", _("spoken with")
        NOT_REACHED = "NOT_REACHED", _("not reached")
        REFUSED = "REFUSED", _("did not want to speak")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="support_contacts")
    area_code = AreaCodeField()
    side = models.CharField(max_length=8, choices=Side.choices)
    held_on = models.DateField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    answers = SealedField()
    items = models.JSONField(default=dict)
    quality = models.FloatField(null=True)
    note = SealedField()
    next_step = models.CharField(max_length=200, blank=True)
    next_on = models.DateField(null=True)
    schedule_sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # The form that wrote it: sent twice, it is one contact.
    once = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quality=None) | Q(quality__range=(1, 5)),
                name="support_contact_quality_on_its_scale",
            ),
        ]
        indexes = [
            models.Index(fields=["pairing", "side", "-held_on"], name="support_contact_newest"),
            models.Index(fields=["area_code"], name="support_contact_by_area"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.held_on}"


class FollowupQuerySet(models.QuerySet["Followup"]):
    """Questions about whose turn it is."""

    def due_on(self, day: date) -> Self:
        """Keep those whose turn comes within a week, or has come."""
        return self.filter(turn_on__lte=day + DUE_WITHIN)

    def overdue_on(self, day: date) -> Self:
        """Keep those whose turn was before a day."""
        return self.filter(turn_on__lt=day)

    def at_risk(self) -> Self:
        """Keep those about whom something is wrong."""
        return self.exclude(risks={})


class Followup(models.Model):
    """What staff have to do for one running pairing: the next day for each side, and the risks.

    Computed from the contacts (`rules.schedule`); `due_on` is the earliest of the three days,
    `turn_on` the day on the worklist, later than `due_on` when that is a day off or postponed.
    `seen_on` is the mother's last entry in a log of daily care, which rooms above fill in.
    """

    pairing = models.OneToOneField(
        Pairing, models.PROTECT, primary_key=True, related_name="followup"
    )
    area_code = AreaCodeField()
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    mother_due_on = models.DateField()
    child_due_on = models.DateField()
    guardian_due_on = models.DateField()
    due_on = models.DateField()
    turn_on = models.DateField()
    last_on = models.DateField(null=True)
    seen_on = models.DateField(null=True)
    postponed_until = models.DateField(null=True)
    postponed_for = models.CharField(max_length=200, blank=True)
    # By code of `rules.risk` the day since when.
    risks = models.JSONField(default=dict)
    calm_since = models.DateField(null=True)
    mother_area = AreaCodeField()
    checked_on = models.DateField()

    objects = FollowupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(postponed_until=None) | ~Q(postponed_for=""),
                name="support_postponed_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "turn_on"], name="support_turn_by_area"),
            models.Index(fields=["owner", "turn_on"], name="support_turn_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.pairing_id} {self.turn_on}"


class Digest(Identified):
    """What one member of staff was told of a week; one per person and week, however often sent."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    week = models.DateField()
    # Each with the pairing, its day and the codes of the reasons.
    cases = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "week"], name="support_digest_once_a_week"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.week}"
