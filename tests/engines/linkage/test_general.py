"""Tables of any kind: whole names, exchanged fields, few columns, numbers of somebody else."""

import polars as pl
import pytest

from qianshou.engines.linkage import block, compare, engine, names, prepare, sounds, spec
from tests.engines.linkage import people

# A hundred characters for given names.
HAN = [chr(0x4E00 + 37 * i + 11) for i in range(100)]
PARTS = ("given_name", "surname", "date")


def prepared(fields: dict[str, str], **columns: list[str | None]) -> prepare.Prepared:
    rows = len(next(iter(columns.values())))
    return prepare.prepare(columns, rows, spec.Spec(fields))


def level(data: prepare.Prepared, comparison: str) -> str:
    """Give the level of rows 0 and 1."""
    import numpy as np

    found = next(c for c in compare.build(data) if c.name == comparison)
    return found.levels[int(found.measure(np.array([0]), np.array([1]))[0])]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (("oliver", "whitfield"), ("whitfield", "oliver"), "swapped"),
        (("oliver", "whitfield"), ("whitfeild", "olliver"), "swapped"),
        (("oliver", "whitfield"), ("oliver", "whitfield"), "exact"),
        (("oliver", "whitfield"), ("poppy", "okonkwo"), "else"),
        (("oliver", "olivers"), ("olivers", "amelia"), "near"),
    ],
)
def test_exchanged_names_are_noticed_slips_allowed(one, other, found):
    data = prepared(
        {"given_name": "given_name", "surname": "surname"},
        given_name=[one[0], other[0]],
        surname=[one[1], other[1]],
    )

    assert level(data, "given_name") == found


def test_an_exchange_is_counted_once():
    table, _ = people.latin(400, seed=2)
    swapped = table.rename({"given_name": "surname", "surname": "given_name"}).with_columns(
        row_id=pl.lit("s") + pl.col("row_id")
    )
    both = pl.concat([table, swapped.head(60)], how="diagonal")

    model = engine.link(both, spec.Spec({name: name for name in PARTS})).model

    bits = {n: dict(zip(c.levels, c.bits, strict=True)) for n, c in model.comparisons.items()}
    assert bits["surname"]["swapped"] == 0
    assert bits["given_name"]["swapped"] > 5


@pytest.mark.parametrize(
    ("typed", "given", "surname"),
    [
        ("Whitfield, Oliver", "oliver", "whitfield"),
        ("Dr. Oliver J. Whitfield", "oliver", "whitfield"),
        ("Oliver Whitfield, Jr.", "oliver", "whitfield"),
        ("Whitfield", None, "whitfield"),
    ],
)
def test_whole_names_are_taken_apart(typed, given, surname):
    whole = names.spelling(typed)

    assert names.given_part(whole) == given
    assert names.surname_part(whole) == surname


def test_whole_names_link_as_well_as_their_parts():
    table, truth = people.latin(700, seed=4)
    whole = table.with_columns(
        name=pl.concat_str("given_name", "surname", separator=" ", ignore_nulls=True)
    )

    parts = engine.link(table, spec.Spec({name: name for name in (*PARTS, "code")}))
    linked = engine.link(whole, spec.Spec({"name": "name", "date": "date", "code": "code"}))

    f1 = people.pair_f1(linked.clusters["cluster_id"].to_list(), truth)
    assert "name.given" in linked.model.comparisons
    assert f1 >= people.pair_f1(parts.clusters["cluster_id"].to_list(), truth) - 0.01


def test_a_model_of_parts_weighs_two_rows_by_parts():
    table, _ = people.latin(300, seed=4)
    whole = table.with_columns(
        name=pl.concat_str("given_name", "surname", separator=" ", ignore_nulls=True)
    )
    fields = {"name": "name", "date": "date"}
    model = engine.link(whole, spec.Spec(fields)).model

    scored = engine.Scorer(spec.Spec(fields), model, population=300).score(
        {"name": "whitfield", "date": "19900101"},
        [{"row_id": "b", "name": "oliver whitfield", "date": "19900101"}],
    )[0]

    assert scored.levels["name.given"] == "missing"
    assert scored.levels["name.surname"] == "exact"


def test_a_name_column_may_have_any_name():
    table, truth = people.latin(300, seed=5)
    whole = table.select(
        "row_id", "date", who=pl.concat_str("given_name", "surname", separator=" ")
    )

    linked = engine.link(whole, spec.Spec({"who": "name", "date": "date"}))

    assert people.pair_f1(linked.clusters["cluster_id"].to_list(), truth) >= 0.8


@pytest.mark.parametrize("script", ["latin", "han"])
def test_whole_names_of_one_file_meet_the_parts_of_another(script):
    table, truth = people.latin(300, seed=5)
    joint = pl.concat_str("given_name", "surname", separator=" ", ignore_nulls=True)
    if script == "han":
        given = [HAN[person * 7 % 100] + HAN[person * 13 % 100] for person in truth]
        table = table.with_columns(
            surname=pl.Series(["王李张刘陈"[person % 5] for person in truth]),
            given_name=pl.Series(given),
        )
        joint = pl.concat_str("surname", "given_name")
    second = ~pl.Series(truth).is_first_distinct()
    nothing = pl.lit(None, pl.String)
    mixed = table.with_columns(
        name=pl.when(second).then(joint),
        given_name=pl.when(second).then(nothing).otherwise("given_name"),
        surname=pl.when(second).then(nothing).otherwise("surname"),
    )
    fields = {name: name for name in ("name", "given_name", "surname", "date", "code")}

    linked = engine.link(mixed, spec.Spec(fields))

    assert people.pair_f1(linked.clusters["cluster_id"].to_list(), truth) >= 0.9


def test_a_number_of_another_generation_is_not_the_persons():
    child = people.number("50023620140717", 211)
    parent = people.number("50023619850203", 217)
    data = prepared(
        {"name": "name", "date": "date", "id": "id"},
        name=["冉小雨"] * 8,
        date=["2014-07-17"] * 8,
        id=[child] * 7 + [parent],
    )

    assert data.get("number").texts() == [child] * 7 + [None]
    assert data.options("guardian_number")[-1].texts() == [None] * 7 + [parent]


def test_dates_that_are_no_birthdays_leave_the_numbers_alone():
    parent = people.number("50023619850203", 217)
    data = prepared(
        {"name": "name", "date": "date", "id": "id"},
        name=["冉建国"] * 3, date=["2024-07-17"] * 3, id=[parent] * 3,
    )  # fmt: skip

    assert data.get("number").texts() == [parent] * 3


def test_rows_without_a_number_meet_by_name_where_the_number_is_all_else():
    number = people.number("50023620140717", 211)
    data = prepared(
        {"name": "name", "id": "id"},
        name=["冉小雨", "冉小雨", "王浩", "李静"],
        id=[number, None, None, None],
    )

    found = block.pairs(data)

    assert (0, 1) in set(zip(found.a.tolist(), found.b.tolist(), strict=True))


@pytest.mark.parametrize(("one", "other"), ["未末", "晴睛", "博搏", "吴昊", "彤丹", "宇字"])
def test_look_alikes_are_known_both_ways(one, other):
    table = sounds.look_alikes()

    assert other in table[one]
    assert one in table[other]


def test_look_alikes_stay_few():
    table = sounds.look_alikes()

    assert "明" not in table["浩"]
    assert sum(map(len, table.values())) / len(table) < 8


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [("吴丽", "昊丽", "shape"), ("张未来", "张末来", "shape"), ("张明来", "张浩来", "one_char")],
)
def test_a_look_alike_is_a_level_of_its_own(one, other, found):
    data = prepared({"name": "name", "date": "date"}, name=[one, other], date=["2014", "2015"])

    assert level(data, "name") == found


def test_probability_knows_what_the_rules_forbid_and_the_cluster_holds():
    numbers = [people.number("50023620140717", order) for order in (211, 212)]
    rows = [
        people.row("a", id_number=numbers[0]),
        people.row("b", source="school"),
        people.row("c", id_number=numbers[1], area_code=None),
    ]

    linked = people.link(*rows)

    found = {(p["row_a"], p["row_b"]): p for p in linked.pairs.to_dicts()}
    assert found["a", "b"]["linked"]
    assert found["b", "c"]["weight_bits"] > 5
    assert found["b", "c"]["probability"] < 0.01
