"""The pages: one screen for the whole case, who sees what, constant queries, the paper."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qianshou.accounts import permissions as accounts
from qianshou.assessment.models import Reassessment
from qianshou.audit.models import Entry
from qianshou.cases.actions import staffing, working
from qianshou.cases.models import Action, Member, Strategy, TaskTeam
from qianshou.cases.rules import road
from qianshou.common import rowsecurity
from qianshou.config.commands import furnish_cases
from tests import make, make_cases
from tests.make_support import a_pairing

pytestmark = pytest.mark.django_db
TOWN = "500236001000"


@pytest.fixture
def lead():
    return make.a_worker()


def as_user(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_the_county_leads_a_team_through_its_pages(lead):
    team = make_cases.a_team()
    client = as_user(lead)
    town = make.a_user("fed_town", area=TOWN, display_name="镇干部")
    post = lambda name, **data: client.post(reverse(f"cases:{name}", args=[team.pk]), data)

    assert post("answer", words="当晚看望").status_code == 302
    assert post("member", user=town.pk, role="镇妇联").status_code == 302
    assert post("lead", lead=lead.pk).status_code == 302
    goal = {"what-1": "回校", "measure-1": "出勤", "until-1": make_cases.today()}
    half = {"what-1": "回校", "agreed_with": "奶奶", "agreed_on": make_cases.today()}
    assert post("strategy", **half).status_code == 422
    assert post("strategy", **{**half, **goal}).status_code == 302
    meeting = {"at": f"{make_cases.today()}T00:01", "place": "镇上", "purpose": "首次会议"}
    assert post("plan", **meeting).status_code == 302
    held = team.meetings.get()
    member = Member.objects.get(team=team)
    due = make_cases.today() + timedelta(days=2)
    minutes = {
        "came": [str(member.pk)], "minutes": "同意每日点名", "what-1": "每日点名",
        "owner-1": member.pk, "due-1": due,
    }  # fmt: skip
    assert client.post(reverse("cases:meeting", args=[held.pk]), minutes).status_code == 302
    assert post("review").status_code == 302
    assert post("review", result="还要做", act="go_on").status_code == 302

    page = client.get(reverse("cases:team", args=[team.pk])).content.decode()
    for words in ("当晚看望", "镇干部", "回校", "首次会议", "同意每日点名", "每日点名", "还要做"):
        assert words in page
    team.refresh_from_db()
    assert team.state == road.WORKING


def test_each_look_at_a_team_stands_in_the_trail(lead):
    team = make_cases.a_team()
    client = as_user(lead)

    client.get(reverse("cases:team", args=[team.pk]))
    answer = client.post(reverse("cases:paper", args=[team.pk]))

    assert answer.content.startswith(b"%PDF")
    acts = list(Entry.objects.filter(act__startswith="cases.team.").values_list("act", flat=True))
    assert sorted(acts)[-2:] == ["cases.team.printed", "cases.team.read"]


def test_a_member_sees_the_teams_he_is_in_and_no_other(lead):
    town = make.a_user("fed_town", area=TOWN)
    mine, other = make_cases.a_staffed_team(lead, member=town), make_cases.a_team()
    client = as_user(town)

    page = client.get(reverse("cases:teams")).content.decode()

    assert (str(mine.pk) in page, str(other.pk) in page) == (True, False)
    assert client.get(reverse("cases:team", args=[mine.pk])).status_code == 200
    assert client.get(reverse("cases:team", args=[other.pk])).status_code == 404
    staffing.end_member(Member.objects.get(user=town), by=lead, reason="调离")
    assert client.get(reverse("cases:team", args=[mine.pk])).status_code == 404


def test_a_member_who_may_not_open_sealed_facts_is_not_told_the_grounds(lead):
    village = make.a_user("fed_village", area=make_cases.TOWN)
    team = make_cases.a_staffed_team(lead, member=village)

    seen = as_user(village).get(reverse("cases:team", args=[team.pk])).content.decode()
    county = as_user(lead).get(reverse("cases:team", args=[team.pk])).content.decode()

    words = "clue of violence"
    assert (words in county, words in seen, "kept sealed" in seen) == (True, False, True)


def a_mothers_task(lead):
    """A mother in a team with one action of hers, and one of somebody else."""
    team = make_cases.a_staffed_team(lead)
    pairing = a_pairing(child=team.child)
    user = make.a_user("mother", person_id=pairing.mother_id)
    staffing.take_in(team)
    hers = Member.objects.get(team=team, mother=pairing.mother)
    own = make_cases.an_action(team, lead, member=hers)
    other = make_cases.an_action(
        team, lead, member=Member.objects.get(team=team, user__isnull=False)
    )
    return team, user, own, other


def test_a_mother_sees_that_there_is_a_team_and_her_own_actions(lead):
    team, user, own, other = a_mothers_task(lead)
    Action.objects.filter(pk=other.pk).update(what="不是她的事")
    client = as_user(user)

    page = client.get(reverse("cases:mine")).content.decode()
    assert ("每晚电话确认" in page, "不是她的事" in page) == (True, False)
    assert client.get(reverse("cases:team", args=[team.pk])).status_code == 404
    assert client.post(reverse("cases:done", args=[other.pk]), {"result": "x"}).status_code == 404
    assert (
        client.post(reverse("cases:done", args=[own.pk]), {"result": "打过了"}).status_code == 302
    )

    own.refresh_from_db()
    assert own.result.open() == "打过了"


def test_the_database_shows_a_mother_nothing_else_of_her_team(lead):
    _team, user, own, _other = a_mothers_task(lead)

    with rowsecurity.acting(accounts.scope_of(user)):
        seen = set(Action.objects.values_list("pk", flat=True))
        hidden = (TaskTeam.objects.count(), Strategy.objects.count())

    assert (seen, hidden) == ({own.pk}, (0, 0))
    assert Action.objects.count() == 2


def test_a_partner_of_another_body_sees_his_own_actions_only(lead):
    police = make.a_user("police", area=TOWN)
    team = make_cases.a_staffed_team(lead, member=police)
    action = make_cases.an_action(team, lead)
    client = as_user(police)

    assert Member.objects.get(team=team).kind == Member.Kind.PARTNER
    assert client.get(reverse("cases:team", args=[team.pk])).status_code == 404
    assert "每晚电话确认" in client.get(reverse("cases:mine")).content.decode()
    assert client.post(reverse("cases:done", args=[action.pk]), {"result": "好"}).status_code == 302


@pytest.mark.parametrize("path", ["/cases/", "/cases/?what=LATE", "/cases/?whose=MINE"])
def test_a_list_asks_no_more_often_when_there_is_more(lead, path):
    client = as_user(lead)
    make_cases.an_action(make_cases.a_working_team(lead), lead, days=-2)
    client.get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        counts.append(len(caught))
        for _ in range(3):
            make_cases.an_action(make_cases.a_working_team(lead), lead, days=-2)

    assert counts[0] == counts[1]


def test_the_page_of_a_team_asks_no_more_often_when_more_was_done(lead):
    team = make_cases.a_working_team(lead)
    client, path = as_user(lead), reverse("cases:team", args=[team.pk])
    client.get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            client.get(path)
        counts.append(len(caught))
        for _ in range(3):
            working.finish(make_cases.an_action(team, lead), by=lead, result="好")
            make_cases.agree(team, lead)

    assert counts[0] == counts[1]


def test_a_childs_page_leads_to_its_team_or_to_opening_one(lead):
    child = make_cases.a_red_child()
    client = as_user(lead)
    team = TaskTeam.objects.get(child=child)

    page = client.get(reverse("registry:child", args=[child.pk])).content.decode()
    assert reverse("cases:team", args=[team.pk]) in page
    TaskTeam.objects.filter(pk=team.pk).update(state=road.REVIEWING)
    answer = client.get(reverse("cases:open", args=[child.pk]))
    assert answer.status_code == 200


def test_the_demo_shows_teams_in_every_condition():
    make.a_worker(username="county")
    make.a_user("fed_town", area=make_cases.TOWN, username="town")
    for _ in range(7):
        make_cases.a_red_child()
    for _ in range(4):
        make_cases.a_yellow_child()

    furnish_cases.furnish(make.COUNTY, seed=1, today=make_cases.today())

    states = set(TaskTeam.objects.values_list("state", flat=True))
    assert states >= {road.OPENED, road.STAFFED, road.WORKING, road.CLOSED}
    assert Action.objects.late_on(make_cases.today()).exists()
    assert Reassessment.objects.filter(due_on__lt=make_cases.today()).exists()
