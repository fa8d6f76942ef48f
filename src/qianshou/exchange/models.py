"""Sources of department data, the runs that brought it, the rows as received, and the bad rows."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common.fields import AreaCodeField, Identified, SealedField


class Source(Identified):
    """A department's feed: what its columns mean, which column is its key, how far it is trusted.

    `profile` is the whole mapping as data (docs/reference/profiles.md); a change makes a new
    `version`, and every run keeps the version that it was read with.
    """

    class Target(models.TextChoices):
        CHILD = "CHILD", _("children")
        MOTHER = "MOTHER", _("loving mothers")

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    department = models.CharField(max_length=40)
    target = models.CharField(max_length=10, choices=Target.choices)
    area_code = AreaCodeField()
    profile = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    schedule = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
    # Blast radius (trust.md T32): shares of the feed's rows that one delivery may touch unseen.
    max_changed_share = models.FloatField(default=0.3)
    max_removed_share = models.FloatField(default=0.05)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(max_changed_share__range=(0, 1), max_removed_share__range=(0, 1)),
                name="source_shares_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SourceVersion(Identified):
    """What a source meant from one day to the next: its profile at each version."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    profile = models.JSONField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "version"], name="source_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} v{self.version}"


class Feed(Identified):
    """How far a source that is fetched or pushed has come, and the secret it is asked with.

    Where it comes from is data in the profile (`fetch`, docs/reference/feeds.md). `position` holds
    what the connector needs to go on exactly where it stood; it names no person.
    """

    source = models.OneToOneField(Source, models.PROTECT, related_name="feed")
    area_code = AreaCodeField()
    secret = SealedField()
    position = models.JSONField(default=dict)
    looked_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # why the last attempt brought nothing: {"code": …, further parameters}
    problem = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.source_id}"


class Egress(Identified):
    """One place that a source may be asked at, pinned to addresses by two administrators.

    It is never changed: other addresses are asked for anew, so the trail of approvals stays whole.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="egress")
    scheme = models.CharField(max_length=12)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    addresses = models.JSONField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    first_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    second_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "scheme", "host", "port"],
                condition=Q(ended_at=None),
                name="egress_one_per_destination",
            ),
            models.CheckConstraint(
                condition=(
                    (Q(first_by=None) | ~Q(first_by=models.F("asked_by")))
                    & (Q(second_by=None) | ~Q(second_by=models.F("asked_by")))
                    & (Q(second_by=None) | ~Q(second_by=models.F("first_by")))
                    & (Q(approved_at=None) | Q(first_by__isnull=False, second_by__isnull=False))
                ),
                name="egress_three_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def is_open(self) -> bool:
        """Tell whether requests may go there."""
        return self.approved_at is not None and self.ended_at is None


class PushBatch(Identified):
    """One batch that a department pushed: by its number and key it is taken in once."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="batches")
    run = models.OneToOneField("ImportRun", models.PROTECT, related_name="batch")
    area_code = AreaCodeField()
    sequence = models.BigIntegerField()
    key = models.CharField(max_length=100)
    # of the body and the area: the same key with another content is a mistake of the sender
    digest = models.BinaryField(max_length=32)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="push_batch_once_by_key"),
            models.UniqueConstraint(
                fields=["source", "sequence"], name="push_batch_once_by_sequence"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} #{self.sequence}"


class ImportRun(Identified):
    """One delivery of one source, from the uploaded file to the changed children."""

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("received")
        READING = "READING", _("reading")
        CHECKING = "CHECKING", _("checking")
        WAITING = "WAITING", _("waiting for a person")
        LINKING = "LINKING", _("linking")
        APPLYING = "APPLYING", _("applying")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused")
        FAILED = "FAILED", _("failed")
        ROLLED_BACK = "ROLLED_BACK", _("rolled back")

    OPEN_STATES = ("RECEIVED", "READING", "CHECKING", "LINKING", "APPLYING")

    source = models.ForeignKey(Source, models.PROTECT, related_name="runs")
    source_version = models.PositiveIntegerField(default=1)
    area_code = AreaCodeField()
    file_name = models.CharField(max_length=200)
    file_path = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    progress = models.PositiveSmallIntegerField(default=0)
    message = models.TextField(blank=True)
    # read, bad, same, new, changed, removed (rows); children_new, children_changed, doubtful …
    counts = models.JSONField(default=dict)
    # seconds and peak memory per step
    timings = models.JSONField(default=dict)
    # what a person should know besides the counts: [{"code": …, further parameters}]
    notes = models.JSONField(default=list)
    mends = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="mended_by"
    )
    # the earlier run that took in the very same file, so that this one had nothing to do
    repeats = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="repeated_by"
    )
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_version", "sha256"],
                condition=Q(state="DONE", repeats=None),
                name="import_run_applies_a_file_once",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "-created_at"], name="import_run_by_area")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """Tell whether the run is still at work."""
        return self.state in self.OPEN_STATES

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing more happens by itself: it has ended, or waits for a person."""
        return not self.is_open


class RecordQuerySet(models.QuerySet["Record"]):
    """Questions about received rows."""

    def current(self) -> Self:
        """Keep the newest version of each row that its source still delivers."""
        return self.filter(state=Record.State.CURRENT)

    def inside(self, area_code: str) -> Self:
        """Keep the rows of an area and everything in it."""
        return self.filter(area_code__range=area_rules.subtree(area_code))


class Record(Identified):
    """One version of one row of a source, as it was received and mapped. Never changed.

    The row's own key often contains an ID number, so only its blind index is kept in the clear;
    the key itself lies in the sealed `payload` with every other value (canonical JSON).
    """

    class State(models.TextChoices):
        CURRENT = "CURRENT", _("current")
        SUPERSEDED = "SUPERSEDED", _("superseded")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    source = models.ForeignKey(Source, models.PROTECT, related_name="records")
    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="records")
    key_token = models.BinaryField(max_length=16)
    area_code = AreaCodeField()
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CURRENT)
    ended_run = models.ForeignKey(
        ImportRun, models.PROTECT, null=True, related_name="ended_records"
    )
    sheet = models.CharField(max_length=60, blank=True)
    row_no = models.PositiveIntegerField()
    as_of = models.DateField()
    payload = SealedField()
    payload_hash = models.BinaryField(max_length=32)
    # remarks that did not keep the row out: [{"rule": …, "column": …}]
    remarks = models.JSONField(default=list)
    received_at = models.DateTimeField()

    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key_token"],
                condition=Q(state="CURRENT"),
                name="record_one_current_version_per_key",
            ),
        ]
        indexes = [models.Index(fields=["area_code"], name="record_by_area")]

    def __str__(self) -> str:
        return f"{self.source_id} v{self.version}"


class QuarantinedRow(Identified):
    """A row that could not enter, with every reason; it is mended by a later run or dismissed."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("open")
        MENDED = "MENDED", _("mended")
        DISMISSED = "DISMISSED", _("dismissed")

    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="bad_rows")
    area_code = AreaCodeField()
    sheet = models.CharField(max_length=60, blank=True)
    row_no = models.PositiveIntegerField()
    key_token = models.BinaryField(max_length=16, default=b"")
    # {"cells": {header: text}, "problems": [{"rule", "column", "value", …}]}
    content = SealedField()
    rules = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    closed_by_run = models.ForeignKey(
        ImportRun, models.PROTECT, null=True, related_name="mended_rows"
    )
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["run", "row_no"], name="quarantined_by_run"),
            models.Index(
                fields=["key_token"], condition=Q(state="OPEN"), name="quarantined_open_by_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}:{self.row_no}"
