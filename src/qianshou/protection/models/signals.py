"""Quiet items for the safeguarding lead, and the lists of words that raise some of them."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.protection.rules import life
from qianshou.registry.models import Child


class WordList(Identified):
    """One version of the danger words of an area, published by a person."""

    county = AreaCodeField()
    version = models.PositiveSmallIntegerField()
    # {"words": [{"term", "language", "kind", "weight", "harmless": […]}, …]}
    body = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county", "version"], name="words_once_per_version"),
        ]
        triggers = [
            pgtrigger.Protect(name="word_list_stays", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.county} v{self.version}"


class SignalQuerySet(models.QuerySet["Signal"]):
    """Questions about signals."""

    def waiting(self) -> Self:
        """Keep what nobody has decided."""
        return self.filter(state=life.RAISED)


class Signal(Identified):
    """A reason to look at a pair: words of a note, or a pattern. It is no verdict on anybody.

    `week` is the Monday of the week whose cap it counts for. `origin` names the contact, or the
    pattern and its week, so that the same reason is raised once.
    """

    class Kind(models.TextChoices):
        WORDS = "WORDS", _("words in a note")
        STOPPED = "STOPPED", _("contact stopped suddenly")
        MOOD = "MOOD", _("the child's mood fell over weeks")
        NOT_REACHED = "NOT_REACHED", _("the child was not reached again and again")

    county = AreaCodeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    origin = models.CharField(max_length=80)
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    pairing_id = models.UUIDField(null=True, blank=True)
    weight = models.PositiveSmallIntegerField()
    # terms that were found, each {"term", "kind"}; for a pattern its numbers
    found = models.JSONField(default=list, blank=True)
    excerpt = SealedField()
    at = models.DateTimeField()
    raised_at = models.DateTimeField()
    week = models.DateField()
    words_version = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=life.SIGNAL.choices(_), default=life.RAISED)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = SealedField()

    objects = SignalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "origin"], name="signal_raised_once"),
            models.CheckConstraint(
                condition=Q(state=life.RAISED) ^ Q(decided_by__isnull=False),
                name="signal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=life.RAISED) | ~Q(reason=b""), name="signal_decided_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["county", "week", "-weight"], name="signal_by_week")]
        triggers = [
            *guards(life.SIGNAL, "signal"),
            pgtrigger.Protect(name="signal_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.week}"
