"""The trail: who did or saw what. Written once, chained per county, never changed."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qianshou.common.fields import AreaCodeField


class EntryQuerySet(models.QuerySet["Entry"]):
    """Questions about the trail."""

    def about(self, subject_id: object) -> Self:
        """Keep the entries about one person, file or run."""
        return self.filter(subject_id=str(subject_id))


class Entry(models.Model):
    """One act, or one reading of a sensitive field.

    `seq`, `prev_hash`, `hash` and `at` are filled by a trigger of the database, which the
    application's role can neither skip nor change. `details` is canonical JSON text, because
    the hash is taken over the text itself.
    """

    class Result(models.TextChoices):
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused")

    id = models.BigAutoField(primary_key=True)
    chain = models.CharField(max_length=6, db_collation="C")
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=60, blank=True)
    act = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    area_code = AreaCodeField(blank=True)
    reason = models.CharField(max_length=200, blank=True)
    details = models.TextField(default="{}")
    request_id = models.CharField(max_length=32, blank=True)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.DONE)
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="entry_once_per_place_in_chain"),
        ]
        indexes = [
            models.Index(fields=["subject_id", "-id"], name="entry_by_subject"),
            models.Index(fields=["area_code", "-id"], name="entry_by_area"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} {self.act}"
