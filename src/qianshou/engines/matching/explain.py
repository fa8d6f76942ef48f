"""Explains one pair: whether it is allowed, and the points behind its score, recomputed."""

from dataclasses import dataclass

import numpy as np

from qianshou.engines.matching import scoring
from qianshou.engines.matching.people import Children, Column, Mothers, taken
from qianshou.engines.matching.policy import PARTS, RULES, Policy, Sentence


@dataclass(frozen=True)
class Part:
    """One part of a score: 0..1000 points, weighted per mille, with its sentence."""

    name: str
    points: int
    weight: int
    sentence: Sentence

    @property
    def share(self) -> int:
        """What the part adds to the score of 0..10,000."""
        return self.points * self.weight // 100


@dataclass(frozen=True)
class PairExplanation:
    """What speaks for and against one pair.

    ``rule`` is the first hard rule that forbids it, or None. ``score`` is 0..10,000 and is given
    for a forbidden pair, too: it tells what the rule costs.
    """

    rule: str | None
    sentence: Sentence | None
    score: int
    parts: list[Part]
    distance_m: int

    @property
    def is_allowed(self) -> bool:
        """Tell whether no hard rule forbids the pair."""
        return self.rule is None


def explain_pair(
    children: Children,
    mothers: Mothers,
    policy: Policy,
    *,
    child: int,
    mother: int,
    barred: Column | None = None,
) -> PairExplanation:
    """Explain one pair by the rows of the child and the mother.

    It reads only these two rows, so it is instant at any size.
    """
    listed = np.zeros((0, 2), np.int32) if barred is None else np.asarray(barred, np.int32)
    is_barred = bool(((listed[:, 0] == child) & (listed[:, 1] == mother)).any())
    kid, mum = taken(children, np.array([child])), taken(mothers, np.array([mother]))
    people = scoring.people_of(kid, mum, policy, barred=np.zeros((int(is_barred), 2), np.int32))
    for name in ("wish", "wishes", "avoids"):
        people.kids[name] = np.where(getattr(children, name)[child] == mother, 0, -1)
    rule = _rule(kid, mum, policy, people=people)
    parts = _parts(people, mum, policy)
    return PairExplanation(
        rule=rule,
        sentence=policy.sentences[rule] if rule else None,
        score=int(scoring.score(people, 0, 0)),
        parts=parts,
        distance_m=int(scoring.distance_squared(people.kids[0], people.mums[0]) ** 0.5),
    )


def _rule(kid: Children, mum: Mothers, policy: Policy, *, people: scoring.People) -> str | None:
    gates = (
        ("no_consent", not kid.consented[0]),
        ("not_ready", not mum.ready[0]),
        ("no_capacity", int(scoring.places(mum, policy)[0]) == 0),
    )
    for name, closed in gates:
        if closed and policy.rules[name]:
            return name
    code = int(scoring.rule_against(people, 0, 0))
    return RULES[code] if code >= 0 else None


def _parts(people: scoring.People, mum: Mothers, policy: Policy) -> list[Part]:
    kid_row, mum_row = people.kids[0], people.mums[0]
    points = {
        "travel": scoring.travel_points(people.terms, kid_row, mum_row),
        "time": scoring.time_points(people.terms, kid_row, mum_row),
        "skills": scoring.skill_points(people.terms, kid_row, mum_row),
        "stability": scoring.stability(mum, policy)[0],
        "wish": scoring.wish_points(kid_row, mum_row, 0),
        "interests": scoring.interest_points(people.terms, kid_row, mum_row),
        "kinship": scoring.kinship_points(people.terms, kid_row, mum_row),
        "balance": scoring.balance(mum)[0],
    }
    return [
        Part(name, int(points[name]), policy.weights[name], policy.sentences[name])
        for name in PARTS
    ]
