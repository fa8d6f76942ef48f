"""What burdens a child, what it needs on eight axes, and the grade of risk that follows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.city import scenarios
from qianshou.engines.city.scenarios import AXES, SCENARIOS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_YEAR = 365.25
SERIOUS = ("先天性心脏病", "急性白血病", "地中海贫血", "癫痫", "1型糖尿病", "肾病综合征", "脑瘫")
CHRONIC = ("哮喘", "慢性胃炎", "过敏性鼻炎", "缺铁性贫血", "弱视")
INTERESTS = (
    *("画画", "篮球", "唱歌", "跳舞", "阅读", "下棋", "足球", "手工"),
    *("书法", "乒乓球", "讲故事", "种植", "跑步", "科学实验"),
)
TIMES = ("工作日晚上", "周末", "寒暑假", "工作日白天")
_TIME_SHARES = (0.4, 0.8, 0.7, 0.06)


@dataclass(frozen=True)
class Traits:
    """The burdens of each child; flags are what is true, not what an office knows."""

    disability: list[str]  # category digit and grade digit, such as 42; blank for none
    illness: list[str]
    serious: Flags
    alone: Flags
    bullied: Flags
    violence: Flags
    misconduct: Flags
    self_harm: Flags


def draw_traits(rng: np.random.Generator, *, age: Floats, scenario: Ints) -> Traits:
    """Draw burdens from age (years) and the situation of the family."""
    count = len(age)
    own, unsafe = _holds(scenario, scenarios.OWN_HARDSHIP), _holds(scenario, scenarios.UNSAFE)
    nobody = np.array([s.guardianship == "无人监护" for s in SCENARIOS])[scenario]
    luck = rng.random((6, count))
    disabled = luck[0] < np.where(own, 0.68, 0.04)
    serious = luck[1] < np.where(own & ~disabled, 0.95, 0.015)
    teen = age >= 11
    return Traits(
        disability=_disabilities(rng, disabled),
        illness=_illnesses(rng, serious),
        serious=serious,
        alone=luck[2] < np.where(nobody, 0.7, np.where(teen, 0.012, 0.003)),
        bullied=(luck[3] < 0.03) & (age >= 6),
        violence=luck[4] < np.where(unsafe, 0.16, 0.006),
        misconduct=(luck[5] < 0.045) & teen,
        self_harm=(rng.random(count) < 0.008) & teen,
    )


def _holds(scenario: Ints, category: str) -> Flags:
    """Tell whose family's situation carries a category."""
    flags = np.array([category in s.categories for s in SCENARIOS])[scenario]
    return np.asarray(flags, dtype=np.bool_)


def _disabilities(rng: np.random.Generator, disabled: Flags) -> list[str]:
    kind = rng.choice(7, size=len(disabled), p=[0.06, 0.08, 0.06, 0.3, 0.3, 0.12, 0.08]) + 1
    grade = rng.choice(4, size=len(disabled), p=[0.2, 0.3, 0.25, 0.25]) + 1
    codes = zip(disabled.tolist(), kind.tolist(), grade.tolist(), strict=True)
    return [f"{k}{g}" if has else "" for has, k, g in codes]


def _illnesses(rng: np.random.Generator, serious: Flags) -> list[str]:
    chronic = (rng.random(len(serious)) < 0.05).tolist()
    pick = rng.random(len(serious)).tolist()
    out = []
    for is_serious, is_chronic, luck in zip(serious.tolist(), chronic, pick, strict=True):
        pool = SERIOUS if is_serious else CHRONIC if is_chronic else ("",)
        out.append(pool[int(luck * len(pool))])
    return out


def health_words(traits: Traits) -> list[str]:
    """Say each child's state of health in the words of the civil-affairs form."""
    out = []
    for code, illness, serious in zip(
        traits.disability, traits.illness, traits.serious.tolist(), strict=True
    ):
        if code:
            out.append("重残" if code[1] in "12" else "残疾")
        else:
            out.append("重病" if serious else "慢性病" if illness else "健康")
    return out


def draw_needs(
    rng: np.random.Generator, traits: Traits, *, age: Floats, scenario: Ints, poor: Flags
) -> dict[str, Ints]:
    """Give each child a need of 0..100 on every axis."""
    strain = np.array([s.strain for s in SCENARIOS], dtype=np.float64)[scenario]
    elders = np.array(["祖" in s.guardianship for s in SCENARIOS])[scenario]
    away = np.array([{s.father, s.mother} == {"外出务工"} for s in SCENARIOS])[scenario]
    disabled = np.array([bool(code) for code in traits.disability])
    school = age >= 6
    means = {
        "study": 18 + 22 * school + 14 * elders,
        "mind": 8 + 0.35 * strain + 35 * traits.self_harm + 22 * traits.bullied + 4 * school,
        "health": 8 + 50 * traits.serious + 38 * disabled + 8 * (age < 3),
        "safety": 6 + 0.2 * strain + 45 * traits.violence + 30 * traits.alone,
        "living": 8 + 26 * poor + 14 * disabled + 0.15 * strain,
        "family": 10 + 26 * away + 0.4 * strain,
        "habit": 10 + 40 * traits.misconduct + 10 * (age >= 11) + 0.1 * strain,
        "company": 26 + 6 * school + 6 * away,
    }
    return {
        axis: np.clip(np.rint(means[axis] + rng.normal(0, 13, len(age))), 0, 100).astype(np.int64)
        for axis in AXES
    }


def risk_grades(traits: Traits, *, needs: dict[str, Ints], scenario: Ints) -> list[str]:
    """Grade each child: clues of harm are RED at once, else a weighted sum decides."""
    strain = np.array([s.strain for s in SCENARIOS], dtype=np.float64)[scenario]
    score = (
        0.6 * strain
        + 0.25 * needs["mind"]
        + 0.3 * needs["safety"]
        + 0.15 * needs["living"]
        + 0.1 * needs["habit"]
        + 12 * traits.serious
        + 10 * traits.bullied
        + 8 * traits.misconduct
    )
    red = (traits.violence & (needs["safety"] > 55)) | traits.self_harm | (score > 73)
    grades = np.select([red, score > 52, score > 37], ["RED", "ORANGE", "YELLOW"], default="GREEN")
    return [str(grade) for grade in grades.tolist()]


def draw_lists(
    rng: np.random.Generator, pool: tuple[str, ...], *, shares: Floats, count: int
) -> list[str]:
    """Draw lists joined by 、 (possibly empty); `shares` says how often each word occurs."""
    hits = rng.random((count, len(pool))) < shares
    return ["、".join(pool[j] for j in np.flatnonzero(row)) for row in hits]


def draw_times(rng: np.random.Generator, count: int) -> list[str]:
    """Draw when the child can be met; everybody has at least the weekend."""
    drawn = draw_lists(rng, TIMES, shares=np.array(_TIME_SHARES), count=count)
    return [times or "周末" for times in drawn]


def draw_interests(rng: np.random.Generator, age: Floats) -> list[str]:
    """Draw what a child likes; the very young have no entry."""
    shares = np.full(len(INTERESTS), 2.2 / len(INTERESTS))
    drawn = draw_lists(rng, INTERESTS, shares=shares, count=len(age))
    return [words if years >= 4 else "" for words, years in zip(drawn, age.tolist(), strict=True)]
