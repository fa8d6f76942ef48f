"""Where mothers are missing is told by town, with what they should bring; small groups are not."""

import pytest
from django.urls import reverse
from django.utils import translation

from qianshou.pairing.models import LeftOver
from qianshou.pairing.queries import parts, recruiting
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
TOWN = "500236103000"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def run():
    """Seven children of one town, of whom one has a place and two speak only the Yi language."""
    for _ in range(5):
        make_pairing.a_child(facts={"languages": ["chongqing"]})
    for _ in range(2):
        make_pairing.a_child(facts={"languages": ["yi"]}, tier=0)
    make_pairing.a_mother(capacity=1)
    found, _, _ = make_pairing.a_computed_run()
    return found


def told(run, user=None, area=make.COUNTY):
    with translation.override("en"):
        return recruiting.recruitment(user or make.a_worker(), run, area)


def test_town_is_told_with_its_mothers_places_and_price(run):
    (town,) = told(run).towns

    assert (town.area_code, town.left_over, town.urgent) == (TOWN, 6, 2)
    assert (town.mothers, town.places, town.decisive) == (1, 1, 1)
    assert town.price == 10_000


def test_sentences_say_what_a_mother_must_bring(run):
    (town,) = told(run).towns

    first, second = town.sentences[:2]
    assert first == (
        f"4 mothers, each of whom speaks Chongqing dialect and can travel to {town.name}, would"
        " serve 4 children (with 1 place each)."
    )
    assert second == (
        f"2 mothers, each of whom speaks Yi language and can travel to {town.name}, would serve"
        " 2 children (with 1 place each)."
    )


def test_sentence_is_true_such_mothers_would_serve_so_many_children():
    """Four with four places each, as the sentence says, and no child of them is left over."""
    make_pairing.a_mother(capacity=4)
    for _ in range(15):
        make_pairing.a_child(facts={"languages": ["sichuan"]})
    run, _, _ = make_pairing.a_computed_run()
    (town,) = told(run).towns
    for _ in range(4):
        make_pairing.a_mother(capacity=4, languages=["sichuan"])

    again, _, _ = make_pairing.a_computed_run()

    assert town.sentences[0].startswith("4 mothers, each of whom speaks Sichuan dialect")
    assert again.left_over.count() == 0


def test_worth_of_a_place_is_told_as_a_shadow_price(run):
    (town,) = told(run).towns

    assert town.price == 10_000
    assert any("would place one more child" in each for each in town.sentences)


def test_training_is_named():
    make_pairing.a_child(facts={"self_harm": True})
    run, _, _ = make_pairing.a_computed_run()

    (town,) = told(run).towns

    assert "troubled mind" in town.sentences[0]


def test_small_groups_are_hidden_from_those_who_see_only_figures(run):
    city = make.a_user("fed_city", area=make.CITY)

    (town,) = told(run, city, make.CITY).towns

    assert town.left_over == 6
    assert town.urgent is None
    assert not any("language" in words for words in town.sentences[:1])
    assert town.sentences[0].startswith("6 more children need something else")


def test_hidden_place_is_named_in_no_town(run):
    child = make_pairing.a_child(hidden_location=True)
    LeftOver.objects.create(
        run=run, child=child, area_code=child.area_code, tier=2, grade="YELLOW", reason="SCARCITY"
    )

    found = told(run)

    assert found.towns[0].left_over == 6
    assert found.hidden == 1


def test_without_files_the_children_are_still_counted(run):
    run.folder = ""
    run.save()

    (town,) = told(run).towns

    assert town.left_over == 6
    assert (town.mothers, town.price) == (None, None)


def test_page_and_interface_tell_the_same(run, client):
    client.force_login(make.a_worker())

    page = client.get(reverse("pairing:recruitment", args=[run.pk]))

    assert page.status_code == 200
    assert page.context["bars"][0]["value"] == 6
    client.force_login(make.a_worker(make.OTHER_COUNTY))
    assert client.get(reverse("pairing:recruitment", args=[run.pk])).status_code == 404


def test_small_towns_are_not_on_the_run_page_of_who_sees_only_figures(run, client):
    row = {"area_code": TOWN, "name": "x", "left_over": 4}
    run.figures["shortages"] = [row, row | {"left_over": 5}]
    city = make.a_user("fed_city", area=make.CITY)

    few = parts.told_to(city, run.figures, make.COUNTY)["shortages"]
    every = parts.told_to(make.a_worker(), run.figures, make.COUNTY)["shortages"]

    assert [each["left_over"] for each in few] == [5]
    assert [each["left_over"] for each in every] == [4, 5]
