"""The pages of care plans: what a county did not do, a form that says what is wrong, a tick."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qianshou.plans.actions import sets
from qianshou.plans.models import CareSet, Goal, Plan, Slot, Tick
from tests import make, make_plans
from tests.make_plans import A_GOAL, a_checklist

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def cared():
    return make_plans.a_plan(today=timezone.localdate())


@pytest.fixture
def county(client):
    client.force_login(make.a_worker())
    return client


def make_pairs(number):
    return [make_plans.a_plan(today=timezone.localdate()) for _ in range(number)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_county_s_page_asks_no_more_often_for_more(
    county, number, django_assert_max_num_queries
):
    make_pairs(number)

    with django_assert_max_num_queries(26):
        page = county.get(reverse("plans:unfulfilled"))

    words = page.content.decode()
    assert "Be in touch once a week" in words
    assert len(page.context["rows"]) >= number


def test_the_county_s_page_is_narrowed_by_item(county):
    make_pairs(1)

    page = county.get(reverse("plans:unfulfilled") + "?item=weekly_contact&what=LATE")

    assert {each.slot.item for each in page.context["rows"]} == {"weekly_contact"}


def test_the_city_sees_figures_and_no_pair(client):
    make_pairs(1)
    client.force_login(make.a_user("fed_city", area=make.CITY))

    page = client.get(reverse("plans:unfulfilled"))

    assert page.context["by_item"]
    assert page.context["rows"] == []


def test_a_mother_ticks_on_her_page_and_a_missing_word_is_told(client, cared):
    user, pairing, _plan = cared
    client.force_login(user)
    assert "Tick" in client.get(reverse("plans:mine")).content.decode()
    url = reverse("plans:tick", args=[pairing.pk])
    said = {
        "key": uuid4(), "item": "reading_study", "on": timezone.localdate(), "evidence": "NOTE",
    }  # fmt: skip

    empty = client.post(url, {**said, "note": ""})
    done = client.post(url, {**said, "note": "读了两章"})

    assert empty.status_code == 422
    assert "Say in a few words" in empty.content.decode()
    assert done.status_code == 302
    assert Tick.objects.count() == 1
    assert (
        "ticked by the mother"
        in client.get(reverse("plans:plan", args=[pairing.pk])).content.decode()
    )


def test_a_refused_step_of_a_goal_is_told_on_its_page(client, cared):
    user, pairing, _plan = cared
    client.force_login(user)
    client.post(reverse("plans:new-goal", args=[pairing.pk]), {**A_GOAL, "words": ""})
    goal = Goal.objects.get()

    answer = client.post(
        reverse("plans:goal-step", args=[goal.pk]), {"act": "agree", "side": "CHILD"}
    )

    assert answer.status_code == 422
    assert "in its own words" in answer.content.decode()


def test_the_form_of_a_checklist_says_what_is_wrong_and_loses_nothing(county):
    shipped = sets.load_sets()
    url = reverse("plans:edit-checklist", args=[shipped.pk])
    sent = a_checklist(shipped.body, **{
        "item-0-minimum": "9", "item-0-maximum": "2", "item-2-code": "WRONG CODE",
        "item-3-name_zh": "每学期共读两本书",
    })  # fmt: skip

    answer = county.post(url, sent)
    words = answer.content.decode()

    assert answer.status_code == 422
    assert "Item 1, At most: The most cannot be less than the least (9)." in words
    assert "Item 3, Code: Write a short code in small letters" in words
    assert "每学期共读两本书" in words
    assert CareSet.objects.filter(area_code=make.COUNTY).count() == 0


def test_the_form_shows_what_changes_before_anything_is_written(county, cared):
    shipped = CareSet.objects.get(code="CARE_6P1")
    url = reverse("plans:edit-checklist", args=[shipped.pk])
    # As a browser sends it: the empty further item comes with the first of each choice.
    sent = a_checklist(shipped.body, **{
        "item-1-minimum": "2", "item-TOTAL_FORMS": 8, "item-7-cadence": "WEEK", "item-7-code": "",
        "item-7-evidence": "CONTACT", "item-7-owner": "MOTHER", "item-7-minimum": "1",
        "item-7-maximum": "1", "item-7-points": "0",
    })  # fmt: skip

    seen = county.post(url, {**sent, "act": "see"})
    assert [each.after for each in seen.context["changes"]] == ["2 to 8 times, every month"]
    assert "1 running pairing keeps its version." in seen.content.decode()
    assert not CareSet.objects.filter(area_code=make.COUNTY).exists()

    written = county.post(url, sent)
    version = CareSet.objects.get(area_code=make.COUNTY)
    county.post(reverse("plans:adopt-checklist", args=[version.pk]), {"reason": "试行"})
    county.post(reverse("plans:move-pairs", args=[version.pk]), {"all": "1", "reason": "都同意"})

    assert written.status_code == 302
    # Words of the other languages, which the form hides, are kept.
    assert version.body["item"][0]["help"] == shipped.body["item"][0]["help"]
    assert version.body["item"][2]["part"] == shipped.body["item"][2]["part"]
    assert Plan.objects.get(pairing=cared[1]).care_set == version
    assert Slot.objects.filter(pairing=cared[1], item="monthly_meeting", needed=2).exists()


def test_a_long_list_is_paged(county):
    _user, pairing, plan = make_pairs(1)[0]
    today = timezone.localdate()
    Slot.objects.bulk_create(
        Slot(
            pairing=pairing, mother_id=plan.mother_id, area_code=plan.area_code,
            item="weekly_contact", key=f"x{place}", first_on=today, last_on=today,
            heed_until=today, needed=1,
        )
        for place in range(1000)
    )  # fmt: skip

    page = county.get(reverse("plans:unfulfilled") + "?what=DUE")

    assert len(page.context["rows"]) == 50
