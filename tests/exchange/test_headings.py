"""The heading of a list is found under titles, over two rows, in the middle of anything."""

import pytest

from qianshou.exchange.rules import headings
from qianshou.exchange.rules import profile as profiles
from qianshou.exchange.rules.problems import FileRefused
from tests import make_exchange as make

PROFILE = profiles.parse(make.a_profile(), "list")
GROUPED = profiles.parse(
    make.a_profile(columns={"name": "儿童/姓名", "phone": "监护人/联系电话", "address": "住址"}),
    "list",
)


def test_find_takes_the_first_row_of_a_plain_list():
    heading = headings.find([make.HEADERS, ["K1"]], [], PROFILE)

    assert (heading.rows, heading.first_row) == ((1,), 2)
    assert heading.places["name"] == (1,)
    assert heading.missing == ()


def test_find_skips_titles_and_notes():
    rows = [["2026年儿童名册"], ["填表人:", "李"], [], make.HEADERS, ["K1"]]

    heading = headings.find(rows, [], PROFILE)

    assert heading.rows == (4,)


MERGED = [(0, 0, 1, 0), (0, 1, 0, 2), (0, 4, 1, 4), (0, 5, 1, 5)]


@pytest.mark.parametrize("merges", [MERGED, []], ids=["merged", "blank"])
def test_find_reads_groups_over_two_rows(merges):
    rows = [
        ["编号", "儿童", "", "监护人", "区划代码", "住址"],
        ["", "姓名", "性别", "联系电话", "", ""],
        ["K1", "张雨桐", "男", "16112345678", "", ""],
    ]

    heading = headings.find(rows, merges, GROUPED)

    assert heading.rows == (1, 2)
    assert heading.places["name"] == (1,)
    assert heading.places["phone"] == (3,)
    assert heading.first_row == 3


def test_find_knows_a_qualified_heading_in_one_row():
    heading = headings.find([["编号", "儿童/姓名", "住址"], ["K1", "张", ""]], [], GROUPED)

    assert (heading.rows, heading.places["name"]) == ((1,), (1,))


def test_find_overlooks_spaces_stars_breaks_and_widths():
    rows = [["编号", " 姓 名* ", "性别：", "身份\n证号", "出生日期", "联系电话"]]

    heading = headings.find(rows, [], PROFILE)

    assert {"key", "name", "sex", "id_number"} <= set(heading.places)


def test_find_tells_what_the_nearest_heading_lacks():
    with pytest.raises(FileRefused) as caught:
        headings.find([["编号", "名字", "性别"]], [], PROFILE)

    assert (caught.value.code, caught.value.params) == ("NO_HEADING", {"missing": "姓名"})


def test_find_refuses_a_column_that_stands_twice():
    with pytest.raises(FileRefused) as caught:
        headings.find([["编号", "姓名", "性别", "性别"]], [], PROFILE)

    assert (caught.value.code, caught.value.params) == ("DUPLICATE_HEADING", {"name": "性别"})


def test_find_joins_several_columns_and_takes_the_first_of_alternatives():
    profile = profiles.parse(
        make.a_profile(
            columns={
                "class_name": {"join": ["年级", "班级"]},
                "name": {"header": ["儿童姓名", "姓名"]},
            }
        ),
        "list",
    )

    heading = headings.find([["编号", "姓名", "年级", "班级"]], [], profile)

    assert (heading.places["class_name"], heading.places["name"]) == ((2, 3), (1,))


def test_guess_prefers_the_likeliest_known_header():
    known = {"儿童基本信息/姓名": "name", "父亲/姓名": "father_name", "联系电话": "phone"}

    assert headings.guess("儿童姓名", known)[0] == "name"
    assert headings.guess("父亲/姓名", known) == ("father_name", 1.0)
    assert headings.guess("手机", known)[1] < 0.6


def test_guess_never_takes_the_childs_own_number_for_that_of_its_father():
    theirs = {"父亲/身份证号": "father_id", "父亲/联系电话": "father_phone"}
    known = {**theirs, "儿童基本信息/公民身份号码": "id_number"}

    assert headings.guess("身份证号", theirs) == ("", 0.0)
    assert headings.guess("身份证号", known)[0] == "id_number"
    assert headings.guess("父亲身份证号", known)[0] == "father_id"
