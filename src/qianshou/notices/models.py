"""Notices on their way to people and in their own lists, and the times that an office keeps."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Questions about notices."""

    def due(self, now: datetime) -> Self:
        """Keep what should leave the house now."""
        return self.filter(state=Notice.State.WAITING, not_before__lte=now)

    def shown(self, now: datetime) -> Self:
        """Keep what may be read in the app already."""
        return self.filter(not_before__lte=now)


class Notice(Identified):
    """One thing that one person is told. `once` names the occasion, so nobody hears it twice.

    `subject` and `text` are English sentences of the catalog with `params`, put into words when
    they are read, in the language of the reader. `short` is what leaves the house: it names no
    child. `private_link` holds a secret and is wiped as soon as the message has gone out.
    """

    class To(models.TextChoices):
        USER = "USER", _("account")
        MOTHER = "MOTHER", _("loving mother")
        GUARDIAN = "GUARDIAN", _("guardian")
        APPLICANT = "APPLICANT", _("applicant")
        PARTNER = "PARTNER", _("partner")

    class State(models.TextChoices):
        KEPT = "KEPT", _("in the app only")
        WAITING = "WAITING", _("waiting to be sent")
        SENT = "SENT", _("sent")
        ASIDE = "ASIDE", _("could not be sent")

    kind = models.CharField(max_length=60)
    to_kind = models.CharField(max_length=10, choices=To.choices)
    to_id = models.UUIDField()
    area_code = AreaCodeField()
    address = SealedField()
    language = models.CharField(max_length=10, blank=True)
    subject = models.CharField(max_length=200)
    text = models.CharField(max_length=500)
    short = models.CharField(max_length=300, blank=True)
    params = models.JSONField(default=dict, blank=True)
    # lines of a digest by the room that wrote them: {room: [{"text", "params", "link"}, …]}
    parts = models.JSONField(default=dict, blank=True)
    link = models.CharField(max_length=200, blank=True)
    private_link = SealedField()
    # goes out at night too
    urgent = models.BooleanField(default=False)
    about_kind = models.CharField(max_length=30, blank=True)
    about_id = models.UUIDField(null=True, blank=True)
    once = models.CharField(max_length=160, unique=True)
    state = models.CharField(max_length=8, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    # why the last attempt failed: {"code": …, "value": …}
    last_error = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="SENT") | Q(private_link=b""), name="notice_forgets_its_secret"
            ),
        ]
        indexes = [
            models.Index(fields=["to_id", "-created_at"], name="notice_by_reader"),
            models.Index(fields=["to_id"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["not_before"], condition=Q(state="WAITING"), name="notice_due"),
            models.Index(fields=["about_id", "-created_at"], name="notice_by_subject"),
            models.Index(fields=["area_code"], condition=Q(state="ASIDE"), name="notice_aside"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.once}"


class Quiet(models.Model):
    """The hours of the day in which one person does not want to be disturbed, set by the person.

    `person_id` is the account, or the file of a mother, as `Notice.to_id`.
    """

    person_id = models.UUIDField(primary_key=True)
    area_code = AreaCodeField()
    begins = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(begins__lte=23, ends__lte=23), name="quiet_hours_of_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begins}-{self.ends}"


class TimetableQuerySet(models.QuerySet["Timetable"]):
    """Questions about timetables."""

    def current(self) -> Self:
        """Keep the versions in force."""
        return self.filter(is_current=True)


class Timetable(Identified):
    """One version of something that an office sets about time, as TOML; written once.

    A calendar has its year as `subject`; what other rooms keep here (when a silent pairing is
    told to whom) has none. The version of the smallest area around a place holds there.
    """

    class Kind(models.TextChoices):
        CALENDAR = "CALENDAR", _("days off and working days")
        CONTACTS = "CONTACTS", _("how often contacts are due, and who hears when they are not")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=10, blank=True)
    area_code = AreaCodeField()
    version = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True)
    is_current = models.BooleanField(default=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = TimetableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "area_code", "subject", "version"], name="timetable_version_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "area_code", "subject"], condition=Q(is_current=True),
                name="timetable_one_current",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.area_code} v{self.version}"
