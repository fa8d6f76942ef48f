"""Every line of what Chinese clerks do to a row, and what the engine makes of it.

Each case changes one row of a child; the level says what was recognised, and the rows are (or are
not) joined by the shipped model.
"""

import polars as pl
import pytest

from qianshou.engines.linkage import calendar, engine, spec
from qianshou.engines.linkage.model import Model
from tests.engines.linkage import people

NUMBER = people.number("50023620140717", 211)
OTHER_SEX = {"name": "冉天明", "sex": "男"}


def levels(first: dict[str, object], second: dict[str, object]) -> dict[str, str]:
    scorer = engine.Scorer(spec.children_spec(), Model.default(), population=200_000)
    return scorer.score(people.row("a", **first), [people.row("b", source="school", **second)])[
        0
    ].levels


def joined(first: dict[str, object], second: dict[str, object]) -> bool:
    linked = people.link(people.row("a", **first), people.row("b", source="school", **second))
    return linked.clusters["cluster_id"].n_unique() == 1


@pytest.mark.parametrize(
    ("one", "other", "level", "join"),
    [
        # written the same
        ("冉小雨", "冉小雨", "exact", True),
        ("冉小雨", " 冉　小 雨 ", "exact", True),
        ("冉小雨（暂住）", "冉小雨", "exact", True),
        # variant and traditional forms
        ("張國華", "张国华", "exact", True),
        ("劉葉葦", "刘叶苇", "exact", True),
        ("于峯", "于峰", "exact", True),
        # homophones, toned and untoned
        ("冉晓雨", "冉晓羽", "sound", True),
        ("李思涵", "李诗涵", "near_sound", True),
        ("冉晓雨", "冉孝予", "sound", True),
        # polyphonic readings: of surnames and of given names
        ("单晓峰", "山晓峰", "sound", True),
        ("曾国强", "增国强", "sound", True),
        ("仇英子", "求英子", "sound", True),
        ("解雨桐", "谢雨桐", "sound", True),
        ("冉乐欣", "冉月欣", "near_sound", True),
        ("冉长宁", "冉常宁", "sound", True),
        ("冉长宁", "冉掌宁", "near_sound", True),
        # dialect: n/l, h/f, z/zh, -n/-ng
        ("冉宁宁", "冉玲玲", "near_sound", True),
        ("胡子涵", "付子涵", "near_sound", True),
        ("张子睿", "臧子睿", "near_sound", True),
        ("冉欣怡", "冉星怡", "near_sound", True),
        ("黄依诺", "房依诺", "near_sound", True),
        # look-alike characters
        ("冉未央", "冉末央", "shape", True),
        ("冉天晴", "冉天睛", "shape", True),
        ("冉博文", "冉搏文", "sound", True),
        # swapped order, a character dropped
        ("冉小雨", "冉雨小", "part", True),
        ("冉小雨", "小雨冉", "part", True),
        ("冉小雨", "冉雨", "part", True),
        # nicknames
        ("冉文强", "冉小强", "part", True),
        ("冉文强", "小强", "part", True),
        ("冉文强", "冉强强", "part", True),
        ("冉文强", "阿强", "part", True),
        # minority names: with and without dots, with other dots, in full and short
        ("买买提·吐尔逊", "买买提吐尔逊", "exact", True),
        ("买买提•吐尔逊", "买买提．吐尔逊", "exact", True),
        ("阿依古丽·买买提", "阿依古丽", "part", True),
        ("次仁·卓玛", "次仁卓码", "sound", True),
        ("古丽巴哈尔·艾合买提", "古丽巴哈尔·艾买提", "near_sound", True),
        # the mother's surname
        ("冉雨桐", "陈雨桐", "other_surname", True),
        # compound surnames
        ("欧阳雨桐", "欧阳雨彤", "sound", True),
        # and other children
        ("冉小雨", "冉天赐", "twin", False),
    ],
)
def test_names(one, other, level, join):
    assert levels({"name": one}, {"name": other})["name"] == level
    assert joined({"name": one}, {"name": other}) is join


@pytest.mark.parametrize(
    ("typed", "level", "join"),
    [
        (NUMBER, "equal", True),
        (NUMBER.lower(), "equal", True),
        (f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}", "equal", True),
        # a disabled person's card: the number and two digits
        (NUMBER + "43", "equal", True),
        # the century left out, as before the year 2000
        (NUMBER[:6] + NUMBER[8:17], "equal", True),
        # two digits exchanged, one wrong, one left out
        (NUMBER[:8] + NUMBER[9] + NUMBER[8] + NUMBER[10:], "one_edit", True),
        (NUMBER[:16] + str((int(NUMBER[16]) + 1) % 10) + NUMBER[17], "one_edit", True),
        (NUMBER[:10] + NUMBER[11:], "two_edits", True),
        # masked, and cut by a spreadsheet
        (NUMBER[:6] + "********" + NUMBER[14:], "equal", True),
        (NUMBER[:4] + "**********" + NUMBER[14:], "masked", True),
        (NUMBER[:15] + "000", "masked", True),
        # another valid number is another child
        (people.number("50023620140717", 212), "conflict", False),
        (people.number("50023620140717", 214), "conflict", False),
    ],
)
def test_identity_numbers(typed, level, join):
    found = levels({"id_number": NUMBER}, {"id_number": typed})["id_number"]

    assert found == level or (level == "masked" and found in ("masked", "cut"))
    assert joined({"id_number": NUMBER}, {"id_number": typed}) is join


def lunar(solar: str) -> str:
    """Give a lunar date that is this solar day."""
    year = int(solar[:4])
    dates = (f"{year}{m:02d}{d:02d}" for m in range(1, 13) for d in range(1, 31))
    return next(date for date in dates if calendar.solar_of_lunar(date) == solar)


@pytest.mark.parametrize(
    ("born", "typed", "level", "join"),
    [
        ("2014-07-17", "2014/7/17", "equal", True),
        ("2014-07-17", "二〇一四年七月十七日", "equal", True),
        ("2014-07-05", "2014-05-07", "swapped", True),
        ("2014-07-17", lunar("20140717"), "lunar", True),
        ("2014-07-17", "2014-07", "partial", True),
        ("2014-07-17", "2014", "partial", True),
        ("2014-07-17", "2014-07-18", "one_edit", True),
        ("2014-07-17", "2015-07-17", "one_edit", True),
        ("2014-07-17", "2014-11-03", "same_year", True),
        ("2014-07-17", None, "missing", True),
        ("2014-07-17", "2009-02-21", "else", False),
    ],
)
def test_birthdays(born, typed, level, join):
    # A brother of another name would not be joined; a child of the same name is.
    other = {"birth_on": typed} if level != "else" else {"birth_on": typed, "name": "冉小宇"}

    assert levels({"birth_on": born}, other)["birth"] == level
    assert joined({"birth_on": born}, other) is join


def test_age_alone_tells_a_table_of_another_kind_apart():
    rows = [
        {"row_id": str(i), "name": name, "age": age, "area": area}
        for i, (name, age, area) in enumerate(
            [
                ("冉小雨", "9", "500236103205"), ("冉小雨", "9", "500236103205"),
                ("李国强", "41", "500236103205"), ("王浩", "9", "500235101200"),
                ("李诗涵", "12", "500101101200"), ("张伟", "7", "500102101200"),
            ]
        )
    ]  # fmt: skip
    fields = {"name": "name", "age": "number", "area": "area"}

    linked = engine.link(pl.DataFrame(rows), spec.Spec(fields))

    home = dict(linked.clusters.iter_rows())
    assert home["0"] == home["1"]
    assert home["0"] != home["2"]


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "contact_and_village"),
        ({"area_code": "500236103000"}, "contact_and_village"),
        ({"area_code": "500236"}, "contact"),
        ({"guardian_phone": "+86 164-1234-5678"}, "contact_and_village"),
        ({"guardian_phone": None, "guardian_name": "冉健国"}, "guardian_and_township"),
        ({"guardian_phone": None, "guardian_name": None}, "village"),
        ({"guardian_phone": None, "guardian_name": None, "area_code": "500236103000"},
         "township_or_guardian"),
        ({"guardian_phone": None, "guardian_name": None, "area_code": "500236000000"}, "county"),
        ({"guardian_phone": None, "guardian_name": "王五", "area_code": "110101001001"}, "else"),
    ],
)  # fmt: skip
def test_households_by_telephone_guardian_and_area_code(changes, level):
    assert levels({}, changes)["household"] == level


def test_addresses_by_text_are_a_village():
    home = {"guardian_phone": None, "guardian_name": None, "area_code": None}
    one = home | {"address": "重庆市奉节县草堂镇 欧营村3组12号"}
    other = home | {"address": "重庆市奉节县草堂镇欧营村3组12号"}

    assert levels(one, other)["household"] == "village"


def test_a_telephone_shared_in_the_family_does_not_make_two_children_one():
    assert not joined({}, OTHER_SEX)
    assert not joined({}, {"name": "冉小宇", "birth_on": "2010-01-30"})


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("L500236201407170001", "l500236 2014 0717 0001", "equal"),
        ("L500236201407170001", "L500236201407170002", "else"),
        ("L500236201407170001", None, "missing"),
        (f"G{NUMBER}", f"G{NUMBER}", "equal"),
    ],
)
def test_student_numbers(one, other, level):
    assert levels({"student_no": one}, {"student_no": other})["student_no"] == level


def test_a_student_number_made_of_the_identity_number_fills_it_in():
    found = levels({"id_number": NUMBER}, {"student_no": f"G{NUMBER}"})

    assert found["id_number"] == "equal"


def test_a_guardians_number_is_compared_whatever_its_column():
    adult = people.number("50023619850203", 217)

    found = levels(
        {"guardian_id": adult, "guardian_phone": None, "guardian_name": None},
        {"mother_id": adult, "guardian_phone": None, "guardian_name": None},
    )

    assert found["household"] == "contact_and_village"


def departments(*says: tuple[str, dict[str, object]]) -> list[dict[str, object]]:
    """Give one row for each department with what it says."""
    return [people.row(f"r{i}", source=source, **changes)
            for i, (source, changes) in enumerate(says)]  # fmt: skip


ELSEWHERE = {"guardian_name": "王秀兰", "guardian_phone": "16411111111",
             "area_code": "500236103209"}  # fmt: skip


def test_departments_against_departments_are_two_children_and_a_question():
    here, there = {"name": "冉宇轩"}, {"name": "冉宇轩", "birth_on": "2014-07-27"} | ELSEWHERE
    names = ("police", "health", "civil")
    one = departments(*((name, here) for name in names))
    two = departments(*((name, there) for name in names))
    two = [{**row, "row_id": f"s{i}"} for i, row in enumerate(two)]

    linked = people.link(*one, *two)

    assert people.together(linked) == {frozenset(("r0", "r1", "r2")), frozenset(("s0", "s1", "s2"))}
    assert "MARGIN" in linked.doubtful["reason"].to_list()
    # By itself each pair would be joined.
    assert joined(here, there)


def test_one_departments_slip_is_still_a_slip():
    # The negative control: the same two birthdays, but only one department has the second.
    here, slip = {"name": "冉宇轩"}, {"name": "冉宇轩", "birth_on": "2014-07-27"}
    rows = departments(("police", here), ("health", here), ("civil", slip))
    twice = [*rows, {**rows[2], "row_id": "r3"}]

    assert people.link(*rows).clusters["cluster_id"].n_unique() == 1
    assert people.link(*twice).clusters["cluster_id"].n_unique() == 1


def test_siblings_whose_masked_numbers_end_alike_stay_two():
    masked = NUMBER[:6] + "********" + NUMBER[14:]
    born = next(
        f"2017-{m:02d}-{d:02d}" for m in range(1, 13) for d in range(1, 29)
        if people.number(f"500236{2017}{m:02d}{d:02d}", 211)[-1] == NUMBER[-1]
    )  # fmt: skip

    assert not joined({"id_number": masked}, {"id_number": masked, "birth_on": born,
                                              "name": "冉小宇"})  # fmt: skip
