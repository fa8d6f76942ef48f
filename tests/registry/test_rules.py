"""The arithmetic of adults, questions and standing decisions."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshou.registry.rules import adults, columns, fields, placing, reading, worth
from qianshou.registry.rules.placing import MERGED, SPLIT, Decision
from tests.make_registry import number_of

GOOD = number_of("50023620140717312")
A, B, C, N = (UUID(int=number) for number in (1, 2, 3, 9))
ROW, TWO = UUID(int=101), UUID(int=102)


# -- adults ---------------------------------------------------------------------------------------


def test_adults_are_each_named_once_across_rows():
    rows = [
        {"father_name": "张建国", "father_phone": "15412345678", "father_status": "MIGRANT_WORK"},
        {"parent_name": "张建国", "parent_relation": "FATHER", "parent_phone": "15412345678"},
    ]

    found = adults.adults_of(rows, "PARENTS")

    assert [(a.kinship, a.name, a.status) for a in found] == [("FATHER", "张建国", "MIGRANT_WORK")]
    assert found[0].is_guardian


def test_a_grandmother_who_looks_after_the_child_is_a_carer_and_no_guardian():
    rows = [{"father_name": "张建国", "carer_name": "李秀英", "carer_relation": "GRANDMOTHER"}]

    father, carer = adults.adults_of(rows, "PATERNAL_GRANDPARENTS")

    assert (father.is_guardian, father.is_carer) == (True, False)
    assert (carer.is_guardian, carer.is_carer) == (False, True)


@pytest.mark.parametrize(
    ("status", "guards"), [("DEAD", False), ("LOST", False), ("PRISON", True), ("HOME", True)]
)
def test_a_parent_who_is_dead_or_lost_guards_nobody(status, guards):
    father = adults.adults_of([{"father_name": "张建国", "father_status": status}])[0]

    assert father.is_guardian is guards


def test_the_guardian_on_the_card_is_a_guardian():
    adult = adults.adults_of([{"guardian_name": "王芳", "guardian_relation": "UNCLE_AUNT"}])[0]

    assert adult.is_guardian


# -- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "number", "valid"),
    [
        (GOOD, GOOD, True),
        (f" {GOOD.lower()} ", GOOD, True),
        (GOOD[:16] + "0" + GOOD[17:], GOOD[:16] + "0" + GOOD[17:], False),
        ("没有", "没有", False),
    ],
)
def test_id_number_reads_as_the_engine_does(raw, number, valid):
    assert reading.id_number(raw) == (number, valid)


@pytest.mark.parametrize(
    ("raw", "digits"),
    [("15412345678", "15412345678"), ("+86 154-1234-5678", "15412345678"), ("11111111111", ""),
     ("", "")],
)  # fmt: skip
def test_phone_reads_as_the_engine_does(raw, digits):
    assert reading.phone(raw) == digits


def test_engine_row_offers_every_telephone_once():
    values = {"father_phone": "1", "mother_phone": "2", "carer_phone": "1", "father_name": "张三"}

    row = columns.engine_row(values, "civil_affairs")

    phones = [row[name] for name in ("phone", "guardian_phone", "second_phone", "third_phone")]
    assert phones == ["1", "2", None, None]
    assert row["guardian_name"] == "张三"


# -- the worth of a question ----------------------------------------------------------------------


def test_a_question_about_a_child_at_risk_comes_first():
    quiet = worth.value(0.5, [{}, {}])
    urgent = worth.value(0.5, [{}, {"violence_clue": True, "psych": "SERIOUS"}])

    assert urgent > quiet


def test_an_open_question_comes_before_a_nearly_answered_one():
    assert worth.value(0.5, [{}]) > worth.value(0.05, [{}]) > 0


# -- standing decisions ---------------------------------------------------------------------------


def test_an_inner_merge_is_undone_alone():
    inner = Decision(MERGED, B, A, {ROW: B}, undone=True)
    outer = Decision(MERGED, A, C, {ROW: A, TWO: A})

    assert placing.place(ROW, [inner, outer], C) == B
    assert placing.place(TWO, [inner, outer], C) == C


def test_a_split_stays_when_the_merge_before_it_is_undone():
    merge = Decision(MERGED, B, A, {ROW: B}, undone=True)
    split = Decision(SPLIT, A, N, {ROW: A})

    assert placing.place(ROW, [merge, split], N) == N


def test_a_row_that_no_decision_moved_stays_where_it_is():
    assert placing.place(ROW, [], C) == C


def test_a_file_made_by_a_split_goes_back_when_the_split_is_undone():
    assert placing.redirect(N, [Decision(SPLIT, A, N, {}, undone=True)]) == A
    assert placing.redirect(N, [Decision(SPLIT, A, N, {})]) is None
    assert placing.redirect(B, [Decision(MERGED, B, A, {})]) == A
    assert placing.redirect(B, [Decision(MERGED, B, A, {}, undone=True)]) is None


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8), st.randoms())
def test_undoing_everything_gives_the_start_whatever_happened(pairs, order):
    files = [UUID(int=number) for number in range(4)]
    rows = {UUID(int=100 + number): files[number] for number in range(4)}
    home, gone, decisions = dict(rows), set(), []
    for origin, target in pairs:
        if origin == target or {files[origin], files[target]} & gone:
            continue
        moved = {row: files[origin] for row, at in home.items() if at == files[origin]}
        decisions.append(Decision(MERGED, files[origin], files[target], moved))
        home.update(dict.fromkeys(moved, files[target]))
        gone.add(files[origin])
    for number in order.sample(range(len(decisions)), len(decisions)):
        done = decisions[number]
        decisions[number] = Decision(done.kind, done.origin, done.target, done.rows, undone=True)
        for row in done.rows:
            home[row] = placing.place(row, decisions, home[row])

    assert home == rows


# -- the written reference ------------------------------------------------------------------------

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "facts.md"
WORDS_OF_KINDS = {
    fields.SUPPORT: "support", fields.BEST: "best", fields.PLACE: "place", fields.ANY: "any",
    fields.WORST: "worst", fields.MOST: "most", fields.LEAST: "least", fields.UNION: "union",
}  # fmt: skip


def written_rules() -> dict[str, str]:
    """Which rule the reference names for each field: the first word of a row's last cell."""
    rules = {}
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            for name in re.findall(r"`(\w+)`", cells[0]):
                rules[name] = re.split(r"\W", cells[-1])[0]
    return rules


def test_reference_names_the_rule_of_every_field():
    written = written_rules()

    assert written.pop("unlisted") == "set"
    assert written == {name: WORDS_OF_KINDS[kind] for name, kind in fields.KINDS.items()}


@pytest.mark.parametrize("name", fields.ORDERS)
def test_reference_lists_the_codes_from_harmless_to_grave(name):
    row = next(
        line
        for line in REFERENCE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and f"`{name}`" in line
    )
    codes = [code for code in re.findall(r"[A-Z][A-Z_]+", row) if code in fields.ORDERS[name]]

    assert codes == sorted(fields.ORDERS[name], key=fields.ORDERS[name].__getitem__)
