"""The children of one county as they really are: the truth against which every file is judged."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from qianshou.engines.city import (
    adults,
    geography,
    households,
    names,
    numbers,
    scenarios,
    schools,
    traits,
)
from qianshou.engines.city.geography import Places
from qianshou.engines.city.households import Adults, Households, Ints
from qianshou.engines.city.scenarios import SCENARIOS

_YEAR = 365.25
# Bands of age in days and their shares: preschool, primary, junior, senior.
_BANDS = ((20, 1096, 0.08), (1096, 2192, 0.13), (2192, 4383, 0.42), (4383, 5479, 0.21))
_LAST_BAND = (5479, 6540, 0.16)


@dataclass(frozen=True)
class Wanted:
    """How many children to draw for a county, and under which conditions."""

    children: int
    as_of: date
    outside_share: float = 0.035
    town: str = ""  # only this town, if given


@dataclass(frozen=True)
class _Cast:
    """Everybody of a county, before it is laid out as a table."""

    home: Ints
    homes: Households
    born: Ints
    twin: NDArray[np.bool_]
    sex: Ints
    name: list[str]
    father: Adults
    mother: Adults
    carer: Adults


def draw_children(rng: np.random.Generator, places: Places, wanted: Wanted) -> pl.DataFrame:
    """Draw the children of a county with their families, burdens, needs, schools and wishes."""
    cast = _draw_cast(rng, places, wanted)
    today = numbers.days(wanted.as_of)
    village = cast.homes.village[cast.home]
    scenario = cast.homes.scenario[cast.home]
    age = (today - cast.born) / _YEAR
    year = wanted.as_of.year - (wanted.as_of.month < 9)
    grade = schools.school_grades(cast.born, year)
    frame = pl.DataFrame(
        {
            **_identity(rng, cast, places=places),
            **_where(cast, places, village=village),
            **_family(cast),
            **_schooling(schools.draw_schooling(rng, places, village=village, grade=grade)),
            **_burdens(rng, cast, age=age, scenario=scenario),
            **_wishes(rng, wanted.as_of, age=age),
        }
    )
    return _move_some_next_door(rng, frame, places)


def _draw_cast(rng: np.random.Generator, places: Places, wanted: Wanted) -> _Cast:
    size = rng.choice([1, 2, 3], size=wanted.children, p=[0.62, 0.3, 0.08])
    home = np.repeat(np.arange(wanted.children), size)[: wanted.children]
    count = int(home[-1]) + 1
    today = numbers.days(wanted.as_of)
    age, twin = _ages(rng, home)
    oldest = np.zeros(count, dtype=np.int64)
    np.maximum.at(oldest, home, age)
    homes = households.draw_households(
        rng,
        places,
        village=_villages(rng, places, town=wanted.town, count=count),
        outside_share=wanted.outside_share,
        oldest_child=oldest,
    )
    parents = adults.draw_parents(rng, homes, places=places, today=today)
    sex = np.where(rng.random(len(home)) < 0.53, 1, 2)
    return _Cast(
        home=home,
        homes=homes,
        born=today - age,
        twin=twin,
        sex=sex,
        name=_names(rng, homes, home=home, sex=sex),
        father=parents[0],
        mother=parents[1],
        carer=adults.draw_carers(rng, homes, places=places, parents=parents, today=today),
    )


def _villages(rng: np.random.Generator, places: Places, *, town: str, count: int) -> Ints:
    towns = geography.town_weights(rng, places, spread=0.35)
    return geography.draw_villages(rng, places, towns={town: 1.0} if town else towns, count=count)


def _ages(rng: np.random.Generator, home: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Draw ages in days; siblings differ by ten months or more, twins not at all."""
    bands = (*_BANDS, _LAST_BAND)
    band = rng.choice(len(bands), size=len(home), p=[share for _, _, share in bands])
    low = np.array([b[0] for b in bands])[band]
    high = np.array([b[1] for b in bands])[band]
    age = rng.integers(low, high).tolist()
    gap = rng.integers(310, 1350, len(home)).tolist()
    twin = (rng.random(len(home)) < 0.035).tolist()
    homes = home.tolist()
    twin[0] = False
    for i in range(1, len(age)):
        if homes[i] != homes[i - 1]:
            twin[i] = False
        elif twin[i]:
            age[i] = age[i - 1]
        else:
            first = age[homes.index(homes[i], max(0, i - 2))]
            age[i] = age[i - 1] + (gap[i] if first < 3000 else -gap[i])
    return np.array(age), np.array(twin)


def _names(rng: np.random.Generator, homes: Households, *, home: Ints, sex: Ints) -> list[str]:
    given = names.draw_given(rng, sex, "children")
    shared = homes.generation_character[home]
    given = np.where(shared != "", names.share_first_character(given, shared), given)
    mothers = rng.random(len(home)) < 1 / 13  # mother's surname : father's = 1 : 12
    surname = np.where(mothers, homes.mother_surname[home], homes.surname[home])
    full = np.char.add(surname, given).tolist()
    for i in np.flatnonzero(np.isin(homes.ethnicity[home], ["彝族", "藏族"])).tolist():
        full[i] = names.minority_name(rng, str(homes.ethnicity[home[i]]), int(sex[i]))
    return _distinct_siblings(rng, full, home=home.tolist(), sex=sex.tolist())


def _distinct_siblings(
    rng: np.random.Generator, full: list[str], *, home: list[int], sex: list[int]
) -> list[str]:
    """No family calls two children alike."""
    seen: set[tuple[int, str]] = set()
    for i, name in enumerate(full):
        while (home[i], full[i]) in seen:
            other = names.draw_given(rng, np.array([sex[i]]), "children")[0]
            full[i] = f"{name[0]}{other}" if "·" not in name else f"{name}{other[-1]}"
        seen.add((home[i], full[i]))
    return full


def _identity(rng: np.random.Generator, cast: _Cast, *, places: Places) -> dict[str, object]:
    codes = [cast.homes.hukou[h][3] for h in cast.home.tolist()]
    regions = households.region_codes(rng, places, hukou=codes, born=cast.born)
    outside = cast.homes.hukou_outside[cast.home]
    ids = numbers.resident_ids(
        regions,
        cast.born,
        sex=cast.sex,
        sequence=households.sequences(rng, places, outside),
    )
    truth_id = [f"C{places.six}{i + 1:06d}" for i in range(len(ids))]
    return {
        "truth_id": truth_id,
        "household_id": [f"H{places.six}{h + 1:06d}" for h in cast.home.tolist()],
        "name": cast.name,
        "sex": cast.sex,
        "ethnicity": cast.homes.ethnicity[cast.home],
        "id_no": ids,
        "born_on": cast.born.astype("datetime64[D]"),
        "twin_of": [
            truth_id[i - 1] if is_twin else "" for i, is_twin in enumerate(cast.twin.tolist())
        ],
    }


def _where(cast: _Cast, places: Places, *, village: Ints) -> dict[str, object]:
    hukou = [cast.homes.hukou[h] for h in cast.home.tolist()]
    return {
        "hukou_county": [h[0] for h in hukou],
        "hukou_town": [h[1] for h in hukou],
        "hukou_village": [h[2] for h in hukou],
        "hukou_code": [h[3] for h in hukou],
        "county_code": [places.county_code] * len(hukou),
        "county": [places.county_name] * len(hukou),
        "town_code": places.town_code[village],
        "town": places.town_name[village],
        "area_code": places.village_code[village],
        "village": places.village_name[village],
        "address": [cast.homes.address[h] for h in cast.home.tolist()],
        "lon": places.lon[village],
        "lat": places.lat[village],
    }


def _family(cast: _Cast) -> dict[str, object]:
    home = cast.home.tolist()
    columns: dict[str, object] = {
        "languages": [cast.homes.languages[h] for h in home],
        "low_income": cast.homes.low_income[cast.home],
        "household_children": np.bincount(cast.home)[cast.home],
        "guardianship": [SCENARIOS[s].guardianship for s in cast.homes.scenario[cast.home]],
    }
    sides = (("father", cast.father), ("mother", cast.mother), ("carer", cast.carer))
    for side, people in sides:
        status = "relation" if side == "carer" else "status"
        columns[f"{side}_name"] = [people.name[h] for h in home]
        columns[f"{side}_{status}"] = [people.status[h] for h in home]
        columns[f"{side}_id_no"] = [people.id_no[h] for h in home]
        columns[f"{side}_phone"] = [people.phone[h] for h in home]
    return columns


def _schooling(place: schools.Schooling) -> dict[str, object]:
    return {
        "school_code": place.code,
        "school": place.name,
        "stage": place.stage,
        "grade": place.grade,
        "class_no": place.class_no,
        "boarding": place.boarding,
    }


def _burdens(
    rng: np.random.Generator, cast: _Cast, *, age: NDArray[np.float64], scenario: Ints
) -> dict[str, object]:
    burden = traits.draw_traits(rng, age=age, scenario=scenario)
    poor = cast.homes.low_income[cast.home]
    needs = traits.draw_needs(rng, burden, age=age, scenario=scenario, poor=poor)
    return {
        "categories": _categories(burden, age=age.tolist(), scenario=scenario.tolist()),
        "disability": burden.disability,
        "illness": burden.illness,
        "health": traits.health_words(burden),
        "serious_illness": burden.serious,
        "alone": burden.alone,
        "bullied": burden.bullied,
        "violence": burden.violence,
        "misconduct": burden.misconduct,
        "self_harm": burden.self_harm,
        **{f"need_{axis}": values for axis, values in needs.items()},
        "risk_grade": traits.risk_grades(burden, needs=needs, scenario=scenario),
    }


def _categories(burden: traits.Traits, *, age: list[float], scenario: list[int]) -> list[str]:
    """List each child's categories: left-behind ends at 16, own hardship follows from burdens."""
    out = []
    for i, number in enumerate(scenario):
        held = list(SCENARIOS[number].categories)
        if age[i] >= 16 and scenarios.LEFT_BEHIND in held:
            held.remove(scenarios.LEFT_BEHIND)
        if (burden.disability[i] or burden.serious[i]) and scenarios.OWN_HARDSHIP not in held:
            held.append(scenarios.OWN_HARDSHIP)
        out.append("、".join(held or [scenarios.POOR]))
    return out


def _wishes(
    rng: np.random.Generator, as_of: date, *, age: NDArray[np.float64]
) -> dict[str, object]:
    count = len(age)
    consent = rng.choice(["YES", "NO", "UNKNOWN"], size=count, p=[0.8, 0.06, 0.14])
    asked = numbers.days(as_of) - rng.integers(5, 700, count)
    consented = asked.astype("datetime64[D]")
    return {
        "consent": consent,
        "consented_on": np.where(consent == "YES", consented, np.datetime64("NaT")),
        "times": traits.draw_times(rng, count),
        "interests": traits.draw_interests(rng, age),
        "absent_days": rng.poisson(1.2, count),
        "dropped_out": (rng.random(count) < 0.006) & (age >= 12),
        "marks": rng.choice(["优", "良", "中", "差"], size=count, p=[0.12, 0.3, 0.38, 0.2]),
        "registered_on": (numbers.days(as_of) - rng.integers(30, 1800, count)).astype(
            "datetime64[D]"
        ),
        "updated_on": (numbers.days(as_of) - rng.integers(0, 29, count)).astype("datetime64[D]"),
    }


def _move_some_next_door(
    rng: np.random.Generator, frame: pl.DataFrame, places: Places
) -> pl.DataFrame:
    """Let a few households live in the next county although this county's office lists them."""
    county, town, village, code = places.next_county_village
    homes = frame["household_id"].unique(maintain_order=True)
    away = homes.filter(pl.Series(rng.random(len(homes)) < 0.004))
    row = geography.area_rows()[code]
    there = {
        "county_code": code[:6] + "000000",
        "county": county,
        "town_code": row["parent"],
        "town": town,
        "area_code": code,
        "village": village,
        "lon": float(row["lon"]),
        "lat": float(row["lat"]),
    }
    moved = pl.col("household_id").is_in(away.implode())
    return frame.with_columns(
        pl.when(moved).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        for column, value in there.items()
    )
