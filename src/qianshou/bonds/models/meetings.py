"""First meetings with staff present, alone or many at one ceremony."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing


class Ceremony(Identified):
    """A pairing ceremony: one day, one place, many first meetings, one minutes."""

    class State(models.TextChoices):
        PLANNED = "PLANNED", _("planned")
        HELD = "HELD", _("held")

    area_code = AreaCodeField()
    title = models.CharField(max_length=80)
    held_on = models.DateField()
    place = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    staff = models.CharField(max_length=200, blank=True)
    minutes = SealedField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["area_code", "-held_on"], name="ceremony_by_area")]

    def __str__(self) -> str:
        return self.title


class Meeting(Identified):
    """One appointment for a first meeting; who missed it gets another one."""

    class State(models.TextChoices):
        PLANNED = "PLANNED", _("planned")
        HELD = "HELD", _("held")
        MISSED = "MISSED", _("did not take place")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="meetings")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    ceremony = models.ForeignKey(Ceremony, models.PROTECT, null=True, related_name="meetings")
    meets_on = models.DateField()
    # Coarse, as "town hall"; never the child's address.
    place = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    present = models.JSONField(default=list)
    staff = models.CharField(max_length=200, blank=True)
    notes = SealedField()
    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    noted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pairing"], condition=Q(state="PLANNED"), name="meeting_one_planned"
            ),
            models.CheckConstraint(
                condition=~Q(state="HELD") | ~Q(staff=""), name="meeting_held_with_staff"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meets_on} {self.pairing_id}"
