"""Who lists whom: what it says of two files that look alike, and of one that is listed twice."""

import numpy as np
import pytest

from qianshou.engines.linkage import listed
from tests.engines.linkage import people

# Twins by birthday and household, and as likely one child whose name was misread.
MEI, XUE = {"name": "冉小梅"}, {"name": "冉小海"}


def question(*rows):
    linked = people.link(*rows)
    return linked.doubtful.row(0, named=True), linked


def test_alike_files_that_no_department_lists_both_come_before_those_that_one_does():
    none, _ = question(
        people.row("a", **MEI), people.row("b", source="school", **XUE),
    )  # fmt: skip
    one, linked = question(
        people.row("a", **MEI), people.row("b", **XUE), people.row("c", source="school", **MEI),
    )  # fmt: skip

    assert (none["reason"], none["met"], one["reason"], one["met"]) == ("TWIN", False, "TWIN", True)
    assert none["wrong"] > 10 * one["wrong"]
    assert none["probability"] > 10 * one["probability"]
    # It orders questions and decides nothing.
    assert people.together(linked) == {frozenset("ac"), frozenset("b")}


def test_two_whole_files_are_asked_about_if_no_department_lists_both():
    rows = [
        people.row("a", **MEI), people.row("b", source="police", **MEI),
        people.row("c", source="school", **XUE), people.row("d", source="health", **XUE),
    ]  # fmt: skip

    asked, _ = question(*rows)
    met = people.link(*rows, people.row("e", source="school", **MEI))

    assert (asked["reason"], asked["met"]) == ("TWIN", False)
    # The negative control: one department knows both children.
    assert met.doubtful.is_empty()


def test_one_list_says_nothing_of_who_lists_whom():
    asked, _ = question(people.row("a", **MEI), people.row("b", **XUE))

    assert asked["met"] is None
    assert asked["wrong"] == 0.85


def test_a_file_that_two_departments_list_under_two_names_is_asked_about():
    alike = ("刘承晨", "刘承辰")
    rows = [
        people.row(f"{source}{at}", source=source, name=name)
        for source in ("civil", "school") for at, name in enumerate(alike)
    ]  # fmt: skip

    asked, linked = question(*rows)
    once = people.link(*rows[:3])

    assert len(people.together(linked)) == 1
    assert (asked["reason"], asked["met"], asked["row_a"][:-1]) == (
        "TWIN",
        True,
        asked["row_b"][:-1],
    )
    # The negative control: one department alone may have listed a child twice.
    assert "TWIN" not in once.doubtful["reason"].to_list()


@pytest.mark.parametrize(("one", "other", "met"), [(0, 1, True), (0, 3, False), (3, 5, False)])
def test_met_looks_at_all_rows_of_both_files(one, other, met):
    # Files 0 (rows 0, 1), 2 (row 2), 3 (rows 3, 4) and 5 (a row of no department).
    labels, sources = np.array([0, 0, 2, 3, 3, 5]), np.array([0, 0, 1, 1, 2, -1])

    found = listed.met(labels, sources, pairs=(np.array([one, 2]), np.array([other, 3])))

    assert found.tolist() == [met, True]
