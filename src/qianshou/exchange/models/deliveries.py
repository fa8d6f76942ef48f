"""The runs that brought department data, the rows as received, and the bad rows."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models.sources import Source


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
        indexes = [
            models.Index(fields=["area_code", "-created_at"], name="import_run_by_area"),
            models.Index(fields=["source", "-created_at"], name="import_run_by_source"),
            models.Index(
                fields=["source", "created_at"],
                condition=Q(
                    state__in=["RECEIVED", "READING", "CHECKING", "WAITING", "APPLYING", "LINKING",
                               "FAILED"]
                ),
                name="import_run_unsettled",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """Tell whether the run is still at work."""
        return self.state in self.OPEN_STATES

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing more happens by itself: it has ended, or waits for a person."""
        return not (self.is_open or self.is_undoing)

    @property
    def is_undoing(self) -> bool:
        """Tell whether the worker is about to undo the run."""
        return any(note["code"] == "UNDOING" for note in self.notes)


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
