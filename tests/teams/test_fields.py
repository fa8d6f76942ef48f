"""A member of a team sees the parts that the slot allows, of the own children, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.accounts import permissions
from qianshou.areas.models import Area
from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.config.goals import goals_of
from qianshou.registry.models import Child, Guardian, Guardianship
from qianshou.teams.queries import cards
from qianshou.teams.rules import parts as rules
from tests import make, make_exchange, make_mothers, make_pairing, make_plans, make_teams

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
# One value of each part that can stand nowhere else on the page.
MARKS = {
    "NAME": "欧阳星辰",
    "PLACE": "大湾",
    "SCHOOL": "竹园第九小学",
    "HEALTH": "Serious illness",
    "SIGNS": "Bullied",
    "FAMILY": "田家福",
    "GRADE": "orange",
    "WISHES": "standard Chinese",
    "TEAM": "冯警官",
    "PLAN": "每天读书半小时",
    "CONTACT": "13912345678",
    "ADDRESS": "竹园路七十九号",
}


@pytest.fixture(autouse=True)
def goals(monkeypatch):
    monkeypatch.setattr(cards, "_goals", [lambda _child: ["每天读书半小时"]])


@pytest.fixture
def child():
    child = make_pairing.a_child(
        name="欧阳星辰", given_name="星辰", school="竹园第九小学", tier=1,
        facts={
            "serious_illness": True, "bullied": True, "languages": ["putonghua"],
            "guardianship": "GRANDPARENTS",
        },
    )  # fmt: skip
    child.address, child.phone = "竹园路七十九号", "02388888888"
    child.save()
    adult = Guardian(area_code=child.area_code, name="田家福")
    adult.phone = "13912345678"
    adult.save()
    Guardianship.objects.create(
        child=child, guardian=adult, area_code=child.area_code, kinship="FATHER", is_guardian=True
    )
    make_teams.a_seat(child, make_teams.a_partner("POLICE", name="冯警官"))
    return child


def a_teacher_of(child, parts):
    slots = [make_teams.a_slot(parts=list(parts)), make_teams.a_slot("POLICE")]
    make_teams.a_team(child, make_teams.a_model(slots))
    partner = make_teams.a_partner()
    return make_teams.a_seat(child, partner), make_teams.an_account(partner)


def page_of(user, seat):
    client = Client(headers=ENGLISH)
    client.force_login(user)
    answer = client.get(reverse("teams:card", args=[seat.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def found_in(html):
    return {part for part, mark in MARKS.items() if mark in html}


@pytest.fixture(autouse=True)
def _village():
    Area.objects.get_or_create(
        code=make_teams.VILLAGE,
        defaults={"name": "大湾村", "level": "VILLAGE", "parent_id": make_exchange.TOWN},
    )


@pytest.mark.parametrize("part", list(rules.PARTS))
def test_slot_with_one_part_shows_this_part_and_no_other(child, part):
    seat, user = a_teacher_of(child, [part])

    assert found_in(page_of(user, seat)) == {part}


def test_slot_with_all_parts_shows_them_all(child):
    """The negative control: the marks of every part do appear where a slot allows them."""
    seat, user = a_teacher_of(child, rules.PARTS)

    assert found_in(page_of(user, seat)) == set(rules.PARTS)


def test_slot_without_parts_shows_what_the_child_is_called_and_its_age(child):
    seat, user = a_teacher_of(child, [])

    html = page_of(user, seat)
    assert found_in(html) == set()
    assert "星辰" in html


def test_whereabouts_that_are_hidden_stay_so_whatever_the_slot_allows(child):
    Child.objects.filter(pk=child.pk).update(hidden_location=True)
    seat, user = a_teacher_of(child, rules.PARTS)

    assert found_in(page_of(user, seat)) == set(rules.PARTS) - rules.WHEREABOUTS


def test_reading_stands_in_the_trail_with_its_parts_and_what_was_sealed(child):
    seat, user = a_teacher_of(child, ["NAME", "CONTACT"])
    page_of(user, seat)

    entry = Entry.objects.get(act="teams.card.read")
    assert (entry.subject_id, entry.actor_id) == (str(child.pk), user.pk)
    assert '"opened":["phone"]' in entry.details


def test_partner_opens_no_other_place_and_no_page_of_staff(child):
    _seat, user = a_teacher_of(child, ["NAME"])
    other = make_teams.a_seat(make_pairing.a_child(), make_teams.a_partner("DOCTOR", name="李医生"))
    client = Client(headers=ENGLISH)
    client.force_login(user)

    codes = [
        client.get(path).status_code
        for path in (
            reverse("teams:card", args=[other.pk]),
            reverse("registry:child", args=[child.pk]),
            reverse("teams:child", args=[child.pk]),
            reverse("registry:children"),
            reverse("teams:gaps"),
        )
    ]
    assert codes == [404, 404, 404, 404, 403]


def test_scope_of_a_partner_holds_the_own_children_alone(child):
    _seat, user = a_teacher_of(child, ["NAME"])
    make_pairing.a_child()

    with rowsecurity.acting(permissions.scope_of(user)):
        seen = list(Child.objects.values_list("pk", flat=True))
    with rowsecurity.acting(permissions.scope_of(make.a_worker())):
        by_county = Child.objects.count()

    assert seen == [child.pk]
    assert by_county == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda seat, _child: type(seat).objects.filter(pk=seat.pk).update(
            ended_at=make.now(), end_reason="调离"
        ),
        lambda _seat, child: Child.objects.filter(pk=child.pk).update(state="CLOSED"),
        lambda _seat, child: Child.objects.filter(pk=child.pk).update(
            merged_into=make_pairing.a_child()
        ),
    ],
    ids=["place ended", "file closed", "file joined to another"],
)  # fmt: skip
def test_child_is_seen_no_longer_once_the_place_or_the_file_has_ended(child, spoil):
    seat, user = a_teacher_of(child, ["NAME"])
    spoil(seat, child)
    client = Client()
    client.force_login(user)

    assert client.get(reverse("teams:card", args=[seat.pk])).status_code == 404
    with rowsecurity.acting(permissions.scope_of(user)):
        assert not Child.objects.exists()


def test_neighbour_mother_sees_her_place_and_not_the_rest_of_the_file(child):
    make_teams.a_team(child, make_teams.a_model([make_teams.a_slot("NEIGHBOUR", parts=["WISHES"])]))
    mother = make_mothers.a_mother(area_code=child.area_code)
    seat = make_teams.a_seat(child, mother=mother, role="NEIGHBOUR")
    user = make.a_user("mother", person_id=mother.pk)

    assert found_in(page_of(user, seat)) == {"WISHES"}


def test_home_of_a_partner_lists_the_own_children_and_asks_no_more_for_more(
    client, child, django_assert_max_num_queries
):
    _seat, user = a_teacher_of(child, ["NAME"])
    client.force_login(user)

    assert client.get("/").url == reverse("teams:mine")
    with django_assert_max_num_queries(25):
        html = client.get(reverse("teams:mine")).content.decode()
    assert "星辰" in html
    assert "欧阳星辰" not in html


def test_goals_of_the_care_plan_reach_the_card_and_the_childs_own_words_do_not():
    worker, pairing, _plan = make_plans.a_plan()
    goal = make_plans.a_goal(pairing, worker, agreed=True)

    assert goals_of(pairing.child_id) == [goal.aim]
    assert goal.words.open() not in goals_of(pairing.child_id)
