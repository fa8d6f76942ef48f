"""Hard rules and points of one pair, in whole numbers, so that every machine scores alike."""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.network import Ints, compiled
from qianshou.engines.matching.people import PERSONS, Children, Column, Mothers
from qianshou.engines.matching.policy import RULES, Policy

FULL = 1000
"""Points of a part that could not be better."""

TRAIT = 600
"""Points when a mother is all that is wished in a mother; as many against when she is unwished."""

TOP = 10_000
"""The highest score of a pair."""

_CONFLICT = RULES.index("conflict")
_TOO_FAR = RULES.index("too_far")
_DIALECT = RULES.index("no_common_dialect")
_QUALIFICATION = RULES.index("qualification_missing")
_SEX = RULES.index("same_sex_for_teens")
_TIME = RULES.index("no_common_time")


class Terms(NamedTuple):
    """The policy's numbers as the kernels read them; ``on`` has a bit for each hard rule."""

    on: int
    travel_m: int
    travel_scale_m: int
    teen_age: int
    w_travel: int
    w_time: int
    w_skills: int
    w_wish: int
    w_interests: int
    w_kinship: int
    p_unknown: int
    p_dialect: int
    p_ethnicity: int
    p_shared: int


_SHARED: list[tuple[str, Any]] = [
    ("interests", np.uint64),
    ("dislikes", np.uint64),
    ("abilities", np.uint64),
    ("town", np.int32),
    ("x", np.int32),
    ("y", np.int32),
    ("dialects", np.uint32),
    ("free_times", np.uint32),
    ("special", np.uint32),
    ("ethnicity", np.int16),
    ("age", np.int16),
    ("sex", np.int8),
]
KID = np.dtype(
    [
        *_SHARED,
        ("barred_from", np.int64),
        ("barred_to", np.int64),
        ("need_total", np.int32),
        ("wish", np.int32),
        ("wishes", np.int32, (PERSONS,)),
        ("avoids", np.int32, (PERSONS,)),
        ("likes", np.uint32),
        ("unlikes", np.uint32),
        ("says", np.int8),
    ],
    align=True,
)
"""A child as one record: a kernel reads a pair from two places in memory, not from thirty."""

MUM = np.dtype(
    [*_SHARED, ("reach", np.int64), ("fixed", np.int64), ("traits", np.uint32)], align=True
)
"""A mother as one record; ``fixed`` are the points that depend on her alone."""


class People(NamedTuple):
    """Who is to be paired, as records; ``barred`` lists mothers, by child."""

    kids: NDArray[Any]
    mums: NDArray[Any]
    barred: Column
    terms: Terms


def terms_of(policy: Policy) -> Terms:
    """Return the policy's numbers for the kernels."""
    return Terms(
        on=sum(1 << k for k, name in enumerate(RULES) if policy.rules[name]),
        travel_m=policy.limits["travel_m"],
        travel_scale_m=policy.limits["travel_scale_m"],
        teen_age=policy.limits["teen_age"],
        w_travel=policy.weights["travel"],
        w_time=policy.weights["time"],
        w_skills=policy.weights["skills"],
        w_wish=policy.weights["wish"],
        w_interests=policy.weights["interests"],
        w_kinship=policy.weights["kinship"],
        p_unknown=policy.values.points["unknown"],
        p_dialect=policy.values.points["dialect"],
        p_ethnicity=policy.values.points["ethnicity"],
        p_shared=policy.values.points["shared_interest"],
    )


def people_of(children: Children, mothers: Mothers, policy: Policy, *, barred: Column) -> People:
    """Return the records the kernels read; ``barred`` holds (child, mother) rows."""
    kids = _records(KID, children, children.needs, children.special_needs)
    order = np.argsort(barred[:, 0], kind="stable")
    counts = np.bincount(barred[:, 0], minlength=len(kids))
    kids["barred_to"] = np.cumsum(counts)
    kids["barred_from"] = kids["barred_to"] - counts
    kids["need_total"] = children.needs.sum(axis=1, dtype=np.int32)
    kids["wish"] = children.wish
    for name in ("wishes", "avoids", "likes", "unlikes"):
        kids[name] = getattr(children, name)
    more = (children.wishes >= 0).any(axis=1) | (children.avoids >= 0).any(axis=1)
    kids["says"] = more | (children.likes != 0) | (children.unlikes != 0)
    mums = _records(MUM, mothers, mothers.skills, mothers.qualifications)
    mums["reach"] = np.minimum(mothers.travel_limit, policy.limits["travel_m"])
    mums["fixed"] = stability(mothers, policy) * policy.weights["stability"]
    mums["traits"] = mothers.traits
    mums["fixed"] += balance(mothers) * policy.weights["balance"]
    listed = np.ascontiguousarray(barred[order, 1], np.int32)
    return People(kids, mums, listed, terms_of(policy))


def _records(
    kind: np.dtype[Any], people: Children | Mothers, abilities: Column, special: Column
) -> NDArray[Any]:
    records = np.zeros(len(people.ids), kind)
    for name, _ in _SHARED:
        if name not in {"abilities", "special"}:
            records[name] = getattr(people, name)
    records["abilities"] = np.ascontiguousarray(abilities).view(np.uint64).reshape(-1)
    records["special"] = special
    return records


def stability(mothers: Mothers, policy: Policy) -> Ints:
    """Return points for how likely each mother is to stay: settled, and earlier pairings kept."""
    years = np.clip(mothers.residence_years.astype(np.int64), 0, policy.limits["settled_years"])
    kept = np.clip(mothers.kept_matches.astype(np.int64), 0, policy.limits["settled_matches"])
    worth = policy.values.points
    settled = worth["settled"] * years // policy.limits["settled_years"]
    points: Ints = settled + worth["kept"] * kept // policy.limits["settled_matches"]
    return points


def balance(mothers: Mothers) -> Ints:
    """Return points for giving a child to those who have few: free places of all places."""
    free = np.maximum(mothers.capacity, 0).astype(np.int64)
    points: Ints = FULL * free // np.maximum(1, free + np.maximum(mothers.load, 0))
    return points


def places(mothers: Mothers, policy: Policy) -> Ints:
    """Return the places each mother may really give now: none unready, fewer under strain."""
    free = np.maximum(mothers.capacity, 0).astype(np.int64)
    if policy.rules["not_ready"]:
        free = np.where(mothers.ready, free, 0)
    free = np.where(mothers.strain >= policy.limits["strain_fewer"], np.maximum(free - 1, 0), free)
    tired: Ints = np.where(mothers.strain >= policy.limits["strain_none"], 0, free)
    return tired


@compiled
def ones(bits: Any) -> Any:
    """Count the bits that are set."""
    rest = np.uint64(bits)
    count = 0
    while rest != np.uint64(0):
        rest &= rest - np.uint64(1)
        count += 1
    return count


@compiled
def distance_squared(kid: Any, mum: Any) -> Any:
    """Return the squared distance of a pair in square metres."""
    dx = np.int64(kid.x) - np.int64(mum.x)
    dy = np.int64(kid.y) - np.int64(mum.y)
    return dx * dx + dy * dy


@compiled
def _is_barred(kid: Any, j: int, barred: Column) -> Any:
    found = False
    for e in range(kid.barred_from, kid.barred_to):
        found = found or barred[e] == j
    return found


@compiled
def _are_apart(one: int, other: int) -> Any:
    """Tell whether two bit sets, both known, have nothing in common."""
    return one != 0 and other != 0 and (one & other) == 0


@compiled
def _has_wrong_sex(kid: Any, mum: Any, teen_age: int) -> Any:
    known = kid.sex != 0 and mum.sex != 0
    return known and kid.age >= teen_age and kid.sex != mum.sex


@compiled
def _is_too_far(kid: Any, mum: Any) -> Any:
    return kid.town != mum.town and distance_squared(kid, mum) > mum.reach * mum.reach


@compiled
def refusal(t: Terms, kid: Any, mum: Any) -> Any:
    """Return the first rule, other than a conflict, that forbids the pair, or -1."""
    if t.on >> _TOO_FAR & 1 and _is_too_far(kid, mum):
        return _TOO_FAR
    if t.on >> _DIALECT & 1 and _are_apart(kid.dialects, mum.dialects):
        return _DIALECT
    if t.on >> _QUALIFICATION & 1 and (kid.special & ~mum.special) != 0:
        return _QUALIFICATION
    if t.on >> _SEX & 1 and _has_wrong_sex(kid, mum, t.teen_age):
        return _SEX
    if t.on >> _TIME & 1 and _are_apart(kid.free_times, mum.free_times):
        return _TIME
    return -1


@compiled
def rule_against(p: People, i: int, j: int) -> Any:
    """Return the first hard rule that forbids child ``i`` to go to mother ``j``, or -1."""
    kid = p.kids[i]
    if p.terms.on >> _CONFLICT & 1 and _is_barred(kid, j, p.barred):
        return _CONFLICT
    return refusal(p.terms, kid, p.mums[j])


@compiled
def travel_points(t: Terms, kid: Any, mum: Any) -> Any:
    """Return points for nearness, falling evenly to none at the policy's scale."""
    metres = np.int64(np.sqrt(np.float64(distance_squared(kid, mum))))
    return max(0, FULL - FULL * metres // t.travel_scale_m)


@compiled
def time_points(t: Terms, kid: Any, mum: Any) -> Any:
    """Return the share of the child's free times that the mother shares."""
    if kid.free_times == 0 or mum.free_times == 0:
        return t.p_unknown
    return FULL * ones(kid.free_times & mum.free_times) // ones(kid.free_times)


@compiled
def skill_points(t: Terms, kid: Any, mum: Any) -> Any:
    """Return the share of the child's needs that her skills meet, duty by duty."""
    if kid.need_total == 0:
        return t.p_unknown
    met: Any = 0
    for axis in range(8):
        need = np.int64((kid.abilities >> np.uint64(8 * axis)) & np.uint64(255))
        skill = np.int64((mum.abilities >> np.uint64(8 * axis)) & np.uint64(255))
        met += min(need, skill)
    return FULL * met // kid.need_total


@compiled
def interest_points(t: Terms, kid: Any, mum: Any) -> Any:
    """Return points for interests and dislikes in common, up to full points."""
    shared = ones(kid.interests & mum.interests) + ones(kid.dislikes & mum.dislikes)
    return min(FULL, t.p_shared * shared)


@compiled
def kinship_points(t: Terms, kid: Any, mum: Any) -> Any:
    """Return points for a dialect and an ethnicity in common."""
    points = t.p_dialect if (kid.dialects & mum.dialects) != 0 else 0
    if kid.ethnicity != 0 and kid.ethnicity == mum.ethnicity:
        points += t.p_ethnicity
    return points


@compiled
def wish_points(kid: Any, mum: Any, j: int) -> Any:
    """Return points for what was wished: up to full for, and down to as many against.

    A wish for or against her herself outweighs what is wished in a mother at large.
    """
    points: Any = 0
    if kid.likes != 0:
        points = TRAIT * ones(kid.likes & mum.traits) // ones(kid.likes)
    if (kid.unlikes & mum.traits) != 0:
        points = -TRAIT
    if kid.wish == j:
        points = FULL
    for k in range(PERSONS):
        if kid.wishes[k] == j:
            points = FULL
    for k in range(PERSONS):
        if kid.avoids[k] == j:
            points = -FULL
    return points


@compiled
def score(p: People, i: int, j: int) -> Any:
    """Return the score of an allowed pair, 0..10,000."""
    t, kid, mum = p.terms, p.kids[i], p.mums[j]
    total: Any = mum.fixed + t.w_travel * travel_points(t, kid, mum)
    total += t.w_time * time_points(t, kid, mum)
    total += t.w_skills * skill_points(t, kid, mum)
    total += t.w_interests * interest_points(t, kid, mum)
    total += t.w_kinship * kinship_points(t, kid, mum)
    if kid.says != 0:
        total = max(0, total + t.w_wish * wish_points(kid, mum, j))
    elif kid.wish == j:
        total += t.w_wish * FULL
    return total // 100


@compiled
def scores_of(p: People, mate: Any) -> Any:
    """Return the score of each child's pair, or -1 without one."""
    found = np.full(len(mate), -1, np.int32)
    for i in range(len(mate)):
        if mate[i] >= 0:
            found[i] = score(p, i, mate[i])
    return found
