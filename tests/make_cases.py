"""Builders of task teams, each step done by its real act."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.assessment.models import Assessment
from qianshou.cases.actions import opening, reviewing, staffing, working
from qianshou.cases.models import Action, Member, Strategy, TaskTeam
from qianshou.registry.models import Child
from tests import make, make_assessment

RED = {"violence_clue": True}
TOWN = "500236001000"


def today() -> Any:
    """The day on which the acts of these tests happen."""
    return timezone.localdate()


def a_red_child(**facts: Any) -> Child:
    """A child that its facts make red, so that its task team is open."""
    child = make_assessment.a_child(area=TOWN, **{**RED, **facts})
    return make_assessment.an_assessment(child).child


def a_yellow_child() -> Child:
    """A child whose grade is yellow and confirmed by nobody."""
    child = make_assessment.a_child(area=TOWN, bullied=True, low_income=True)
    return make_assessment.an_assessment(child).child


def a_team(child: Child | None = None) -> TaskTeam:
    """A task team that opened by itself."""
    child = child or a_red_child()
    return TaskTeam.objects.get(child=child)


def a_staffed_team(lead: User, *, member: User | None = None) -> TaskTeam:
    """A team with a lead and one member of the town."""
    team = a_team()
    member = member or make.a_user("fed_town", area=TOWN)
    staffing.add_member(team, by=lead, user=member, role="镇妇联主席", unit="竹园派出所")
    return staffing.take_lead(team, by=lead, lead=lead)


def a_goal(**fields: Any) -> working.Goal:
    """A goal that can be measured."""
    return working.Goal(
        **{
            "what": "孩子住在安全的地方", "measure": "每周家访记录", "baseline": "独自过夜",
            "target": "每晚有成人", "until": today() + timedelta(days=60), **fields,
        }
    )  # fmt: skip


def agree(team: TaskTeam, lead: User, *goals: working.Goal) -> Strategy:
    """Agree on a strategy."""
    return working.agree(
        team, by=lead, goals=list(goals) or [a_goal()], agreed_with="奶奶、孩子、全体成员",
        agreed_on=today(), today=today(),
    )  # fmt: skip


def a_working_team(lead: User) -> TaskTeam:
    """A team that has agreed on its strategy."""
    team = a_staffed_team(lead)
    agree(team, lead)
    team.refresh_from_db()
    return team


def an_action(team: TaskTeam, lead: User, *, days: int = 7, member: Member | None = None) -> Action:
    """Something to do within some days; a negative number makes it late."""
    owner = member or Member.objects.filter(team=team, ended_at=None).first()
    assert owner is not None
    task = working.Task("每晚电话确认", owner.pk, today() + timedelta(days=max(days, 0)))
    made = working.give(team, task, by=lead, today=today())
    if days < 0:
        Action.objects.filter(pk=made.pk).update(due_on=today() + timedelta(days=days))
        made.refresh_from_db()
    return made


def confirm(child: Child, by: User, grade: str = "YELLOW") -> Assessment:
    """Let a person confirm a grade of a child."""
    from qianshou.assessment.actions import confirming

    found = Assessment.objects.current().get(child=child)
    return confirming.confirm_grade(found, by=by, grade=grade, reason="家访核实，情况缓和")


def close(team: TaskTeam, lead: User, *, grade: str = "YELLOW") -> TaskTeam:
    """Close a team as the rules ask: milder by a person, reviewed, with what comes next."""
    confirm(team.child, lead, grade)
    reviewing.begin(team, by=lead)
    reviewing.close(
        team, by=lead, result="目标均已达到", next_step=TaskTeam.Next.CARE, today=today()
    )
    team.refresh_from_db()
    return team


def open_by_hand(child: Child, by: User) -> TaskTeam:
    """Open a team by hand."""
    return opening.open_by_hand(child, by=by, because="REFERRAL", reason="法院转介")
