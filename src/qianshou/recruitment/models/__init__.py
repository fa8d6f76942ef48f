"""What is true of recruitment: campaigns, applications, checks, training, commitments, rules."""

from qianshou.recruitment.models.applications import ApplicationStep, Likeness, MotherApplication
from qianshou.recruitment.models.campaigns import Campaign, CampaignDay, ListLoad
from qianshou.recruitment.models.checks import (
    Attendance,
    Interview,
    Reference,
    ScreeningCheck,
    Signature,
    TrainingSession,
)
from qianshou.recruitment.models.doors import Knock
from qianshou.recruitment.models.requests import SignRequest
from qianshou.recruitment.models.rulebooks import StoredRulebook

__all__ = [
    "ApplicationStep",
    "Attendance",
    "Campaign",
    "CampaignDay",
    "Interview",
    "Knock",
    "Likeness",
    "ListLoad",
    "MotherApplication",
    "Reference",
    "ScreeningCheck",
    "SignRequest",
    "Signature",
    "StoredRulebook",
    "TrainingSession",
]
