"""Partners of other departments, and the teams that runs form of them around children."""

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.mothers.models import Mother
from qianshou.pairing.models.runs import MatchRun
from qianshou.registry.models import Child


class Role(models.TextChoices):
    """Whom a team around a child needs besides the mother."""

    POLICE = "POLICE", _("police officer")
    DOCTOR = "DOCTOR", _("family doctor")
    PSYCHOLOGIST = "PSYCHOLOGIST", _("psychologist")
    TEACHER = "TEACHER", _("class teacher")
    SOCIAL_WORKER = "SOCIAL_WORKER", _("social worker")
    LAWYER = "LAWYER", _("lawyer")
    GRID_WORKER = "GRID_WORKER", _("grid worker")
    CHAIR = "CHAIR", _("village federation chair")
    CHILD_DIRECTOR = "CHILD_DIRECTOR", _("child director")
    SECRETARY = "SECRETARY", _("residential Party secretary")
    COMMITTEE = "COMMITTEE", _("executive-committee mother")
    COUNSELLOR = "COUNSELLOR", _("counselling teacher")
    NEIGHBOUR = "NEIGHBOUR", _("neighbour mother")
    DONOR = "DONOR", _("donor")
    VOLUNTEER = "VOLUNTEER", _("volunteer")
    OTHER = "OTHER", _("other helper")


class Partner(Identified):
    """One person of a department who can join teams: where, how far, and how many children."""

    role = models.CharField(max_length=14, choices=Role.choices)
    name = models.CharField(max_length=60)
    unit = models.CharField(max_length=100)
    area_code = AreaCodeField()
    reach_m = models.PositiveIntegerField()
    places = models.PositiveSmallIntegerField()
    languages = models.JSONField(default=list)
    # Where a task link is sent; without it the office hands the link over itself.
    phone = SealedField()
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "role", "name", "unit"], name="partner_once"
            ),
            models.CheckConstraint(condition=Q(places__lte=500), name="partner_places_plausible"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.unit}"


class RosterLoad(Identified):
    """One list of partners that was sent in: what was taken, and the rows given back."""

    area_code = AreaCodeField()
    file_name = models.CharField(max_length=200)
    counts = models.JSONField(default=dict)
    bad = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["area_code", "-created_at"], name="roster_load_by_area")]

    def __str__(self) -> str:
        return self.file_name


class TeamRun(Identified):
    """One computation of the teams of an area, with its figures and its certificate."""

    class Kind(models.TextChoices):
        FOUR = "FOUR", _("teams of four (1+1+4+N)")
        TASK = "TASK", _("task teams for red children")
        CARE = "CARE", _("care teams by their models")

    area_code = AreaCodeField()
    kind = models.CharField(max_length=4, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=MatchRun.State.choices, default="WAITING")
    figures = models.JSONField(default=dict)
    folder = models.CharField(max_length=200, blank=True)
    verified = models.BooleanField(null=True)
    message = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["area_code", "-created_at"], name="team_run_by_area")]

    def __str__(self) -> str:
        return f"{self.area_code} {self.created_at:%Y-%m-%d %H:%M}"


class TeamPlace(Identified):
    """Who would take one role in one child's team, or why nobody can."""

    class Gap(models.TextChoices):
        NOBODY = "NOBODY", _("nobody of this role is on the roster")
        OUT_OF_REACH = "OUT_OF_REACH", _("nobody of this role is within reach")
        TAKEN = "TAKEN", _("all places of those within reach are taken")

    run = models.ForeignKey(TeamRun, models.PROTECT, related_name="places")
    child = models.ForeignKey(Child, models.PROTECT, related_name="team_places")
    area_code = AreaCodeField()
    role = models.CharField(max_length=14, choices=Role.choices)
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="+")
    score = models.PositiveIntegerField(null=True)
    distance_m = models.PositiveIntegerField(null=True)
    gap = models.CharField(max_length=12, choices=Gap.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "child", "role"], name="team_place_once"),
            models.CheckConstraint(
                condition=Q(partner=None) & ~Q(gap="") | Q(partner__isnull=False, gap=""),
                name="team_place_filled_or_explained",
            ),
        ]
        indexes = [models.Index(fields=["child"], name="team_place_by_child")]

    def __str__(self) -> str:
        return f"{self.role} {self.child_id}"


# Places of these kinds make one team: the care team of a child. A task team is one of its own.
CARE_KINDS: Final = (TeamRun.Kind.FOUR, TeamRun.Kind.CARE)


def listed_with(kind: str) -> tuple[str, ...]:
    """Return the kinds whose places belong to the same team of a child."""
    return tuple(CARE_KINDS) if kind in CARE_KINDS else (kind,)


class SeatQuerySet(models.QuerySet["TeamSeat"]):
    """Accepted places of teams."""

    def in_force(self) -> "SeatQuerySet":
        """Return the places that are taken; a closed or absorbed file needs nobody any more."""
        return self.filter(ended_at=None, child__merged_into=None).exclude(
            child__state=Child.State.CLOSED
        )


class TeamSeat(Identified):
    """A place in a child's team that somebody was taken into; later runs find it taken.

    It was accepted from a run (`place`), or filled by hand with a partner of the roster, a member
    of staff or a mother. `given_in` is the county that gave it: in another one it counts no more.
    `moves` holds each joining of files that carried it along, and from where.
    """

    place = models.ForeignKey(TeamPlace, models.PROTECT, null=True, related_name="seats")
    child = models.ForeignKey(Child, models.PROTECT, related_name="team_seats")
    area_code = AreaCodeField()
    given_in = AreaCodeField(default="")
    kind = models.CharField(max_length=4, choices=TeamRun.Kind.choices)
    role = models.CharField(max_length=14, choices=Role.choices)
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="seats")
    staff = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="team_seats")
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    accepted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)
    # What whoever comes next has to know.
    handover = SealedField()
    moves = models.JSONField(default=list, blank=True, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "kind", "role"],
                condition=Q(ended_at=None, kind__in=["FOUR", "TASK"]),
                name="team_seat_one_per_role",
            ),
            models.UniqueConstraint(
                fields=["child", "kind", "role", "partner", "staff", "mother"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="team_seat_once_each",
            ),
            models.CheckConstraint(
                condition=Q(partner__isnull=False, staff=None, mother=None)
                | Q(partner=None, staff__isnull=False, mother=None)
                | Q(partner=None, staff=None, mother__isnull=False),
                name="team_seat_of_one_person",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | Q(ended_at__isnull=False) & ~Q(end_reason=""),
                name="team_seat_ended_when_and_why",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "-accepted_at"], name="team_seat_by_area"),
            models.Index(
                fields=["child", "role"], condition=Q(ended_at=None), name="team_seat_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.child_id}"

    @property
    def who(self) -> str:
        """Return who sits there; the person must be at hand."""
        return str(self.partner or self.staff or self.mother)

    @property
    def rests(self) -> bool:
        """Tell whether the person is no longer at work here."""
        if self.partner is not None:
            return not self.partner.is_active
        return self.staff is not None and not self.staff.is_active
