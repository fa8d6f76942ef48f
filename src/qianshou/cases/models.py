"""One child, one file, one strategy, one task team: what is true of each."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.assessment.models import Grade
from qianshou.cases.rules import road
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Partner, TeamSeat
from qianshou.registry.models import Child


class TaskTeamQuerySet(models.QuerySet["TaskTeam"]):
    """Questions about task teams."""

    def open(self) -> Self:
        """Keep those that answer for their child."""
        return self.filter(state__in=road.OPEN)


class TaskTeam(Identified):
    """The team, the file and the clocks of one red child, from its opening to its closing review.

    `county` is the county whose lead answers; it differs from the place of the child after a move
    until somebody of the new county takes the lead.
    """

    class Because(models.TextChoices):
        RED = "RED", _("the child's grade became red")
        REFERRAL = "REFERRAL", _("another authority referred the child")
        HAND = "HAND", _("a person decided so")

    class Next(models.TextChoices):
        CARE = "CARE", _("regular care with its loving mother")
        REMATCH = "REMATCH", _("a loving mother is looked for")
        SERVICE = "SERVICE", _("another service goes on with the child")
        OBSERVED = "OBSERVED", _("the village keeps an eye on the child")
        NONE = "NONE", _("nothing further: the file is closed")

    child = models.ForeignKey(Child, models.PROTECT, related_name="task_teams")
    area_code = AreaCodeField()
    county = AreaCodeField()
    state = models.CharField(max_length=10, choices=road.TASK_TEAM.choices(_), default=road.OPENED)
    state_since = models.DateTimeField(default=timezone.now)
    because = models.CharField(max_length=8, choices=Because.choices)
    why = SealedField()
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lead = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answer = SealedField()
    # How often somebody above has been told that nobody answered: 0, 1 (county), 2 (city).
    told = models.PositiveSmallIntegerField(default=0)
    review_on = models.DateField()
    review_told_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    next_step = models.CharField(max_length=8, choices=Next.choices, blank=True)
    times_reopened = models.PositiveSmallIntegerField(default=0)
    came_from = models.UUIDField(null=True)
    came_by = models.UUIDField(null=True)

    objects = TaskTeamQuerySet.as_manager()

    class Meta:
        triggers = guards(road.TASK_TEAM, "cases_taskteam")
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(state__in=road.OPEN), name="cases_one_open_per_child"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="cases_answered_by_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=road.CLOSED) | Q(closed_at__isnull=False) & ~Q(next_step=""),
                name="cases_closed_with_what_comes_next",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "review_on"],
                condition=Q(state__in=road.OPEN),
                name="cases_open_by_area",
            ),
            models.Index(fields=["child"], name="cases_by_child"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.state}"

    @property
    def is_open(self) -> bool:
        """Tell whether the team answers for the child."""
        return self.state in road.OPEN

    @property
    def awaits_county(self) -> bool:
        """Tell whether the child has moved and the new county has not taken the lead yet."""
        return self.is_open and self.county[:6] != self.area_code[:6]


class Belonging(Identified):
    """What hangs on a task team; it carries child and place so that it moves with the file."""

    team = models.ForeignKey(TaskTeam, models.PROTECT, related_name="%(class)ss")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()

    class Meta:
        abstract = True


class Lead(Belonging):
    """A time during which one person led the team, and what she handed over at its end."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    handover = SealedField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team"], condition=Q(until=None), name="cases_one_lead_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.team_id}"


class Member(Belonging):
    """One person of the team: staff, a partner of another body, or the child's loving mother.

    `unit` names the body of whoever joined by an account; a partner of the roster brings its own.
    """

    class Kind(models.TextChoices):
        STAFF = "STAFF", _("staff")
        PARTNER = "PARTNER", _("partner")
        MOTHER = "MOTHER", _("loving mother")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=100, blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="+")
    seat = models.ForeignKey(TeamSeat, models.PROTECT, null=True, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="task_teams")
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"],
                condition=Q(ended_at=None, user__isnull=False),
                name="cases_member_once",
            ),
            models.UniqueConstraint(
                fields=["team", "partner"],
                condition=Q(ended_at=None, partner__isnull=False),
                name="cases_partner_once",
            ),
            models.UniqueConstraint(
                fields=["team", "mother"],
                condition=Q(ended_at=None, mother__isnull=False),
                name="cases_mother_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(ended_for=""),
                name="cases_member_ended_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(ended_at=None), name="cases_member_user"),
            models.Index(fields=["mother"], condition=Q(ended_at=None), name="cases_member_mother"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Strategy(Belonging):
    """One version of what the team is to reach: goals with their measures, agreed by whom.

    `goals` lies sealed: a JSON list of `{"what", "measure", "baseline", "target", "until"}`.
    """

    version = models.PositiveSmallIntegerField()
    goals = SealedField()
    agreed_with = models.CharField(max_length=200)
    agreed_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "version"], name="cases_strategy_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} v{self.version}"


class Meeting(Belonging):
    """A meeting of the team: planned, held with attendance and sealed minutes, or called off."""

    class State(models.TextChoices):
        PLANNED = "PLANNED", _("planned")
        HELD = "HELD", _("held")
        CALLED_OFF = "CALLED_OFF", _("called off")

    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    planned_at = models.DateTimeField()
    place = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200)
    planned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # `[{"member": id, "name": …, "came": true}]`: names as they were on that day.
    attendance = models.JSONField(default=list)
    minutes = SealedField()
    held_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    held_at = models.DateTimeField(null=True)
    off_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="HELD") | Q(held_at__isnull=False, held_by__isnull=False),
                name="cases_meeting_held_by_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="CALLED_OFF") | ~Q(off_for=""),
                name="cases_meeting_called_off_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["team", "planned_at"], name="cases_meeting_by_team")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.planned_at:%Y-%m-%d}"


class ActionQuerySet(models.QuerySet["Action"]):
    """Questions about what somebody of a team is to do."""

    def open(self) -> Self:
        """Keep what is neither done nor dropped."""
        return self.filter(done_at=None)

    def late_on(self, today: date) -> Self:
        """Keep what is open after its day."""
        return self.filter(done_at=None, due_on__lt=today)


class Action(Belonging):
    """What one member is to do until a day; done or dropped with a result.

    `what` is read by its owner, who may be the mother or a partner: it names no other person.
    """

    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, related_name="decisions")
    owner = models.ForeignKey(Member, models.PROTECT, related_name="actions")
    # Copied from the member, so that the database itself shows it to its owner alone.
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="task_actions")
    what = models.CharField(max_length=200)
    due_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    dropped = models.BooleanField(default=False)
    result = SealedField()
    told_at = models.DateTimeField(null=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="cases_action_done_by_and_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "due_on"], condition=Q(done_at=None), name="cases_action_open"
            ),
            models.Index(fields=["team"], name="cases_action_by_team"),
        ]

    def __str__(self) -> str:
        return self.what


class Review(Belonging):
    """A review of the team: how the goals stand, whether it goes on, and what comes next."""

    held_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    result = SealedField()
    closes = models.BooleanField()
    grade = models.CharField(max_length=6, choices=Grade.choices)
    next_step = models.CharField(max_length=8, choices=TaskTeam.Next.choices, blank=True)
    next_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes=True, next_on=None) & ~Q(next_step="")
                | Q(closes=False, next_step="", next_on__isnull=False),
                name="cases_review_says_what_comes_next",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.held_on}"


class StepTaken(Belonging):
    """One step on the road of a team: from where to where, who and why."""

    act = models.CharField(max_length=12)
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.team_id} {self.act}"


class RhythmVersion(Identified):
    """The clocks of an area as data: written once, in force until the next one is adopted."""

    area_code = AreaCodeField()
    version = models.PositiveIntegerField()
    body = models.JSONField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "version"], name="cases_rhythm_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_code} v{self.version}"
