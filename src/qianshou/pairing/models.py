"""Matching runs, what they propose, what people decide, and the pairings that come of it."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.assessment.models import Grade
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.registry.models import Child


class Policy(Identified):
    """Hard rules and weights of the score as data, with a name and a version.

    `text` is the policy as a file, `sha256` the hash of that text. A version is written once; it
    is in force from the day somebody adopts it until another one is adopted.
    """

    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    area_code = AreaCodeField()
    body = models.JSONField()
    text = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    adopted_at = models.DateTimeField(null=True)
    adopted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    adopted_for = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(adopted_by=None) | Q(adopted_at__isnull=False) & ~Q(adopted_for=""),
                name="policy_adopted_by_when_and_why",
            ),
            models.UniqueConstraint(fields=["area_code", "version"], name="policy_version_once"),
            models.UniqueConstraint(
                fields=["area_code"], condition=Q(is_current=True), name="policy_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class WeightStudy(Identified):
    """What the outcomes of pairings say about the weights of a policy; it changes nothing.

    Weights and intervals are per mille by part. They are those of the policy, and `is_enough` is
    false, while too few pairings have ended early to learn from.
    """

    area_code = AreaCodeField()
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="+")
    pairings = models.PositiveIntegerField()
    early_ends = models.PositiveIntegerField()
    is_enough = models.BooleanField()
    monthly_risk = models.FloatField()
    weights = models.JSONField()
    intervals = models.JSONField()
    effects = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["area_code", "-created_at"], name="weight_study_by_area")]

    def __str__(self) -> str:
        return f"{self.area_code} {self.created_at:%Y-%m-%d}"


class MatchRun(Identified):
    """One computation of a plan for an area, with its figures and its certificate.

    `figures` holds counts per tier, objective, gap, distribution of scores and shortages.
    The instance, the plan and the duals lie as files under `folder`, in the form that
    `qianshou verify` re-checks.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        RUNNING = "RUNNING", _("running")
        DONE = "DONE", _("done")
        FAILED = "FAILED", _("failed")
        CANCELLED = "CANCELLED", _("cancelled")

    class Kind(models.TextChoices):
        """A run of everybody, a repair of an earlier one, or a batch of new children only."""

        FULL = "FULL", _("matching run")
        REPAIR = "REPAIR", _("repair")
        ARRIVALS = "ARRIVALS", _("batch of new children")

    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FULL)
    # The run that a repair continues.
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="repairs")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    step = models.CharField(max_length=60, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    message = models.TextField(blank=True)
    figures = models.JSONField(default=dict)
    timings = models.JSONField(default=dict)
    input_hash = models.CharField(max_length=64, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    verified = models.BooleanField(null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["area_code", "-created_at"], name="match_run_by_area")]

    def __str__(self) -> str:
        return f"{self.area_code} {self.created_at:%Y-%m-%d %H:%M}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Questions about proposals."""

    def open(self) -> Self:
        """Keep the ones nobody has decided."""
        return self.filter(state=Proposal.State.OPEN)

    def current(self) -> Self:
        """Keep what the run proposes now, not what steering has replaced."""
        return self.filter(is_current=True)


class Proposal(Identified):
    """One pair that a run proposes, with its reasons; a person decides.

    `parts` are the sub-scores `{"code", "value" 0..100, "weight", "points"}` in the order of the
    policy; `runner_up` the mother who would be next, `margin` the points the plan would lose.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("to be decided")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")
        LAPSED = "LAPSED", _("lapsed")

    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="proposals")
    child = models.ForeignKey(Child, models.PROTECT, related_name="proposals")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="proposals")
    area_code = AreaCodeField()
    tier = models.PositiveSmallIntegerField()
    grade = models.CharField(max_length=6, choices=Grade.choices)
    score = models.PositiveIntegerField()
    distance_m = models.PositiveIntegerField(null=True)
    parts = models.JSONField(default=list)
    runner_up = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    margin = models.PositiveIntegerField(null=True)
    # why a person should look twice: LOW_MARGIN, FAR, FIRST_TIME_RED …
    attention = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    # False when a person's steering replaced this proposal by another of the same run.
    is_current = models.BooleanField(default=True, db_default=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "child"],
                condition=Q(is_current=True),
                name="proposal_once_per_child_and_run",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "LAPSED"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="proposal_decided_by_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "state", "tier"], name="proposal_by_run"),
            models.Index(fields=["area_code", "state"], name="proposal_by_area"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.mother_id}"


class LeftOver(Identified):
    """A child that a run could not place, and why."""

    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="left_over")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    tier = models.PositiveSmallIntegerField()
    grade = models.CharField(max_length=6, choices=Grade.choices)
    # NO_CONSENT, NO_CANDIDATE (with the counts of the rules), SCARCITY (with the blocking set)
    reason = models.CharField(max_length=20)
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "child"], name="left_over_once_per_run"),
        ]
        indexes = [models.Index(fields=["run", "reason", "tier"], name="left_over_by_run")]

    def __str__(self) -> str:
        return f"{self.reason} {self.child_id}"


class Role(models.TextChoices):
    """Whom a team around a child needs besides the mother."""

    POLICE = "POLICE", _("police officer")
    DOCTOR = "DOCTOR", _("family doctor")
    PSYCHOLOGIST = "PSYCHOLOGIST", _("psychologist")
    TEACHER = "TEACHER", _("class teacher")
    SOCIAL_WORKER = "SOCIAL_WORKER", _("social worker")
    LAWYER = "LAWYER", _("lawyer")


class Partner(Identified):
    """One person of a department who can join teams: where, how far, and how many children."""

    role = models.CharField(max_length=14, choices=Role.choices)
    name = models.CharField(max_length=60)
    unit = models.CharField(max_length=100)
    area_code = AreaCodeField()
    reach_m = models.PositiveIntegerField()
    places = models.PositiveSmallIntegerField()
    languages = models.JSONField(default=list)
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


class PairingQuerySet(models.QuerySet["Pairing"]):
    """Questions about pairings."""

    def open(self) -> Self:
        """Keep the pairings that have not ended."""
        return self.filter(ended_on=None)


class EndCause(models.TextChoices):
    """Why a pairing ended. The first five speak about the pair, the others about life."""

    NO_BOND = "NO_BOND", _("child and mother did not get along")
    MOTHER_STOPPED = "MOTHER_STOPPED", _("the mother could not go on")
    TOO_FAR = "TOO_FAR", _("distance or time did not work out")
    UNWANTED = "UNWANTED", _("child or guardian no longer wished it")
    HARM = "HARM", _("conduct towards the child")
    TERM = "TERM", _("the agreed time is over, or the child has grown up")
    MOVED = "MOVED", _("the child has moved away")
    HOME = "HOME", _("a parent has come home")
    OTHER = "OTHER", _("another reason")


class Pairing(Identified):
    """One mother and one child, agreed by a person. The database allows one open one per child."""

    child = models.ForeignKey(Child, models.PROTECT, related_name="pairings")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="pairings")
    area_code = AreaCodeField()
    proposal = models.OneToOneField(Proposal, models.PROTECT, null=True, related_name="pairing")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)
    end_cause = models.CharField(max_length=14, choices=EndCause.choices, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # When two files became one: the file this pairing belonged to, and the event to undo.
    came_from = models.ForeignKey(Child, models.PROTECT, null=True, related_name="+")
    came_by = models.UUIDField(null=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(ended_on=None), name="pairing_one_open_per_child"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="pairing_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(
                fields=["mother"], condition=Q(ended_on=None), name="pairing_open_by_mother"
            ),
            models.Index(fields=["area_code"], name="pairing_by_area"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.mother_id}"


class SteeringActQuerySet(models.QuerySet["SteeringAct"]):
    """Questions about what people demand of plans."""

    def in_force(self) -> Self:
        """Keep the ones nobody has taken back."""
        return self.filter(undone_at=None)

    def settling(self) -> Self:
        """Keep the ones that fix a pair."""
        return self.filter(kind__in=[SteeringAct.Kind.LOCK, SteeringAct.Kind.FORCE])


class SteeringAct(Identified):
    """What a person demands of this plan and of all later ones: who, when, why, at what loss.

    `points` is what the best plan loses by it, `lost` and `won` the children who lose or gain a
    place. The pairs that moved are `moves`.
    """

    class Kind(models.TextChoices):
        VETO = "VETO", _("never these two")
        LOCK = "LOCK", _("keep this pair")
        FORCE = "FORCE", _("this pair all the same")

    class Reason(models.TextChoices):
        KNOWN = "KNOWN", _("They know each other")
        WISH = "WISH", _("Wish of the child, the guardian or the mother")
        CONFLICT = "CONFLICT", _("Conflict between the families")
        HOME = "HOME", _("Something at her home or theirs")
        DISTANCE = "DISTANCE", _("The way is longer or harder than it looks")
        FACTS = "FACTS", _("The data are wrong or out of date")
        OTHER = "OTHER", _("Another reason")

    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="steering")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    child = models.ForeignKey(Child, models.PROTECT, related_name="steering")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    reason_code = models.CharField(max_length=10, choices=Reason.choices)
    reason = models.CharField(max_length=200)
    points = models.IntegerField()
    lost = models.PositiveSmallIntegerField(default=0)
    won = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = SteeringActQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(undone_at=None, kind__in=["LOCK", "FORCE"]),
                name="steering_one_fixed_pair_per_child",
            ),
            models.UniqueConstraint(
                fields=["child", "mother"],
                condition=Q(undone_at=None, kind="VETO"),
                name="steering_one_veto_per_pair",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="steering_undone_by_and_when",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "undone_at"], name="steering_by_area")]

    def __str__(self) -> str:
        return f"{self.kind} {self.child_id} {self.mother_id}"


class Move(Identified):
    """A child whose proposed mother changed, by steering or by a repair, and why."""

    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="moves")
    steering = models.ForeignKey(SteeringAct, models.PROTECT, null=True, related_name="moves")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    before = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=30)
    # The child who got the place that this one left, where that is the cause.
    yielded_to = models.ForeignKey(Child, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["run", "area_code"], name="move_by_run")]

    def __str__(self) -> str:
        return f"{self.why} {self.child_id}"


class Batching(Identified):
    """Whether new children of an area get proposals by themselves; a person switches it."""

    area_code = AreaCodeField(unique=True)
    is_on = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.area_code} {self.is_on}"
