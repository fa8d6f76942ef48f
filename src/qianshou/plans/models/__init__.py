"""What is true of checklists and their pairings, goals, guidance of families, parents' contact."""

from qianshou.plans.models.checklists import CareSet, Plan, PlanMove
from qianshou.plans.models.goals import Goal, GoalStep
from qianshou.plans.models.guidance import Guidance, Homework, Session
from qianshou.plans.models.parents import ParentContact, ReminderChoice
from qianshou.plans.models.ticks import Slot, Tick

__all__ = [
    "CareSet",
    "Goal",
    "GoalStep",
    "Guidance",
    "Homework",
    "ParentContact",
    "Plan",
    "PlanMove",
    "ReminderChoice",
    "Session",
    "Slot",
    "Tick",
]
