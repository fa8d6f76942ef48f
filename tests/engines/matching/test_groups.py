"""Groups stay together, and the plan is the best of all plans that keep them so."""

import itertools
import json

import numpy as np
import pytest
from ortools.sat.python import cp_model

from qianshou.engines.matching.penalties import penalties_for

from . import make


def best_keeping_groups(problem):
    """Return the best counts by tier and total score by trying every plan."""
    tier, group, capacity, score = problem
    tiers, best = sorted(set(tier)), None
    for plan in itertools.product(range(-1, len(capacity)), repeat=len(tier)):
        pairs = [(i, j) for i, j in enumerate(plan) if j >= 0]
        together = all(
            plan[i] == plan[k]
            for i, k in itertools.combinations(range(len(tier)), 2)
            if group[i] and group[i] == group[k]
        )
        fits = all(plan.count(j) <= places for j, places in enumerate(capacity))
        if together and fits and all(pair in score for pair in pairs):
            counts = [sum(tier[i] == t for i, _ in pairs) for t in tiers]
            value = (*counts, sum(score[pair] for pair in pairs))
            best = value if best is None else max(best, value)
    return tuple(best)


def a_problem(rng):
    n, m = rng.integers(2, 6), rng.integers(1, 4)
    tier, capacity = rng.integers(0, 3, n).tolist(), rng.integers(0, 4, m).tolist()
    group = rng.choice(["", "a", "b"], n, p=[0.3, 0.4, 0.3]).tolist()
    allowed = np.argwhere(rng.random((n, m)) < 0.8).tolist()
    return tier, group, capacity, {(i, j): int(rng.integers(-9, 10)) for i, j in allowed}


def as_options(folder, problem):
    tier, group, capacity, score = problem
    kids = "".join(f"c{i},{t},{g}\n" for i, (t, g) in enumerate(zip(tier, group, strict=True)))
    mums = "".join(f"m{j},{places}\n" for j, places in enumerate(capacity))
    rows = "".join(f"c{i},m{j},{value}\n" for (i, j), value in score.items())
    return make.tables(
        folder,
        children="child_id,tier,group_id\n" + kids,
        mothers="mother_id,capacity\n" + mums,
        pairs="child_id,mother_id,score\n" + rows,
    )


@pytest.mark.parametrize("seed", range(60))
def test_match_finds_the_best_plan_that_keeps_groups_together(tmp_path, seed):
    problem = a_problem(np.random.default_rng(seed))
    options = as_options(tmp_path, problem)

    assert make.a_match(options, tmp_path / "out") == 0

    cert = json.loads((tmp_path / "out" / "certificate.json").read_text())
    counts = tuple(row["matched"] for row in cert["tiers"])
    assert (*counts, cert["total_score"]) == best_keeping_groups(problem)
    assert cert["gap"] == 0
    assert make.a_verdict(options, tmp_path / "out") == 0


def families(seed, n=60, m=25):
    """Families of one to four against mothers of one to four places: the hard shape."""
    rng = np.random.default_rng(seed)
    group = np.sort(rng.integers(0, n // 2, n))
    child, mother = np.nonzero(rng.random((n // 2, m))[group] < 0.5)
    kids = {"child_id": [f"c{i:03d}" for i in range(n)], "tier": rng.integers(0, 2, n)}
    kids["group_id"] = [f"g{g}" for g in group]
    mums = {"mother_id": [f"m{j:02d}" for j in range(m)], "capacity": rng.integers(1, 5, m)}
    pairs = {
        "child_id": [kids["child_id"][i] for i in child],
        "mother_id": [mums["mother_id"][j] for j in mother],
        "score": rng.integers(0, 100, len(child)),
    }
    return kids, mums, pairs


def test_match_states_the_gap_when_its_time_is_up(tmp_path):
    options = make.frames(tmp_path, *families(1))

    code = make.a_match([*options, "--time-budget", "0"], tmp_path / "out")

    cert = json.loads((tmp_path / "out" / "certificate.json").read_text())
    assert code == 0
    assert cert["gap"] == cert["proven_bound"] - cert["objective"] >= 0
    assert cert["objective"] <= cert["proven_bound"] <= cert["bound"]
    assert make.a_verdict(options, tmp_path / "out") == 0


def test_match_closes_the_gap_for_families_of_different_sizes(tmp_path):
    options = make.frames(tmp_path, *families(1))

    assert make.a_match(options, tmp_path / "out") == 0

    cert = json.loads((tmp_path / "out" / "certificate.json").read_text())
    assert cert["gap"] == 0
    assert cert["search_nodes"] > 0
    assert make.a_verdict(options, tmp_path / "out") == 0


def test_match_says_that_a_group_does_not_fit(tmp_path):
    options = make.tables(
        tmp_path,
        children="child_id,tier,group_id\na,0,x\nb,0,x\nc,0,\n",
        mothers="mother_id,capacity\nm1,2\n",
        pairs="child_id,mother_id,score\na,m1,1\nb,m1,1\nc,m1,9\n",
    )

    make.a_match(options, tmp_path / "out")

    cert = json.loads((tmp_path / "out" / "certificate.json").read_text())
    assert cert["total_score"] == 2
    assert [row["child_id"] for row in cert["unmatched"]] == ["c"]
    assert cert["unmatched"][0]["reason"] == "places_taken"


def best_by_cp_sat(kids, mums, pairs):
    """Return the best counts by tier and total score by OR-Tools' constraint solver."""
    model = cp_model.CpModel()
    groups = sorted(set(kids["group_id"]))
    members = {g: [i for i, own in enumerate(kids["group_id"]) if own == g] for g in groups}
    score = {
        (c, m): int(s)
        for c, m, s in zip(pairs["child_id"], pairs["mother_id"], pairs["score"], strict=True)
    }
    goes = {
        (g, m): model.new_bool_var(f"{g}{m}")
        for g in groups
        for m in mums["mother_id"]
        if all((kids["child_id"][i], m) in score for i in members[g])
    }
    for g in groups:
        model.add(sum(x for (own, _), x in goes.items() if own == g) <= 1)
    for m, places in zip(mums["mother_id"], mums["capacity"], strict=True):
        used = sum(len(members[g]) * x for (g, own), x in goes.items() if own == m)
        model.add(used <= int(places))
    tiers = sorted({int(tier) for tier in kids["tier"]})
    worth = {tier: 10 ** (4 + 2 * k) for k, tier in enumerate(reversed(tiers))}
    value = {
        (g, m): sum(worth[int(kids["tier"][i])] + score[kids["child_id"][i], m] for i in members[g])
        for g, m in goes
    }
    model.maximize(sum(value[key] * x for key, x in goes.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    chosen = [key for key, x in goes.items() if solver.value(x)]
    paired = [int(kids["tier"][i]) for g, _ in chosen for i in members[g]]
    total = sum(score[kids["child_id"][i], m] for g, m in chosen for i in members[g])
    return (*(paired.count(tier) for tier in tiers), total)


@pytest.mark.parametrize("seed", range(8))
def test_match_of_families_equals_a_constraint_solver(tmp_path, seed):
    """Tens of families, where trying every plan is out of the question."""
    tables = families(seed, n=30, m=13)
    options = make.frames(tmp_path, *tables)

    assert make.a_match(options, tmp_path / "out") == 0

    cert = json.loads((tmp_path / "out" / "certificate.json").read_text())
    counts = tuple(row["matched"] for row in cert["tiers"])
    assert cert["gap"] == 0
    assert (*counts, cert["total_score"]) == best_by_cp_sat(*tables)


def test_match_with_groups_of_many_sizes_stays_exact(tmp_path):
    """Sizes 2, 3, 5, 7 and 11 have no small common multiple, so averages are not whole."""
    sizes = (2, 3, 5, 7, 11)
    kids = [f"{size}-{k},0,g{size}" for size in sizes for k in range(size)]
    mums = [f"m{size},{size}" for size in sizes]
    pairs = [
        f"{size}-{k},m{other},{(size * 7 + other * 5 + k) % 10}"
        for size in sizes
        for k in range(size)
        for other in sizes
    ]
    options = make.tables(
        tmp_path,
        children="child_id,tier,group_id\n" + "\n".join(kids) + "\n",
        mothers="mother_id,capacity\n" + "\n".join(mums) + "\n",
        pairs="child_id,mother_id,score\n" + "\n".join(pairs) + "\n",
    )

    make.a_match(options, tmp_path / "out")

    cert = json.loads((tmp_path / "out" / "certificate.json").read_text())
    assert (cert["matched"], cert["gap"], cert["price_scale"]) == (28, 0, 1)
    assert make.a_verdict(options, tmp_path / "out") == 0


def test_bonuses_that_do_not_fit_shrink_and_say_so():
    """With tens of thousands of siblings in eight tiers the full factor exceeds 64 bits."""
    tier = np.repeat(np.arange(8), 5000)

    shrunk = penalties_for(tier, lowest=0, top=10_000, grouped=20_000, largest=4)
    full = penalties_for(tier[:200], lowest=0, top=10_000, grouped=10, largest=4)

    assert not shrunk.strict
    assert list(shrunk.worth) == sorted(shrunk.worth, reverse=True)
    assert full.strict
