"""``qianshou match`` and ``qianshou verify`` on files: right answers, and exact refusals."""

import itertools
import json
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from . import make


def certificate(folder):
    return json.loads((folder / "certificate.json").read_text("utf-8"))


def test_match_writes_the_plan_and_prints_one_line(tmp_path, capsys):
    options = make.tables(tmp_path)

    code = make.a_match(options, tmp_path / "out")

    printed = capsys.readouterr().out
    assert code == 0
    assert printed.count("\n") == 1
    assert json.loads(printed)["matched"] == 2
    assert (tmp_path / "out" / "matches.csv").read_text() == (
        "child_id,mother_id,score\n001,m2,3\n002,m1,4\n"
    )
    assert certificate(tmp_path / "out")["gap"] == 0


def test_match_serves_urgent_children_first_whatever_the_scores(tmp_path):
    options = make.tables(
        tmp_path,
        children="child_id,tier\nlate,5\nsoon,0\n",
        mothers="mother_id,capacity\nm,1\n",
        pairs="child_id,mother_id,score\nlate,m,1000\nsoon,m,-1000\n",
    )

    make.a_match(options, tmp_path / "out")

    assert "soon,m,-1000" in (tmp_path / "out" / "matches.csv").read_text()


def test_match_gives_reasons_for_the_children_left_over(tmp_path):
    options = make.tables(
        tmp_path,
        children="child_id,tier\na,0\nb,0\nc,0\nd,0\n",
        mothers="mother_id,capacity\nm,1\nn,0\n",
        pairs="child_id,mother_id,score\na,m,3\nb,m,2\nb,n,2\nc,n,1\n",
    )

    make.a_match(options, tmp_path / "out")

    left = {row["child_id"]: row for row in certificate(tmp_path / "out")["unmatched"]}
    assert left["d"]["reason"] == "no_feasible_mother"
    assert left["b"]["reason"] == left["c"]["reason"] == "places_taken"
    assert left["b"]["block_children"] == 3
    assert left["b"]["block_mothers"] == 2
    assert left["b"]["block_places"] == 1


@pytest.mark.parametrize(
    ("scores", "total", "decimals"),
    [
        (["1.5", "-2.25"], -0.75, 2),
        (["1e-3", "2"], 2.001, 3),
        (["0.1", "0.2"], 0.3, 1),
        (["7", "-3"], 4, 0),
        (["7.0", "-3.0"], 4, 0),
    ],
)
def test_match_keeps_decimal_scores_exact(tmp_path, scores, total, decimals):
    rows = "".join(f"c{k},m{k},{score}\n" for k, score in enumerate(scores))
    options = make.tables(
        tmp_path,
        children="child_id,tier\nc0,0\nc1,0\n",
        mothers="mother_id,capacity\nm0,1\nm1,1\n",
        pairs="child_id,mother_id,score\n" + rows,
    )

    make.a_match(options, tmp_path / "out")

    cert = certificate(tmp_path / "out")
    assert (cert["total_score"], cert["decimals"]) == (total, decimals)
    assert cert["scores_exact"] is True
    assert make.a_verdict(options, tmp_path / "out") == 0


def test_match_says_the_resolution_when_scores_have_too_many_digits(tmp_path):
    rng = np.random.default_rng(1)
    n = 200
    kids = {"child_id": [f"{i:03d}" for i in range(n)], "tier": np.zeros(n, np.int64)}
    mums = {"mother_id": [f"m{i:03d}" for i in range(n)], "capacity": np.ones(n, np.int64)}
    i, j = np.nonzero(rng.random((n, n)) < 0.1)
    pairs = {
        "child_id": [kids["child_id"][k] for k in i],
        "mother_id": [mums["mother_id"][k] for k in j],
        "score": rng.random(len(i)),
    }
    options = make.frames(tmp_path, kids, mums, pairs)

    make.a_match(options, tmp_path / "out")

    cert = certificate(tmp_path / "out")
    assert cert["scores_exact"] is False
    assert cert["resolution"] <= 1e-9
    assert make.a_verdict(options, tmp_path / "out") == 0


def test_match_reads_parquet_with_numbers_as_identifiers(tmp_path):
    options = make.frames(
        tmp_path,
        {"child_id": [7, 8], "tier": [0, 0]},
        {"mother_id": [7, 9], "capacity": [1.0, 2.0]},
        {"child_id": [7, 8], "mother_id": [9, 9], "score": [0.5, 1.0]},
    )

    assert make.a_match(options, tmp_path / "out") == 0
    assert make.a_verdict(options, tmp_path / "out") == 0
    assert (
        (tmp_path / "out" / "matches.csv").read_text().startswith("child_id,mother_id,score\n7,9")
    )


def test_match_accepts_empty_tables(tmp_path):
    options = make.tables(
        tmp_path,
        children="child_id,tier\n",
        mothers="mother_id,capacity\n",
        pairs="child_id,mother_id,score\n",
    )

    assert make.a_match(options, tmp_path / "out") == 0
    assert make.a_verdict(options, tmp_path / "out") == 0


def test_match_does_not_depend_on_the_order_of_rows(tmp_path):
    rng = np.random.default_rng(5)
    kids = {"child_id": [f"c{i:02d}" for i in range(40)], "tier": rng.integers(0, 3, 40)}
    mums = {"mother_id": [f"m{j:02d}" for j in range(20)], "capacity": rng.integers(0, 3, 20)}
    i, j = np.nonzero(rng.random((40, 20)) < 0.3)
    pairs = pl.DataFrame(
        {
            "child_id": [kids["child_id"][k] for k in i],
            "mother_id": [mums["mother_id"][k] for k in j],
            "score": rng.integers(0, 3, len(i)),
        }
    )
    written = []

    for seed in (1, 2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        shuffled = [
            pl.DataFrame(one).sample(fraction=1, shuffle=True, seed=seed)
            for one in (kids, mums, pairs)
        ]
        make.a_match(make.frames(folder, *shuffled), folder)
        written.append((folder / "matches.csv").read_text())
    assert written[0] == written[1]


BAD = [
    ("pairs", "001,m1,5\n001,m1,3\n", 'pairs.csv:3: the pair of child "001" and mother "m1"'),
    ("pairs", "001,m1,\n", 'pairs.csv:2: column "score" is empty; give a number'),
    ("pairs", "001,m1,nan\n", 'pairs.csv:2: column "score" is "nan"'),
    ("pairs", "001,m1,1\n001,m2,-inf\n", 'pairs.csv:3: column "score" is "-inf"'),
    ("pairs", "001,m1,abc\n", 'pairs.csv:2: column "score" is "abc"'),
    ("pairs", "001,m1,1e300\n", "do not fit 64-bit arithmetic"),
    ("pairs", "001,m1,9000000000000000000\n002,m1,0\n", "use fewer decimals"),
    ("pairs", "1,m1,5\n", 'pairs.csv:2: column "child_id" is "1"; '),
    ("pairs", "001,m9,5\n", 'pairs.csv:2: column "mother_id" is "m9"; '),
    ("pairs", ",m1,5\n", 'pairs.csv:2: column "child_id" is empty'),
    ("pairs", '001,m1,5\n\n"001","m\n2",5\n', 'pairs.csv:5: column "mother_id"'),
    ("pairs", "001,m1,5,6\n", "pairs.csv:2: 4 values where the header names 3"),
    ("mothers", "m1,-1\n", 'mothers.csv:2: column "capacity" is "-1"; give a whole number'),
    ("mothers", "m1,1\nm2,1.5\n", 'mothers.csv:3: column "capacity" is "1.5"'),
    ("mothers", "m1,1\nm1,1\n", 'mothers.csv:3: column "mother_id" is "m1"; it is listed twice'),
    ("mothers", "m1\n", 'mothers.csv:2: column "capacity" is empty'),
    ("children", "001,high\n", 'children.csv:2: column "tier" is "high"; give a whole number'),
    ("children", "001,-1\n", 'children.csv:2: column "tier" is "-1"'),
    (
        "children",
        "001,0\n001,1\n",
        'children.csv:3: column "child_id" is "001"; it is listed twice',
    ),
]
HEADERS = {
    "children": "child_id,tier\n",
    "mothers": "mother_id,capacity\n",
    "pairs": "child_id,mother_id,score\n",
}


@pytest.mark.parametrize(("table", "rows", "message"), BAD)
def test_match_refuses_bad_rows_by_place(tmp_path, capsys, table, rows, message):
    options = make.tables(tmp_path, **{table: HEADERS[table] + rows})

    code = make.a_match(options, tmp_path / "out")

    said = capsys.readouterr()
    assert code == 2
    assert message in said.err
    assert said.out == ""
    assert not (tmp_path / "out").exists()


def test_match_refuses_a_missing_column_and_names_those_found(tmp_path, capsys):
    options = make.tables(tmp_path, mothers="mother;capacity\nm1;1\n")

    assert make.a_match(options, tmp_path / "out") == 2

    error = capsys.readouterr().err
    assert 'mothers.csv:1: the column "mother_id" must be there once' in error
    assert "mother;capacity" in error


def test_match_refuses_text_that_is_not_utf8_by_line(tmp_path, capsys):
    options = make.tables(tmp_path)
    text = "child_id,tier\n001,0\n002,1\n王,0\n".encode("gb18030")
    (tmp_path / "children.csv").write_bytes(text)

    assert make.a_match(options, tmp_path / "out") == 2
    assert "children.csv:4: this is not UTF-8 text" in capsys.readouterr().err


def test_match_refuses_a_file_that_is_not_there(tmp_path, capsys):
    options = make.tables(tmp_path)
    (tmp_path / "pairs.csv").unlink()

    assert make.a_match(options, tmp_path / "out") == 2
    assert "pairs.csv: there is no such file" in capsys.readouterr().err


def test_match_refuses_a_parquet_file_that_is_none(tmp_path, capsys):
    options = make.tables(tmp_path)
    (tmp_path / "pairs.parquet").write_text("child_id")

    code = make.a_match([*options, "--pairs", str(tmp_path / "pairs.parquet")], tmp_path / "out")

    assert code == 2
    assert "this is not a Parquet file" in capsys.readouterr().err


def test_match_finds_one_bad_line_among_a_million(tmp_path, capsys):
    rows = [f"001,m{k},1" for k in range(200_000)]
    rows[123_456] = "001,m123456,one"
    options = make.tables(
        tmp_path,
        mothers="mother_id,capacity\n" + "".join(f"m{k},1\n" for k in range(200_000)),
        pairs="child_id,mother_id,score\n" + "\n".join(rows),
    )

    assert make.a_match(options, tmp_path / "out") == 2
    assert 'pairs.csv:123458: column "score" is "one"' in capsys.readouterr().err


def test_match_reads_quotes_byte_order_marks_and_carriage_returns(tmp_path):
    options = make.tables(
        tmp_path,
        children='\ufeff"child_id","tier"\r\n"007","0"\r\n"0,8",1\r\n',
        mothers="\ufeffmother_id,capacity\r\nm1,1\r\nm2,1\r\n\r\n",
        pairs='child_id,mother_id,score,note\r\n"007",m1,+5,x\r\n"0,8",m2,1e2,\r\n',
    )

    assert make.a_match(options, tmp_path / "out") == 0

    text = (tmp_path / "out" / "matches.csv").read_text()
    assert text == 'child_id,mother_id,score\n"0,8",m2,1e2\n007,m1,+5\n'
    assert make.a_verdict(options, tmp_path / "out") == 0


def test_match_names_the_line_of_a_quote_that_is_never_closed(tmp_path, capsys):
    options = make.tables(tmp_path, pairs=HEADERS["pairs"] + '001,m1,1\n"002,m1,1\n')

    assert make.a_match(options, tmp_path / "out") == 2
    assert "pairs.csv:3: a double quote is opened and never closed" in capsys.readouterr().err


def test_match_proves_a_plan_of_any_origin(tmp_path, capsys):
    options = make.tables(tmp_path)
    plan = tmp_path / "theirs.csv"
    plan.write_text("mother_id,child_id\nm2,001\nm1,002\n")

    assert make.a_match([*options, "--plan", str(plan)], tmp_path / "out") == 0
    assert make.a_verdict(options, tmp_path / "out") == 0
    assert certificate(tmp_path / "out")["gap"] == 0


@pytest.mark.parametrize(
    ("rows", "code", "message"),
    [
        ("001,m1\n", 1, "the plan is not optimal"),
        ("001,m2\n002,m2\n", 1, "the plan is not optimal"),
        ("001,m1\n001,m2\n", 2, 'column "child_id" is "001"; a child has one mother'),
        ("001,m9\n", 2, 'column "mother_id" is "m9"'),
    ],
)
def test_match_refuses_a_plan_that_is_not_optimal(tmp_path, capsys, rows, code, message):
    options = make.tables(tmp_path)
    plan = tmp_path / "theirs.csv"
    plan.write_text("child_id,mother_id\n" + rows)

    assert make.a_match([*options, "--plan", str(plan)], tmp_path / "out") == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def best_of_all(kids, mums, pairs):
    """Return the best counts by tier and the exact total by trying every plan."""
    score = {(c, m): Decimal(s) for c, m, s in pairs}
    tiers, best = sorted({tier for _, tier in kids}), None
    for plan in itertools.product([None, *(m for m, _ in mums)], repeat=len(kids)):
        chosen = [(c, m) for (c, _), m in zip(kids, plan, strict=True) if m is not None]
        fits = all(plan.count(m) <= places for m, places in mums)
        if fits and all(pair in score for pair in chosen):
            paired = {c for c, _ in chosen}
            counts = [sum(c in paired and t == tier for c, t in kids) for tier in tiers]
            value = (*counts, sum((score[pair] for pair in chosen), Decimal(0)))
            best = value if best is None else max(best, value)
    return best


def rows_of(table):
    return "".join(",".join(map(str, row)) + "\n" for row in table)


@pytest.mark.parametrize("seed", range(40))
def test_match_is_exact_for_decimals_ties_and_negative_scores(tmp_path, seed):
    rng = np.random.default_rng(seed)
    n, m, digits = rng.integers(1, 5), rng.integers(1, 4), int(rng.integers(0, 4))
    kids = [(f"{i:03d}", int(rng.integers(0, 4))) for i in range(n)]
    mums = [(f"m{j}", int(rng.integers(0, 3))) for j in range(m)]
    pairs = [
        (kids[i][0], mums[j][0], Decimal(int(rng.integers(-9, 10))).scaleb(-digits))
        for i, j in np.argwhere(rng.random((n, m)) < 0.8)
    ]
    options = make.tables(
        tmp_path,
        children=HEADERS["children"] + rows_of(kids),
        mothers=HEADERS["mothers"] + rows_of(mums),
        pairs=HEADERS["pairs"] + rows_of(pairs),
    )

    assert make.a_match(options, tmp_path / "out") == 0

    cert = certificate(tmp_path / "out")
    counts = [row["matched"] for row in cert["tiers"]]
    total = Decimal(cert["total_score_scaled"]).scaleb(-cert["decimals"])
    assert (*counts, total) == best_of_all(kids, mums, pairs)
    assert cert["gap"] == 0
    assert make.a_verdict(options, tmp_path / "out") == 0
