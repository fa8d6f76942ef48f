"""The tables of support, one name for all of them."""

from qianshou.support.models.contacts import Contact, Digest, Followup, FollowupQuerySet, Side
from qianshou.support.models.duties import Complaint, Duty, DutyQuerySet
from qianshou.support.models.endings import Ending, EndingStep
from qianshou.support.models.schedules import ScheduleVersion
from qianshou.support.models.transfers import Transfer, TransferQuerySet

__all__ = [
    "Complaint",
    "Contact",
    "Digest",
    "Duty",
    "DutyQuerySet",
    "Ending",
    "EndingStep",
    "Followup",
    "FollowupQuerySet",
    "ScheduleVersion",
    "Side",
    "Transfer",
    "TransferQuerySet",
]
