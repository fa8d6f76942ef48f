"""The pages about mothers: who sees whom, what is asked of the database, what stays folded."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qianshou.areas import queries as areas
from qianshou.mothers import queries
from qianshou.mothers.models import Mother
from qianshou.mothers.queries import Wanted, extensions
from qianshou.mothers.rules import gates
from tests import make, make_mothers

pytestmark = pytest.mark.django_db
LIST = "/mothers/"


@pytest.fixture
def worker():
    return make.a_worker()


def url(mother, name="mother", **more):
    return reverse(f"mothers:{name}", kwargs={"mother_id": mother.pk, **more})


def names(user, **wanted):
    rows = queries.mothers_for(
        user, area_code=make.COUNTY, wanted=Wanted(**wanted), today=make.TODAY
    )
    return [each.name for each in rows]


def test_list_shows_the_mothers_of_the_area_and_no_other(client, worker):
    make_mothers.a_mother(name="陈桂芳")
    make_mothers.a_mother(name="王秀兰", area_code="500235102000")
    client.force_login(worker)

    page = client.get(LIST).content.decode()

    assert "陈桂芳" in page
    assert "王秀兰" not in page


@pytest.mark.parametrize("role", ["fed_city", "auditor", "mother", "sys_admin"])
def test_list_refuses_roles_that_do_not_work_with_mothers(client, role):
    client.force_login(make.a_user(role))

    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("陈桂", ["陈桂芳"]),
        ("陳桂芳", ["陈桂芳"]),
        ("chengui", ["陈桂芳"]),
        ("cgf", ["陈桂芳"]),
        ("曾", ["曾国强"]),
        ("zengguoqiang", ["曾国强"]),
        ("154 0000 5281", ["曾国强"]),
        ("桂芳", []),
        ("", ["陈桂芳", "曾国强"]),
    ],
)
def test_search_finds_by_name_pinyin_initials_and_telephone(worker, typed, found):
    make_mothers.a_mother(name="陈桂芳")
    make_mothers.a_mother(name="曾国强", phone="15400005281")

    assert names(worker, search=typed) == found


def test_search_finds_by_the_whole_id_number_only(worker):
    number = make_mothers.an_id_number()
    make_mothers.a_mother(id_number=number)

    assert names(worker, search=number) == ["陈桂芳"]
    assert names(worker, search=number[:12]) == []


def test_filters_narrow_by_readiness_category_place_and_free_places(worker):
    make_mothers.a_mother(name="甲一", categories=["退休教师"])
    make_mothers.a_mother(name="乙二", committed_on=None, area_code="500236002000")
    make_mothers.a_mother(name="丙三", capacity=0)

    assert names(worker, readiness="READY", sort="-name") == ["甲一", "丙三"]
    assert names(worker, readiness="COMMITTED") == ["乙二"]
    assert names(worker, category="退休教师") == ["甲一"]
    assert names(worker, area="500236002000") == ["乙二"]
    assert set(names(worker, free=True)) == {"甲一", "乙二"}
    assert set(names(worker, readiness="nonsense", sort="nonsense")) == {"甲一", "乙二", "丙三"}


SOON = make.TODAY - timedelta(days=350)


def test_expiring_shows_whose_clear_query_ends_soon_and_its_count_agrees(worker):
    make_mothers.a_mother(name="甲一", screened_on=SOON)
    make_mothers.a_mother(name="乙二", screened_on=make.TODAY - timedelta(days=300))
    make_mothers.a_mother(name="丙三", screened_on=make.TODAY - timedelta(days=400))
    make_mothers.a_mother(name="丁四", screened_on=SOON, state="PAUSED")
    make_mothers.a_mother(name="戊五", screened_on=SOON, screening="PENDING")
    make_mothers.a_mother(name="己六", screened_on=SOON, area_code="500235102000")

    assert names(worker, readiness="EXPIRING") == ["甲一"]
    assert queries.count_expiring(make.COUNTY, make.TODAY) == 1
    assert names(worker, readiness="SCREENING_FRESH") == ["丙三"]


def test_list_says_until_when_an_expiring_query_holds(worker):
    mothers = [
        make_mothers.a_mother(name="甲一", screened_on=SOON),
        make_mothers.a_mother(name="乙二"),
    ]

    rows = queries.list_rows(mothers, area_code=make.COUNTY, today=make.TODAY)

    assert [row.until for row in rows] == [gates.screening_until(SOON), None]


def test_list_names_places_from_the_chosen_area_down(worker):
    town = areas.areas_below(make.COUNTY)[0]
    mother = make_mothers.a_mother(area_code=town.code)

    (county,) = queries.list_rows([mother], area_code=make.COUNTY, today=make.TODAY)
    (city,) = queries.list_rows([mother], area_code=make.CITY, today=make.TODAY)
    (own,) = queries.list_rows([mother], area_code=town.code, today=make.TODAY)

    assert county.area_name == town.name
    assert city.area_name == own.area_name == f"奉节县{town.name}"


def test_place_of_another_county_finds_nothing(worker):
    make_mothers.a_mother(area_code="500235102000")

    assert names(worker, area="500235102000") == []


def test_file_of_another_county_does_not_exist(client, worker):
    mother = make_mothers.a_mother(area_code="500235102000")
    client.force_login(worker)

    answers = [client.get(url(mother)), client.post(url(mother, "capacity"), {"capacity": 1})]
    answers.append(client.post(url(mother, "state"), {"act": "pause", "reason": "因"}))
    answers.append(client.post(url(mother, "reveal", field="phone"), {"reason": "因由在此"}))

    assert [answer.status_code for answer in answers] == [404] * 4


def test_file_keeps_numbers_folded_and_shows_the_road(client, worker):
    number, phone = make_mothers.an_id_number(), make_mothers.a_phone()
    mother = make_mothers.a_mother(id_number=number, phone=phone, reporting_signed=False)
    client.force_login(worker)

    answer = client.get(url(mother))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert number not in page
    assert phone not in page
    passed = [step.passed for step in answer.context["steps"]]
    assert passed == [True] * 5 + [False] + [True] * 2


def test_reveal_shows_the_number_once(client, worker):
    phone = make_mothers.a_phone()
    mother = make_mothers.a_mother(phone=phone)
    client.force_login(worker)

    shown = client.post(url(mother, "reveal", field="phone"), {"reason": "电话回访"})
    again = client.get(url(mother))

    assert phone in shown.content.decode()
    assert phone not in again.content.decode()
    assert client.post(url(mother, "reveal", field="phone"), {}).status_code == 422


def test_result_of_the_query_is_hidden_from_the_town(client):
    mother = make_mothers.a_mother(screening="HIT")
    client.force_login(make.a_user("fed_town", area=make_mothers.TOWN))

    steps = client.get(url(mother)).context["steps"]

    screened = steps[1]
    assert (screened.passed, screened.on) == (False, None)
    assert screened.sentence == steps_of_a_pending_one(client)[1].sentence


def steps_of_a_pending_one(client):
    return client.get(url(make_mothers.a_mother(screening="PENDING"))).context["steps"]


def test_capacity_is_saved_and_a_bad_one_answers_422(client, worker):
    mother = make_mothers.a_mother(capacity=1)
    client.force_login(worker)

    bad = client.post(url(mother, "capacity"), {"capacity": 11})
    good = client.post(url(mother, "capacity"), {"capacity": 3})

    assert (bad.status_code, good.status_code) == (422, 302)
    assert Mother.objects.get().capacity == 3


def test_state_changes_by_act_and_refusals_are_shown(client, worker):
    mother = make_mothers.a_mother()
    client.force_login(worker)

    paused = client.post(url(mother, "state"), {"act": "pause", "reason": "因病"})
    again = client.post(url(mother, "state"), {"act": "pause", "reason": "因病"})
    empty = client.post(url(mother, "state"), {"act": "resume", "reason": ""})
    unknown = client.post(url(mother, "state"), {"act": "dance", "reason": "因"})

    codes = [answer.status_code for answer in (paused, again, empty, unknown)]
    assert codes == [302, 409, 422, 404]
    assert client.get(url(mother)).context["remark"] == "因病"


def test_mother_sees_only_herself(client):
    mother, other = make_mothers.a_mother(name="陈桂芳"), make_mothers.a_mother(name="王秀兰")
    client.force_login(make.a_user("mother", person_id=mother.pk))

    own = client.get("/mothers/mine/")

    assert "陈桂芳" in own.content.decode()
    assert client.get(url(other)).status_code == 404
    assert client.get(url(mother)).status_code == 404


def test_own_page_does_not_exist_for_others(client, worker):
    client.force_login(worker)
    assert client.get("/mothers/mine/").status_code == 404

    client.force_login(make.a_user("mother", person_id=uuid4()))
    assert client.get("/mothers/mine/").status_code == 404

    mother = make_mothers.a_mother()
    client.force_login(make.a_user("clerk", person_id=mother.pk))
    assert client.get("/mothers/mine/").status_code == 404


def test_list_asks_the_database_no_more_often_for_a_thousand_mothers(client, worker):
    def asked():
        with CaptureQueriesContext(connection) as queries_made:
            assert client.get(LIST).status_code == 200
        return len(queries_made)

    make_mothers.a_mother()
    client.force_login(worker)
    client.get(LIST)
    one = asked()

    make_mothers.many(1_000, areas=["500236002000", "500236003000"])

    assert asked() == one
    assert client.get(LIST).context["page"].paginator.count == 1_001


def test_file_asks_the_database_a_fixed_number_of_times(client, worker):
    first = make_mothers.a_mother()
    client.force_login(worker)
    client.get(url(first))

    with CaptureQueriesContext(connection) as before:
        client.get(url(first))
    make_mothers.many(50, areas=["500236002000"])
    with CaptureQueriesContext(connection) as after:
        client.get(url(first))

    assert len(after) == len(before)


def test_panel_of_a_higher_room_is_drawn_with_its_own_names(client, worker, monkeypatch):
    mother = make_mothers.a_mother()
    monkeypatch.setattr(extensions, "_panels", [])
    queries.register_panel(
        lambda _user, _mother: queries.Panel("web/ui/card.html", {"title": "她的孩子", "tone": ""})
    )
    client.force_login(worker)

    page = client.get(url(mother)).content.decode()

    assert '<h2 class="card-title">她的孩子</h2>' in page


def test_higher_rooms_can_add_a_panel_and_say_how_many_places_are_taken(worker, monkeypatch):
    from django.db.models import Value

    mother = make_mothers.a_mother(capacity=2)
    monkeypatch.setattr(extensions, "_panels", [])
    monkeypatch.setattr(extensions, "_occupancy", [])
    panel = queries.Panel("web/refused.html", {"children": 2})

    queries.register_panel(lambda _user, _mother: panel)
    queries.register_panel(lambda _user, _mother: None)
    queries.register_occupancy(lambda: Value(2))

    assert queries.panels_for(worker, mother) == [panel]
    assert queries.mother_for(worker, mother.pk).free == 0
    assert names(worker, free=True) == []


def test_ready_in_gives_the_matcher_only_who_is_ready():
    ready = make_mothers.a_mother(capacity=2)
    make_mothers.a_mother(committed_on=None)
    make_mothers.a_mother(area_code="500235102000")

    found = queries.ready_in(make.COUNTY, make.TODAY)

    assert [(each.pk, each.free) for each in found] == [(ready.pk, 2)]
