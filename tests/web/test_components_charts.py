"""Pictures of figures: classes by fifths, missing values, and lists too small to divide."""

import re

import pytest

from qianshou.web.templatetags import web_charts, web_samples


def tile(name: str, value: float | None) -> dict[str, object]:
    names = dict.fromkeys(("code", "short_name", "label"), name)
    return {**names, "row": 0, "column": 0, "value": value, "url": ""}


def fifths(values: list[float | None]) -> list[object]:
    drawn = web_charts.tile_map([tile("x", value) for value in values], "title")
    return [each["fifth"] for each in drawn["tiles"]]


def test_tiles_are_coloured_by_fifths():
    assert fifths([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) == [
        "q1",
        "q1",
        "q2",
        "q2",
        "q3",
        "q3",
        "q4",
        "q4",
        "q5",
        "q5",
    ]


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([], []),
        ([None, 5], ["missing", "q1"]),
        ([5, 5, 5], ["q1", "q1", "q1"]),
        ([1, 9], ["q1", "q5"]),
    ],
)
def test_tiles_of_few_or_equal_values_still_have_a_class(values, classes):
    assert fifths(values) == classes


def test_legend_counts_every_tile_with_a_value():
    drawn = web_charts.tile_map([tile("x", value) for value in (3, 9, None, 4, 4, 1)], "title")

    assert sum(each["count"] for each in drawn["legend"]) == 5
    assert drawn["has_missing"]


def test_tile_table_begins_with_the_lowest_and_ends_with_the_missing():
    drawn = web_charts.tile_map([tile("a", None), tile("b", 7), tile("c", 2)], "title")

    assert [row["label"] for row in drawn["rows"]] == ["c", "b", "a"]


def test_sample_map_has_38_counties_on_places_of_their_own():
    tiles = web_samples._tiles()

    assert len({each["short_name"] for each in tiles}) == 38
    assert len({(each["row"], each["column"]) for each in tiles}) == 38


def test_histogram_scales_to_the_tallest_and_places_the_marker():
    bins = [{"low": 0, "high": 10, "count": 5}, {"low": 10, "high": 20, "count": 10}]

    drawn = web_charts.histogram(bins, "title", marker=15)

    assert [column["height"] for column in drawn["columns"]] == [90.0, 180.0]
    assert drawn["marker"] == 480.0


@pytest.mark.parametrize(("marker", "place"), [(-5, 0.0), (99, 640.0), (None, None)])
def test_histogram_keeps_the_marker_inside(marker, place):
    bins = [{"low": 0, "high": 20, "count": 0}]

    assert web_charts.histogram(bins, "title", marker=marker)["marker"] == place


def test_pictures_of_nothing_are_drawn():
    assert web_charts.histogram([], "t")["columns"] == []
    assert web_charts.bar_chart([], "t")["bars"] == []
    assert web_charts.line_chart([], "t")["last"] is None
    assert web_charts.share([], "t")["whole"] == 0
    assert web_charts.share([{"label": "a", "value": 0}], "t")["parts"][0]["width"] == 0


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([80, 90], 70, 90), ([10, 90], 0, 90), ([5, 5], 5, 6), ([-3, 4], -3, 4), ([], 0, 1)],
)
def test_line_starts_at_zero_unless_all_values_lie_far_up(values, low, high):
    assert web_charts._line_range(values) == (low, high)


def test_share_parts_follow_one_another():
    drawn = web_charts.share([{"label": "a", "value": 1}, {"label": "b", "value": 3}], "t")

    assert [(part["x"], part["width"]) for part in drawn["parts"]] == [(0.0, 25.0), (25.0, 75.0)]


def test_line_path_names_every_point():
    drawn = web_charts.line_chart([{"label": "a", "value": 1}, {"label": "b", "value": 2}], "t")

    assert re.fullmatch(r"8\.?0?,[\d.]+ 564\.?0?,[\d.]+", str(drawn["path"]))
