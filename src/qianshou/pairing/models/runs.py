"""Policies, matching runs, what they propose and whom they could not place."""

from typing import Self

from django.db import models
from django.db.models import Q
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
    # The household, where its children were placed together: they are decided together, too.
    family = models.UUIDField(null=True)

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
    # NO_CONSENT, NO_CANDIDATE (with the counts of the rules), SCARCITY (with the blocking set),
    # SIBLINGS (nobody has room for all of the household)
    reason = models.CharField(max_length=20)
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "child"], name="left_over_once_per_run"),
        ]
        indexes = [models.Index(fields=["run", "reason", "tier"], name="left_over_by_run")]

    def __str__(self) -> str:
        return f"{self.reason} {self.child_id}"
