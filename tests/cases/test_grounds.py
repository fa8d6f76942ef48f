"""Members of other bodies hear of a child by consent, by law, or while it is in danger."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.cases.actions import staffing, working
from qianshou.cases.models import Member
from qianshou.cases.queries import grounds, lists, parties
from qianshou.consents.queries import parties as asked
from qianshou.teams.rules import sharing
from tests import make, make_cases, make_consents, make_teams

pytestmark = pytest.mark.django_db
TOWN = make_cases.TOWN
ASKED = "到校了解最近的出勤"
UNIT = "竹园第九小学"


@pytest.fixture
def lead():
    return make.a_worker()


def a_team(lead, *, red):
    """A team with a lead, of a child that is red, or not any more."""
    child = make_cases.a_red_child() if red else make_cases.a_yellow_child()
    team = make_cases.a_team(child) if red else make_cases.open_by_hand(child, lead)
    return staffing.take_lead(team, by=lead, lead=lead)


def joined(team, lead, role, unit=UNIT):
    """Somebody of another body in the team."""
    user = make.a_user(role, area=TOWN)
    return user, staffing.add_member(team, by=lead, user=user, role="", unit=unit)


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


def lacking(child):
    return child.pk in set(
        parties.children_lacking({}, make_cases.today()).values_list("child", flat=True)
    )


def test_who_joins_by_an_account_names_the_unit_and_the_guardian_is_asked_about_it(lead):
    team = a_team(lead, red=False)
    teacher, member = joined(team, lead, "teacher")

    assert (member.unit, member.name) == (UNIT, f"{teacher.display_name} ({UNIT})")
    assert asked.parties_to_ask(team.child) == [UNIT]
    assert lacking(team.child)
    make_teams.agree(team.child, "别的小学")
    assert not grounds.ground_of(member).is_open
    make_teams.agree(team.child, UNIT)
    assert grounds.ground_of(member) == grounds.OPEN
    assert not lacking(team.child)
    give(team, member, lead)


def test_without_a_unit_nobody_of_another_body_joins_and_staff_need_none(lead):
    team = a_team(lead, red=False)

    with pytest.raises(staffing.UnitMissing):
        joined(team, lead, "teacher", unit=" ")
    assert not Member.objects.filter(team=team, kind="PARTNER").exists()
    assert joined(team, lead, "fed_town", unit="")[1].unit == ""


def test_the_page_says_that_the_unit_is_missing_and_keeps_what_was_typed(lead):
    team = a_team(lead, red=False)
    teacher = make.a_user("teacher", area=TOWN)
    client = Client(headers={"accept-language": "en"})
    client.force_login(lead)
    url = reverse("cases:member", args=[team.pk])

    answer = client.post(url, {"user": teacher.pk, "role": "班主任"})
    assert answer.status_code == 422
    assert "Name the unit this person comes from" in answer.text
    assert "班主任" in answer.text
    assert client.post(url, {"user": teacher.pk, "role": "班主任", "unit": UNIT}).status_code == 302
    assert UNIT in client.get(reverse("cases:team", args=[team.pk])).text
    assert asked.parties_to_ask(team.child) == [UNIT]


def test_an_account_of_the_roster_brings_its_own_unit(lead):
    team = a_team(lead, red=False)
    partner = make_teams.a_partner(area_code=team.area_code)
    account = make_teams.an_account(partner)

    member = staffing.add_member(team, by=lead, user=account, role="", unit="别处")

    assert member.unit == partner.unit
    assert asked.parties_to_ask(team.child) == [partner.unit]


@pytest.mark.parametrize("role", ["police", "teacher", "donor"])
@pytest.mark.parametrize("red", [False, True])
def test_the_worklist_and_the_ground_say_the_same(lead, role, red):
    team = a_team(lead, red=red)
    _user, member = joined(team, lead, role)

    for agreed in ("别的小学", "孩子所在学校", UNIT):
        assert lacking(team.child) is not grounds.ground_of(member).is_open
        make_teams.agree(team.child, agreed)
    assert not lacking(team.child)


def test_a_member_who_has_left_and_a_closed_team_ask_nobody(lead):
    team = a_team(lead, red=False)
    _user, member = joined(team, lead, "teacher")
    staffing.end_member(member, by=lead, reason="换了学校")

    assert asked.parties_to_ask(team.child) == []
    assert not lacking(team.child)


def test_a_table_that_opens_without_naming_a_law_is_refused():
    with pytest.raises(sharing.BadSharing):
        sharing.read('[danger]\ngrades = ["RED"]\n')
