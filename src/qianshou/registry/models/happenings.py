"""What happened to files, and the news that somebody acts on."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models import ImportRun
from qianshou.registry.models.files import Child


class ChildEvent(Identified):
    """Something that happened to a file: created, changed, merged, split, closed, undone."""

    class Kind(models.TextChoices):
        CHANGED = "CHANGED", _("changed")
        MERGED = "MERGED", _("merged")
        SPLIT = "SPLIT", _("split")
        CLOSED = "CLOSED", _("closed")
        REOPENED = "REOPENED", _("reopened")
        UNDONE = "UNDONE", _("undone")
        PINNED = "PINNED", _("set by a person")
        RELEASED = "RELEASED", _("left to the departments")
        LIFTED = "LIFTED", _("declared over")

    child = models.ForeignKey(Child, models.PROTECT, related_name="events")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(ImportRun, models.PROTECT, null=True, related_name="+")
    # names of the fields that changed; old and new values lie sealed in `before_after`
    fields = models.JSONField(default=list)
    before_after = SealedField()
    # record ids moved and the file they came from, enough to reverse the event
    moves = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        indexes = [
            models.Index(fields=["child", "-at"], name="child_event_by_child"),
            models.Index(
                fields=["at"],
                condition=Q(kind__in=["MERGED", "SPLIT"]),
                name="child_event_decisions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.child_id}"


class Notice(Identified):
    """News about a child that somebody acts on: what happened, and whether a visit is due.

    What each kind calls for stands in `rules.news`; the values themselves stay in the file.
    """

    class Kind(models.TextChoices):
        NEW_CHILD = "NEW_CHILD", _("new child on file")
        PARENT_GONE = "PARENT_GONE", _("a parent is gone")
        DROPPED_OUT = "DROPPED_OUT", _("dropped out of school")
        DISABILITY = "DISABILITY", _("new disability")
        ILLNESS = "ILLNESS", _("seriously ill")
        WARNING = "WARNING", _("new warning sign")
        MOVED = "MOVED", _("moved")
        UNLISTED = "UNLISTED", _("on no list any more")
        JOINED = "JOINED", _("two files became one")
        CLOSED = "CLOSED", _("file closed")
        REOPENED = "REOPENED", _("file reopened")

    class Visit(models.TextChoices):
        NONE = "", _("no visit needed")
        DUE = "DUE", _("visit due")
        DONE = "DONE", _("looked in on")

    child = models.ForeignKey(Child, models.PROTECT, related_name="notices")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    fields = models.JSONField(default=list)
    at = models.DateTimeField()
    run = models.ForeignKey(ImportRun, models.PROTECT, null=True, db_index=False, related_name="+")
    visit = models.CharField(max_length=4, choices=Visit.choices, default=Visit.NONE, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    done_at = models.DateTimeField(null=True)
    said = SealedField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(visit="DONE", done_by__isnull=False, done_at__isnull=False)
                | (~Q(visit="DONE") & Q(done_by=None, done_at=None)),
                name="notice_done_by_and_when",
            ),
            models.UniqueConstraint(
                fields=["child", "kind"], condition=Q(visit="DUE"), name="notice_one_visit_due"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="notice_by_time"),
            models.Index(fields=["area_code"], condition=Q(visit="DUE"), name="notice_visits_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.child_id}"


class Pulse(models.Model):
    """When something last changed in a village: what open pages ask every few seconds."""

    area_code = AreaCodeField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.area_code
