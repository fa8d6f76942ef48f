"""How pairings end: the kind, the decision about the child, and every step that was taken."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.pairing.models import EndCause, NextStep, Pairing


class Ending(Identified):
    """The ending of a pairing, from its announcement to the last talk; or it was taken back."""

    class Kind(models.TextChoices):
        PLANNED = "PLANNED", _("planned: the time is over or the aim is reached")
        UNPLANNED = "UNPLANNED", _("unplanned: life has changed")
        UNWILLING = "UNWILLING", _("unwilling: one side does not want to go on")
        SAFETY = "SAFETY", _("safety: ended at once to protect the child")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="endings")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    cause = models.CharField(max_length=14, choices=EndCause.choices)
    reason = models.CharField(max_length=200)
    next_step = models.CharField(max_length=10, choices=NextStep.choices)
    cool_until = models.DateField(null=True)
    contact_rules = models.TextField()
    opened_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    closed_on = models.DateField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    finished_on = models.DateField(null=True)
    renewed_on = models.DateField(null=True)
    renewed_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pairing"], condition=Q(renewed_on=None), name="support_one_ending"
            ),
            models.CheckConstraint(
                condition=Q(renewed_on=None) | Q(closed_on=None),
                name="support_ending_is_closed_or_taken_back",
            ),
            models.CheckConstraint(
                condition=~Q(next_step="COOL_DOWN") | Q(cool_until__isnull=False),
                name="support_cool_down_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pairing_id}"


class EndingStep(Identified):
    """One step of an ending: who, by when, and what became of it."""

    class Outcome(models.TextChoices):
        OPEN = "OPEN", _("to be done")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused")
        UNREACHABLE = "UNREACHABLE", _("cannot be reached")
        LEFT_OUT = "LEFT_OUT", _("left out")

    ending = models.ForeignKey(Ending, models.PROTECT, related_name="steps")
    area_code = AreaCodeField()
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    who = models.CharField(max_length=40)
    text = models.JSONField()
    due_on = models.DateField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    done_on = models.DateField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    why_not = models.CharField(max_length=200, blank=True)
    note = SealedField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ending", "code"], name="support_step_once"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["REFUSED", "UNREACHABLE", "LEFT_OUT"]) | ~Q(why_not=""),
                name="support_step_not_taken_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.outcome}"
