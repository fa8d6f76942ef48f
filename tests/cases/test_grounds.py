"""Members of other bodies hear of a child by consent, by law, or while it is in danger."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.cases.actions import staffing, working
from qianshou.cases.models import Member
from qianshou.cases.queries import grounds, lists
from qianshou.teams.rules import sharing
from tests import make, make_cases, make_consents, make_teams

pytestmark = pytest.mark.django_db
TOWN = make_cases.TOWN
ASKED = "到校了解最近的出勤"


@pytest.fixture
def lead():
    return make.a_worker()


def a_team(lead, *, red):
    """A team with a lead, of a child that is red, or not any more."""
    child = make_cases.a_red_child() if red else make_cases.a_yellow_child()
    team = make_cases.a_team(child) if red else make_cases.open_by_hand(child, lead)
    return staffing.take_lead(team, by=lead, lead=lead)


def joined(team, lead, role):
    """Somebody of another body in the team."""
    user = make.a_user(role, area=TOWN)
    return user, staffing.add_member(team, by=lead, user=user, role="")


def give(team, member, lead):
    task = working.Task(ASKED, member.pk, make_cases.today() + timedelta(days=3))
    return working.give(team, task, by=lead, today=make_cases.today())


def test_without_consent_another_unit_is_given_nothing_and_told_nothing(lead):
    team = a_team(lead, red=False)
    teacher, member = joined(team, lead, "teacher")

    with pytest.raises(working.NotAgreed):
        give(team, member, lead)
    (mine,) = lists.mine_for(teacher)
    assert (mine.is_shut, mine.child_name, mine.actions) == (True, "", [])
    client = Client(headers={"accept-language": "en"})
    client.force_login(teacher)
    assert team.child.name[0] + "*" not in client.get(reverse("cases:mine")).text
    client.force_login(lead)
    assert "consent lacking" in client.get(reverse("cases:team", args=[team.pk])).text


def test_with_consent_to_its_kind_the_same_unit_works(lead):
    """The negative control of the test before."""
    team = a_team(lead, red=False)
    teacher, member = joined(team, lead, "teacher")
    make_teams.agree(team.child, "孩子所在学校")

    action = give(team, member, lead)
    assert [each.child_name for each in lists.mine_for(teacher)] == [team.child.name]
    make_consents.a_consent(team.child, purpose="SHARING", given=False)
    with pytest.raises(working.NotAgreed):
        working.finish(action, by=teacher, result="已了解")
    assert lists.mine_for(teacher)[0].actions == []
    assert working.finish(action, by=lead, result="老师来电说已了解").done_at


@pytest.mark.parametrize(("role", "red", "law"), [
    ("police", False, "《未成年人保护法》第一百条"),
    ("procurator", False, "第一百零五条"),
    ("teacher", True, "《个人信息保护法》第十三条第一款第四项"),
    ("donor", True, "《个人信息保护法》第十三条第一款第四项"),
])  # fmt: skip
def test_a_duty_by_law_or_danger_opens_without_consent_and_says_which(lead, role, red, law):
    team = a_team(lead, red=red)
    user, member = joined(team, lead, role)

    assert give(team, member, lead)
    (mine,) = lists.mine_for(user)
    assert law in mine.law


def test_danger_ends_with_the_grade(lead):
    team = a_team(lead, red=True)
    teacher, member = joined(team, lead, "teacher")
    give(team, member, lead)

    make_cases.confirm(team.child, lead, grade="YELLOW")

    assert lists.mine_for(teacher)[0].is_shut


def test_staff_of_the_place_need_no_consent_and_a_roster_partner_is_asked_by_unit(lead):
    team = a_team(lead, red=False)
    _town, member = joined(team, lead, "fed_town")
    partner = make_teams.a_partner(area_code=team.area_code)
    teacher = make_teams.an_account(partner)
    theirs = Member.objects.create(
        team=team, child=team.child, area_code=team.area_code, kind="PARTNER", partner=partner,
        name=partner.name,
    )  # fmt: skip
    account = Member.objects.create(
        team=team, child=team.child, area_code=team.area_code, kind="PARTNER", user=teacher,
        name=partner.name,
    )  # fmt: skip

    found = grounds.grounds_of([member, theirs, account])
    assert [found[each.pk].is_open for each in (member, theirs, account)] == [True, False, False]
    make_teams.agree(team.child, partner.unit)
    found = grounds.grounds_of([member, theirs, account])
    assert [found[each.pk] for each in (member, theirs, account)] == [grounds.OPEN] * 3


def test_a_table_that_opens_without_naming_a_law_is_refused():
    with pytest.raises(sharing.BadSharing):
        sharing.read('[danger]\ngrades = ["RED"]\n')
