"""Which rows of children become one child, and which never do."""

import polars as pl
import pytest

from qianshou.engines.linkage import engine, identity, spec
from tests.engines.linkage import people

SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林", "浩涛磊鹏杰强军超明刚平辉健俊帆成康斌"
A, B = people.number("50023620140717", 211), people.number("50023620140717", 212)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "冉小羽"},
        {"name": "冉筱雨"},
        {"name": "冉小 雨"},
        {"birth_on": "2014-17-07"},
        {"birth_on": "20140617"},
        {"guardian_phone": None},
        {"area_code": "500236103000", "guardian_phone": "16498765432"},
        {"name": "冉雨"},
    ],
)
def test_link_joins_a_child_written_differently(changes):
    linked = people.link(people.row("a"), people.row("b", source="school", **changes))

    assert people.together(linked) == {frozenset("ab")}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "冉小航", "sex": "男"},
        {"name": "冉小雪"},
        {"name": "冉小语", "birth_on": "2011-02-03"},
        {"name": "王浩", "area_code": "500235101200", "guardian_phone": "16400000001"},
    ],
)
def test_link_keeps_siblings_twins_and_strangers_apart(changes):
    linked = people.link(people.row("a"), people.row("b", source="school", **changes))

    assert people.together(linked) == {frozenset("a"), frozenset("b")}


def test_link_never_joins_two_valid_numbers_and_asks():
    linked = people.link(people.row("a", id_number=A), people.row("b", id_number=B))

    assert people.together(linked) == {frozenset("a"), frozenset("b")}
    assert linked.doubtful["reason"].to_list() == ["ID_CONFLICT"]


def test_link_joins_when_only_one_number_is_valid():
    wrong = A[:16] + str((int(A[16]) + 1) % 10) + A[17]

    linked = people.link(people.row("a", id_number=A), people.row("b", id_number=wrong))

    assert people.together(linked) == {frozenset("ab")}


def test_link_cuts_a_chain_between_two_numbers_at_its_weakest_link():
    rows = [
        people.row("a", id_number=A),
        people.row("b", source="school"),
        people.row("c", id_number=B, name="冉小羽", guardian_phone=None, area_code=None),
    ]

    linked = people.link(*rows)

    assert people.together(linked) == {frozenset("ab"), frozenset("c")}


def test_link_lets_an_unnamed_row_join_but_never_bridge_twins():
    twins = [people.row("a", name="冉小雨"), people.row("b", name="冉天赐", sex="女")]
    unnamed = people.row("c", name="冉建国之女", source="health")
    others = [people.row(f"x{i}", name=f"王{c}", birth_on=f"2012-0{i + 1}-03", area_code=None,
                         guardian_name=None, guardian_phone=None)
              for i, c in enumerate("浩涛磊鹏")]  # fmt: skip

    one = people.link(twins[0], unnamed, *others)
    both = people.link(*twins, unnamed, *others)

    assert frozenset("ac") in people.together(one)
    assert {frozenset("a"), frozenset("b"), frozenset("c")} <= people.together(both)
    assert "PLACEHOLDER" in both.doubtful["reason"].to_list()


def test_link_reads_a_parents_number_as_the_guardians():
    adult = people.number("50023619850203", 217)

    linked = people.link(
        people.row("a", id_number=adult), people.row("b", id_number=A, source="school")
    )

    assert people.together(linked) == {frozenset("ab")}


# The same township, another village and another family.
ELSEWHERE = {
    "guardian_name": "王秀英", "guardian_phone": "16487654321", "area_code": "500236103211",
}  # fmt: skip


def test_link_obeys_a_school_roll_without_duplicates():
    rows = [
        people.row("a", source="education", student_no="L500236201407170001"),
        people.row("b", source="education", student_no="L500236201407170002", **ELSEWHERE),
    ]
    free = people.link(*rows, spec=spec.children_spec(duplicate_free={}))
    bound = people.link(*rows)

    assert people.together(free) == {frozenset("ab")}
    assert people.together(bound) == {frozenset("a"), frozenset("b")}
    assert bound.doubtful["reason"].to_list() == ["ROLL"]


def test_a_pupil_twice_in_the_roll_under_one_identity_number_is_one():
    number = people.number("50023620140717", 12)
    twice = [
        people.row("a", source="education", student_no="L500236201407170001", id_number=number),
        people.row("b", source="education", student_no=f"G{number}", id_number=number),
        people.row("c", source="education", student_no="L500236201407170001"),
        people.row("e", source="education", student_no="L500236201407170077"),
    ]

    one = people.link(*twice)
    other = {"source": "education", "student_no": "L50023620140717977X", **ELSEWHERE}
    two = people.link(*twice, people.row("d", **other))

    # One name, one birthday and one household say as much as a number.
    assert people.together(one) == {frozenset("abce")}
    assert frozenset("d") in people.together(two)


def test_two_entries_that_a_roll_alone_keeps_apart_are_probably_one():
    """Not merged, and asked about; but a clerk is not told that it can hardly be."""
    pupil = {"source": "education", "name": "冉小林"}
    one = people.row("a", **pupil, student_no="L500236201407170001")
    other = people.row("b", **pupil | {"name": "冉小玲"}, student_no="L500236201407170002")
    numbers = [people.number("50023620140717", order) for order in (12, 34)]
    proved = [row | {"id_number": each} for row, each in zip((one, other), numbers, strict=True)]

    asked = people.link(one, other).doubtful
    two = people.link(*proved).pairs.filter(pl.col("row_b") == "b")["probability"].to_list()

    assert asked["reason"].to_list() == ["ROLL"]
    assert asked["probability"].to_list() == [0.9]
    assert max(two, default=0.0) < 0.01


def test_link_keeps_what_a_person_has_decided():
    rows = [people.row("a"), people.row("b", source="school"), people.row("c", source="health")]

    fixed = people.link(*rows, fixed={"a": "child-1"})
    apart = people.link(*rows[:2], fixed={"a": "child-1"}, apart=[("b", "child-1")])
    two = people.link(*rows[:2], fixed={"a": "child-1", "b": "child-2"})
    forced = people.link(
        people.row("a"), people.row("z", name="王浩", birth_on="2010-01-01"),
        fixed={"a": "child-1", "z": "child-1"},
    )  # fmt: skip

    assert set(fixed.clusters["cluster_id"]) == {"child-1"}
    assert people.together(apart) == {frozenset("a"), frozenset("b")}
    assert set(two.clusters["cluster_id"]) == {"child-1", "child-2"}
    assert set(forced.clusters["cluster_id"]) == {"child-1"}


def test_link_counts_a_teachers_phone_for_nothing():
    crowd = [
        people.row(f"x{i}", name=f"{a}{b}", birth_on=f"2014-{i % 12 + 1:02d}-{i % 27 + 1:02d}",
                   area_code=None, guardian_name=None)
        for i, (a, b) in enumerate(zip(SURNAMES, GIVEN, strict=True))
    ]  # fmt: skip

    linked = people.link(*crowd)

    assert linked.common_phones == ("16412345678",)
    assert linked.clusters["cluster_id"].n_unique() == len(crowd)


@pytest.mark.parametrize("rows", [0, 1])
def test_link_takes_frames_without_pairs(rows):
    linked = engine.link(people.frame(people.row("a")).head(rows), spec.children_spec())

    assert len(linked.clusters) == rows
    assert linked.pairs.is_empty()
    assert linked.doubtful.is_empty()


def test_link_takes_rows_that_know_nothing():
    nothing = dict.fromkeys(people.CHILD)

    linked = people.link(people.row("a"), nothing | {"row_id": "b"}, nothing | {"row_id": "c"})

    assert linked.clusters["cluster_id"].n_unique() == 3


def test_link_refuses_row_ids_that_are_not_unique():
    with pytest.raises(ValueError, match="row_id is not unique"):
        people.link(people.row("a"), people.row("a"))


def test_link_does_not_take_a_guessed_birthday_for_proof():
    # The wrong birthday beside the masked number happens to fit its check digit.
    masked = A[:6] + "********" + A[14:]
    fits = next(
        day
        for day in (f"2014-{month:02d}-{d:02d}" for month in range(1, 13) for d in range(1, 29))
        if day != "2014-07-17" and identity.complete(masked, day.replace("-", "")) is not None
    )

    joined = people.link(
        people.row("a", id_number=A), people.row("b", id_number=masked, birth_on=fits)
    )
    apart = people.link(
        people.row("a", id_number=A), people.row("b", id_number=B[:6] + "********" + B[14:])
    )

    assert people.together(joined) == {frozenset("ab")}
    assert people.together(apart) == {frozenset("a"), frozenset("b")}
