"""A mandatory report, who made it, who may see it, and each step that was taken.

No column is called `area_code`, so that no transfer of a file finds these rows and counts them
in a trail that others read (docs/decisions/0123).
"""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import Grant, User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.protection.rules import codes, levels, life
from qianshou.registry.models import Child


def _choices(labels: dict[str, str]) -> list[tuple[str, object]]:
    return [(code, _(words)) for code, words in labels.items() if code]


class ReportQuerySet(models.QuerySet["Report"]):
    """Questions about reports."""

    def open(self) -> Self:
        """Keep what is not closed."""
        return self.exclude(state=life.CLOSED)

    def unaccepted(self) -> Self:
        """Keep what nobody has accepted."""
        return self.filter(state=life.RECEIVED)


class Report(Identified):
    """What somebody noticed about a child. Only those named in `Access` find it here.

    Three times are kept apart: when it was noticed, when the reporter pressed the button, and
    when it came here. `…_said` is the time of the phone's clock, as it stood.
    """

    county = AreaCodeField()
    client_id = models.UUIDField(unique=True)
    number = models.CharField(max_length=10)
    channel = models.CharField(max_length=6, choices=_choices(codes.CHANNELS))
    flags = models.JSONField(default=list, blank=True)
    child = models.ForeignKey(Child, models.PROTECT, null=True, blank=True, related_name="+")
    child_words = SealedField()
    situation = models.PositiveSmallIntegerField(null=True, blank=True)
    danger_now = models.BooleanField(null=True)
    words = SealedField()
    called = models.CharField(max_length=3, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    accused = models.CharField(max_length=10, blank=True)
    post = models.CharField(max_length=10, blank=True)
    accused_words = SealedField()
    noticed_at = models.DateTimeField(null=True, blank=True)
    noticed_said = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField()
    reported_said = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=life.REPORT.choices(_), default=life.RECEIVED)
    level = models.CharField(max_length=8, choices=_choices(levels.WORDS), default=levels.LEAD)
    lowest = models.CharField(max_length=8, choices=_choices(levels.WORDS), default=levels.LEAD)
    escalate_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    feedback_by = models.DateTimeField(null=True, blank=True)
    feedback_at = models.DateTimeField(null=True, blank=True)
    feedback_late = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing = models.CharField(max_length=12, choices=_choices(codes.CLOSINGS), blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    # people who are shut out because it is about them or their office
    shut_out = models.JSONField(default=list, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None) ^ Q(accepted_by__isnull=False),
                name="report_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=life.RECEIVED) | Q(accepted_at__isnull=False),
                name="report_goes_on_once_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(state=life.CLOSED) | ~Q(closing=""), name="report_closed_with_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["escalate_at"], name="report_escalates"),
            models.Index(fields=["child"], name="report_by_child"),
            models.Index(fields=["-received_at"], name="report_newest"),
        ]
        triggers = [
            *guards(life.REPORT, "report"),
            pgtrigger.ReadOnly(
                name="report_words_stay",
                fields=[
                    "client_id", "number", "channel", "words", "situation", "danger_now",
                    "noticed_at", "reported_at", "received_at", "accused", "accused_words",
                ],
            ),
            pgtrigger.Protect(name="report_stays", operation=pgtrigger.Delete),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class Reporter(Identified):
    """Who made a report, sealed, in a table of its own with a narrower circle.

    `token` finds the reports of an account again without naming it, `receipt_digest` the receipt;
    `place_token` counts what comes from one place within an hour.
    """

    report = models.OneToOneField(Report, models.PROTECT, related_name="reporter")
    identity = SealedField()
    token = models.BinaryField(max_length=16, default=b"")
    receipt_digest = models.BinaryField(max_length=32, unique=True)
    place_token = models.BinaryField(max_length=16, default=b"")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["token"], name="reporter_by_token"),
            models.Index(fields=["place_token", "at"], name="reporter_by_place"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="reporter_stays_who_it_is", fields=["identity", "token", "receipt_digest"]
            ),
            pgtrigger.Protect(name="reporter_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.report_id)


class Access(Identified):
    """One person of the circle of a report, by the role that puts them there.

    It counts as long as it is not ended and the role is in force: row security reads both.
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="circle")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=_choices(levels.WORDS))
    sees_reporter = models.BooleanField()
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "grant"], name="access_once_per_role"),
        ]
        indexes = [models.Index(fields=["user", "report"], name="access_by_user")]

    def __str__(self) -> str:
        return f"{self.level} {self.user_id}"


class Step(Identified):
    """One thing that happened to a report; the reporter's name never stands here."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=16, choices=_choices(codes.STEPS))
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    level = models.CharField(max_length=8, blank=True)
    authority = models.CharField(max_length=14, choices=_choices(codes.AUTHORITIES), blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=60, blank=True)
    words = SealedField()

    class Meta:
        indexes = [models.Index(fields=["report", "at"], name="step_by_report")]
        triggers = [
            pgtrigger.Protect(
                name="report_step_stays", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class Terms(Identified):
    """How long things may take in a county, as a version; the newest one counts."""

    county = AreaCodeField()
    version = models.PositiveSmallIntegerField()
    now_minutes = models.PositiveSmallIntegerField()
    other_minutes = models.PositiveSmallIntegerField()
    feedback_days = models.PositiveSmallIntegerField()
    signals_a_week = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "version"], name="terms_once_per_version"),
            models.CheckConstraint(
                condition=Q(now_minutes__range=(5, 240), other_minutes__range=(15, 1440)),
                name="terms_of_waiting_plausible",
            ),
            models.CheckConstraint(
                condition=Q(feedback_days__range=(1, 3), signals_a_week__range=(1, 50)),
                name="terms_of_feedback_lawful",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="terms_stay", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.county} v{self.version}"

    @property
    def limits(self) -> levels.Limits:
        """Return the numbers as the rules take them."""
        return levels.Limits(
            self.now_minutes, self.other_minutes, self.feedback_days, self.signals_a_week
        )
