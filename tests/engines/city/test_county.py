"""A county written by the clumsiest of clerks: every kind of error occurs and is remembered."""

from dataclasses import replace
from datetime import date

import pytest

from qianshou.engines.city import changes, county, mixes, spoil
from qianshou.engines.city.civil_affairs import AREA, ID_NO, KEY
from qianshou.engines.city.rows import Clerk, Roles, Rows

CLUMSY = replace(
    mixes.DEFAULT,
    name="clumsy",
    name_slip=0.3,
    **dict.fromkeys(
        (
            *("name_spaces", "name_full_width", "id_one_digit", "id_transposed", "id_seventeen"),
            *("id_fifteen", "id_truncated", "id_of_guardian", "id_untidy", "born_swapped"),
            *("born_year", "born_lunar", "born_digit", "born_missing", "sex_wrong", "phone_old"),
            *("phone_typo", "phone_of_teacher", "guardian_slip", "moved", "duplicate", "filler"),
            *("name_missing", "id_number_cell", "born_future", "category_unknown", "area_unknown"),
        ),
        0.08,
    ),
)
_CODES = (
    "HOMOPHONE NEAR_SOUND TRADITIONAL LOOK_ALIKE CHAR_DROPPED CHARS_SWAPPED PET_NAME DOT SPACES "
    "NAME_MISSING UNNAMED GUARDIAN_NAME ID_ONE_DIGIT ID_TRANSPOSED ID_SEVENTEEN ID_FIFTEEN "
    "ID_TRUNCATED ID_UNTIDY ID_OF_GUARDIAN ID_MISSING ID_NUMBER_CELL ID_SCIENTIFIC BORN_SWAPPED "
    "BORN_YEAR BORN_LUNAR BORN_DIGIT BORN_MISSING BORN_IMPOSSIBLE BORN_FUTURE SEX_WRONG PHONE_OLD "
    "PHONE_TYPO PHONE_OF_TEACHER FILLER MOVED STALE_SCHOOL CLUE_UNKNOWN DUPLICATE "
    "CATEGORY_UNKNOWN AREA_UNKNOWN"
)
EXPECTED = set(_CODES.split())


def _order(mix, **given):
    usual = {"seed": 4, "county": "500154", "children": 1500, "mothers": 60}
    dates = {"as_of": date(2026, 10, 31), "next_month_end": date(2026, 11, 30)}
    return county.Order(**{**usual, **dates, "mix": mix, **given})


@pytest.fixture(scope="module")
def clumsy():
    return county.make_county(_order(CLUMSY))


def test_make_county_makes_every_documented_error(clumsy):
    lists = (clumsy.civil, clumsy.education, clumsy.disabled, clumsy.health)

    made = {code for rows in lists for codes in rows.errors for code in codes}

    assert made == EXPECTED


def test_make_county_complains_about_every_cell_that_must_be_refused(clumsy):
    rows = clumsy.civil
    for i, codes in enumerate(rows.errors):
        reasons = {flaw.reason for flaw in rows.flaws[i]}
        assert ("ID_NUMERIC_CELL" in reasons) == isinstance(rows.columns[ID_NO][i], float)
        assert ("AREA_UNKNOWN" in codes) <= ("AREA_UNKNOWN" in reasons)
        assert ("BORN_FUTURE" in codes) <= ("DATE_FUTURE" in reasons)
        assert ("NAME_MISSING" in codes) <= ("NAME_MISSING" in reasons)


def test_make_county_never_loses_a_child_of_a_clumsy_office(clumsy):
    known = set(clumsy.civil.truth) | set(clumsy.education.truth) | set(clumsy.health.truth)
    first = clumsy.children.filter(clumsy.children["delivery"] == "first")

    assert set(first["truth_id"]) <= known | set(clumsy.disabled.truth)


def test_make_county_without_errors_writes_only_the_truth():
    tidy = county.make_county(_order(mixes.TIDY, children=200))

    codes = {code for rows in (tidy.civil, tidy.health) for row in rows.errors for code in row}

    assert codes <= {"CLUE_UNKNOWN", "UNNAMED", "DOT"}
    assert len(set(tidy.civil.columns[KEY])) == len(tidy.civil)


def test_next_month_leaves_the_first_list_untouched(clumsy):
    before = [list(cells) for cells in clumsy.civil.columns.values()]
    story = changes.Story(
        rows=clumsy.civil.take(list(range(len(clumsy.civil)))),
        children=clumsy.children,
        places=clumsy.places,
        clerk=Clerk((1,), CLUMSY, department=mixes.CIVIL),
        month_end=date(2026, 11, 30),
    )

    changes.next_month(story, clumsy.civil.take([]))

    assert [list(cells) for cells in clumsy.civil.columns.values()] == before
    assert {entry[2] for entry in story.log} >= {"MOVED", "CLOSED", "NAME_CORRECTED"}


def test_put_logs_nothing_when_nothing_changes(clumsy):
    story = changes.Story(
        rows=clumsy.civil.take([0]),
        children=clumsy.children,
        places=clumsy.places,
        clerk=Clerk((1,), CLUMSY, department=mixes.CIVIL),
        month_end=date(2026, 11, 30),
    )

    story.put(0, "MOVED", column=AREA, value=str(story.rows.columns[AREA][0]))

    assert story.log == []


def test_spoil_cannot_mistake_the_sex_where_there_is_only_one():
    rows = Rows(
        columns={"编号": ["1"], "姓名": ["张雨桐"], "出生": [None], "性别": ["女"]}, truth=["C1"]
    )
    always = replace(mixes.TIDY, sex_wrong=1.0)

    roles = Roles(key="编号", name="姓名", born="出生", sex="性别")
    spoil.spoil(rows, roles, Clerk((1,), always, department=mixes.CIVIL))

    assert rows.columns["性别"] == ["女"]
    assert rows.errors == [[]]


def test_masked_ids_show_only_the_ends():
    masked = county.make_county(_order(mixes.MIXES["masked_ids"], children=120))

    shown = [str(cell) for cell in masked.civil.columns[ID_NO] if cell]

    assert all("*" in number or len(number) != 18 for number in shown)
