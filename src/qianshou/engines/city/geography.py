"""The real places: counties with plausible weights, towns and villages with coordinates."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.city.names import Texts

CITY_CODE = "500000000000"
DEFAULT_COUNTY = "500236"

# Six digits: residents in ten thousands (census of 2020, rounded), share of children in need
# against the city's mean, codes in resident IDs before (51xxxx until 1997, then 5002xx).
_COUNTIES: dict[str, tuple[float, float, str, str]] = {
    "500101": (156, 1.0, "512201", ""),
    "500102": (112, 0.8, "512301", ""),
    "500103": (59, 0.2, "510202", ""),
    "500104": (42, 0.25, "510203", ""),
    "500105": (93, 0.25, "510211", ""),
    "500106": (148, 0.25, "510212", ""),
    "500107": (153, 0.3, "510213", ""),
    "500108": (120, 0.3, "510214", ""),
    "500109": (84, 0.4, "510215", ""),
    "500110": (101, 1.0, "510223", "500222"),
    "500111": (83, 1.0, "510230", "500225"),
    "500112": (219, 0.35, "510224", ""),
    "500113": (118, 0.5, "510222", ""),
    "500114": (49, 1.6, "513523", ""),
    "500115": (69, 0.9, "510221", ""),
    "500116": (136, 0.9, "510225", ""),
    "500117": (125, 1.1, "510226", ""),
    "500118": (115, 0.9, "510229", ""),
    "500119": (57, 1.1, "512323", ""),
    "500120": (76, 0.7, "510232", "500227"),
    "500151": (69, 1.1, "510228", "500224"),
    "500152": (69, 1.4, "510227", "500223"),
    "500153": (67, 1.1, "510231", "500226"),
    "500154": (120, 1.5, "512222", "500234"),
    "500155": (65, 1.4, "512224", "500228"),
    "500156": (36, 1.5, "512326", "500232"),
    "500229": (20, 2.2, "512229", ""),
    "500230": (56, 1.6, "512324", ""),
    "500231": (65, 1.4, "512322", ""),
    "500233": (72, 1.6, "512223", ""),
    "500235": (93, 1.7, "512225", ""),
    "500236": (75, 1.8, "512226", ""),
    "500237": (46, 1.9, "512227", ""),
    "500238": (39, 2.1, "512228", ""),
    "500240": (39, 1.8, "513521", ""),
    "500241": (50, 1.8, "513522", ""),
    "500242": (61, 2.1, "513524", ""),
    "500243": (53, 2.0, "513525", ""),
}
# Share of the local minorities in the five counties of the south-east.
MINORITIES: dict[str, dict[str, float]] = {
    "500114": {"土家族": 0.56, "苗族": 0.17},
    "500240": {"土家族": 0.72, "苗族": 0.01},
    "500241": {"土家族": 0.46, "苗族": 0.10},
    "500242": {"土家族": 0.62, "苗族": 0.23},
    "500243": {"土家族": 0.12, "苗族": 0.50},
}
# Counties across the border from which families come: code, name.
NEIGHBOUR_COUNTIES = (
    ("511623", "四川省邻水县"),
    ("511722", "四川省宣汉县"),
    ("511725", "四川省渠县"),
    ("511602", "四川省广安市广安区"),
    ("510521", "四川省泸县"),
    ("511024", "四川省威远县"),
    ("520324", "贵州省正安县"),
    ("520325", "贵州省道真仡佬族苗族自治县"),
    ("520330", "贵州省习水县"),
    ("520628", "贵州省松桃苗族自治县"),
    ("422802", "湖北省利川市"),
    ("422823", "湖北省巴东县"),
    ("422826", "湖北省咸丰县"),
    ("433124", "湖南省花垣县"),
    ("610927", "陕西省镇坪县"),
)


@dataclass(frozen=True)
class Places:
    """The villages of one county, column by column, with town and county beside each."""

    county_code: str
    county_name: str
    index: int
    old_codes: tuple[str, str]
    village_code: Texts
    village_name: Texts
    town_code: Texts
    town_name: Texts
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    next_county_village: tuple[str, str, str, str]

    @property
    def six(self) -> str:
        """The six digits of the county."""
        return self.county_code[:6]

    @property
    def towns(self) -> list[str]:
        """The codes of the towns in order."""
        return sorted(set(self.town_code.tolist()))


@cache
def area_rows() -> dict[str, dict[str, str]]:
    """Read the shipped area lists once: code -> row."""
    folder = files("qianshou") / "areas" / "data"
    rows: dict[str, dict[str, str]] = {}
    for name in ("chongqing.csv", "chongqing-villages.csv"):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        rows.update((row["code"], row) for row in csv.DictReader(lines))
    return rows


def county_codes() -> list[str]:
    """List the six-digit codes of all counties, in an order that mixes town and country."""
    codes = sorted(_COUNTIES)
    return [codes[(i * 15 + codes.index(DEFAULT_COUNTY)) % len(codes)] for i in range(len(codes))]


def child_weights() -> dict[str, float]:
    """Give each county its share of the city's children in difficulty."""
    raw = {code: people * need for code, (people, need, _, _) in _COUNTIES.items()}
    total = sum(raw.values())
    return {code: weight / total for code, weight in raw.items()}


def mother_weights() -> dict[str, float]:
    """Give each county its share of the mothers: they follow the people more than the need."""
    raw = {code: people * need**0.8 for code, (people, need, _, _) in _COUNTIES.items()}
    total = sum(raw.values())
    return {code: weight / total for code, weight in raw.items()}


def short_name(village: str) -> str:
    """Shorten an official name as clerks do: 岔河村村民委员会 becomes 岔河村."""
    for ending in ("居民委员会", "村民委员会", "居委会", "村委会", "民委员会"):
        village = village.removesuffix(ending)
    return village


def _village_rows(county: str) -> list[dict[str, str]]:
    rows = area_rows()
    return [row for code, row in rows.items() if code[:6] == county and row["level"] == "village"]


def places_of(county: str) -> Places:
    """Collect the villages of a county given by its six digits.

    Raises ValueError with the known codes when there is no such county.
    """
    if county not in _COUNTIES:
        raise ValueError(f"unknown county {county!r}; known: {', '.join(sorted(_COUNTIES))}")
    rows = area_rows()
    villages = _village_rows(county)
    codes = sorted(_COUNTIES)
    beyond = _village_rows(codes[(codes.index(county) + 1) % len(codes)])[3]
    return Places(
        county_code=county + "000000",
        county_name=rows[county + "000000"]["name"],
        index=codes.index(county),
        old_codes=_COUNTIES[county][2:],
        village_code=np.array([row["code"] for row in villages]),
        village_name=np.array([short_name(row["name"]) for row in villages]),
        town_code=np.array([row["parent"] for row in villages]),
        town_name=np.array([rows[row["parent"]]["name"] for row in villages]),
        lon=np.array([float(row["lon"]) for row in villages]),
        lat=np.array([float(row["lat"]) for row in villages]),
        next_county_village=_names_of(beyond["code"]),
    )


def _names_of(village: str) -> tuple[str, str, str, str]:
    rows = area_rows()
    return (
        rows[village[:6] + "000000"]["name"],
        rows[village[:9] + "000"]["name"],
        short_name(rows[village]["name"]),
        village,
    )


def town_weights(rng: np.random.Generator, places: Places, *, spread: float) -> dict[str, float]:
    """Weigh the towns of a county: seats are larger, and chance does the rest (log-normal)."""
    towns = places.towns
    seat = np.array([1.8 if code[6] == "0" else 1.0 for code in towns])
    weights = seat * np.exp(rng.normal(0, spread, len(towns)))
    return dict(zip(towns, (weights / weights.sum()).tolist(), strict=True))


def draw_villages(
    rng: np.random.Generator, places: Places, *, towns: dict[str, float], count: int
) -> NDArray[np.int64]:
    """Draw places to live in: the town by its weight, the village evenly with some chance."""
    local = np.exp(rng.normal(0, 0.5, len(places.village_code)))
    per_town: dict[str, float] = {}
    for town, weight in zip(places.town_code.tolist(), local.tolist(), strict=True):
        per_town[town] = per_town.get(town, 0.0) + weight
    scale = [towns[t] / per_town[t] if t in towns else 0.0 for t in places.town_code.tolist()]
    weights = local * np.array(scale)
    return rng.choice(len(weights), size=count, p=weights / weights.sum())
