"""County by county and joined over the borders is the same optimum as all at once."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from qianshou.engines.matching import certificate, command, counties, tables
from qianshou.engines.matching.backends import local, pool

from . import country, make


def problem_of(rows, folder):
    folder.mkdir(exist_ok=True)
    return tables.read_problem(*map(Path, country.in_files(rows, folder)[1::2]))


def str_to_path(text):
    return Path(text)


def by_county(rows, folder, *, run=map):
    return certificate.answer_by_county(problem_of(rows, folder), run, budget=60)


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_by_county_is_as_good_as_all_at_once(tmp_path, seed, groups):
    rows = country.a_country(np.random.default_rng(seed), groups=groups)

    found, _ = by_county(rows, tmp_path)

    at_once = certificate.answer(problem_of(rows, tmp_path), budget=60)
    assert found.objective == at_once.objective == found.proven_bound
    if not groups:
        assert found.bound == found.objective


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_proof_by_county_holds_for_all_pairs(tmp_path, capsys, seed, groups):
    rows = country.a_country(np.random.default_rng(100 + seed), groups=groups)
    options = country.in_files(rows, tmp_path)

    assert make.a_match(options, tmp_path / "out") == 0

    assert make.a_verdict(options, tmp_path / "out") == 0, capsys.readouterr().err


def test_without_the_joins_a_plan_would_not_be_the_best(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(counties, "_improving", lambda _: np.zeros(0, np.int64))
    refused = 0
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        options = country.in_files(country.a_country(np.random.default_rng(100 + seed)), folder)
        make.a_match(options, folder / "out")
        refused += make.a_verdict(options, folder / "out") == command.FLAW

    assert refused >= 4


@pytest.mark.parametrize("seed", range(20))
def test_the_plan_depends_neither_on_rows_nor_on_what_counties_are_called(tmp_path, seed):
    rng = np.random.default_rng(200 + seed)
    rows = country.a_country(rng, groups=seed % 4 == 0)

    plans = [
        (found.mate.tolist(), found.value.tolist(), found.price.tolist())
        for found, _ in (
            by_county(rows, tmp_path / "a"),
            by_county(country.shuffled(rows, seed=seed), tmp_path / "b"),
            by_county(country.renamed(rows, rng), tmp_path / "c"),
        )
    ]

    assert plans[0] == plans[1] == plans[2]


def test_a_pair_over_the_border_is_used_and_the_join_is_told(tmp_path, capsys):
    options = make.tables(
        tmp_path,
        children="child_id,tier,county\na,0,east\nb,0,east\n",
        mothers="mother_id,capacity,county\nm,1,east\nn,1,west\n",
        pairs="child_id,mother_id,score\na,m,5\nb,m,9\na,n,1\n",
    )

    assert make.a_match(options, tmp_path / "out") == 0

    said = capsys.readouterr()
    assert (tmp_path / "out" / "matches.csv").read_text() == (
        "child_id,mother_id,score\na,n,1\nb,m,9\n"
    )
    assert "joined over the border: east, west" in said.err
    figures = json.loads(said.out)
    assert (figures["counties"], figures["border_pairs"], figures["joins"]) == (2, 1, 1)


def test_counties_that_gain_nothing_from_each_other_stay_apart(tmp_path):
    rows = country.a_country(np.random.default_rng(3), children=60)
    rows["mothers"] = rows["mothers"].with_columns(capacity=60)
    rows["pairs"] = rows["pairs"].with_columns(score=5)

    _, joined = by_county(rows, tmp_path)

    assert joined.border > 0
    assert joined.joins == []


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_folders_by_county_give_the_same_plan_as_files(tmp_path, suffix):
    rows = country.a_country(np.random.default_rng(8), children=40)
    files = country.in_files(rows, tmp_path)
    folders = country.in_folders(rows, tmp_path / suffix, suffix=suffix)

    for options, out in ((files, "one"), (folders, "two")):
        assert make.a_match(options, tmp_path / out) == 0
        assert make.a_verdict(options, tmp_path / out) == 0

    first, second = ((tmp_path / out / "matches.csv").read_text() for out in ("one", "two"))
    assert first == second


def test_matches_are_written_as_parquet_by_county_and_verified(tmp_path):
    rows = country.a_country(np.random.default_rng(8), children=40)
    options = country.in_folders(rows, tmp_path / "in")
    out = tmp_path / "out"

    make.a_match(options, out)
    assert make.a_match([*options, "--format", "parquet"], out) == 0

    assert not (out / "matches.csv").exists()
    written = sorted(one.parent.name for one in out.rglob("*.parquet"))
    assert written == sorted({*written})
    assert all(name.startswith("county=5001") for name in written)
    assert make.a_verdict(options, out) == 0
    next(out.rglob("*.parquet")).unlink()
    assert make.a_verdict(options, out) == command.FLAW


def test_a_bad_row_of_a_part_is_refused_by_its_file_and_line(tmp_path, capsys):
    rows = country.a_country(np.random.default_rng(8), children=40)
    options = country.in_folders(rows, tmp_path, suffix="csv")
    parts = [(len(one.read_text()), one) for one in (tmp_path / "pairs").rglob("*.csv")]
    bad = max(parts)[1]
    lines = bad.read_text().splitlines()
    bad.write_text("\n".join([*lines[:2], lines[2].rsplit(",", 1)[0] + ",many"]))

    assert make.a_match(options, tmp_path / "out") == command.BAD_INPUT

    assert f'{bad}:3: column "score" is "many"' in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_names_no_county_is_refused(tmp_path, capsys):
    rows = country.a_country(np.random.default_rng(8))
    options = country.in_folders(rows, tmp_path)
    (tmp_path / "children" / "more").mkdir()
    rows["children"].write_parquet(tmp_path / "children" / "more" / "part.parquet")

    assert make.a_match(options, tmp_path / "out") == command.BAD_INPUT
    assert 'the folder of a part must be called "county="' in capsys.readouterr().err


def test_a_person_without_a_county_is_refused(tmp_path, capsys):
    options = make.tables(
        tmp_path,
        children="child_id,tier,county\n001,0,east\n002,0,\n",
        mothers="mother_id,capacity,county\nm1,1,east\nm2,1,east\n",
    )

    assert make.a_match(options, tmp_path / "out") == command.BAD_INPUT
    assert 'children.csv:3: column "county" is empty; give the county' in capsys.readouterr().err


@dataclass(frozen=True)
class Errand:
    """Something for a worker to do."""

    name: str
    number: int


def answer_twice(errand):
    if errand.number == 3:
        raise tables.BadInputError("three is bad")
    if errand.number == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * errand.number, os.getpid()


@pytest.fixture(scope="module")
def two_workers():
    with pool.opened(2) as run:
        yield run


def errands(*numbers):
    return [Errand(f"county {k}", k) for k in numbers]


def test_the_pool_answers_in_order_from_other_processes(two_workers):
    found = list(two_workers(answer_twice, errands(*range(5, 25))))

    assert [number for number, _ in found] == list(range(10, 50, 2))
    assert os.getpid() not in {process for _, process in found}


def leave_a_mark(errand):
    Path(errand.name).touch()


def test_the_pool_takes_no_more_than_its_workers_can_hold(tmp_path, two_workers):
    def made():
        for k in range(10):
            assert len(list(tmp_path.iterdir())) >= k - 1  # all before are done but one
            yield Errand(str(tmp_path / str(k)), k)

    assert list(two_workers(leave_a_mark, made())) == [None] * 10


def test_a_pool_that_is_left_half_way_answers_the_next_question(two_workers):
    answers = two_workers(answer_twice, errands(*range(5, 15)))

    next(answers)
    answers.close()

    assert [number for number, _ in two_workers(answer_twice, errands(9, 8, 7))] == [18, 16, 14]


@pytest.mark.parametrize("groups", [False, True])
def test_the_pool_gives_the_same_plan_bit_by_bit(tmp_path, two_workers, groups):
    rng = np.random.default_rng(31)
    for number in range(4):
        rows = country.a_country(rng, groups=groups, children=60)
        with local.opened(1) as here:
            mine, _ = by_county(rows, tmp_path / str(number), run=here)
        theirs, _ = by_county(rows, tmp_path / str(number), run=two_workers)

        for name in ("mate", "value", "price"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name))


def test_what_a_worker_raises_is_raised_here_with_the_county(two_workers):
    with pytest.raises(tables.BadInputError, match="three is bad") as error:
        list(two_workers(answer_twice, errands(2, 3)))

    assert error.value.__notes__ == ["in county county 3"]


def test_a_worker_that_is_killed_is_reported_and_replaced(two_workers):
    with pytest.raises(pool.WorkerDiedError, match="county 4 was killed by SIGKILL"):
        list(two_workers(answer_twice, errands(1, 4, 5, 6)))

    assert [number for number, _ in two_workers(answer_twice, errands(7, 8))] == [14, 16]


def test_match_says_that_a_worker_died_and_writes_nothing(tmp_path, capsys, monkeypatch):
    options = country.in_files(country.a_country(np.random.default_rng(8)), tmp_path)
    monkeypatch.setattr(counties, "solve_part", die)

    code = make.a_match([*options, "--engine", "pool", "--workers", "1"], tmp_path / "out")

    assert code == command.BROKEN
    assert "was killed by SIGKILL before it was done" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def die(_part):
    os.kill(os.getpid(), signal.SIGKILL)


def test_match_in_a_pool_writes_what_match_here_writes(tmp_path):
    rows = country.a_country(np.random.default_rng(12), children=60)
    options = country.in_files(rows, tmp_path)

    for engine in ("local", "pool"):
        more = ["--engine", engine, "--workers", "2"]
        assert make.a_match([*options, *more], tmp_path / engine) == 0

    for name in ("matches.csv", "certificate.json"):
        mine, theirs = ((tmp_path / engine / name).read_bytes() for engine in ("local", "pool"))
        assert mine == theirs


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
def test_match_refuses_a_number_of_workers_that_is_none(tmp_path, capsys, workers):
    with pytest.raises(SystemExit):
        make.a_match([*make.tables(tmp_path), "--workers", workers], tmp_path / "out")

    assert "--workers" in capsys.readouterr().err
