"""Who may see a child's assessment, confirm its grade, and change the instrument."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.assessment.models import Assessment


def can_see(user: User, assessment: Assessment) -> bool:
    """Tell whether the person works with children where this one lives."""
    return permissions.may(user, Power.VIEW_CHILDREN, assessment.area_code)


def can_confirm(user: User, assessment: Assessment) -> bool:
    """Tell whether the person may confirm or change the grade."""
    return can_see(user, assessment) and permissions.may(
        user, Power.CONFIRM_GRADES, assessment.area_code
    )


def can_change_instrument(user: User) -> bool:
    """Tell whether the person may put another version of the instrument in force."""
    return permissions.may(user, Power.EDIT_POLICY)


def can_answer(user: User, area_code: str) -> bool:
    """Tell whether the person may answer the scale's questions: whoever works with children there.

    Village and town staff do; they were there. Who confirms the grade is another question.
    """
    return permissions.may(user, Power.VIEW_CHILDREN, area_code)


def can_read_answers(user: User, area_code: str) -> bool:
    """Tell whether the person may open what was answered about mind, habits and care."""
    return can_answer(user, area_code) and permissions.may(user, Power.REVEAL_SECRETS, area_code)


def can_lower_red(user: User, area_code: str) -> bool:
    """Tell whether the person may say that a red child is red no longer: the county may."""
    return permissions.may(user, Power.LEAD_CASES, area_code)
