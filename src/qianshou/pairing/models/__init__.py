"""The tables of matching and pairings, one name for all of them."""

from qianshou.pairing.models.bars import Bar, BarQuerySet
from qianshou.pairing.models.families import Conflict, SiblingRule, Wish
from qianshou.pairing.models.pairings import (
    EndCause,
    NextStep,
    Pairing,
    PairingQuerySet,
    StepTaken,
)
from qianshou.pairing.models.runs import (
    LeftOver,
    MatchRun,
    Policy,
    Proposal,
    ProposalQuerySet,
    WeightStudy,
)
from qianshou.pairing.models.steering import Batching, Move, SteeringAct, SteeringActQuerySet
from qianshou.pairing.models.teams import (
    CARE_KINDS,
    Partner,
    Role,
    RosterLoad,
    SeatQuerySet,
    TeamPlace,
    TeamRun,
    TeamSeat,
    listed_with,
)

__all__ = [
    "CARE_KINDS",
    "Bar",
    "BarQuerySet",
    "Batching",
    "Conflict",
    "EndCause",
    "LeftOver",
    "MatchRun",
    "Move",
    "NextStep",
    "Pairing",
    "PairingQuerySet",
    "Partner",
    "Policy",
    "Proposal",
    "ProposalQuerySet",
    "Role",
    "RosterLoad",
    "SeatQuerySet",
    "SiblingRule",
    "SteeringAct",
    "SteeringActQuerySet",
    "StepTaken",
    "TeamPlace",
    "TeamRun",
    "TeamSeat",
    "WeightStudy",
    "Wish",
    "listed_with",
]
