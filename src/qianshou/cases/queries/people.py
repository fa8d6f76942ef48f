"""Who can lead a team and who can join it."""

from django.db.models import Q
from django.utils import timezone

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import ADMINISTRATORS, POWERS, Power
from qianshou.areas import rules as area_rules
from qianshou.cases.models import TaskTeam
from qianshou.pairing.models import Partner

LEADING = tuple(role for role, powers in POWERS.items() if Power.LEAD_CASES in powers)
# Mothers join through their pairing, guardians never; evaluators and shops are strangers here.
STRANGERS = ADMINISTRATORS | {"mother", "guardian", "evaluator", "points_partner", "data_taker"}


def _with_roles(roles: tuple[str, ...], codes: list[str]) -> list[User]:
    grants = Grant.objects.in_force(timezone.localdate()).filter(role__in=roles, area__in=codes)
    users = User.objects.filter(pk__in=grants.values("user"), is_active=True)
    return list(users.order_by("display_name", "pk"))


def may_lead(team: TaskTeam) -> list[User]:
    """Return whoever may lead a team where its child lives."""
    return [
        each
        for each in _with_roles(LEADING, [team.area_code, *area_rules.ancestors(team.area_code)])
        if accounts.may(each, Power.LEAD_CASES, team.area_code)
    ]


def may_join(team: TaskTeam) -> list[User]:
    """Return everybody with an account who works for the child's village, town or county."""
    roles = tuple(role for role in POWERS if role not in STRANGERS)
    inside = [
        code
        for code in [team.area_code, *area_rules.ancestors(team.area_code)]
        if code[:6] == team.area_code[:6]
    ]
    return _with_roles(roles, inside)


def unit_of(user: User) -> str:
    """Return the unit of somebody of the roster of partners; nothing for any other account."""
    if user.person_id is None:
        return ""
    return Partner.objects.filter(pk=user.person_id).values_list("unit", flat=True).first() or ""


def to_tell(county: str) -> list[User]:
    """Return the people of a county who are told when a clock has run out."""
    return _with_roles(LEADING, [county])


def above(county: str) -> list[User]:
    """Return the people of the city who are told when the county stays silent."""
    deciding = tuple(role for role, powers in POWERS.items() if Power.EDIT_POLICY in powers)
    parent = area_rules.parent_code(county)
    return _with_roles(deciding, [parent]) if parent else []


def condition_of(user: User) -> Q:
    """Return the condition on teams in which the person is a member today."""
    return Q(members__user=user, members__ended_at=None)
