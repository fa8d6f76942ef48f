"""The page of a run: change against the last one, flags on top, loads, maps, small cells hidden."""

import pytest
from django.urls import reverse
from django.utils import translation

from qianshou.pairing.models import LeftOver
from qianshou.pairing.queries import parts, runpage, shapes, tiles
from qianshou.pairing.rules import plans as rules
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
OTHER_TOWN = "500236104201"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def paired(number, *, area=make_pairing.VILLAGE, **fields):
    for _ in range(number):
        make_pairing.a_child(area=area, **fields)
        make_pairing.a_mother(area=area)


def page_of(run, user=None, part=make.COUNTY):
    with translation.override("en"):
        return runpage.page_of_run(user or make.a_worker(), run, part)


def the_city():
    return make.a_user("fed_city", area=make.CITY)


def test_change_against_the_last_run_is_told_figure_by_figure():
    paired(1)
    make_pairing.a_computed_run()
    paired(1, tier=0)
    second, _, _ = make_pairing.a_computed_run()

    page = page_of(second)

    assert page["notes"]["paired"] == "+1 against the last run"
    assert page["notes"]["left_over"] == "as in the last run"
    assert page["tiers"][0]["paired_change"] == "+1"
    assert page["tiers"][2]["paired_change"] == ""


def test_first_run_has_nothing_to_be_compared_with():
    paired(1)
    run, _, _ = make_pairing.a_computed_run()

    assert set(page_of(run)["notes"].values()) == {""}


def test_loads_count_mothers_by_their_children():
    for _ in range(3):
        make_pairing.a_child()
    make_pairing.a_mother(capacity=2)
    make_pairing.a_mother(capacity=1)
    run, _, _ = make_pairing.a_computed_run()
    make_pairing.a_mother()  # came after the run

    assert [(bar["label"], bar["value"]) for bar in page_of(run)["loads"]] == [
        ("no child", 0), ("1 child", 1), ("2 children", 1), ("3 children", 0), ("4 children", 0),
    ]  # fmt: skip
    assert parts.loads_in(run, "500236104000") == []


def test_tiles_give_share_and_children_left_by_town():
    paired(2)
    paired(1, area=OTHER_TOWN)
    make_pairing.a_child(area=OTHER_TOWN)
    make_pairing.a_child(area=OTHER_TOWN, hidden_location=True)
    run, _, _ = make_pairing.a_computed_run()

    maps = tiles.maps_of(make.a_worker(), run, make.COUNTY)

    share = {tile["code"]: tile["value"] for tile in maps.share}
    left = {tile["code"]: tile["value"] for tile in maps.left}
    assert share == {"500236103000": 100, "500236104000": 50}
    assert left == {"500236103000": 0, "500236104000": 1}
    assert all("?place=" in tile["url"] for tile in maps.share)


def test_one_town_needs_no_map():
    paired(1)
    run, _, _ = make_pairing.a_computed_run()

    assert tiles.maps_of(make.a_worker(), run, make.COUNTY) is None


def test_who_sees_only_figures_sees_no_small_cells():
    paired(6)
    paired(6, area=OTHER_TOWN)
    paired(1, tier=0)
    LeftOver.objects.create(
        run=(run := make_pairing.a_computed_run()[0]), child=make_pairing.a_child(),
        area_code=make_pairing.VILLAGE, tier=2, grade="YELLOW", reason="SCARCITY",
    )  # fmt: skip
    run.figures |= {"left_over": 6, "reasons": {"SCARCITY": 6, "NO_CONSENT": 2}}
    run.save()

    told = page_of(run, the_city())

    assert [row["children"] for row in told["tiers"]] == [None, 0, None, 0]
    assert [row["count"] for row in told["reasons"]] == [None, None]
    assert all(each["count"] == 0 or each["count"] >= 5 for each in told["figures"]["histogram"])
    assert [tile["value"] for tile in told["maps"].share] == [None, None]
    assert told["flags"] == []
    assert told["figures"]["loads_by_town"] == {}
    # The control: who sees the pairs sees every one of these figures.
    every = page_of(run)
    assert every["tiers"][0]["children"] == 1
    assert [row["count"] for row in every["reasons"]] == [6, 2]
    assert [tile["value"] for tile in every["maps"].share] == [88, 100]


def test_small_part_gives_no_sums_to_who_sees_only_figures():
    paired(3)
    run, _, _ = make_pairing.a_computed_run()

    told = parts.told_to(the_city(), parts.figures_in(run, make.COUNTY), make.COUNTY)

    assert (told["paired"], told["mean_score"], told["histogram"]) == (None, None, [])
    assert told["objective"] is None


def test_list_of_runs_hides_small_sums_too(client):
    paired(3)
    run, _, _ = make_pairing.a_computed_run()
    client.force_login(the_city())

    (row,) = client.get(reverse("pairing:runs")).context["rows"]

    assert (row["run"], row["figures"]["paired"]) == (run, None)


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ({"margin": 0}, ["TIED"]),
        ({"margin": 100}, ["LOW_MARGIN"]),
        ({"margin": 101}, []),
        ({"regret": 1_500}, ["BETTER_ELSEWHERE"]),
        ({"regret": 1_499}, []),
        ({"grade": "RED"}, ["FIRST_TIME_RED"]),
        ({"grade": "RED", "mother_pairs": 1}, []),
        ({"score": 3_999, "distance_m": 15_001}, ["LOW_SCORE", "FAR"]),
    ],
)
def test_pairs_that_deserve_a_look_are_named(given, flags):
    plain = {
        "grade": "GREEN", "score": 7000, "margin": None, "distance_m": 0, "mother_pairs": 0,
    }  # fmt: skip

    assert rules.attention(**(plain | given)) == flags
    assert set(flags) <= set(shapes.ATTENTION)


def test_flagged_pairs_come_first_and_are_counted_and_found(client):
    run = make_pairing.a_run()
    plain, red, tied = (make_pairing.a_proposal(run=run) for _ in range(3))
    red.attention, red.tier = ["FIRST_TIME_RED", "TIED"], 3
    tied.attention, plain.tier = ["TIED"], 0
    for each in (plain, red, tied):
        each.save()
    client.force_login(make.a_worker())
    address = reverse("pairing:proposals", args=[run.pk])

    def found(query=""):
        return [row["id"] for row in client.get(address + query).context["rows"]]

    assert found() == [red.pk, tied.pk, plain.pk]
    assert found("?attention=TIED") == [red.pk, tied.pk]
    assert found("?attention=NONE") == [plain.pk]
    assert parts.open_flags(run, make.COUNTY) == {"FIRST_TIME_RED": 1, "TIED": 2, "": 1}


def test_better_mother_elsewhere_is_flagged_from_the_runs_files():
    """The skilled mother alone speaks with the red child, so the other child gets the other one."""
    make_pairing.a_mother(skills=[100] * 8, languages=["chongqing", "yi"])
    make_pairing.a_mother(skills=[0] * 8)
    red = make_pairing.a_child(tier=0, facts={"languages": ["yi"]})
    other = make_pairing.a_child(needs=[100] * 8, facts={"languages": ["chongqing"]})
    run, _, _ = make_pairing.a_computed_run()
    flags = dict(run.proposals.values_list("child_id", "attention"))

    assert "BETTER_ELSEWHERE" in flags[other.pk]
    assert flags[red.pk] == ["FIRST_TIME_RED"]


def test_list_is_narrowed_to_a_place_but_hidden_places_are_in_none(client):
    paired(1)
    paired(1, area=OTHER_TOWN)
    paired(1, area=OTHER_TOWN, hidden_location=True)
    run, _, _ = make_pairing.a_computed_run()
    client.force_login(make.a_worker())

    page = client.get(reverse("pairing:proposals", args=[run.pk]) + "?place=500236104000")

    assert len(page.context["rows"]) == 1


def test_unpaired_child_is_told_how_many_mothers_fail_which_rule():
    child = make_pairing.a_child(facts={"languages": ["yi"]})
    for _ in range(3):
        make_pairing.a_mother()
    run, _, _ = make_pairing.a_computed_run()

    with translation.override("en"):
        (row,) = shapes.left_over_rows(list(run.left_over.select_related("child")))

    assert child.name == row["child"]
    assert row["advice"] == (
        "Of 3 mothers in reach 0 could take this child. The others are barred"
        " (no common language: 3)."
    )


def test_bins_are_joined_until_each_counts_enough():
    bins = [{"low": n, "high": n + 1, "count": count} for n, count in enumerate([0, 2, 4, 9, 0, 1])]

    assert rules.coarsened(bins, least=5) == [
        {"low": 0, "high": 1, "count": 0},
        {"low": 1, "high": 3, "count": 6},
        {"low": 3, "high": 6, "count": 10},
    ]


def test_runner_up_stands_beside_the_proposed_mother_part_by_part(client):
    make_pairing.a_child(needs=[100] * 8)
    make_pairing.a_mother(skills=[100] * 8)
    make_pairing.a_mother(skills=[0] * 8)
    run, _, _ = make_pairing.a_computed_run()
    proposal = run.proposals.get()
    client.force_login(make.a_worker())

    page = client.get(reverse("pairing:proposal", args=[proposal.pk]))

    whole, *parts_of_it = page.context["beside"]
    assert whole.proposed == proposal.score
    assert sum(row.difference for row in parts_of_it) == whole.difference == -2_000
    assert "并排" in page.text or "Side by side" in page.text
