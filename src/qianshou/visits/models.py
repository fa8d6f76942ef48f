"""Home visits, who goes, what was found, what follows, and the way of a day."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.registry.models import Child
from qianshou.visits.rules import places, states, together


class BookVersion(Identified):
    """One version of what an area sets about visits; the current one holds."""

    area_code = AreaCodeField()
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    is_current = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "version"], name="visits_book_version_once"
            ),
            models.UniqueConstraint(
                fields=["area_code"], condition=Q(is_current=True), name="visits_book_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_code} {self.version}"


class VisitQuerySet(models.QuerySet["Visit"]):
    """Questions about visits."""

    def open(self) -> Self:
        """Keep those that are planned, under way or not written up."""
        return self.filter(state__in=states.OPEN)

    def standing(self) -> Self:
        """Keep all that were not called off."""
        return self.exclude(state=states.CANCELLED)

    def to_write(self, today: date) -> Self:
        """Keep those whose day has come or is over and that nobody has written up."""
        return self.filter(
            Q(state__in=(states.THERE, states.LEFT)) | Q(state=states.PLANNED, planned_on__lt=today)
        )


class Visit(Identified):
    """One visit to one child's home: planned, made, written up.

    Of where somebody was only near, far or unknown is kept. `lead` is the member of staff whose
    day it belongs to; `mother` the loving mother who goes along, if one does. Notes, answers and
    the draft lie sealed. `moves` remembers files that were joined.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="visits")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="visits")
    area_code = AreaCodeField()
    purpose = models.CharField(max_length=30)
    book = models.ForeignKey(BookVersion, models.PROTECT, null=True, related_name="+")
    planned_on = models.DateField()
    # Minutes from midnight: when the family is at home, how long one stays, when one comes.
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    stop = models.PositiveSmallIntegerField(null=True)
    comes_at = models.PositiveSmallIntegerField(null=True)
    lead = models.ForeignKey(User, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    anyway = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=states.VISIT.choices(_), default=states.PLANNED)
    # Arrival and leaving: our time, the device's time, and the place as near, far or unknown.
    came_at = models.DateTimeField(null=True)
    came_said_at = models.DateTimeField(null=True)
    came_place = models.CharField(max_length=8, blank=True)
    came_why = models.CharField(max_length=200, blank=True)
    left_at = models.DateTimeField(null=True)
    left_said_at = models.DateTimeField(null=True)
    left_place = models.CharField(max_length=8, blank=True)
    left_why = models.CharField(max_length=200, blank=True)
    met = models.JSONField(default=list)
    alone = models.BooleanField(default=False)
    answers = SealedField()
    note = SealedField()
    draft = SealedField()
    drafted_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(null=True)
    # The form that planned it: sent twice, it is one visit.
    once = models.UUIDField()
    moves = models.JSONField(default=list)

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["child", "once"], name="visits_visit_planned_once"),
            models.CheckConstraint(
                condition=Q(opens__lte=models.F("closes")) & Q(closes__lte=1440),
                name="visits_visit_door_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(came_place__in=("", places.NEAR, places.FAR, places.UNKNOWN))
                & Q(left_place__in=("", places.NEAR, places.FAR, places.UNKNOWN)),
                name="visits_visit_place_is_coarse",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(states.NOT_MET, states.REFUSED, states.CANCELLED))
                | ~Q(why=""),
                name="visits_visit_not_made_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "planned_on"], name="visits_visit_by_day"),
            models.Index(fields=["child", "-planned_on"], name="visits_visit_by_child"),
            models.Index(fields=["lead", "planned_on"], name="visits_visit_by_lead"),
            models.Index(fields=["mother", "planned_on"], name="visits_visit_by_mother"),
        ]
        triggers = [
            *guards(states.VISIT, "visits_visit"),
            pgtrigger.Protect(name="visits_visit_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.planned_on}"


class Goer(Identified):
    """One person who goes along: staff with an account, the mother, or a partner by name."""

    KINDS = (
        (together.STAFF, _("member of staff")),
        (together.DIRECTOR, _("child director")),
        (together.MOTHER, _("loving mother")),
        (together.PARTNER, _("partner")),
    )

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="goers")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=KINDS)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80)
    came = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "user"], condition=Q(user__isnull=False),
                name="visits_goer_once",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["child"], name="visits_goer_by_child")]

    def __str__(self) -> str:
        return self.name


class VisitTaskQuerySet(models.QuerySet["VisitTask"]):
    """Questions about what follows from visits."""

    def open(self) -> Self:
        """Keep what nobody has done."""
        return self.filter(done_at=None)

    def late_on(self, day: date) -> Self:
        """Keep the open ones whose day is over."""
        return self.filter(done_at=None, due_on__lt=day)


class VisitTask(Identified):
    """One thing to do after a finding, with who does it and by when; `words` by language."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="tasks")
    child = models.ForeignKey(Child, models.PROTECT, related_name="visit_tasks")
    area_code = AreaCodeField()
    finding = models.CharField(max_length=70)
    words = models.JSONField(default=dict)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    due_on = models.DateField()
    opened_at = models.DateTimeField(default=timezone.now)
    escalated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    result = models.CharField(max_length=200, blank=True)
    moves = models.JSONField(default=list)

    objects = VisitTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "finding"], name="visits_task_once"),
            models.CheckConstraint(
                condition=Q(done_at=None) | ~Q(result=""), name="visits_task_done_with_a_result"
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "due_on"], condition=Q(done_at=None), name="visits_task_open"
            ),
            models.Index(fields=["child"], name="visits_task_by_child"),
        ]
        triggers = [pgtrigger.Protect(name="visits_task_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.finding


class DayRoute(Identified):
    """How the order of one person's day was found: by the solver, with what it proves, or by hand.

    Times and order stand with the visits; no place is kept here.
    """

    area_code = AreaCodeField()
    day = models.DateField()
    lead = models.ForeignKey(User, models.PROTECT, related_name="+")
    travel_minutes = models.PositiveSmallIntegerField()
    back_at = models.PositiveSmallIntegerField()
    late_minutes = models.PositiveIntegerField(default=0)
    proven = models.BooleanField()
    gap_percent = models.PositiveSmallIntegerField(default=0)
    by_hand = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "day", "lead"], name="visits_route_one_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_code} {self.day}"
