"""The pairing itself: one child, one mother, and where on the road they are."""

from typing import Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.pairing.models.runs import Proposal
from qianshou.pairing.rules import life
from qianshou.registry.models import Child


class PairingQuerySet(models.QuerySet["Pairing"]):
    """Questions about pairings."""

    def open(self) -> Self:
        """Keep the pairings that have not ended: they hold their child and a place."""
        return self.filter(ended_on=None)

    def caring(self) -> Self:
        """Keep the pairings in which care is really running, not those still on their way."""
        return self.filter(ended_on=None, state__in=life.CARING)


class EndCause(models.TextChoices):
    """Why a pairing ended. The first five speak about the pair, the others about life."""

    NO_BOND = "NO_BOND", _("child and mother did not get along")
    MOTHER_STOPPED = "MOTHER_STOPPED", _("the mother could not go on")
    TOO_FAR = "TOO_FAR", _("distance or time did not work out")
    UNWANTED = "UNWANTED", _("child or guardian no longer wished it")
    HARM = "HARM", _("conduct towards the child")
    TERM = "TERM", _("the agreed time is over, or the child has grown up")
    MOVED = "MOVED", _("the child has moved away")
    HOME = "HOME", _("a parent has come home")
    OTHER = "OTHER", _("another reason")


class NextStep(models.TextChoices):
    """What comes next for the child of a pairing that closes; none is ever left without."""

    REMATCH = "REMATCH", _("a new mother is looked for at once")
    COOL_DOWN = "COOL_DOWN", _("a new mother is looked for after a time")
    MONITORED = "MONITORED", _("staff look in; no mother for now")
    TRANSFER = "TRANSFER", _("the county that the child moves to decides")
    OTHER_CARE = "OTHER_CARE", _("a parent or other care has taken over")
    GROWN = "GROWN", _("grown up; farewell")


_NOT_CARING: Final = (*life.BEFORE_CARE, *life.NEVER_BEGAN)


class Pairing(Identified):
    """One mother and one child, agreed by a person. The database allows one open one per child.

    `state` moves along `rules.life.PAIRING` alone. `started_on` is the day on which the pair was
    held together, `active_on` the day of the first meeting, when care began.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="pairings")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="pairings")
    area_code = AreaCodeField()
    proposal = models.OneToOneField(Proposal, models.PROTECT, null=True, related_name="pairing")
    state = models.CharField(max_length=16, choices=life.PAIRING.choices(_), default=life.REVIEWED)
    state_since = models.DateTimeField(default=timezone.now)
    started_on = models.DateField()
    active_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)
    end_cause = models.CharField(max_length=14, choices=EndCause.choices, blank=True)
    next_step = models.CharField(max_length=10, choices=NextStep.choices, blank=True)
    # Until when the matcher may not propose these two again; how long follows from the reason.
    barred_until = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # When two files became one: the file this pairing belonged to, and the event to undo.
    came_from = models.ForeignKey(Child, models.PROTECT, null=True, related_name="+")
    came_by = models.UUIDField(null=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(ended_on=None), name="pairing_one_open_per_child"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="pairing_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) ^ Q(state__in=life.ENDED),
                name="pairing_ended_as_its_state_says",
            ),
            models.CheckConstraint(
                condition=Q(active_on__isnull=False) | Q(state__in=_NOT_CARING),
                name="pairing_cares_from_a_day_on",
            ),
            # No child is ever silently dropped, whoever writes.
            models.CheckConstraint(
                condition=~Q(state__in=[life.CLOSING, life.CLOSED]) | ~Q(next_step=""),
                name="pairing_closes_with_a_next_step",
            ),
        ]
        triggers = guards(life.PAIRING, "pairing")
        indexes = [
            models.Index(
                fields=["mother"], condition=Q(ended_on=None), name="pairing_open_by_mother"
            ),
            models.Index(fields=["area_code"], name="pairing_by_area"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.mother_id}"

    @property
    def tone(self) -> str:
        """Return the tone in which the state is shown."""
        return life.tone_of(self.state)


class StepTaken(Identified):
    """One step of a pairing: who did what, when and why. Written with the step, never changed."""

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="steps")
    area_code = AreaCodeField()
    act = models.CharField(max_length=30)
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16)
    actor = models.CharField(max_length=10)
    by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    # A reason from a list, and further words.
    cause = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["pairing", "at"], name="step_by_pairing")]

    def __str__(self) -> str:
        return f"{self.act} {self.pairing_id}"
