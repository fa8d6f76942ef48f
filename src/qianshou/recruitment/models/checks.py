"""What the office finds out and attests: queries, references, the interview, hours, signatures."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.recruitment.models.applications import MotherApplication


class ScreeningCheck(Identified):
    """One background query: asked where, when, and what came back (domain.md 1.13).

    `result` is one of three codes and nothing more; the certificate lies sealed on disk under its
    digest. Only `Power.SEE_SCREENING` shows a row of this table.
    """

    class Result(models.TextChoices):
        PENDING = "PENDING", _("no answer yet")
        CLEAR = "CLEAR", _("clear")
        HIT = "HIT", _("on record")

    application = models.ForeignKey(MotherApplication, models.PROTECT, related_name="checks")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=30)
    authority = models.CharField(max_length=80)
    requested_on = models.DateField()
    received_on = models.DateField(null=True)
    result = models.CharField(max_length=8, choices=Result.choices, default=Result.PENDING)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    evidence_type = models.CharField(max_length=20, blank=True)
    evidence_size = models.PositiveIntegerField(default=0)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result="PENDING", received_on=None)
                | ~Q(result="PENDING") & Q(received_on__gte=F("requested_on")),
                name="check_answered_after_it_was_asked",
            ),
        ]
        indexes = [models.Index(fields=["application", "kind"], name="check_by_application")]

    def __str__(self) -> str:
        return self.kind


class Reference(Identified):
    """What somebody who knows her said; who that is stays sealed."""

    class Verdict(models.TextChoices):
        FOR = "FOR", _("speaks for her")
        AGAINST = "AGAINST", _("speaks against her")
        UNSURE = "UNSURE", _("is not sure")

    application = models.ForeignKey(MotherApplication, models.PROTECT, related_name="references")
    area_code = AreaCodeField()
    relation = models.CharField(max_length=40)
    spoken_on = models.DateField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    content = SealedField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.relation


class Interview(Identified):
    """One interview by the form of a rulebook's version; the answers are sealed."""

    class Verdict(models.TextChoices):
        YES = "YES", _("take her")
        NO = "NO", _("do not take her")
        UNSURE = "UNSURE", _("not sure")

    application = models.ForeignKey(MotherApplication, models.PROTECT, related_name="interviews")
    area_code = AreaCodeField()
    version = models.PositiveIntegerField()
    held_on = models.DateField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    answers = SealedField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.held_on} {self.verdict}"


class TrainingSession(Identified):
    """One session of training: what, when, where, how long."""

    area_code = AreaCodeField()
    module = models.CharField(max_length=30)
    held_on = models.DateField()
    hours = models.DecimalField(max_digits=4, decimal_places=1)
    place = models.CharField(max_length=80)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=12), name="session_hours_fit_into_a_day"
            ),
        ]
        indexes = [models.Index(fields=["area_code", "-held_on"], name="session_by_area")]

    def __str__(self) -> str:
        return f"{self.held_on} {self.module}"


class Attendance(Identified):
    """That somebody was there, attested by a member of staff; hours count once per session."""

    application = models.ForeignKey(MotherApplication, models.PROTECT, related_name="attendances")
    area_code = AreaCodeField()
    session = models.ForeignKey(TrainingSession, models.PROTECT, related_name="attendances")
    hours = models.DecimalField(max_digits=4, decimal_places=1)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "session"], name="attendance_once_per_session"
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=12), name="attendance_hours_fit_into_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h"


class Signature(Identified):
    """Her signature under one commitment: which version, when, and what proves it.

    On her phone the proof is the digest of the words before her with the name she typed; on paper
    it is the number under which the office keeps the sheet.
    """

    class Proof(models.TextChoices):
        PHONE = "PHONE", _("signed on her phone")
        PAPER = "PAPER", _("signed on paper")

    application = models.ForeignKey(MotherApplication, models.PROTECT, related_name="signatures")
    area_code = AreaCodeField()
    code = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    text_digest = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    proof = models.CharField(max_length=5, choices=Proof.choices)
    reference = models.CharField(max_length=60, blank=True)
    signed_name = SealedField()
    signed_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "code", "version"], name="signature_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(proof="PHONE") | ~Q(reference=""), name="signature_on_paper_is_kept"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"
