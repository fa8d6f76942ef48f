"""Every rule a row is checked by, with the place, the value and the way to mend it."""

import dataclasses
from datetime import date
from typing import Any

import pytest

from qianshou.exchange import queries
from qianshou.exchange.rules import cells, headings, rows
from qianshou.exchange.rules import profile as profiles
from qianshou.exchange.rules.problems import RULES, Problem
from tests import make_exchange as make

WRONG_ID, MASKED = "500236201407173131", "500236********3132"
AROUND = cells.Surroundings(
    today=date(2026, 11, 24),
    areas={make.TOWN, make.OTHER_TOWN, make.STRANGE_TOWN, "500236001001"},
    detailed={make.TOWN},
    low="500236000000",
    high="500236999999",
    blank=frozenset(profiles.BLANK),
)


def check(*given: dict[str, str], lossy: str = "", **profile: Any) -> list[Any]:
    found = profiles.parse(make.a_profile(**profile), "list")
    heading = headings.find([make.HEADERS], [], found)
    columns = [[row.get(name, "") for row in given] for name in make.HEADERS]
    checker = rows.Checker(found, AROUND, run_area="500236000000")
    numbers = range(2, 2 + len(given))
    return list(checker.check(rows.Batch("表", numbers, columns, [lossy] * len(given)), heading))


def problems_of(**changes: str) -> list[Problem]:
    (row,) = check(make.a_row(**changes))
    return row.remarks if isinstance(row, rows.GoodRow) else row.problems


def test_check_gives_the_canonical_row():
    (row,) = check(
        make.a_row(
            编号="K1", 姓名="　张 雨桐 ", 身份证号=make.an_id(order=311), 出生日期="2014年7月17日",
            联系电话="+86 161-1234-5678", 儿童类别="农村留守儿童、单亲家庭儿童", 住址="３组１２号",
        )
    )  # fmt: skip

    assert row == rows.GoodRow(
        "表", 2, make.TOWN, "2026-09-12",
        {
            "address": "3组12号", "area_code": make.TOWN, "birth_on": "2014-07-17",
            "categories": ["LEFT_BEHIND_RURAL", "SPECIAL_FAMILY_SINGLE"],
            "id_number": make.an_id(order=311), "key": "K1", "name": "张雨桐",
            "phone": "16112345678", "sex": "M", "updated_on": "2026-09-12",
        },
        [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rule", "column", "value", "stays_out"),
    [
        ({"编号": " "}, "KEY_MISSING", "编号", "", True),
        ({"姓名": "无"}, "NAME_MISSING", "姓名", "", True),
        ({"姓名": "张" * 500}, "TEXT_TOO_LONG", "姓名", "张" * 500, True),
        ({"姓名": "张\u202e雨\0桐"}, "CONTROL_CHARACTERS", "姓名", "张\u202e雨\0桐", False),
        ({"住址": "#REF!"}, "CELL_ERROR", "住址", "#REF!", False),
        ({"身份证号": WRONG_ID}, "ID_CHECKSUM", "身份证号", WRONG_ID, False),
        ({"身份证号": "5.00236E+17"}, "ID_LENGTH", "身份证号", "5.00236E+17", False),
        ({"身份证号": MASKED}, "ID_MASKED", "身份证号", MASKED, False),
        ({"出生日期": "2014-02-30"}, "DATE_IMPOSSIBLE", "出生日期", "2014-02-30", True),
        ({"出生日期": "昨天"}, "DATE_IMPOSSIBLE", "出生日期", "昨天", True),
        ({"出生日期": "2027-01-01"}, "DATE_FUTURE", "出生日期", "2027-01-01", True),
        ({"更新日期": "2027-01-01"}, "DATE_AHEAD", "更新日期", "2027-01-01", False),
        ({"出生日期": "1990-1-1", "身份证号": ""},
         "AGE_IMPLAUSIBLE", "出生日期", "1990-1-1", False),
        ({"出生日期": "2014-07-18"}, "BIRTH_ID_MISMATCH", "出生日期", "2014-07-18", False),
        ({"性别": "女"}, "SEX_ID_MISMATCH", "性别", "", False),
        ({"性别": "未说明"}, "SEX_UNKNOWN", "性别", "未说明", False),
        ({"儿童类别": "困难"}, "CATEGORY_UNKNOWN", "儿童类别", "困难", True),
        ({"联系电话": "12345"}, "PHONE_INVALID", "联系电话", "12345", False),
        ({"区划代码": "500236999001"}, "AREA_UNKNOWN", "区划代码", "500236999001", True),
        ({"区划代码": "500236001002"}, "AREA_UNKNOWN", "区划代码", "500236001002", True),
        ({"区划代码": "永安街道"}, "AREA_UNKNOWN", "区划代码", "永安街道", True),
        ({"区划代码": make.STRANGE_TOWN}, "AREA_OTHER_COUNTY", "区划代码", make.STRANGE_TOWN, True),
    ],
)  # fmt: skip
def test_check_finds_each_flaw(changes, rule, column, value, stays_out):
    (row,) = check(make.a_row(**changes))

    found = row.remarks if isinstance(row, rows.GoodRow) else row.problems
    assert [(each.rule, each.column, each.value) for each in found] == [(rule, column, value)]
    assert isinstance(row, rows.BadRow) is stays_out


@pytest.mark.parametrize(
    ("column", "cell", "rules"),
    [
        ("编号", "#REF!", ["KEY_MISSING", "CELL_ERROR"]),
        ("编号", "\u202e", ["KEY_MISSING", "CONTROL_CHARACTERS"]),
        ("姓名", "#N/A", ["NAME_MISSING", "CELL_ERROR"]),
    ],
)
def test_check_keeps_a_row_out_whose_key_or_name_only_seems_to_be_there(column, cell, rules):
    (row,) = check(make.a_row(**{column: cell}))

    assert isinstance(row, rows.BadRow)
    assert ([each.rule for each in row.problems], row.refusing) == (rules, 1)


def test_check_lets_no_profile_take_a_row_that_would_be_lost():
    weights = {"KEY_MISSING": "remark", "DUPLICATE_KEY": "remark"}

    found = check(
        make.a_row(编号=""), make.a_row(编号="K1"), make.a_row(编号="K1", 姓名="别人"),
        severity=weights,
    )  # fmt: skip

    assert [type(row) for row in found] == [rows.BadRow, rows.GoodRow, rows.BadRow]


def test_check_accepts_a_village_of_a_town_whose_villages_are_not_loaded():
    (row,) = check(make.a_row(区划代码="500236112005"))

    assert row.area_code == "500236112005"


def test_check_refuses_an_id_number_in_a_number_cell():
    place = str(make.HEADERS.index("身份证号"))

    (row,) = check(make.a_row(身份证号="500236201407173120"), lossy=place)

    assert row.problems == [Problem("ID_NUMERIC_CELL", "身份证号", "500236201407173120")]


def test_check_lists_every_problem_of_a_row():
    found = problems_of(姓名="", 出生日期="2014-13-01", 联系电话="1", 区划代码="1")

    assert {each.rule for each in found} == {
        "NAME_MISSING", "DATE_IMPOSSIBLE", "PHONE_INVALID", "AREA_UNKNOWN",
    }  # fmt: skip


def test_check_keeps_the_first_of_two_rows_with_one_key():
    first, second = make.a_row(编号="K1"), make.a_row(编号="K1", 姓名="张雨桦")

    kept, refused = check(first, second)

    assert isinstance(kept, rows.GoodRow)
    assert [each.rule for each in refused.problems] == ["DUPLICATE_KEY"]
    assert refused.problems[0].extra == "表:2"


def test_check_takes_a_row_that_stands_twice_once():
    row = make.a_row()

    assert len(check(row, row)) == 1


def test_check_leaves_blank_rows_out():
    assert check({}, {"备注": "合计"}) == []


def test_check_refuses_a_row_that_a_comma_has_shifted():
    profile = profiles.parse(make.a_profile(), "list")
    heading = headings.find([make.HEADERS], [], profile)
    texts = [*make.a_row().values(), "2026-09-12"]
    checker = rows.Checker(profile, AROUND, run_area="500236000000")

    (row,) = checker.check(rows.Batch("", [2], [[text] for text in texts], [""]), heading)

    assert [each.rule for each in row.problems] == ["CELLS_SHIFTED"]


@pytest.mark.parametrize(("weight", "kind"), [("refuse", rows.BadRow), ("remark", rows.GoodRow)])
def test_check_lets_the_profile_decide_what_keeps_a_row_out(weight, kind):
    flawed = make.a_row(身份证号="500236201407173131")

    (row,) = check(flawed, severity={"ID_CHECKSUM": weight})

    assert type(row) is kind


def test_check_lets_a_column_decide_against_its_profile():
    columns = {"id_number": {"header": "身份证号", "severity": {"ID_CHECKSUM": "remark"}}}

    (row,) = check(
        make.a_row(身份证号="500236201407173131"),
        severity={"ID_CHECKSUM": "refuse"},
        columns=columns,
    )

    assert isinstance(row, rows.GoodRow)


@pytest.mark.parametrize("rule", RULES)
def test_problem_words_say_what_where_and_how_to_mend(rule):
    words = queries.problem_words(Problem(rule, "身份证号", "500236", "18"))

    assert words["column"] == "身份证号"
    assert words["says"]
    assert words["mend"]
    assert "%(" not in words["says"] + words["mend"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2014-07-17", date(2014, 7, 17)), ("2014/7/17", date(2014, 7, 17)),
        ("2014.7.17", date(2014, 7, 17)), ("20140717", date(2014, 7, 17)),
        ("2014年7月17日", date(2014, 7, 17)), ("2026-05-10 09:31:00", date(2026, 5, 10)),
        ("20141707", None), ("2014-7", None), ("41837", None), ("", None),
    ],
)  # fmt: skip
def test_date_of_reads_the_usual_forms_and_guesses_nothing(text, day):
    assert cells.date_of(text) == day


@pytest.mark.parametrize("length", [10, 50_000])
def test_reading_is_quick_on_any_length_of_text(length):
    profile = profiles.parse(make.a_profile(), "list")
    for column in profile.columns:
        read = cells.reading_of(column, AROUND)
        for piece in ("1", "a ", "、", "-", "2014-", "*", "\u4e00·", "\0"):
            assert isinstance(read((piece * length)[:length]), cells.Cell)


def test_main_county_needs_four_fifths_of_the_rows():
    own, other = ["500236001000"] * 8, ["500235001000"]

    assert rows.main_county(own + other) == "500236000000"
    assert rows.main_county(own + other * 3) == ""
    assert rows.main_county([]) == ""


def test_checker_forgets_texts_without_losing_problems(monkeypatch):
    monkeypatch.setattr(rows, "MEMORY", 1)
    profile = dataclasses.replace(profiles.parse(make.a_profile(), "list"))
    heading = headings.find([make.HEADERS], [], profile)
    checker = rows.Checker(profile, AROUND, run_area="500236000000")

    found = []
    for number in range(3):
        row = make.a_row(姓名="" if number == 2 else "张雨桐")
        batch = rows.Batch("", [number], [[row[name]] for name in make.HEADERS], [""])
        found += list(checker.check(batch, heading))

    assert [type(row) for row in found] == [rows.GoodRow, rows.GoodRow, rows.BadRow]
