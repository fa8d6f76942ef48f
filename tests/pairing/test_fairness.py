"""Who is last is said only when it is no chance, and small groups stay hidden from figures."""

from datetime import date

import pytest
from django.urls import reverse

from qianshou.common.errors import NotFound
from qianshou.pairing.models import LeftOver
from qianshou.pairing.queries import fairness
from qianshou.pairing.rules import plans as rules
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
ELSEWHERE = "500235101202"


def a_left_over(run, **fields):
    child = make_pairing.a_child(**fields)
    return LeftOver.objects.create(
        run=run, child=child, area_code=child.area_code, tier=2, grade="YELLOW", reason="SCARCITY"
    )


def a_pair(run, mother, **fields):
    return make_pairing.a_proposal(make_pairing.a_child(**fields), mother, run)


@pytest.fixture
def run():
    """Han: eight of nine paired. Minorities: one of seven. One left over without consent."""
    run, mother = make_pairing.a_run(), make_pairing.a_mother()
    for _ in range(8):
        a_pair(run, mother, ethnicity="01")
    a_left_over(run, ethnicity="01")
    a_pair(run, mother, ethnicity="15")
    for _ in range(6):
        a_left_over(run, ethnicity="15")
    silent = make_pairing.a_child(consent=False, ethnicity="15")
    LeftOver.objects.create(
        run=run, child=silent, area_code=silent.area_code, tier=2, grade="YELLOW",
        reason="NO_CONSENT",
    )  # fmt: skip
    run.created_at = make.now()
    run.save()
    return run


def compared(run, user=None, area=make.COUNTY):
    found = fairness.comparisons(user or make.a_worker(), run, area)
    return {each.attribute: each for each in found}


def test_rates_count_those_who_agreed_and_name_who_is_last(run):
    people = compared(run)["ethnicity"]

    assert [(g.value, g.children, round(g.paired_share * g.children)) for g in people.groups] == [
        ("MINORITY", 7, 1),
        ("HAN", 9, 8),
    ]
    assert [g.is_last for g in people.groups] == [True, False]
    assert len(people.findings) == 1


def test_equal_groups_have_no_last(run):
    """The control: a difference that chance explains is not called one."""
    assert compared(run)["sex"].findings == []
    assert compared(run)["disability"].findings == []


def test_waiting_counts_from_the_consent_to_the_run(run):
    days = (run.created_at.date() - date(2026, 3, 1)).days

    assert compared(run)["ethnicity"].groups[0].waiting_days == pytest.approx(days, abs=1)


def test_hidden_place_is_counted_in_no_town(run):
    a_left_over(run, hidden_location=True)

    assert {g.value for g in compared(run)["town"].groups} == {"500236103000", "HIDDEN"}


def test_small_groups_are_hidden_from_those_who_see_only_figures(run):
    a_left_over(run, ethnicity="")
    city = make.a_user("fed_city", area=make.CITY)

    people = {g.value: g for g in compared(run, city, make.CITY)["ethnicity"].groups}

    # The one small group could be reckoned from the sum, so the next smallest is hidden, too.
    assert people[""].children is None
    assert people["MINORITY"].children is None
    assert people["HAN"].children == 9
    assert people["HAN"].waiting_days is None


def test_small_groups_are_shown_to_those_who_see_the_pairs(run):
    """The control: the same groups, seen by somebody who may open each of the children."""
    a_left_over(run, ethnicity="")

    assert {g.value: g.children for g in compared(run)["ethnicity"].groups}[""] == 1


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"a": 9, "b": 7}, set()),
        ({"a": 9, "b": 4}, {"a", "b"}),
        ({"a": 9, "b": 4, "c": 6}, {"b", "c"}),
        ({"a": 9, "b": 4, "c": 3}, {"b", "c"}),
        ({"a": 4}, {"a"}),
    ],
)
def test_no_hidden_group_can_be_reckoned_from_the_sum(sizes, hidden):
    assert rules.too_small(sizes) == hidden


def test_another_county_sees_nothing(run, client):
    other = make.a_worker(make.OTHER_COUNTY)
    client.force_login(other)

    assert client.get(reverse("pairing:fairness", args=[run.pk])).status_code == 404
    with pytest.raises(NotFound):
        fairness.comparisons(other, run, make.OTHER_COUNTY)


def test_page_tells_the_finding(run, client):
    client.force_login(make.a_worker())

    page = client.get(reverse("pairing:fairness", args=[run.pk]))

    assert "14.3%" in page.text
    assert len(page.context["findings"]) == 1


def test_county_sees_its_own_part_of_the_citys_run():
    run, mother = make_pairing.a_run(make.CITY), make_pairing.a_mother()
    a_pair(run, mother)
    a_left_over(run, area=ELSEWHERE)

    assert [g.children for g in compared(run)["sex"].groups] == [1]
