"""From what a mother writes on her form to eight levels 0..100 that a need can be held against."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

AXES: Final = ("study", "mind", "health", "safety", "living", "family", "habit", "company")
# What she names first she does best. Levels for the first to the fourth; more are like the last.
NAMED: Final = (90, 75, 60, 50)
# Every grown woman can do something on every axis: keep company, see to safety, cook a meal.
BASE: Final = 25
# What a calling or a distinction stands for, even where the form does not name it. Our guesses,
# below what she names herself as her best; a distinction says less than a profession.
CALLINGS: Final[Mapping[str, Mapping[str, int]]] = {
    "女教师": {"study": 75, "habit": 45},
    "退休教师": {"study": 75, "habit": 45},
    "医护人员": {"health": 80},
    "社会工作者": {"mind": 70, "family": 50},
    "机关干部": {"safety": 55},
    "退休干部": {"habit": 60},
    "女企业家": {"living": 60},
    "妇联执委": {"family": 60},
    "志愿者": {"company": 55},
    "最美家庭": {"family": 65},
    "巾帼建功标兵": {"habit": 50},
    "三八红旗手": {"family": 50},
}


def levels(named: Sequence[str], categories: Iterable[str]) -> list[int]:
    """Return eight levels 0..100 in the order of the axes; what is stated twice counts once."""
    found = dict.fromkeys(AXES, BASE)
    for place, axis in enumerate(dict.fromkeys(named)):
        if axis in found:
            found[axis] = max(found[axis], NAMED[min(place, len(NAMED) - 1)])
    for category in categories:
        for axis, level in CALLINGS.get(category, {}).items():
            found[axis] = max(found[axis], level)
    return list(found.values())


def strongest(skills: Sequence[int], count: int = 2) -> list[str]:
    """Return the axes on which she is best, best first, without those at the common base."""
    ranked = sorted(zip(skills, AXES, strict=False), key=lambda pair: -pair[0])
    return [axis for level, axis in ranked[:count] if level > BASE]
