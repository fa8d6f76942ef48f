"""Rows of children and mothers as the engine's arrays, and from array places back to rows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from qianshou.areas import rules as area_rules
from qianshou.engines.matching.people import Children, Mothers
from qianshou.pairing.queries import instance
from qianshou.pairing.queries.instance import ChildRow, MotherRow

EARTH_M_PER_DEGREE = 111_320.0
SEXES = {"M": 1, "F": 2}
# Bits of special needs and of qualifications, as in engines.matching.people.QUALIFICATIONS.
TRAUMA, DISABILITY = 1, 2
AXES = 8
MIND, HEALTH = 1, 2
QUALIFIED_FROM = 60


@dataclass(frozen=True)
class Instance:
    """One matching problem: arrays for the engine and the rows they were made of."""

    children: Children
    mothers: Mothers
    barred: NDArray[np.int32]
    child_rows: list[ChildRow]
    mother_rows: list[MotherRow]
    towns: list[str]
    unasked: list[ChildRow]


def read_instance(area_code: str, *, today: date) -> Instance:
    """Read everybody who takes part in a matching of an area."""
    waiting, unasked = instance.children_waiting(area_code, today=today)
    mothers = instance.mothers_with_places(area_code, today=today)
    return build(
        waiting,
        mothers,
        refused=instance.refused_pairs(area_code),
        unasked=unasked,
        today=today,
    )


def build(
    children: list[ChildRow],
    mothers: list[MotherRow],
    *,
    refused: list[tuple[UUID, UUID]],
    unasked: list[ChildRow],
    today: date,
) -> Instance:
    """Turn rows into arrays; places and words get small numbers shared by both sides."""
    everybody: list[ChildRow | MotherRow] = [*children, *mothers]
    codes = sorted({town_of(each) for each in everybody})
    towns = {code: place for place, code in enumerate(codes)}
    spots = metres(instance.positions_of({each.area_code for each in everybody}))
    languages: dict[str, int] = {}
    times: dict[str, int] = {}
    interests: dict[str, int] = {}
    words = (languages, times, interests)
    return Instance(
        children=_children(children, towns, spots, words=words, today=today),
        mothers=_mothers(mothers, towns, spots, words=words, today=today),
        barred=_places(refused, children, mothers),
        child_rows=children,
        mother_rows=mothers,
        towns=list(towns),
        unasked=unasked,
    )


def town_of(row: ChildRow | MotherRow) -> str:
    """Return the town a person lives in."""
    return area_rules.town_code(row.area_code)


def metres(positions: dict[str, tuple[float, float]]) -> dict[str, tuple[int, int]]:
    """Project longitude and latitude to metres around their middle; exact enough for a city."""
    if not positions:
        return {}
    middle = sum(lat for _, lat in positions.values()) / len(positions)
    east = EARTH_M_PER_DEGREE * math.cos(math.radians(middle))
    return {
        code: (round(lon * east), round(lat * EARTH_M_PER_DEGREE))
        for code, (lon, lat) in positions.items()
    }


Words = tuple[dict[str, int], dict[str, int], dict[str, int]]


def _children(
    rows: list[ChildRow],
    towns: dict[str, int],
    spots: dict[str, tuple[int, int]],
    *,
    words: Words,
    today: date,
) -> Children:
    languages, times, interests = words
    count = len(rows)
    return Children(
        ids=[str(row.id) for row in rows],
        tier=np.array([row.tier for row in rows], np.int64),
        town=np.array([towns[town_of(row)] for row in rows], np.int32),
        x=np.array([spots.get(row.area_code, (0, 0))[0] for row in rows], np.int32),
        y=np.array([spots.get(row.area_code, (0, 0))[1] for row in rows], np.int32),
        sex=np.array([SEXES.get(row.sex, 0) for row in rows], np.int8),
        age=np.array([_age(row.birth_on, today) for row in rows], np.int16),
        ethnicity=np.array([_number(row.ethnicity) for row in rows], np.int16),
        needs=_levels([row.needs for row in rows]),
        dialects=_bits([row.facts.get("languages", []) for row in rows], languages, 32),
        interests=_bits([row.facts.get("interests", []) for row in rows], interests, 64),
        dislikes=np.zeros(count, np.uint64),
        free_times=_bits([row.facts.get("times", []) for row in rows], times, 32),
        special_needs=np.array([special_needs(row.facts) for row in rows], np.uint32),
        wish=np.full(count, -1, np.int32),
        waiting_days=np.array([_days(row.consent_on, today) for row in rows], np.int32),
        consented=np.ones(count, bool),
    )


def _mothers(
    rows: list[MotherRow],
    towns: dict[str, int],
    spots: dict[str, tuple[int, int]],
    *,
    words: Words,
    today: date,
) -> Mothers:
    languages, times, interests = words
    count = len(rows)
    return Mothers(
        ids=[str(row.id) for row in rows],
        ready=np.array([row.ready for row in rows], bool),
        town=np.array([towns[town_of(row)] for row in rows], np.int32),
        x=np.array([spots.get(row.area_code, (0, 0))[0] for row in rows], np.int32),
        y=np.array([spots.get(row.area_code, (0, 0))[1] for row in rows], np.int32),
        sex=np.full(count, SEXES["F"], np.int8),
        age=np.array([_age(row.birth_on, today) for row in rows], np.int16),
        ethnicity=np.array([_number(row.ethnicity) for row in rows], np.int16),
        capacity=np.array([row.places for row in rows], np.int32),
        load=np.array([row.load for row in rows], np.int32),
        travel_limit=np.array([row.travel_limit_m for row in rows], np.int32),
        skills=_levels([row.skills for row in rows]),
        dialects=_bits([row.languages for row in rows], languages, 32),
        interests=_bits([row.interests for row in rows], interests, 64),
        dislikes=np.zeros(count, np.uint64),
        free_times=_bits([row.times for row in rows], times, 32),
        qualifications=np.array([_qualified(row.skills) for row in rows], np.uint32),
        residence_years=np.array([_years(row, today) for row in rows], np.int16),
        kept_matches=np.array([row.kept for row in rows], np.int16),
        strain=np.zeros(count, np.uint8),
    )


def special_needs(facts: Mapping[str, Any]) -> int:
    """Return which qualifications a child needs: facts only, never a mother's guess."""
    bits = 0
    if facts.get("self_harm") or facts.get("psych") == "SERIOUS":
        bits |= TRAUMA
    level = facts.get("disability_level")
    if level is not None and int(level) <= 2 and facts.get("card_state", "VALID") == "VALID":
        bits |= DISABILITY
    return bits


def _qualified(skills: list[int]) -> int:
    levels = list(skills) + [0] * (AXES - len(skills))
    bits = TRAUMA if levels[MIND] >= QUALIFIED_FROM else 0
    return bits | (DISABILITY if levels[HEALTH] >= QUALIFIED_FROM else 0)


def _years(row: MotherRow, today: date) -> int:
    """Return how long she has been with the programme: the only sign of settledness on file."""
    return min(_days(row.applied_on, today) // 365, 99)


def _levels(rows: list[list[int]]) -> NDArray[np.uint8]:
    if not rows:
        return np.zeros((0, AXES), np.uint8)
    return np.array([(list(row) + [0] * AXES)[:AXES] for row in rows], np.uint8)


def _bits(lists: list[list[str]], words: dict[str, int], width: int) -> NDArray[np.unsignedinteger]:
    kind = np.uint32 if width == 32 else np.uint64
    return np.array(instance.masks(lists, words, width), kind)


def _places(
    refused: list[tuple[UUID, UUID]], children: list[ChildRow], mothers: list[MotherRow]
) -> NDArray[np.int32]:
    child_at = {row.id: place for place, row in enumerate(children)}
    mother_at = {row.id: place for place, row in enumerate(mothers)}
    pairs = [
        (child_at[child], mother_at[mother])
        for child, mother in refused
        if child in child_at and mother in mother_at
    ]
    return np.array(pairs, np.int32).reshape(-1, 2)


def _age(birth_on: date | None, today: date) -> int:
    if birth_on is None:
        return 0
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))


def _days(since: date | None, today: date) -> int:
    return max((today - since).days, 0) if since else 0


def _number(code: str | None) -> int:
    return int(code) if code and code.isdigit() else 0
