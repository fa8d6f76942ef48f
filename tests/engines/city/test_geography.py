"""The shipped area data and what the generator makes of them."""

import csv
from importlib.resources import files

import numpy as np
import pytest

from qianshou.engines.city import geography

DATA = files("qianshou") / "areas" / "data"


def _levels() -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in geography.area_rows().values():
        counts[row["level"]] = counts.get(row["level"], 0) + 1
    return counts


def test_area_data_hold_the_whole_municipality():
    assert _levels() == {"city": 1, "county": 38, "town": 1031, "village": 11270}


def test_area_data_hang_together():
    rows = geography.area_rows()
    parents = {"county": "city", "town": "county", "village": "town"}

    for code, row in rows.items():
        assert len(code) == 12
        assert row["position"] in {"geonames", "seat", "spread"}
        if row["level"] != "city":
            assert rows[row["parent"]]["level"] == parents[row["level"]]


def test_area_data_lie_in_chongqing_and_near_their_parents():
    rows = geography.area_rows()

    for row in rows.values():
        lon, lat = float(row["lon"]), float(row["lat"])
        assert 105.2 < lon < 110.3
        assert 28.0 < lat < 32.4
        if row["level"] == "village":
            town = rows[row["parent"]]
            assert abs(lon - float(town["lon"])) < 0.07
            assert abs(lat - float(town["lat"])) < 0.06


def test_tiles_give_each_county_its_own_cell_in_its_part_of_the_map():
    rows = list(csv.DictReader((DATA / "tiles.csv").read_text(encoding="utf-8").splitlines()))
    cell = {row["short_name"]: (int(row["row"]), int(row["column"])) for row in rows}
    counties = {code for code, row in geography.area_rows().items() if row["level"] == "county"}

    assert {row["code"] for row in rows} == counties
    assert len(set(cell.values())) == 38
    assert cell["城口"][0] == 0
    assert cell["渝中"][1] < cell["涪陵"][1] < cell["酉阳"][1]
    assert cell["秀山"][0] > cell["酉阳"][0] > cell["黔江"][0]


def test_county_codes_name_each_county_once_with_weights_that_sum_to_one():
    codes = geography.county_codes()

    assert len(set(codes)) == 38
    assert codes[0] == geography.DEFAULT_COUNTY
    assert sum(geography.child_weights().values()) == pytest.approx(1)
    assert sum(geography.mother_weights().values()) == pytest.approx(1)


def test_places_of_refuses_an_unknown_county_and_names_the_known():
    with pytest.raises(ValueError, match=r"unknown county '999999'.*500101"):
        geography.places_of("999999")


def test_draw_villages_keeps_to_the_towns_it_is_given():
    places = geography.places_of("500229")
    town = places.towns[0]

    drawn = geography.draw_villages(np.random.default_rng(1), places, towns={town: 1.0}, count=50)

    assert set(places.town_code[drawn].tolist()) == {town}


def test_short_name_drops_the_official_ending():
    assert geography.short_name("岔河村村民委员会") == "岔河村"
    assert geography.short_name("朝阳社区居民委员会") == "朝阳社区"
