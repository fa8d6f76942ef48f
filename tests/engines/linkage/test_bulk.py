"""What is done for millions of pairs at once, beside the plainest way to say the same."""

import itertools

import numpy as np
import pytest

from bench import linkage_rows
from qianshou.engines.linkage import block, cluster, coded, engine, listed, prepare, spec

ROWS = 300


@pytest.fixture(params=range(6))
def dice(request) -> np.random.Generator:
    return np.random.default_rng(request.param)


def groups(dice: np.random.Generator) -> np.ndarray:
    """Give each row a group, named by its smallest row."""
    rough = dice.integers(0, 90, ROWS)
    smallest = {group: int(np.flatnonzero(rough == group)[0]) for group in rough.tolist()}
    return np.array([smallest[group] for group in rough.tolist()])


def some_pairs(dice: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = dice.integers(0, ROWS, count), dice.integers(0, ROWS, count)
    low, high = np.minimum(a, b)[a != b], np.maximum(a, b)[a != b]
    return low, high


@pytest.mark.parametrize("departments", [1, 5, 62, 63, 200])
def test_one_department_lists_both(dice, departments):
    labels, pairs = groups(dice), some_pairs(dice, 800)
    sources = dice.integers(-1, departments, ROWS)
    lists = {
        group: {each for each in sources[labels == group].tolist() if each >= 0}
        for group in labels.tolist()
    }

    found = listed.met(labels, sources, pairs=pairs)

    for told, x, y in zip(found.tolist(), *(side.tolist() for side in pairs), strict=True):
        if labels[x] == labels[y]:
            assert told == (sources[x] == sources[y] >= 0)
        else:
            assert told == bool(lists[labels[x]] & lists[labels[y]])


def test_missing_pairs_are_all_pairs_of_a_group_but_the_given(dice):
    labels, (a, b) = groups(dice), some_pairs(dice, 2000)
    given = set(zip(a.tolist(), b.tolist(), strict=True))

    x, y = cluster.missing_inside(labels, a, b)

    sizes = np.bincount(labels, minlength=ROWS)
    wanted = {
        (one, other)
        for one, other in itertools.combinations(range(ROWS), 2)
        if labels[one] == labels[other] and sizes[labels[one]] > 2
    } - given
    assert set(zip(x.tolist(), y.tolist(), strict=True)) == wanted
    assert len(x) == len(wanted)


def test_missing_pairs_where_none_was_given():
    nothing = np.zeros(0, np.int64)

    x, y = cluster.missing_inside(np.array([0, 0, 0, 3]), nothing, nothing)

    assert sorted(zip(x.tolist(), y.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]


def test_a_group_with_two_numbers_is_taken_apart_and_one_with_one_is_not(dice):
    labels = groups(dice)
    number = np.where(dice.random(ROWS) < 0.4, dice.integers(0, 40, ROWS), -1)
    tied = np.flatnonzero(labels != np.arange(ROWS))
    pairs = labels[tied], tied, np.full(len(tied), 20.0)

    done = cluster.cluster(ROWS, pairs, threshold=0.0, rules=cluster.Rules({"ID_CONFLICT": number}))

    for group in set(labels.tolist()):
        told = {each for each in number[labels == group].tolist() if each >= 0}
        parts = set(done.labels[labels == group].tolist())
        assert (len(parts) == 1) == (len(told) <= 1)
    for part in set(done.labels.tolist()):
        assert len({each for each in number[done.labels == part].tolist() if each >= 0}) <= 1


def test_each_pair_once_with_all_its_rules_and_the_first_that_found_it(dice):
    codes = [np.unique(dice.integers(0, 400, 150)) for _ in range(14)]

    code, mask, first = block._merged([each.copy() for each in codes])

    found = {each: [rule for rule in range(14) if each in codes[rule]] for each in code.tolist()}
    assert code.tolist() == sorted(set(np.concatenate(codes).tolist()))
    assert mask.tolist() == [sum(1 << rule for rule in rules) for rules in found.values()]
    assert first == [sum(rules[0] == rule for rules in found.values()) for rule in range(14)]


def test_no_rules_or_no_pairs_are_no_error():
    nothing = np.zeros(0, np.int64)

    assert [len(each) for each in block._merged([])] == [0, 0, 0]
    assert block._merged([nothing, nothing])[2] == [0, 0]


@pytest.mark.parametrize(("size_from", "per_row", "spared"), [(0, 0.0, True), (0, 9.0, False),
                                                             (10**9, 0.0, False)])  # fmt: skip
def test_rules_that_can_be_spared_are_left_out_of_large_tables_only(
    monkeypatch, size_from, per_row, spared
):
    monkeypatch.setattr(block, "SPARED_FROM", size_from)
    monkeypatch.setattr(block, "_SPARED_PER_ROW", per_row)
    table = linkage_rows.rows(300, seed=5, mix=linkage_rows.Mix())

    found = block.pairs(prepare.prepare(table.to_dict(), len(table), spec.children_spec()))

    pairs = {rule.parts: rule.pairs for rule in found.rules}
    assert {parts for parts, count in pairs.items() if not count} == (
        set(block.SPARED) if spared else set()
    )


def test_pairs_a_portion_at_a_time_are_weighed_as_all_at_once(monkeypatch):
    table = linkage_rows.rows(400, seed=9, mix=linkage_rows.Mix(no_id=0.4))
    whole = engine.link(table, spec.children_spec())

    monkeypatch.setattr(coded, "_PORTION", 61)
    found = engine.link(table, spec.children_spec())

    assert found.clusters.equals(whole.clusters)
    assert found.pairs.equals(whole.pairs)
    assert found.doubtful.equals(whole.doubtful)


def test_a_portion_forgotten_is_noticed(monkeypatch):
    table = linkage_rows.rows(400, seed=9, mix=linkage_rows.Mix(no_id=0.4))
    whole = engine.link(table, spec.children_spec())

    monkeypatch.setattr(coded, "_PORTION", 61)
    all_of = coded.portions
    monkeypatch.setattr(engine, "portions", lambda count: list(all_of(count))[:-1])

    assert not engine.link(table, spec.children_spec()).pairs.equals(whole.pairs)


def test_connected_rows_bear_the_smallest_number_among_them(dice):
    a, b = some_pairs(dice, 200)
    home = {row: {row} for row in range(ROWS)}
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        joined = home[x] | home[y]
        home.update(dict.fromkeys(joined, joined))

    assert cluster.components(ROWS, a, b).tolist() == [min(home[row]) for row in range(ROWS)]
