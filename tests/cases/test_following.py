"""Teams follow their child into another file and back, and to another county with acceptance."""

import pytest

from qianshou.assessment.models import Assessment
from qianshou.audit.models import Entry
from qianshou.cases import permissions
from qianshou.cases.actions import following, staffing
from qianshou.cases.models import Action, Member, TaskTeam
from qianshou.cases.rules import road
from qianshou.common import bus, rowsecurity
from qianshou.notices.models import Notice
from qianshou.pairing.events import PairingStarted
from qianshou.protection.events import ReportAccepted
from qianshou.registry.actions import merging
from qianshou.registry.models import Child
from qianshou.support.actions import transferring
from tests import make, make_assessment, make_cases, make_support
from tests.make_support import a_pairing

pytestmark = pytest.mark.django_db
WHY = "同一个孩子，身份证号写错"


def test_a_team_goes_along_with_a_merged_file_and_back():
    worker = make.a_worker()
    team = make_cases.a_working_team(worker)
    action = make_cases.an_action(team, worker)
    kept = make_assessment.an_assessment().child

    event = merging.merge_children(kept, team.child, by=worker, reason=WHY)
    team.refresh_from_db()
    assert (team.child, Action.objects.get(pk=action.pk).child) == (kept, kept)
    assert TaskTeam.objects.open().filter(child=kept).count() == 1

    merging.undo_event(event, by=worker)
    home = TaskTeam.objects.get(pk=team.pk)
    assert (home.child_id, home.state) == (team.came_from, road.WORKING)
    assert Action.objects.get(pk=action.pk).child_id == home.child_id


def test_of_two_teams_the_kept_files_goes_on_and_the_other_works_again_after_an_undo():
    worker = make.a_worker()
    kept, absorbed = make_cases.a_working_team(worker), make_cases.a_team()
    absorbed_child = absorbed.child

    event = merging.merge_children(kept.child, absorbed_child, by=worker, reason=WHY)
    states = dict(TaskTeam.objects.values_list("pk", "state"))
    assert states == {kept.pk: road.WORKING, absorbed.pk: road.JOINED}

    merging.undo_event(event, by=worker)
    again = TaskTeam.objects.get(pk=absorbed.pk)
    assert (again.state, again.child) == (road.REOPENED, absorbed_child)
    assert TaskTeam.objects.open().count() == 2


def test_a_move_to_another_county_takes_everything_along_and_waits_for_its_lead():
    make_support.next_door()
    old, new = make.a_worker(), make.a_worker(make.OTHER_COUNTY)
    team = make_cases.a_working_team(old)
    make_cases.an_action(team, old)
    agreed = transferring.Agreed("张大国", make.TODAY, "同意书12号")
    asked = transferring.ask(
        team.child, make_support.FAR_TOWN, by=old, today=make.TODAY, reason="随父母迁居",
        agreed=agreed,
    )  # fmt: skip
    transferring.accept(asked, by=new, today=make.TODAY, keep=True)

    team.refresh_from_db()
    assert (team.area_code, team.lead, team.awaits_county) == (make_support.FAR_TOWN, None, True)
    assert set(Action.objects.values_list("area_code", flat=True)) == {make_support.FAR_TOWN}
    assert not permissions.can_see(old, team)
    assert Notice.objects.filter(to_id=new.pk, kind="cases.clock").exists()

    staffing.take_lead(team, by=new, lead=new)
    team.refresh_from_db()
    assert (team.lead, team.awaits_county, team.state) == (new, False, road.WORKING)


def test_a_move_inside_the_county_keeps_the_lead():
    lead = make.a_worker()
    team = make_cases.a_working_team(lead)
    Child.objects.filter(pk=team.child_id).update(area_code="500236002000")

    following.follow_place([team.child_id])

    team.refresh_from_db()
    assert (team.area_code, team.lead) == ("500236002000", lead)


def test_the_mother_joins_with_the_first_meeting_and_leaves_with_the_pairing():
    team = make_cases.a_team()
    pairing = a_pairing(child=team.child)

    bus.publish(PairingStarted(pairing.pk, team.child_id, pairing.mother_id, pairing.area_code))
    assert [each.mother for each in Member.objects.filter(team=team)] == [pairing.mother]

    other = make_assessment.a_child()
    type(pairing).objects.filter(pk=pairing.pk).update(child=other)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        staffing.take_in(team)
    assert Member.objects.get(team=team).ended_for


def test_an_accepted_report_makes_the_child_red_and_opens_its_team_without_saying_why():
    child = make_assessment.an_assessment().child

    bus.publish(ReportAccepted(child.pk))

    found = Assessment.objects.current().get(child=child)
    assert (found.grade, found.triggers) == ("RED", ["ALARM"])
    assert TaskTeam.objects.get(child=child).because == "RED"
    words = " ".join(Entry.objects.values_list("act", flat=True))
    assert "report" not in words
