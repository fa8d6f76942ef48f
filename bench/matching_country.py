"""A country of invented people: one made per county where the bench wants it, never all at once.

A county has towns of 97 children on a grid, half as many mothers as children, and in every other
county too few places. Nothing of it is stored; the same number makes the same county anywhere.
"""

import functools
import hashlib
import resource
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from qianshou.engines.matching.people import Children, Mothers
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import load_policy

CHILDREN = 3158
"""Children of a county: a nation of nine million in 2,850."""

APART = 2400
"""Metres between towns."""


@dataclass(frozen=True)
class County:
    """One county by its number."""

    number: int
    children: int = CHILDREN

    @property
    def name(self) -> str:
        """Its name in messages."""
        return f"{self.number:04d}"


def people_of(county: County) -> tuple[Children, Mothers]:
    """Make the people of a county."""
    rng = np.random.default_rng(county.number)
    towns = max(1, county.children // 97)
    kids = _shared(county.children, towns, rng)
    mums = _shared(county.children // 2, towns, rng)
    n, m = len(kids["town"]), len(mums["town"])
    children = Children(
        **kids,
        ids=[f"{county.number:04d}-c{k:05d}" for k in range(n)],
        age=rng.integers(3, 17, n),
        sex=rng.integers(1, 3, n),
        tier=rng.choice([0, 1, 2], n, p=[0.1, 0.3, 0.6]),
        needs=rng.integers(0, 101, (n, 8)),
        special_needs=rng.random(n) < 0.03,
        wish=np.full(n, -1),
        waiting_days=rng.integers(0, 400, n),
        consented=rng.random(n) < 0.98,
    )
    load = rng.integers(0, 2, m)
    free = rng.choice([1, 2, 3], m, p=[0.4, 0.3, 0.3] if county.number % 2 else [0.2, 0.4, 0.4])
    mothers = Mothers(
        **mums,
        ids=[f"{county.number:04d}-m{k:05d}" for k in range(m)],
        age=rng.integers(25, 70, m),
        sex=np.full(m, 2),
        ready=rng.random(m) < 0.97,
        capacity=load + free,
        load=load,
        travel_limit=rng.integers(3000, 9000, m),
        skills=rng.integers(0, 101, (m, 8)),
        qualifications=rng.random(m) < 0.3,
        residence_years=rng.integers(0, 30, m),
        kept_matches=rng.integers(0, 4, m),
        strain=np.zeros(m),
    )
    return children, mothers


def _shared(size: int, towns: int, rng: Any) -> dict[str, Any]:
    """Make the columns that children and mothers have in common."""
    town = rng.integers(0, towns, size)
    across = int(np.ceil(np.sqrt(towns)))
    return {
        "town": town,
        "x": town % across * APART + rng.integers(0, APART, size),
        "y": town // across * APART + rng.integers(0, APART, size),
        "ethnicity": (rng.random(size) < 0.1) + 1,
        "dialects": 1 << rng.integers(0, 3, size),
        "interests": rng.integers(0, 256, size),
        "dislikes": rng.integers(0, 16, size),
        "free_times": rng.integers(1, 64, size),
    }


def match_county(county: County) -> dict[str, Any]:
    """Make, match and prove one county; return its figures."""
    started = time.process_time()
    people = people_of(county)
    made = time.process_time()
    plan = make_plan(*people, _policy())
    done = time.process_time()
    return {
        "children": county.children,
        "matched": int((plan.mate >= 0).sum()),
        "pairs": plan.feasible_pairs,
        "gap": plan.gap,
        "making": made - started,
        "matching": done - made,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "plan": hashlib.sha256(plan.mate.tobytes() + plan.mother_price.tobytes()).hexdigest(),
    }


@functools.cache
def _policy() -> Any:
    return load_policy()
