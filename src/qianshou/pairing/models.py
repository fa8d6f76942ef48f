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
    """Hard rules and weights of the score as data, with a name and a version."""

    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    area_code = AreaCodeField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area_code", "version"], name="policy_version_once"),
            models.UniqueConstraint(
                fields=["area_code"], condition=Q(is_current=True), name="policy_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


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

    area_code = AreaCodeField()
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

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "child"], name="proposal_once_per_child_and_run"
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


class PairingQuerySet(models.QuerySet["Pairing"]):
    """Questions about pairings."""

    def open(self) -> Self:
        """Keep the pairings that have not ended."""
        return self.filter(ended_on=None)


class Pairing(Identified):
    """One mother and one child, agreed by a person. The database allows one open one per child."""

    child = models.ForeignKey(Child, models.PROTECT, related_name="pairings")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="pairings")
    area_code = AreaCodeField()
    proposal = models.OneToOneField(Proposal, models.PROTECT, null=True, related_name="pairing")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)
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
