"""Matching beside mentor-match (7.0): as many mentors as mentees, one for each, the same scores.

    python -m bench.matching_mentor                 # 100, 300 and 1,000 a side
    python -m bench.matching_mentor --sizes 100

mentor-match asks Python rules for each pair and solves with munkres. Its rules here look a score
up in a table, so both sides get the same scores for nothing; its sum and ours must be equal. Both
are measured from the table to the pairs, ours with the proof over all pairs. Seconds of processor
time. Writes bench/out/matching_mentor.md.
"""

import argparse
import pathlib
import time
from typing import Any

import numpy as np
from matching.mentee import Mentee
from matching.mentor import Mentor
from matching.process import generate_match_matrix, match_and_assign_participants
from matching.rules.rule import Rule

from qianshou.engines.matching.candidates import Pairs, runners_up
from qianshou.engines.matching.penalties import penalties_for
from qianshou.engines.matching.pricing import solve_priced

OUT = pathlib.Path(__file__).parent / "out"
ROUNDS = 5
TARGET = 300


def even(n: int, rng: Any) -> np.ndarray:
    """Return scores of any kind, 0..1000."""
    return rng.integers(0, 1001, (n, n))


def fitting(n: int, rng: Any) -> np.ndarray:
    """Return scores made of eight needs and eight skills: some mentors suit everybody."""
    fit = rng.random((n, 8)) @ rng.random((n, 8)).T / 4
    return np.clip(fit * 900 + rng.random((n, n)) * 100, 0, 1000).astype(np.int64)


def by_rules(n: int, rng: Any) -> np.ndarray:
    """Return what three rules of mentor-match make: grade, profession, organisation; many ties."""
    grade, profession, house = (
        (rng.integers(0, k, n)[:, None], rng.integers(0, k, n)[None, :]) for k in (8, 12, 20)
    )
    better = grade[0] > grade[1]
    return 10 * better + 4 * (profession[0] == profession[1]) + 3 * (house[0] != house[1])


SCORES = {"even": even, "fit of skills": fitting, "three rules": by_rules}


class Looked(Rule):
    """A rule of mentor-match that knows the score of every pair."""

    def __init__(self, table: list[list[int]]) -> None:
        """Keep the table; a person's grade is the row."""
        super().__init__()
        self.table = table

    def evaluate(self, match_object: Any) -> bool:
        """Tell that the rule applies to every pair."""
        return match_object is not None

    def apply(self, match_object: Any) -> int:
        """Return the score."""
        return self.table[match_object.mentor.grade][match_object.mentee.grade]


def theirs(score: np.ndarray) -> tuple[float, int]:
    """Return seconds and the sum of the scores of mentor-match's pairs."""
    table = score.tolist()
    mentors = [Mentor(grade=k, email=f"mentor {k}") for k in range(len(table))]
    mentees = [Mentee(grade=k, email=f"mentee {k}") for k in range(len(table))]
    started = time.process_time()
    match_and_assign_participants(generate_match_matrix(mentors, mentees, [Looked(table)]))
    seconds = time.process_time() - started
    return seconds, sum(table[one.grade][one.mentees[0].grade] for one in mentors)


def ours(score: np.ndarray) -> tuple[float, int]:
    """Return seconds and the sum of the scores of our pairs, proven over all pairs."""
    n = len(score)
    started = time.process_time()
    top, lowest = int(score.max()), int(score.min())
    mentees = np.tile(np.arange(n, dtype=np.int32), n)
    pairs = Pairs(np.arange(n + 1, dtype=np.int64) * n, mentees, (top - score.ravel()).astype("i2"))
    limit = penalties_for(np.zeros(n, np.int64), lowest=lowest, top=top).limit
    found, _ = solve_priced(pairs, limit, np.ones(n, np.int64))
    _, _, least = runners_up(pairs, found.u, found.v, mate=found.mate)
    seconds = time.process_time() - started
    assert found.cost == found.dual
    assert least == 0
    return seconds, int(score[np.arange(n), found.mate].sum())


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,300,1000", help="people a side, by commas")
    sizes = [int(one) for one in parser.parse_args().sizes.split(",")]
    ours(even(50, np.random.default_rng(0)))
    lines = [
        f"Processor seconds; ours is the median of {ROUNDS}. To reach at 1,000 a side: {TARGET}.",
        "",
        "|a side|scores|ours|mentor-match|against ours|sum of scores|equal|",
        "|-|-|-|-|-|-|-|",
    ]
    for n in sizes:
        for name, make in SCORES.items():
            score = make(n, np.random.default_rng(n))
            mine = sorted(ours(score) for _ in range(ROUNDS))[ROUNDS // 2]
            other = theirs(score)
            lines.append(
                f"|{n:,}|{name}|{mine[0]:.4f}|{other[0]:.2f}|{other[0] / mine[0]:.0f}"
                f"|{mine[1]:,}|{'yes' if mine[1] == other[1] else f'NO: {other[1]:,}'}|"
            )
            print(lines[-1], flush=True)
    OUT.mkdir(exist_ok=True)
    (OUT / "matching_mentor.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
