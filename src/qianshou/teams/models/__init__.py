"""The tables of care models and care teams, one name for all of them."""

from qianshou.teams.models.caremodels import Adoption, CareModel
from qianshou.teams.models.careteams import CareTeam, TaskLink, TeamTask

__all__ = ["Adoption", "CareModel", "CareTeam", "TaskLink", "TeamTask"]
