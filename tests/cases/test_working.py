"""What a team does, step by step, and what is refused on the way."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from qianshou.cases.actions import moving, reviewing, staffing, working
from qianshou.cases.models import Action, Lead, Meeting, Member, Strategy, TaskTeam
from qianshou.cases.rules import road
from qianshou.common.errors import NotAllowed
from tests import make, make_assessment, make_cases

pytestmark = pytest.mark.django_db
TOWN = "500236001000"


@pytest.fixture
def lead():
    return make.a_worker()


def test_a_lead_and_a_member_staff_a_team(lead):
    team = make_cases.a_staffed_team(lead)

    assert (team.state, team.lead) == (road.STAFFED, lead)


def test_only_staff_of_the_county_that_may_lead_can_be_lead(lead):
    team = make_cases.a_team()

    with pytest.raises(staffing.NoLead):
        staffing.take_lead(team, by=lead, lead=make.a_worker(make.OTHER_COUNTY))
    with pytest.raises(NotAllowed):
        staffing.take_lead(team, by=make.a_user("fed_town", area=TOWN), lead=lead)


def test_the_next_lead_needs_a_handover_and_both_times_are_kept(lead):
    team, successor = make_cases.a_working_team(lead), make.a_worker()
    with pytest.raises(staffing.HandoverMissing):
        staffing.take_lead(team, by=lead, lead=successor)

    staffing.take_lead(team, by=lead, lead=successor, handover="周五与学校见面")

    first, second = Lead.objects.filter(team=team).order_by("since")
    assert (first.user, first.handover.open(), second.user, second.until) == (
        lead, "周五与学校见面", successor, None,
    )  # fmt: skip


def test_the_first_answer_stops_the_clock_once(lead):
    team = make_cases.a_team()

    working.answer(team, by=lead, words="当晚到家看望，孩子住到姑姑家")

    team.refresh_from_db()
    assert (team.answered_by, team.answer.open()) == (lead, "当晚到家看望，孩子住到姑姑家")
    with pytest.raises(working.AnsweredAlready):
        working.answer(team, by=lead, words="又一次")


def test_a_strategy_needs_goals_with_measures_and_who_agreed(lead):
    team = make_cases.a_staffed_team(lead)
    given = {"by": lead, "agreed_on": make_cases.today(), "today": make_cases.today()}
    for goals, agreed_with, refusal in (
        ([], "奶奶", working.GoalsMissing),
        ([make_cases.a_goal(measure=" ")], "奶奶", working.GoalsMissing),
        ([make_cases.a_goal()], " ", working.NobodyAgreed),
    ):
        with pytest.raises(refusal):
            working.agree(team, goals=goals, agreed_with=agreed_with, **given)
    assert not Strategy.objects.exists()


def test_strategies_are_versions_and_nothing_is_overwritten(lead):
    team = make_cases.a_working_team(lead)

    second = make_cases.agree(team, lead, make_cases.a_goal(target="回校上课"))

    first = Strategy.objects.get(team=team, version=1)
    assert (second.version, "每晚有成人" in first.goals.open()) == (2, True)
    assert team.state == road.WORKING


def test_an_unstaffed_team_agrees_on_nothing(lead):
    with pytest.raises(working.NotStaffed):
        make_cases.agree(make_cases.a_team(), lead)


def test_decisions_of_a_meeting_become_actions_with_owner_and_day(lead):
    team = make_cases.a_working_team(lead)
    meeting = working.plan_meeting(
        team, by=lead, at=timezone.now(), place="镇妇联", purpose="第一次会议"
    )
    member = Member.objects.get(team=team)
    decision = working.Task("联系学校", member.pk, make_cases.today() + timedelta(days=3))

    working.hold_meeting(
        meeting, by=lead, came={member.pk}, minutes="大家同意由学校每日点名", decisions=[decision],
        now=timezone.now(),
    )  # fmt: skip

    meeting.refresh_from_db()
    assert (meeting.state, meeting.attendance[0]["came"]) == (Meeting.State.HELD, True)
    assert b"\xe5\xad\xa6\xe6\xa0\xa1" not in meeting.minutes.raw
    action = Action.objects.get(meeting=meeting)
    assert (action.owner, action.user) == (member, member.user)


@pytest.mark.parametrize(
    ("minutes", "ahead", "refusal"),
    [(" ", 0, working.MinutesMissing), ("记录", 2, working.NotYetHeld)],
)
def test_a_meeting_needs_minutes_and_to_have_been(lead, minutes, ahead, refusal):
    team = make_cases.a_working_team(lead)
    at = timezone.now() + timedelta(days=ahead)
    meeting = working.plan_meeting(team, by=lead, at=at, place="镇妇联", purpose="会议")

    with pytest.raises(refusal):
        working.hold_meeting(meeting, by=lead, came=set(), minutes=minutes, now=timezone.now())


def test_an_action_is_done_by_its_owner_or_dropped_by_the_lead_alone(lead):
    town = make.a_user("fed_town", area=TOWN)
    team = make_cases.a_staffed_team(lead, member=town)
    mine, other = make_cases.an_action(team, lead), make_cases.an_action(team, lead)
    stranger = make.a_user("fed_town", area=TOWN)

    with pytest.raises(NotAllowed):
        working.finish(mine, by=stranger, result="做了")
    with pytest.raises(NotAllowed):
        working.drop(other, by=town, reason="不必")
    with pytest.raises(working.ResultMissing):
        working.finish(mine, by=town, result="")
    working.finish(mine, by=town, result="已联系")
    working.drop(other, by=lead, reason="已不需要")

    with pytest.raises(working.DoneAlready):
        working.finish(mine, by=lead, result="再次")
    other.refresh_from_db()
    assert (other.dropped, other.result.open()) == (True, "已不需要")


def test_somebody_with_open_actions_does_not_leave(lead):
    team = make_cases.a_staffed_team(lead)
    make_cases.an_action(team, lead)

    with pytest.raises(staffing.HasOpenActions):
        staffing.end_member(Member.objects.get(team=team), by=lead, reason="调离")


# -- reviews --------------------------------------------------------------------------------------


def test_a_team_closes_only_when_a_person_has_confirmed_a_milder_grade(lead):
    team = make_cases.a_working_team(lead)
    reviewing.begin(team, by=lead)
    given = {"by": lead, "result": "好转", "next_step": "CARE", "today": make_cases.today()}

    with pytest.raises(reviewing.StillRed):
        reviewing.close(team, **given)
    make_assessment.new_facts(team.child)
    with pytest.raises(reviewing.NotConfirmed):
        reviewing.close(team, **given)
    make_cases.confirm(team.child, lead)
    reviewing.close(team, **given)

    team.refresh_from_db()
    assert (team.state, team.next_step) == (road.CLOSED, "CARE")
    assert not Member.objects.filter(team=team, ended_at=None).exists()


def test_a_team_does_not_close_over_open_actions_or_without_what_comes_next(lead):
    team = make_cases.a_working_team(lead)
    action = make_cases.an_action(team, lead)
    make_cases.confirm(team.child, lead)
    reviewing.begin(team, by=lead)
    given = {"by": lead, "result": "好转", "today": make_cases.today()}

    with pytest.raises(reviewing.NextMissing):
        reviewing.close(team, next_step="", **given)
    with pytest.raises(reviewing.ActionsOpen):
        reviewing.close(team, next_step="CARE", **given)
    working.finish(action, by=lead, result="做好了")

    assert reviewing.close(team, next_step="CARE", **given).closes


def test_a_team_that_goes_on_is_reviewed_again_by_its_grade(lead):
    team = make_cases.a_working_team(lead)
    reviewing.begin(team, by=lead)

    review = reviewing.go_on(team, by=lead, result="还需努力", today=make_cases.today())

    assert review.next_on == make_cases.today() + timedelta(days=30)


def test_nothing_closes_without_a_review(lead):
    team = make_cases.a_working_team(lead)

    with pytest.raises(moving.NotNow):
        moving.move(team.pk, "close", by=lead, reason="CARE")
    with pytest.raises(ProgrammingError, match="CLOSED"), transaction.atomic():
        TaskTeam.objects.filter(pk=team.pk).update(
            state=road.CLOSED, closed_at=timezone.now(), next_step="CARE"
        )


def test_without_the_guard_the_database_would_let_it_close(lead):
    """Negative control of the test before."""
    team = make_cases.a_working_team(lead)

    with pgtrigger.ignore("cases.TaskTeam:cases_taskteam_moves"):
        TaskTeam.objects.filter(pk=team.pk).update(
            state=road.CLOSED, closed_at=timezone.now(), next_step="CARE"
        )

    assert TaskTeam.objects.get(pk=team.pk).state == road.CLOSED
