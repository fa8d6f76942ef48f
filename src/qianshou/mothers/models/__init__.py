"""The tables of the mothers' room, one name for all of them."""

from qianshou.mothers.models.caring import HardshipRequest, Rest, StrainPulse
from qianshou.mothers.models.files import Mother, MotherQuerySet
from qianshou.mothers.models.offering import FileChange
from qianshou.mothers.models.serving import (
    Commendation,
    Evaluation,
    ServiceCertificate,
    ServiceEntry,
)

__all__ = [
    "Commendation",
    "Evaluation",
    "FileChange",
    "HardshipRequest",
    "Mother",
    "MotherQuerySet",
    "Rest",
    "ServiceCertificate",
    "ServiceEntry",
    "StrainPulse",
]
