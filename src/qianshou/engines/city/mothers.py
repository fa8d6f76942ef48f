"""The loving mothers of one county: who they are, what they can give, how far they have come."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from qianshou.engines.city import geography, households, names, numbers, traits
from qianshou.engines.city.geography import Places
from qianshou.engines.city.scenarios import AXES, AXIS_WORDS

Ints = NDArray[np.int64]

_YEAR = 365.25
# Category, share of mothers, axis on which it makes strong (blank: none), employer.
_CATEGORIES: tuple[tuple[str, float, str, str], ...] = (
    ("妇联执委", 0.2, "family", "{town}妇女联合会"),
    ("志愿者", 0.22, "company", ""),
    ("女教师", 0.12, "study", "{town}中心小学校"),
    ("退休教师", 0.08, "study", ""),
    ("机关干部", 0.1, "safety", "{town}人民政府"),
    ("医护人员", 0.06, "health", "{town}卫生院"),
    ("社会工作者", 0.05, "mind", "{county}社会工作服务中心"),
    ("女企业家", 0.04, "living", "{county}女企业家协会"),
    ("退休干部", 0.06, "habit", ""),
    ("最美家庭", 0.04, "family", ""),
    ("巾帼建功标兵", 0.02, "habit", "{county}总工会"),
    ("三八红旗手", 0.01, "family", "{county}妇女联合会"),
)
_WISHES = ("女孩", "男孩", "学龄前", "小学", "初中", "残疾儿童", "就近")
_WISH_SHARES = (0.07, 0.02, 0.05, 0.1, 0.04, 0.03, 0.15)
_TIME_SHARES = (0.5, 0.75, 0.5, 0.12)  # in the order of traits.TIMES


@dataclass(frozen=True)
class Recruits:
    """How many mothers to draw, and on which day."""

    mothers: int
    as_of: date
    town: str = ""


def draw_mothers(rng: np.random.Generator, places: Places, wanted: Recruits) -> pl.DataFrame:
    """Draw the mothers of a county; towns differ much, so that some run short."""
    count = wanted.mothers
    towns = geography.town_weights(rng, places, spread=0.7)
    village = geography.draw_villages(
        rng, places, towns={wanted.town: 1.0} if wanted.town else towns, count=count
    )
    shares = np.array([c[1] for c in _CATEGORIES])
    kind = rng.choice(len(_CATEGORIES), size=count, p=shares / shares.sum())
    skills = _skills(rng, kind)
    frame = pl.DataFrame(
        {
            **_person(rng, places, kind=kind, as_of=wanted.as_of),
            **_place(rng, places, village=village, kind=kind),
            **_offer(rng, skills, count=count),
            **_road(rng, count, as_of=wanted.as_of),
        }
    )
    return frame.with_columns(ready=_ready(frame, wanted.as_of))


def _person(
    rng: np.random.Generator, places: Places, *, kind: Ints, as_of: date
) -> dict[str, object]:
    count = len(kind)
    retired = np.array(["退休" in c[0] for c in _CATEGORIES])[kind]
    years = np.where(retired, rng.uniform(55, 69, count), rng.uniform(25, 55, count))
    born = numbers.days(as_of) - (years * _YEAR).astype(np.int64)
    sex = np.full(count, 2)
    given = np.where(
        years > 58, names.draw_given(rng, sex, "elders"), names.draw_given(rng, sex, "parents")
    )
    shares = geography.MINORITIES.get(places.six, {"土家族": 0.012, "苗族": 0.008})
    ethnicity = rng.choice(
        ["汉族", *shares], size=count, p=[1 - sum(shares.values()), *shares.values()]
    )
    surname = names.draw_local_surnames(rng, ethnicity, names.draw_surnames(rng, count))
    hukou = [places.county_code] * count
    regions = households.region_codes(rng, places, hukou=hukou, born=born)
    sequence = rng.integers(0, 449, count)
    party = rng.choice(
        ["中共党员", "共青团员", "群众", "民主党派"], size=count, p=[0.42, 0.04, 0.52, 0.02]
    )
    return {
        "truth_id": [f"M{places.six}{i + 1:06d}" for i in range(count)],
        "name": np.char.add(surname, given),
        "born_on": born.astype("datetime64[D]"),
        "id_no": numbers.resident_ids(regions, born, sex=sex, sequence=sequence),
        "phone": numbers.phones(rng, count),
        "ethnicity": ethnicity,
        "party": party,
        "education": rng.choice(
            ["小学", "初中", "高中", "中专", "大专", "本科", "研究生"],
            size=count,
            p=[0.03, 0.17, 0.17, 0.1, 0.26, 0.25, 0.02],
        ),
        "categories": _categories(rng, kind=kind, party=party.tolist()),
    }


def _categories(rng: np.random.Generator, *, kind: Ints, party: list[str]) -> list[str]:
    second = rng.choice(len(_CATEGORIES), size=len(kind)).tolist()
    luck = rng.random(len(kind)).tolist()
    out = []
    for first, other, chance, member in zip(kind.tolist(), second, luck, party, strict=True):
        words = [_CATEGORIES[first][0]]
        if chance < 0.2 and other != first and "退休" not in _CATEGORIES[other][0]:
            words.append(_CATEGORIES[other][0])
        if member == "中共党员":
            words.append("中共党员")
        out.append("、".join(words))
    return out


def _place(
    rng: np.random.Generator, places: Places, *, village: Ints, kind: Ints
) -> dict[str, object]:
    town = places.town_name[village].tolist()
    employers = [
        _CATEGORIES[k][3].format(town=t, county=places.county_name)
        for k, t in zip(kind.tolist(), town, strict=True)
    ]
    scatter = rng.normal(0, 0.004, (2, len(village)))
    return {
        "county_code": [places.county_code] * len(village),
        "county": [places.county_name] * len(village),
        "town_code": places.town_code[village],
        "town": town,
        "area_code": places.village_code[village],
        "village": places.village_name[village],
        "employer": employers,
        "lon": np.round(places.lon[village] + scatter[0], 5),
        "lat": np.round(places.lat[village] + scatter[1], 5),
    }


def _skills(rng: np.random.Generator, kind: Ints) -> dict[str, Ints]:
    """Give each mother 0..100 on every axis, high where her calling lies."""
    strong = np.array([AXES.index(c[2]) for c in _CATEGORIES])[kind]
    levels = rng.normal(36, 15, (len(AXES), len(kind)))
    levels[strong, np.arange(len(kind))] += 38
    clipped = np.clip(np.rint(levels), 0, 100).astype(np.int64)
    return dict(zip(AXES, clipped, strict=True))


def _skill_words(skills: dict[str, Ints]) -> list[str]:
    """Name what a mother says she can do: her best axes, one to four of them."""
    out = []
    for row in np.column_stack([skills[axis] for axis in AXES]).tolist():
        ranked = sorted(zip(row, AXES, strict=True), key=lambda pair: -pair[0])[:4]
        chosen = [axis for level, axis in ranked if level >= 52] or [ranked[0][1]]
        out.append("、".join(AXIS_WORDS[axis] for axis in chosen))
    return out


def _offer(rng: np.random.Generator, skills: dict[str, Ints], *, count: int) -> dict[str, object]:
    times = traits.draw_lists(rng, traits.TIMES, shares=np.array(_TIME_SHARES), count=count)
    mandarin = (rng.random(count) < 0.8).tolist()
    first = rng.choice(
        ["重庆话", "四川话", "湖北话", "贵州话"], size=count, p=[0.93, 0.04, 0.015, 0.015]
    ).tolist()
    wishes = traits.draw_lists(rng, _WISHES, shares=np.array(_WISH_SHARES), count=count)
    return {
        "skills": _skill_words(skills),
        "languages": [f"{f}、普通话" if m else f for f, m in zip(first, mandarin, strict=True)],
        "times": [t or "周末" for t in times],
        "travel_km": rng.choice(
            [2, 3, 5, 8, 10, 15, 20, 30, 40],
            size=count,
            p=[0.05, 0.1, 0.22, 0.15, 0.22, 0.12, 0.08, 0.04, 0.02],
        ),
        "capacity": rng.choice([1, 2, 3], size=count, p=[0.3, 0.46, 0.24]),
        "wishes": wishes,
        "interests": traits.draw_interests(rng, np.full(count, 30.0)),
        **{f"skill_{axis}": levels for axis, levels in skills.items()},
    }


def _road(rng: np.random.Generator, count: int, *, as_of: date) -> dict[str, object]:
    """Tell how far each mother has come from her application to being ready."""
    today = numbers.days(as_of)
    applied = today - rng.integers(30, 1000, count)
    screened = np.where(rng.random(count) < 0.98, today - rng.integers(3, 320, count), today - 400)
    screening = rng.choice(
        ["无记录", "待查", "有记录", ""], size=count, p=[0.965, 0.024, 0.001, 0.01]
    )
    hours = np.where(
        rng.random(count) < 0.975, rng.integers(6, 25, count), rng.integers(0, 6, count)
    )
    trained = np.minimum(applied + rng.integers(5, 90, count), today - 1)
    signed = np.minimum(trained + rng.integers(0, 20, count), today)
    never = np.datetime64("NaT")
    return {
        "screening": screening,
        "screened_on": np.where(
            np.isin(screening, ["无记录", "有记录"]), screened.astype("datetime64[D]"), never
        ),
        "training_hours": hours,
        "trained_on": np.where(hours >= 6, trained.astype("datetime64[D]"), never),
        "committed_on": np.where(rng.random(count) < 0.99, signed.astype("datetime64[D]"), never),
        "report_pledge": rng.random(count) < 0.99,
        "applied_on": applied.astype("datetime64[D]"),
        "status": rng.choice(
            ["已通过", "审核中", "暂停", "退出"], size=count, p=[0.95, 0.03, 0.015, 0.005]
        ),
    }


def _ready(frame: pl.DataFrame, as_of: date) -> pl.Series:
    """Tell who is approved, screened within a year, trained and committed."""
    return frame.select(
        (pl.col("status") == "已通过")
        & (pl.col("screening") == "无记录")
        & (pl.col("screened_on") >= as_of - timedelta(days=365))
        & (pl.col("training_hours") >= 6)
        & pl.col("committed_on").is_not_null()
        & pl.col("report_pledge")
    ).to_series()
