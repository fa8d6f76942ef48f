"""Schools of a county and each child's place in one of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.city import names, numbers
from qianshou.engines.city.geography import Places

_STAGES = ("学前", "小学", "初中", "普高", "中职")
_GRADE_NAMES = {
    -2: "小班",
    -1: "中班",
    0: "大班",
    **{i + 1: f"{n}年级" for i, n in enumerate("一二三四五六七八九")},
    10: "高一",
    11: "高二",
    12: "高三",
}
ENDINGS = {"学前": "中心幼儿园", "小学": "中心小学校", "初中": "初级中学校"}
_BOARDING = {"学前": 0.0, "小学": 0.12, "初中": 0.55, "普高": 0.8, "中职": 0.85}


@dataclass(frozen=True)
class Schooling:
    """School, class and boarding of each child; blank for those too young."""

    code: list[str]
    name: list[str]
    stage: list[str]
    grade: list[str]
    class_no: list[str]
    boarding: NDArray[np.bool_]


def school_grades(born: NDArray[np.int64], year: int) -> NDArray[np.int64]:
    """Tell the grade in the school year that starts in `year`: six on 31 August is grade 1."""
    stamps = born.astype("datetime64[D]")
    years = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
    months = stamps.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return year - years - 5 - (months >= 9)


def draw_schooling(
    rng: np.random.Generator,
    places: Places,
    *,
    village: NDArray[np.int64],
    grade: NDArray[np.int64],
) -> Schooling:
    """Send each child to the school of its town; senior schools stand at the county's seat."""
    vocational = rng.random(len(grade)) < 0.42
    stage = [_stage(g, v) for g, v in zip(grade.tolist(), vocational.tolist(), strict=True)]
    named = [
        _school(places, stage=s, village=v, pick=p)
        for s, v, p in zip(
            stage, village.tolist(), rng.integers(0, 3, len(grade)).tolist(), strict=True
        )
    ]
    share = np.array([_BOARDING.get(s, 0.0) for s in stage])
    classes = rng.integers(1, 5, len(grade)).tolist()
    return Schooling(
        code=[code for code, _ in named],
        name=[name for _, name in named],
        stage=stage,
        grade=[_GRADE_NAMES[g] if s else "" for g, s in zip(grade.tolist(), stage, strict=True)],
        class_no=[f"{c}班" if s else "" for c, s in zip(classes, stage, strict=True)],
        boarding=rng.random(len(grade)) < share,
    )


def _stage(grade: int, vocational: bool) -> str:  # noqa: FBT001 -- private, one caller
    if grade < -2 or grade > 12:
        return ""
    if grade <= 0:
        return _STAGES[0]
    if grade <= 6:
        return _STAGES[1]
    if grade <= 9:
        return _STAGES[2]
    return _STAGES[4 if vocational else 3]


def _school(places: Places, *, stage: str, village: int, pick: int) -> tuple[str, str]:
    """Name a school and give its ten-digit code (kind, province, county, number)."""
    if not stage:
        return "", ""
    county, town = places.county_name, str(places.town_name[village])
    number = int(places.town_code[village][6:9]) % 100
    if stage in ENDINGS:
        kind = _STAGES.index(stage) + 1
        return f"{kind}1{places.six}{number:02d}", f"{county}{town}{ENDINGS[stage]}"
    if stage == "普高":
        return f"41{places.six}0{pick}", f"{county}第{'一二三'[pick]}中学校"
    return f"51{places.six}00", f"{county}职业教育中心"


def class_teachers(schooling: Schooling, six: str) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Give each class one teacher with a telephone: (school, grade, class) -> (name, phone)."""
    classes = sorted(set(zip(schooling.code, schooling.grade, schooling.class_no, strict=True)))
    rng = np.random.default_rng([int(six), 77])
    sex = rng.choice([1, 2, 2], size=len(classes))
    full = np.char.add(
        names.draw_surnames(rng, len(classes)), names.draw_given(rng, sex, "parents")
    )
    pairs = zip(full.tolist(), numbers.phones(rng, len(classes)), strict=True)
    return dict(zip(classes, pairs, strict=True))
