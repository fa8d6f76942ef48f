"""What people hold fast about files: values by hand, holds, and votes."""

from django.db import models
from django.db.models import Q

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models import ImportRun, Record
from qianshou.registry.models.files import Child
from qianshou.registry.models.links import Doubt


class Pin(Identified):
    """A value that a person set, with the reason; it stands until a person takes it away."""

    child = models.ForeignKey(Child, models.PROTECT, related_name="pins")
    area_code = AreaCodeField()
    field = models.CharField(max_length=40)
    value = SealedField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "field"], condition=Q(ended_at=None), name="pin_one_per_field"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="pin_ended_by_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.child_id}"


class Hold(Identified):
    """A grave fact that its rows no longer state; it stands until a person says it is over.

    `record` is the row that stated it. `row` is the version of that row in force, with which the
    fact moves when a person takes the row out of the file. `run` lowered it.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="holds")
    area_code = AreaCodeField()
    field = models.CharField(max_length=40)
    value = models.JSONField()
    record = models.ForeignKey(Record, models.PROTECT, related_name="+")
    row = models.ForeignKey(Record, models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(ImportRun, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["child"], condition=Q(ended_at=None), name="hold_standing_by_child"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.child_id}"


class ReviewRule(Identified):
    """How many people of a county must agree before a doubtful link is decided."""

    area_code = AreaCodeField(unique=True)
    eyes = models.PositiveSmallIntegerField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(eyes__range=(1, 2)), name="review_by_one_or_two"),
        ]

    def __str__(self) -> str:
        return f"{self.area_code} {self.eyes}"


class Vote(Identified):
    """What one person answered to a question; where two must agree, it waits for the second."""

    doubt = models.ForeignKey(Doubt, models.PROTECT, related_name="votes")
    area_code = AreaCodeField()
    same = models.BooleanField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["doubt", "by"], condition=Q(taken_back_at=None), name="vote_once_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doubt_id} {self.same}"
