"""How rows were joined to files, what is in doubt, and what proves it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.exchange.models import Record
from qianshou.registry.models.files import Child


class LinkModel(models.Model):
    """The linkage parameters that scored the links: numbers only, no personal data."""

    version = models.BigAutoField(primary_key=True)
    body = models.JSONField()
    rows = models.PositiveIntegerField()
    # what people's answers were added to, and how many of them
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    labels = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"model {self.version}"


class Link(Identified):
    """Why one department row belongs to one child. Ended links stay, so that all can be undone."""

    class State(models.TextChoices):
        AUTO = "AUTO", _("linked by rule")
        MANUAL = "MANUAL", _("linked by a person")
        ENDED = "ENDED", _("ended")

    record = models.ForeignKey(Record, models.PROTECT, related_name="links")
    child = models.ForeignKey(Child, models.PROTECT, related_name="links")
    area_code = AreaCodeField()
    state = models.CharField(max_length=8, choices=State.choices)
    weight_bits = models.FloatField(null=True)
    model = models.ForeignKey(LinkModel, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=~Q(state="ENDED"), name="link_one_child_per_record"
            ),
            models.CheckConstraint(
                condition=Q(state="ENDED", ended_at__isnull=False)
                | (~Q(state="ENDED") & Q(ended_at=None)),
                name="link_end_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} -> {self.child_id}"


class Doubt(Identified):
    """Two rows that may be one child: a question for a person, with the evidence."""

    class Reason(models.TextChoices):
        BAND = "BAND", _("similar, but not surely the same")
        MARGIN = "MARGIN", _("two files fit almost equally well")
        ID_CONFLICT = "ID_CONFLICT", _("two valid ID numbers differ")
        TWIN = "TWIN", _("same birthday and household, other name")
        PLACEHOLDER = "PLACEHOLDER", _("a row without a real name")
        ROLL = "ROLL", _("two student numbers in one school roll")
        APART = "APART", _("kept apart by an earlier decision")
        NIGHT = "NIGHT", _("the nightly check over all rows would decide otherwise")

    class State(models.TextChoices):
        OPEN = "OPEN", _("open")
        SAME = "SAME", _("the same child")
        DIFFERENT = "DIFFERENT", _("different children")
        GONE = "GONE", _("no longer a question")

    area_code = AreaCodeField()
    record_a = models.ForeignKey(Record, models.PROTECT, related_name="+")
    record_b = models.ForeignKey(Record, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    weight_bits = models.FloatField()
    probability = models.FloatField()
    levels = models.TextField()
    # A question about a child at risk is worth more than one about a quiet duplicate.
    value = models.FloatField(default=0)
    postponed = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    raised_at = models.DateTimeField()
    # As it was when it was answered: both rows in one file, and one department lists both.
    together = models.BooleanField(null=True)
    met = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_a", "record_b"], name="doubt_once_per_pair"),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "-value"],
                condition=Q(state="OPEN"),
                name="doubt_open_by_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.record_a_id} {self.record_b_id}"


class Apart(Identified):
    """Two rows that a person decided are different children; no later run joins them."""

    record_a = models.ForeignKey(Record, models.PROTECT, related_name="+")
    record_b = models.ForeignKey(Record, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record_a", "record_b"],
                condition=Q(lifted_at=None),
                name="apart_once_per_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_a_id} | {self.record_b_id}"


class BlockKey(models.Model):
    """Keyed tokens of a row's blocking keys, by which a new row finds its neighbours.

    Nothing but the primary key is indexed or checked: a row has about ten tokens, and whoever
    reads them joins the row's standing link anyway, so a stale token does no harm.
    """

    pk = models.CompositePrimaryKey("token", "record_id")
    token = models.BigIntegerField()
    record = models.ForeignKey(
        Record, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    area_code = AreaCodeField()

    def __str__(self) -> str:
        return str(self.token)


class LinkCheck(Identified):
    """One nightly comparison of a county's files with a batch over all its rows; numbers only."""

    area_code = AreaCodeField()
    at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    files = models.PositiveIntegerField()
    # Pairs of files that the batch would join, and rows that it would take out.
    joins = models.PositiveIntegerField()
    parts = models.PositiveIntegerField()
    seconds = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["area_code", "-at"], name="link_check_newest")]

    def __str__(self) -> str:
        return f"{self.area_code} {self.at:%Y-%m-%d}"
