"""The tables of children's files, one name for all of them."""

from qianshou.registry.models.decisions import Hold, Pin, ReviewRule, Vote
from qianshou.registry.models.files import Child, ChildQuerySet, Consent, Guardian, Guardianship
from qianshou.registry.models.happenings import ChildEvent, Notice, Pulse
from qianshou.registry.models.links import Apart, BlockKey, Doubt, Link, LinkCheck, LinkModel

__all__ = [
    "Apart",
    "BlockKey",
    "Child",
    "ChildEvent",
    "ChildQuerySet",
    "Consent",
    "Doubt",
    "Guardian",
    "Guardianship",
    "Hold",
    "Link",
    "LinkCheck",
    "LinkModel",
    "Notice",
    "Pin",
    "Pulse",
    "ReviewRule",
    "Vote",
]
