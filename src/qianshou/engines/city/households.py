"""Invented families of one county: where they live, where they come from, what they share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.city import geography, names, numbers, scenarios
from qianshou.engines.city.geography import Places
from qianshou.engines.city.names import Texts
from qianshou.engines.city.scenarios import SCENARIOS

Ints = NDArray[np.int64]
_YEAR = 365.25


@dataclass(frozen=True)
class Adults:
    """Fathers, mothers or carers, one per household; blank names where nobody is."""

    name: list[str]
    status: list[str]
    id_no: list[str]
    phone: list[str]


@dataclass(frozen=True)
class Households:
    """Everything the children of one household share, column by column."""

    village: Ints
    scenario: Ints
    ethnicity: Texts
    surname: Texts
    mother_surname: Texts
    generation_character: Texts
    hukou: list[tuple[str, str, str, str]]
    hukou_outside: NDArray[np.bool_]
    address: list[str]
    low_income: NDArray[np.bool_]
    languages: list[str]
    mother_age: Ints
    father_age: Ints


def draw_households(
    rng: np.random.Generator,
    places: Places,
    *,
    village: Ints,
    outside_share: float,
    oldest_child: Ints,
) -> Households:
    """Draw one household per village index; parents are as much older as people are (days)."""
    count = len(village)
    weights = np.array([s.weight for s in SCENARIOS])
    scenario = rng.choice(len(SCENARIOS), size=count, p=weights / weights.sum())
    migrant = np.array([scenarios.MIGRANT in s.categories for s in SCENARIOS])[scenario]
    outside = (rng.random(count) < outside_share) | (migrant & (rng.random(count) < 0.8))
    ethnicity = _ethnicities(rng, places, outside)
    surname = names.draw_surnames(rng, count)
    mother_surname = names.draw_surnames(rng, count)
    mother_age = oldest_child + (rng.uniform(19.5, 34, count) * _YEAR).astype(np.int64)
    hukou = _hukou(rng, places, village=village, outside=outside)
    return Households(
        village=village,
        scenario=scenario,
        ethnicity=ethnicity,
        surname=names.draw_local_surnames(rng, ethnicity, surname),
        mother_surname=names.draw_local_surnames(rng, ethnicity, mother_surname),
        generation_character=_generation_characters(rng, count),
        hukou=hukou,
        hukou_outside=outside,
        address=_addresses(rng, places, village),
        low_income=rng.random(count) < _low_income_share(scenario),
        languages=_languages(rng, ethnicity, hukou),
        mother_age=mother_age,
        father_age=mother_age + (rng.normal(2, 2.5, count) * _YEAR).astype(np.int64),
    )


def _ethnicities(rng: np.random.Generator, places: Places, outside: NDArray[np.bool_]) -> Texts:
    shares = dict(geography.MINORITIES.get(places.six, {"土家族": 0.012, "苗族": 0.008}))
    shares |= {"彝族": 0.006, "回族": 0.002, "藏族": 0.0015, "蒙古族": 0.001, "侗族": 0.001}
    groups = np.array(["汉族", *shares])
    weights = np.array([1 - sum(shares.values()), *shares.values()])
    drawn = groups[rng.choice(len(groups), size=len(outside), p=weights)]
    # Yi and Tibetan families are more often those who came from the mountains across the border.
    drawn[outside & (rng.random(len(outside)) < 0.08)] = "彝族"
    return drawn


def _hukou(
    rng: np.random.Generator, places: Places, *, village: Ints, outside: NDArray[np.bool_]
) -> list[tuple[str, str, str, str]]:
    moved = rng.random(len(village)) < 0.06
    other = rng.integers(0, len(places.village_code), len(village))
    home = np.where(moved, other, village).tolist()
    beyond = rng.integers(0, len(geography.NEIGHBOUR_COUNTIES), len(village)).tolist()
    out: list[tuple[str, str, str, str]] = []
    for is_outside, far, here in zip(outside.tolist(), beyond, home, strict=True):
        if is_outside:
            code, name = geography.NEIGHBOUR_COUNTIES[far]
            out.append((name, "", "", code + "000000"))
        else:
            out.append(place_names(places, here))
    return out


def place_names(places: Places, village: int) -> tuple[str, str, str, str]:
    """Name county, town and village of a village index, and give its code."""
    return (
        places.county_name,
        str(places.town_name[village]),
        str(places.village_name[village]),
        str(places.village_code[village]),
    )


def _addresses(rng: np.random.Generator, places: Places, village: Ints) -> list[str]:
    group = rng.integers(1, 9, len(village)).tolist()
    number = rng.integers(1, 140, len(village)).tolist()
    floor = rng.integers(1, 12, len(village)).tolist()
    urban = np.char.endswith(places.village_name[village], "社区").tolist()
    return [
        f"{g}栋{f}-{n % 8 + 1}" if is_urban else f"{g}组{n}号"
        for g, n, f, is_urban in zip(group, number, floor, urban, strict=True)
    ]


def _low_income_share(scenario: Ints) -> NDArray[np.float64]:
    poor = {scenarios.POOR, scenarios.DESTITUTE, scenarios.UNATTENDED, scenarios.ORPHAN}
    shares = [0.7 if poor & set(s.categories) else 0.16 for s in SCENARIOS]
    return np.array(shares)[scenario]


def _generation_characters(rng: np.random.Generator, count: int) -> Texts:
    pool = np.array(list("思文志宇俊梓嘉国光明永世承泽玉晓雨佳"))
    drawn = pool[rng.integers(0, len(pool), count)]
    drawn[rng.random(count) > 0.35] = ""
    return drawn


def _languages(
    rng: np.random.Generator, ethnicity: Texts, hukou: list[tuple[str, str, str, str]]
) -> list[str]:
    mandarin = (rng.random(len(hukou)) < 0.55).tolist()
    own = {"土家族": ("土家语", 0.08), "苗族": ("苗语", 0.12), "彝族": ("彝语", 0.85)}
    province = {"四川": "四川话", "贵州": "贵州话", "湖北": "湖北话", "湖南": "湖南话"}
    chance = rng.random(len(hukou)).tolist()
    out = []
    for group, home, speaks, luck in zip(ethnicity.tolist(), hukou, mandarin, chance, strict=True):
        word, share = own.get(group, ("", 0.0))
        first = province.get(home[0][:2], "重庆话")
        parts = [word if luck < share else first, "普通话" if speaks else ""]
        if luck < share * 0.6:
            parts.insert(1, first)
        out.append("、".join(p for p in parts if p))
    return out


def region_codes(
    rng: np.random.Generator, places: Places, *, hukou: Sequence[str], born: Ints
) -> list[str]:
    """Give the six digits with which each person's ID begins: the code in force at registration."""
    before_1997, before_2016 = numbers_of_year(1997), numbers_of_year(2015)
    ancient, former = places.old_codes
    stray = (rng.random(len(hukou)) < 0.01).tolist()
    out = []
    for code, day, strays in zip(hukou, born.tolist(), stray, strict=True):
        region = code[:6]
        if region == places.six and day < before_1997:
            region = ancient
        elif region == places.six and former and day < before_2016:
            region = former
        out.append("510202" if strays and day < before_1997 else region)
    return out


def numbers_of_year(year: int) -> int:
    """Count the days from 1970 to the first of January of a year."""
    return int((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int))


def sequences(rng: np.random.Generator, places: Places, outside: NDArray[np.bool_]) -> Ints:
    """Draw sequence numbers; those from outside keep to a slot per county, so that no two meet."""
    local = rng.integers(0, 449, len(outside))
    return np.where(outside, 450 + places.index, local)


def draw_phones(rng: np.random.Generator, status: Sequence[str]) -> list[str]:
    """Give a telephone to everybody who can be reached; the dead and the lost have none."""
    unreachable = {"去世", "失联", "服刑", "强制戒毒", ""}
    return [
        "" if state in unreachable else phone
        for state, phone in zip(status, numbers.phones(rng, len(status)), strict=True)
    ]
