"""Sources of department data, how they are asked, and where requests may go."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
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


class Way(Identified):
    """One place that requests may go to, pinned to addresses by two administrators.

    It is never changed: other addresses are asked for anew, so the trail of approvals stays whole.
    """

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
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=(
                    (Q(first_by=None) | ~Q(first_by=models.F("asked_by")))
                    & (Q(second_by=None) | ~Q(second_by=models.F("asked_by")))
                    & (Q(second_by=None) | ~Q(second_by=models.F("first_by")))
                    & (Q(approved_at=None) | Q(first_by__isnull=False, second_by__isnull=False))
                ),
                name="%(class)s_three_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def is_open(self) -> bool:
        """Tell whether requests may go there."""
        return self.approved_at is not None and self.ended_at is None

    @property
    def owner(self) -> Any:
        """Return the source or receiver that it belongs to."""
        raise LookupError


class Egress(Way):
    """One place that a source may be asked at."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="egress")

    class Meta:
        constraints = [
            *Way.Meta.constraints,
            models.UniqueConstraint(
                fields=["source", "scheme", "host", "port"],
                condition=Q(ended_at=None),
                name="egress_one_per_destination",
            ),
        ]

    @property
    def owner(self) -> Source:
        """Return the source."""
        return self.source


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


class StreamMessage(Identified):
    """One message of a broker: by its key it is taken in once, however often it is delivered.

    What cannot be read is kept here with its reason, so that it blocks nothing and is not lost.
    """

    class State(models.TextChoices):
        TAKEN = "TAKEN", _("taken in")
        KEPT_OUT = "KEPT_OUT", _("kept out")
        DISMISSED = "DISMISSED", _("put aside")

    source = models.ForeignKey(Source, models.PROTECT, related_name="messages")
    run = models.ForeignKey("ImportRun", models.PROTECT, null=True, related_name="messages")
    area_code = AreaCodeField()
    key = models.CharField(max_length=200)
    # of the body: the same key with another content is a mistake of the sender
    digest = models.BinaryField(max_length=32)
    state = models.CharField(max_length=10, choices=State.choices, default=State.TAKEN)
    problem = models.CharField(max_length=20, blank=True)
    # the body of a message that was kept out
    content = SealedField()
    received_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="stream_message_once"),
        ]
        indexes = [
            models.Index(
                fields=["source", "-received_at"],
                condition=Q(state="KEPT_OUT"),
                name="stream_message_kept_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.key}"
