"""Who may lead a task team, who may read it, and whose an action is."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.cases.models import Action, Member, TaskTeam


def can_open(user: User, area_code: str) -> bool:
    """Tell whether the person may open a task team for a child of an area, and staff it."""
    return permissions.may(user, Power.LEAD_CASES, area_code)


def can_lead(user: User, team: TaskTeam) -> bool:
    """Tell whether the person may write in this team's file: staff of the county that answers."""
    return can_open(user, team.area_code)


def can_see(user: User, team: TaskTeam) -> bool:
    """Tell whether the person may read the file: whoever may lead it, and its staff members.

    A member of staff needs the right to read files of children there as well: who has lost it, or
    sits in the team from another body, sees what she is to do and nothing else.
    """
    if can_lead(user, team):
        return True
    if not permissions.may(user, Power.VIEW_CHILDREN, team.area_code):
        return False
    return Member.objects.filter(team=team, user=user, ended_at=None).exists()


def can_see_grounds(user: User, team: TaskTeam) -> bool:
    """Tell whether the person may read what is kept sealed about mind, harm and justice."""
    return can_see(user, team) and permissions.may(user, Power.REVEAL_SECRETS, team.area_code)


def is_owner(user: User, action: Action) -> bool:
    """Tell whether the person is the one who is to do something."""
    if action.mother_id is not None:
        hers = user.person_id == action.mother_id
        return hers and permissions.may(user, Power.OWN_CHILDREN)
    return action.user_id is not None and action.user_id == user.pk


def can_edit_rhythm(user: User, area_code: str) -> bool:
    """Tell whether the person may set the clocks of an area."""
    may_lead = permissions.may(user, Power.LEAD_CASES, area_code)
    return may_lead or permissions.may(user, Power.EDIT_POLICY, area_code)
