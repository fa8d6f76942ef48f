"""A run of the city seen from below: each county sees its part, and the city sees no pairs."""

import pytest
from django.urls import reverse

from qianshou.common.errors import NotAllowed, NotFound
from qianshou.pairing.models import LeftOver, MatchRun
from qianshou.pairing.queries import lists, parts
from qianshou.pairing.rules import plans as rules
from tests import make, make_pairing

pytestmark = pytest.mark.django_db

ELSEWHERE = "500235101202"


@pytest.fixture
def city_run():
    """A run of the whole city with two pairs here, one pair and one child left over elsewhere."""
    run = make_pairing.a_run(make.CITY)
    here = [make_pairing.a_proposal(run=run) for _ in range(2)]
    make_pairing.a_proposal(make_pairing.a_child(area=ELSEWHERE), run=run)
    left = make_pairing.a_child(area=ELSEWHERE)
    LeftOver.objects.create(
        run=run, child=left, area_code=ELSEWHERE, tier=2, grade="YELLOW", reason="SCARCITY"
    )
    run.figures = {
        "area_name": "重庆市", "children": 4, "mothers": 3, "places": 3, "free_places": 0,
        "paired": 3, "left_over": 1, "mean_score": 7000, "objective": 21000, "gap": 0,
        "feasible_pairs": 9, "by_tier": rules.by_tier([2, 2, 2], [2]),
        "reasons": {"SCARCITY": 1, "NO_CANDIDATE": 0, "NO_CONSENT": 0},
        "histogram": rules.histogram([7000] * 3), "shortages": [], "moved": 0,
    }  # fmt: skip
    run.save()
    return run, here


def signed_in(client, user):
    client.force_login(user)
    return client


def test_county_sees_the_citys_run_and_counts_its_own_part(client, city_run):
    run, here = city_run
    page = signed_in(client, make.a_worker()).get(reverse("pairing:run", args=[run.pk]))

    assert page.status_code == 200
    assert page.context["figures"]["paired"] == len(here)
    assert page.context["figures"]["left_over"] == 0
    assert page.context["figures"]["area_name"] == "奉节县"


def test_county_finds_its_own_proposals_and_no_others(client, city_run):
    run, here = city_run
    page = signed_in(client, make.a_worker()).get(reverse("pairing:proposals", args=[run.pk]))

    assert {row["id"] for row in page.context["rows"]} == {each.pk for each in here}


def test_county_decides_on_its_part_of_the_citys_run(client, city_run):
    run, here = city_run
    signed_in(client, make.a_worker()).post(
        reverse("pairing:decide-many", args=[run.pk]),
        {"act": "approve", "pick": [str(each.pk) for each in here]},
    )

    states = set(run.proposals.filter(pk__in=[each.pk for each in here]).values_list("state"))
    assert states == {("APPROVED",)}


def test_run_of_another_county_stays_unseen(client, city_run):
    """The control: not every run is seen from everywhere."""
    other = make_pairing.a_run("500235000000")
    page = signed_in(client, make.a_worker()).get(reverse("pairing:run", args=[other.pk]))

    assert page.status_code == 404


def test_row_security_shows_a_run_from_below_and_not_from_beside(city_run):
    from qianshou.accounts import permissions
    from qianshou.common import rowsecurity

    run, _ = city_run
    beside = make_pairing.a_run("500235000000")
    with rowsecurity.acting(permissions.scope_of(make.a_worker())):
        seen = set(MatchRun.objects.values_list("pk", flat=True))

    assert run.pk in seen
    assert beside.pk not in seen


def test_city_sees_figures_and_no_pairs(client, city_run):
    run, here = city_run
    city = make.a_user("fed_city", area=make.CITY)
    client = signed_in(client, city)

    assert client.get(reverse("pairing:run", args=[run.pk])).status_code == 200
    assert client.get(reverse("pairing:proposals", args=[run.pk])).status_code == 404
    with pytest.raises(NotFound):
        lists.proposal_for(city, here[0].pk)
    with pytest.raises(NotAllowed):
        lists.pairings_for(city, make.CITY)


def test_figures_of_a_whole_run_are_those_that_were_stored(city_run):
    run, _ = city_run

    assert parts.figures_in(run, make.CITY) == run.figures | {"loads": []}


@pytest.mark.parametrize("state", MatchRun.State.values)
def test_page_of_a_run_opens_in_every_state(client, city_run, state):
    run, _ = city_run
    MatchRun.objects.filter(pk=run.pk).update(state=state, progress=30, step="SOLVE")

    page = signed_in(client, make.a_worker()).get(reverse("pairing:run", args=[run.pk]))

    assert page.status_code == 200
