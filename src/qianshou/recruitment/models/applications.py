"""The application of one woman, every step it has taken, and who it may be the same as."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.recruitment.models.campaigns import Campaign
from qianshou.recruitment.models.rulebooks import StoredRulebook
from qianshou.recruitment.rules import life


class ApplicationQuerySet(models.QuerySet["MotherApplication"]):
    """Questions about applications."""

    def handed_in(self) -> Self:
        """Keep what an office may see: a draft is the applicant's own."""
        return self.exclude(state=life.DRAFT)

    def on_the_way(self) -> Self:
        """Keep the applications that somebody of the office has to move on."""
        return self.filter(state__in=(*life.ON_THE_WAY, life.APPEALED))


class MotherApplication(Identified):
    """One application. `answers` is everything she wrote, sealed as one JSON text.

    What the office needs for lists and to recognise a person stands in columns from the moment of
    submission on. `code_token` is the keyed digest of the code with which she comes back. `state`
    moves along `rules.life.APPLICATION` alone.
    """

    class Origin(models.TextChoices):
        PUBLIC = "PUBLIC", _("applied herself")
        LIST = "LIST", _("list of an office")
        FILE = "FILE", _("taken over from her file")

    area_code = AreaCodeField()
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="applications")
    channel = models.CharField(max_length=20, blank=True)
    origin = models.CharField(max_length=6, choices=Origin.choices, default=Origin.PUBLIC)
    language = models.CharField(max_length=10, default="zh-hans")
    rulebook = models.ForeignKey(StoredRulebook, models.PROTECT, related_name="+")
    state = models.CharField(max_length=14, choices=life.APPLICATION.choices(_), default=life.DRAFT)
    state_since = models.DateTimeField(default=timezone.now)
    code_token = models.BinaryField(max_length=16, default=b"")
    answers = SealedField()
    name = models.CharField(max_length=80, blank=True)
    search_name = models.CharField(max_length=80, db_collation="C", blank=True)
    pinyin = models.CharField(max_length=160, db_collation="C", blank=True)
    initials = models.CharField(max_length=40, db_collation="C", blank=True)
    birth_on = models.DateField(null=True)
    categories = models.JSONField(default=list)
    id_token = models.BinaryField(max_length=16, default=b"")
    phone_token = models.BinaryField(max_length=16, default=b"")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="applications")
    refused_for = models.CharField(max_length=30, blank=True)
    refused_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    appeal = SealedField()
    begun_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code_token"], condition=~Q(code_token=b""), name="application_code_once"
            ),
            models.UniqueConstraint(
                fields=["mother"],
                condition=Q(state__in=(life.APPROVED, *life.SERVING, life.EXITING)),
                name="application_one_open_per_mother",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(life.DRAFT, life.WITHDRAWN)) | Q(submitted_at__isnull=False),
                name="application_submitted_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(mother__isnull=False)
                | ~Q(state__in=(life.APPROVED, *life.SERVING, life.EXITING, life.EXITED)),
                name="application_approved_has_a_file",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "state"], name="application_by_area"),
            models.Index(fields=["search_name"], name="application_by_name"),
            models.Index(
                fields=["id_token"], condition=~Q(id_token=b""), name="application_by_id_number"
            ),
            models.Index(
                fields=["phone_token"], condition=~Q(phone_token=b""), name="application_by_phone"
            ),
        ]
        triggers = guards(life.APPLICATION, "application")

    def __str__(self) -> str:
        return self.name or str(self.pk)


class ApplicationStep(Identified):
    """One step of an application: who did what, when and why. Written once."""

    application = models.ForeignKey(MotherApplication, models.PROTECT, related_name="steps")
    area_code = AreaCodeField()
    act = models.CharField(max_length=20)
    before = models.CharField(max_length=14, blank=True)
    after = models.CharField(max_length=14)
    actor = models.CharField(max_length=10)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # Staff have a name; the calendar and an applicant without an account have none.
            models.CheckConstraint(
                condition=~Q(actor="STAFF") | Q(by__isnull=False), name="step_of_staff_has_a_name"
            ),
        ]
        indexes = [models.Index(fields=["application", "at"], name="step_by_application")]

    def __str__(self) -> str:
        return f"{self.before} > {self.after}"


class Likeness(Identified):
    """Somebody on file, or another application, who may be the same person; a person decides."""

    class Why(models.TextChoices):
        ID_NUMBER = "ID", _("the same ID number")
        PHONE = "PHONE", _("the same telephone number; perhaps one family")
        NAME_BIRTH = "NAME", _("the same name and birthday")

    class State(models.TextChoices):
        OPEN = "OPEN", _("to be decided")
        SAME = "SAME", _("the same person")
        DIFFERENT = "DIFFERENT", _("two people")

    application = models.ForeignKey(MotherApplication, models.PROTECT, related_name="likenesses")
    area_code = AreaCodeField()
    other_mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    other_application = models.ForeignKey(
        MotherApplication, models.PROTECT, null=True, related_name="+"
    )
    why = models.CharField(max_length=5, choices=Why.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "other_mother", "other_application"],
                nulls_distinct=False,
                name="likeness_once_per_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.state}"
