"""Columns as codes and numbers as signs: what is done for all at once is what each would get."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qianshou.engines.linkage import coded, digits, estimate, identity, normalise, prepare
from qianshou.engines.linkage.coded import Coded, Plain
from tests.engines.linkage import people

TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c", "dd"]))
# A busy machine may stand still for a second.
PATIENTLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# What phones, codes and numbers are typed as, plain and not.
TYPED = st.one_of(
    st.text("0123456789", min_size=10, max_size=10).map("1{}".format),
    st.text("13", min_size=10, max_size=10).map("1{}".format),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "g", "G"]),
        st.text("0123456789", min_size=15, max_size=18),
        st.sampled_from(["", "x", "X"]),
    ),
    st.text("0123456789gGxX １２-+", max_size=20),
)


def cleanings() -> list[tuple[str, prepare.Change, Plain]]:
    found = [(kind, prepare.CLEAN[kind], plain) for kind, plain in prepare.PLAIN.items()]
    return [*found, ("capitals", prepare.upper_text, prepare.CAPITALS)]


@pytest.mark.parametrize(("_kind", "change", "plain"), cleanings())
@PATIENTLY
@given(typed=st.lists(st.one_of(st.none(), TYPED), max_size=12))
def test_plain_texts_are_what_their_cleaning_makes_of_them(_kind, change, plain, typed):
    series = pl.Series("raw", typed * 20 + [None] * 201, dtype=pl.String)

    found = coded.encode(series, change, plain)

    assert found.texts() == coded.encode(series, change).texts()
    assert len(found.values) == len(set(found.values))


def test_a_pattern_that_promises_too_much_is_noticed():
    filler = pl.Series("raw", ["13333333333", "16412345678"] * 200)
    careless = Plain("^1[0-9]{10}$")

    found = coded.encode(filler, normalise.phone, careless)

    assert found.texts() != coded.encode(filler, normalise.phone).texts()


@PATIENTLY
@given(st.lists(st.integers(0, 6), max_size=20), st.lists(TEXTS, min_size=7, max_size=7))
def test_a_column_with_few_or_many_values_changed(codes, texts):
    column = Coded(np.array(codes, np.int64), ["a", "b", "c", "d", "e", "f", "g"])

    for told in (texts, [*column.values[:6], texts[6]], [texts[0], *column.values[1:]]):
        found = column.derived(told)
        assert found.texts() == [told[code] for code in codes]
        assert len(found.values) == len(set(found.values))


@PATIENTLY
@given(st.data(), st.integers(1, 4))
def test_aligned_columns_keep_their_texts_and_share_their_values(data, count):
    columns = [
        coded.encode(data.draw(st.lists(TEXTS, min_size=5, max_size=5)), str) for _ in range(count)
    ]

    found = coded.aligned(*columns)

    assert [one.texts() for one in found] == [one.texts() for one in columns]
    assert all(one.values == found[0].values for one in found)
    assert len(found[0].values) == len(set(found[0].values))


@PATIENTLY
@given(st.data())
def test_the_first_column_that_knows_tells(data):
    columns = [
        coded.encode(data.draw(st.lists(TEXTS, min_size=5, max_size=5)), str) for _ in range(3)
    ]

    found = coded.first_known(*columns).texts()

    rows = zip(*(one.texts() for one in columns), strict=True)
    assert found == [next((text for text in row if text is not None), None) for row in rows]


@pytest.mark.parametrize("highest", [3, 10**6, 2**62])
def test_keys_in_order_and_the_first_of_each(highest):
    keys = np.random.default_rng(5).integers(0, highest, 500)

    ordered, order = coded.in_order(keys)
    first, which = coded.distinct(keys)

    assert order.tolist() == np.argsort(keys, kind="stable").tolist()
    assert ordered.tolist() == sorted(keys.tolist())
    kinds, starts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    assert (first.tolist(), which.tolist()) == (starts.tolist(), inverse.tolist())
    assert keys[first].tolist() == kinds.tolist()


def test_no_keys_are_no_error():
    nothing = np.zeros(0, np.int64)

    assert [len(each) for each in (*coded.in_order(nothing), *coded.distinct(nothing))] == [0] * 4


@pytest.mark.parametrize("most", [1, 10**9])
def test_patterns_are_the_same_counted_or_sorted(monkeypatch, most):
    monkeypatch.setattr(estimate, "_COUNTED", most)
    levels = np.random.default_rng(3).integers(0, 4, (400, 3)).astype(np.int8)

    found = estimate.patterns(levels, [4, 4, 4])

    kinds, inverse, counts = np.unique(levels, axis=0, return_inverse=True, return_counts=True)
    assert found.levels.tolist() == kinds.tolist()
    assert found.counts.tolist() == counts.tolist()
    assert found.inverse.tolist() == inverse.ravel().tolist()


def test_signs_are_read_as_numbers_and_birthdays():
    values = [
        people.number("50023620140717", 31),
        "50023620141301****",
        "500236********3132",
        people.number("50023620000229", 7)[:17] + "X",
    ]
    signs = digits.letters(values, 18)

    codes, texts = identity.births(signs)

    assert digits.numbers(signs[:, :6]).tolist() == [500236] * 4
    assert digits.numbers(signs[:, 6:10]).tolist() == [2014, 2014, -1, 2000]
    assert digits.numbers(signs[:, 17:]).tolist()[1:] == [-1, 2, -1]
    told = [texts[code] if code >= 0 else None for code in codes.tolist()]
    assert told == [identity.birth_text(value) for value in values]
    assert told == ["20140717", None, None, "20000229"]


def test_packed_signs_are_equal_where_the_signs_are():
    values = ["500236313X", "500236313*", "5002363132", "500236313X", "**********"]

    found = digits.packed(digits.letters(values, 10)).tolist()

    assert len({*found}) == 4
    assert found[0] == found[3]
    assert min(found) >= 0


@PATIENTLY
@given(st.lists(st.text(alphabet="ab中0", max_size=5), max_size=6))
def test_letters_are_cut_and_padded(values):
    found = digits.letters(values, 3)

    assert [bytes(row) for row in found] == [
        value.encode("ascii", "replace")[:3].ljust(3, b"\0") for value in values
    ]


@PATIENTLY
@given(
    st.lists(
        st.builds("{}{}".format, st.text("0123456789", min_size=17, max_size=17),
                  st.sampled_from("0123456789X")),
        max_size=12,
    )
)  # fmt: skip
def test_numbers_are_judged_together_as_alone(values):
    right = [value[:17] + identity.check_digit(value[:17]) for value in values]
    born = [f"{value[:6]}20140717{value[:3]}" for value in values]
    typed = [*values, *right, *(one + identity.check_digit(one) for one in born)]

    assert identity.regular(typed).tolist() == [identity.is_regular(value) for value in typed]


MASKS = st.builds(
    "{}{}".format, st.text("0123456789*", min_size=17, max_size=17), st.sampled_from("0123456789X*")
)


@PATIENTLY
@given(st.lists(st.one_of(MASKS, TYPED), max_size=12))
def test_masked_numbers_are_read_together_as_alone(values):
    typed = [*values, *[one + "K" for one in values], "500236********313X", "*" * 18]

    texts, valid = identity.read_all(typed)

    alone = [identity.read(value) for value in typed]
    assert texts == [one.canonical for one in alone]
    assert valid.tolist() == [one.valid for one in alone]
