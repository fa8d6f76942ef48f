"""The verifier accepts what is optimal and refuses every kind of tampering."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from qianshou.engines.matching import verifier

from . import make


@pytest.fixture
def stored(tmp_path):
    """Return the options and folder of a plan with urgency, ties, negative and shortage."""
    rng = np.random.default_rng(2)
    kids = {"child_id": [f"c{i:02d}" for i in range(30)], "tier": rng.integers(0, 3, 30)}
    mums = {"mother_id": [f"m{j:02d}" for j in range(12)], "capacity": rng.integers(1, 4, 12)}
    i, j = np.nonzero(rng.random((30, 12)) < 0.4)
    pairs = {
        "child_id": [kids["child_id"][k] for k in i],
        "mother_id": [mums["mother_id"][k] for k in j],
        "score": rng.integers(-20, 80, len(i)),
    }
    options = make.frames(tmp_path, kids, mums, pairs)
    make.a_match(options, tmp_path / "out")
    return options, tmp_path / "out"


def test_verify_accepts_the_optimal_plan(stored, capsys):
    options, folder = stored
    capsys.readouterr()

    assert make.a_verdict(options, folder) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def plan_of(folder):
    return pl.read_csv(folder / "matches.csv")


def pairs_of(folder):
    return pl.read_parquet(folder.parent / "pairs.parquet")


def test_verify_refuses_a_plan_one_swap_from_optimal(stored, capsys):
    """Exchange two children's mothers where both may, and restate every figure honestly."""
    options, folder = stored
    score = {(c, m): s for c, m, s in pairs_of(folder).iter_rows()}
    rows = plan_of(folder).rows()
    swaps = [
        (a, b)
        for a in range(len(rows))
        for b in range(a)
        if (rows[a][0], rows[b][1]) in score
        and (rows[b][0], rows[a][1]) in score
        and score[rows[a][0], rows[b][1]] + score[rows[b][0], rows[a][1]] < rows[a][2] + rows[b][2]
    ]
    a, b = swaps[0]
    (ca, ma, _), (cb, mb, _) = rows[a], rows[b]
    before = sum(row[2] for row in rows)
    rows[a], rows[b] = (ca, mb, score[ca, mb]), (cb, ma, score[cb, ma])
    lost = before - sum(row[2] for row in rows)
    pl.DataFrame(rows, schema=["child_id", "mother_id", "score"], orient="row").write_csv(
        folder / "matches.csv"
    )
    change(
        folder,
        lambda cert: cert.update(
            objective=cert["objective"] - lost,
            total_score_scaled=cert["total_score_scaled"] - lost,
            gap=cert["gap"] + lost,
        ),
    )
    capsys.readouterr()

    assert make.a_verdict(options, folder) == 1
    assert json.loads(capsys.readouterr().out)["flaws"] == ["the plan is not optimal"]


def change(folder, edit):
    path = folder / "certificate.json"
    cert = json.loads(path.read_text())
    edit(cert)
    path.write_text(json.dumps(cert))


def first(mapping, by):
    key = next(k for k, v in mapping.items() if v > 0)
    mapping[key] += by


TAMPERINGS = {
    "a child's value is lowered": lambda c: first(c["child_value"], -1),
    "a child's value is raised": lambda c: first(c["child_value"], 1),
    "a price is lowered": lambda c: first(c["mother_price"], -1),
    "a price is raised": lambda c: first(c["mother_price"], 1),
    "a price is negative": lambda c: first(c["mother_price"], -(10**9)),
    "a price is gone": lambda c: c["mother_price"].pop("m00"),
    "a value is gone": lambda c: c["child_value"].pop("c00"),
    "a value of nobody": lambda c: c["child_value"].update(nobody=0),
    "the objective": lambda c: c.update(objective=c["objective"] + 1),
    "the bound": lambda c: c.update(bound=c["bound"] + 1),
    "the gap": lambda c: c.update(gap=1),
    "the proven bound": lambda c: c.update(proven_bound=c["proven_bound"] + 1, gap=c["gap"] + 1),
    "the total score": lambda c: c.update(total_score_scaled=c["total_score_scaled"] + 1),
    "a count": lambda c: c["tiers"][0].update(matched=c["tiers"][0]["matched"] - 1),
    "a bonus": lambda c: c["tiers"][0].update(bonus=c["tiers"][0]["bonus"] - 1),
    "the range of scores": lambda c: c.update(top_score=c["top_score"] + 1),
    "the decimals": lambda c: c.update(decimals=1),
    "a child left over": lambda c: c["unmatched"].pop(),
    "a missing part": lambda c: c.pop("child_value"),
    "a word for a number": lambda c: c["child_value"].update(c00="much"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_verify_refuses_a_tampered_certificate(stored, name):
    options, folder = stored

    change(folder, TAMPERINGS[name])

    assert make.a_verdict(options, folder) == 1


def leaves(value, path=()):
    """Return every single value of a certificate with its path."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, one in pairs for leaf in leaves(one, (*path, key))]
    return [(path, value)]


def others(value):
    if isinstance(value, bool):
        return [not value]
    return [value + "x", ""] if isinstance(value, str) else [value + 1, value - 1]


@pytest.fixture(params=["alone", "grouped", "decimals"])
def small(request, tmp_path):
    """Return the options and folder of a small plan with children left over."""
    rng = np.random.default_rng(4)
    kids = {"child_id": [f"c{i}" for i in range(12)], "tier": rng.integers(0, 3, 12)}
    if request.param == "grouped":
        kids["group_id"] = rng.choice(["", "a", "b", "c"], 12)
    mums = {"mother_id": [f"m{j}" for j in range(5)], "capacity": [0, 1, 2, 1, 2]}
    i, j = np.nonzero(rng.random((12, 5)) < 0.5)
    score = rng.integers(-20, 80, len(i))
    pairs = {
        "child_id": [kids["child_id"][k] for k in i],
        "mother_id": [mums["mother_id"][k] for k in j],
        "score": score / 10 if request.param == "decimals" else score,
    }
    options = make.frames(tmp_path, kids, mums, pairs)
    make.a_match(options, tmp_path / "out")
    assert make.a_verdict(options, tmp_path / "out") == 0
    return options, tmp_path / "out"


def test_verify_refuses_any_change_of_any_value(small):
    """Only the number of nodes searched is not a claim that can be checked."""
    options, folder = small
    path = folder / "certificate.json"
    text = path.read_text()

    for where, value in leaves(json.loads(text)):
        for other in others(value):
            cert = inner = json.loads(text)
            for key in where[:-1]:
                inner = inner[key]
            inner[where[-1]] = other
            path.write_text(json.dumps(cert))
            expected = 0 if where == ("search_nodes",) else 1
            assert make.a_verdict(options, folder) == expected, (where, value, other)


def test_verify_refuses_another_reason(small):
    options, folder = small
    path = folder / "certificate.json"
    text = path.read_text()
    reasons = {"no_feasible_mother", "places_taken", "group_does_not_fit", "no_candidate"}

    for k, row in enumerate(json.loads(text)["unmatched"]):
        for reason in reasons - {row["reason"]}:
            cert = json.loads(text)
            cert["unmatched"][k]["reason"] = reason
            path.write_text(json.dumps(cert))
            assert make.a_verdict(options, folder) == 1


def test_verify_refuses_a_blocking_set_that_leaks(stored):
    """Leave out one mother of the set, with every size restated: her pairs lead out of it."""
    options, folder = stored

    def shrink(cert):
        block = max(cert["blocks"], key=lambda one: one["mothers"])
        block["mother_ids"].pop()
        block["mothers"] -= 1
        for row in cert["unmatched"]:
            if row.get("block") == block["block"]:
                row["block_mothers"] -= 1

    change(folder, shrink)

    assert make.a_verdict(options, folder) == 1


def with_rows(folder, plan):
    plan.write_csv(folder / "matches.csv")


def a_pair_not_allowed(folder):
    rows = plan_of(folder)
    allowed = set(pairs_of(folder).select("child_id", "mother_id").rows())
    child = rows["child_id"][0]
    other = next(m for m in rows["mother_id"] if (child, m) not in allowed)
    return rows.with_columns(
        mother_id=pl.when(pl.col("child_id") == child).then(pl.lit(other)).otherwise("mother_id")
    )


PLANS = {
    "a pair not in the table": a_pair_not_allowed,
    "a child twice": lambda folder: pl.concat([plan_of(folder), plan_of(folder)[:1]]),
    "a pair missing": lambda folder: plan_of(folder)[1:],
    "a score changed": lambda folder: plan_of(folder).with_columns(pl.col("score") + 1),
    "a child of nobody": lambda folder: plan_of(folder).with_columns(child_id=pl.lit("nobody")),
    "a mother of nobody": lambda folder: plan_of(folder).with_columns(mother_id=pl.lit("nobody")),
}


@pytest.mark.parametrize("name", PLANS)
def test_verify_refuses_a_tampered_plan(stored, name):
    options, folder = stored

    with_rows(folder, PLANS[name](folder))

    assert make.a_verdict(options, folder) == 1


def test_verify_refuses_more_children_than_places(stored, capsys):
    options, folder = stored
    mothers = pl.read_parquet(folder.parent / "mothers.parquet")
    fewer = mothers.with_columns(capacity=pl.col("capacity") - 1)
    fewer.write_parquet(folder.parent / "mothers.parquet")
    capsys.readouterr()

    assert make.a_verdict(options, folder) == 1
    assert "a mother has more children than places" in capsys.readouterr().out


def test_verify_refuses_other_tables(stored):
    options, folder = stored
    pairs_of(folder).with_columns(score=pl.col("score") + 5).write_parquet(
        folder.parent / "pairs.parquet"
    )

    assert make.a_verdict(options, folder) == 1


def test_verify_refuses_a_split_group(tmp_path, capsys):
    options = make.tables(
        tmp_path,
        mothers="mother_id,capacity\nm1,2\nm2,2\n",
        pairs="child_id,mother_id,score\n001,m1,5\n001,m2,4\n002,m1,4\n002,m2,5\n",
    )
    make.a_match(options, tmp_path / "out")
    make.tables(
        tmp_path,
        children="child_id,tier,group_id\n001,0,x\n002,1,x\n",
        mothers="mother_id,capacity\nm1,2\nm2,2\n",
        pairs="child_id,mother_id,score\n001,m1,5\n001,m2,4\n002,m1,4\n002,m2,5\n",
    )
    capsys.readouterr()

    assert make.a_verdict(options, tmp_path / "out") == 1
    assert "a group is split" in capsys.readouterr().out


def test_verify_says_that_a_table_cannot_be_read(stored, capsys):
    options, folder = stored
    (folder.parent / "pairs.parquet").unlink()

    assert make.a_verdict(options, folder) == 2
    assert "cannot read" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["certificate.json", "matches.csv"])
def test_verify_refuses_a_folder_without_a_plan(stored, name):
    options, folder = stored
    (folder / name).unlink()

    assert make.a_verdict(options, folder) == 1


def test_verify_says_what_is_wrong_with_a_table(stored, capsys):
    options, folder = stored
    pairs = pairs_of(folder)
    path = folder.parent / "pairs.parquet"
    kids = pl.read_parquet(folder.parent / "children.parquet")

    pl.concat([pairs, pairs[:1]]).write_parquet(path)
    assert make.a_verdict(options, folder) == 2
    assert "a pair is listed twice" in capsys.readouterr().err
    pairs.with_columns(child_id=pl.lit("nobody")).write_parquet(path)
    assert make.a_verdict(options, folder) == 2
    assert "a child_id is not listed in" in capsys.readouterr().err
    pl.concat([kids, kids[:1]]).write_parquet(folder.parent / "children.parquet")
    assert make.a_verdict(options, folder) == 2
    assert 'the child_id "c00" is listed twice' in capsys.readouterr().err


def test_the_verifier_is_short_and_knows_nothing_of_the_solver():
    source = Path(verifier.__file__).read_text()

    assert len(source.splitlines()) < 60
    imports = {
        line.split()[1] for line in source.splitlines() if line.startswith(("import", "from"))
    }
    assert imports == {"typing", "polars"}
