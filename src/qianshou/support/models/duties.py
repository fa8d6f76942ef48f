"""Things that somebody has to do by a moment, and complaints."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.pairing.models import Pairing
from qianshou.support.models.contacts import Side


class DutyQuerySet(models.QuerySet["Duty"]):
    """Questions about duties."""

    def open(self) -> Self:
        """Keep those that nobody has done."""
        return self.filter(done_at=None)

    def late_at(self, moment: datetime) -> Self:
        """Keep the open ones whose time is over."""
        return self.filter(done_at=None, due_at__lt=moment)


class Duty(Identified):
    """One thing to do about a pairing, by a moment; opened once per occasion (`once`)."""

    class Kind(models.TextChoices):
        SUSPENDED = "SUSPENDED", _("mother suspended: review the pairing")
        PAUSED = "PAUSED", _("mother rests: see to the child")
        LEAVING = "LEAVING", _("mother leaves: close and pair anew")
        AGE_8 = "AGE_8", _("the child is 8: ask its own assent")
        AGE_14 = "AGE_14", _("the child is 14: ask its own consent, apart from the guardian's")
        AGE_16 = "AGE_16", _("the child is 16: look anew at its needs")
        AGE_18 = "AGE_18", _("the child is 18: close with a farewell")
        ANNIVERSARY = "ANNIVERSARY", _("a year is over: renew or close")
        COMPLAINT = "COMPLAINT", _("a complaint: look into it")
        SAFETY = "SAFETY", _("closed for safety: another person reviews")
        REPAIR = "REPAIR", _("look for a new mother")
        TALK = "TALK", _("talk with the pair soon")
        LOOK_AFTER = "LOOK_AFTER", _("look after the pair more closely")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="duties")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    once = models.CharField(max_length=80, unique=True)
    why = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    escalated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=200, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None) | ~Q(outcome=""), name="support_duty_done_with_an_outcome"
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "due_at"], condition=Q(done_at=None), name="support_duty_open"
            ),
        ]

    def __str__(self) -> str:
        return self.once


class Complaint(Identified):
    """What somebody complains of in a pairing. Whoever it is about never sees it, nor who spoke.

    `from_whom` and the words lie sealed; `about_user` names a member of staff if it is one.
    """

    class About(models.TextChoices):
        MOTHER = "MOTHER", _("the loving mother")
        GUARDIAN = "GUARDIAN", _("the guardian or family")
        CHILD = "CHILD", _("the child")
        STAFF = "STAFF", _("a member of staff")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="complaints")
    area_code = AreaCodeField()
    from_side = models.CharField(
        max_length=8, choices=[*Side.choices, ("OTHER", _("somebody else"))]
    )
    about = models.CharField(max_length=8, choices=About.choices)
    about_user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    from_whom = SealedField()
    words = SealedField()
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(default=timezone.now)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    founded = models.BooleanField(null=True)
    outcome = SealedField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(about="STAFF") | Q(about_user__isnull=False),
                name="support_complaint_names_the_member_of_staff",
            ),
            models.CheckConstraint(
                condition=Q(about_user=None, reviewed_by=None)
                | Q(reviewed_by=None)
                | Q(about_user=None)
                | ~Q(reviewed_by=models.F("about_user")),
                name="support_complaint_not_reviewed_by_the_accused",
            ),
        ]
        indexes = [models.Index(fields=["area_code"], name="support_complaint_by_area")]

    def __str__(self) -> str:
        return f"{self.about} {self.pairing_id}"
