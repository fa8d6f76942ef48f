"""Questions to departments about one person, each with who asked, who allowed it, and why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models.deliveries import ImportRun
from qianshou.exchange.models.sources import Source


class Question(Identified):
    """One question about one person. Person and answer lie sealed, and are forgotten in time.

    `file_id` is the child's file that it was asked from. `person_token` is a blind index by which
    repeated questions about the same person are noticed.
    """

    class State(models.TextChoices):
        ASKED = "ASKED", _("waiting for approval")
        APPROVED = "APPROVED", _("on its way")
        ANSWERED = "ANSWERED", _("answered")
        REFUSED = "REFUSED", _("not allowed")
        FAILED = "FAILED", _("without an answer")
        FORGOTTEN = "FORGOTTEN", _("forgotten")

    source = models.ForeignKey(Source, models.PROTECT, related_name="questions")
    area_code = AreaCodeField()
    file_id = models.UUIDField()
    about = models.CharField(max_length=10)
    person_token = models.BinaryField(max_length=16)
    # who it is about and the child whose file it was asked from, as JSON
    person = SealedField()
    code = models.CharField(max_length=30)
    purpose = models.CharField(max_length=20)
    basis = models.CharField(max_length=200)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    problem = models.JSONField(default=dict)
    # the word with its days, as JSON
    answer = SealedField()
    answered_at = models.DateTimeField(null=True)
    forget_at = models.DateTimeField(null=True)
    run = models.OneToOneField(ImportRun, models.PROTECT, null=True, related_name="question")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")),
                name="question_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("ASKED", "FORGOTTEN")) | Q(decided_by__isnull=False),
                name="question_never_sent_undecided",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "-asked_at"], name="question_by_area"),
            models.Index(fields=["person_token"], name="question_by_person"),
            models.Index(
                fields=["next_at"], condition=Q(state="APPROVED"), name="question_to_send"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.about}"
