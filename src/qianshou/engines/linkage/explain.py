"""The evidence for and against a pair in words, in Chinese and English, for a person to weigh."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from qianshou.engines.linkage import compare, prepare
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.spec import Spec, children_spec

_SENTENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("name", "missing"): ("有一方没有姓名或尚未取名", "one side has no name yet"),
    ("name", "exact"): ("姓名相同", "the names are the same"),
    ("name", "sound"): ("姓名读音相同，用字不同", "the names sound the same, written differently"),
    ("name", "near_sound"): ("姓名读音相近（方言易混音）", "the names sound alike in the dialect"),
    ("name", "shape"): ("姓名有一字形近", "one character of the names looks alike"),
    ("name", "part"): (
        "姓名少字、多字、颠倒或为小名",
        "a part of the name is missing, added, in another order or a pet name",
    ),
    ("name", "twin"): (
        "生日与家庭相同而名字不同，可能是双胞胎",
        "same birthday and household but another given name: possibly twins",
    ),
    ("name", "other_surname"): ("名相同，姓不同", "same given name, other surname"),
    ("name", "one_char"): ("姓名有一字不同", "one character of the names differs"),
    ("name", "sibling"): (
        "同一家庭、姓名相近而生日不同，可能是兄弟姐妹",
        "one household and similar names but another birthday: possibly siblings",
    ),
    ("name", "surname"): ("只有姓氏相同", "only the surname is the same"),
    ("name", "else"): ("姓名不同", "the names differ"),
    ("id_number", "missing"): ("有一方没有身份证号", "one side has no identity number"),
    ("id_number", "equal"): ("身份证号相同", "the identity numbers are the same"),
    ("id_number", "conflict"): (
        "两个身份证号都通过校验但不同，应是两个人",
        "both identity numbers are valid and differ: two persons",
    ),
    ("id_number", "masked"): (
        "身份证号可见部分一致（一方被遮盖）",
        "the visible digits of the identity numbers agree (one is masked)",
    ),
    ("id_number", "cut"): (
        "身份证号前段一致（一方末尾被截断）",
        "the front of the identity numbers agrees (the end of one is cut off)",
    ),
    ("id_number", "one_edit"): ("身份证号差一位", "the identity numbers differ by one slip"),
    ("id_number", "two_edits"): ("身份证号差两位", "the identity numbers differ by two slips"),
    ("id_number", "else"): ("身份证号不同", "the identity numbers differ"),
    ("birth", "missing"): ("有一方没有出生日期", "one side has no birth date"),
    ("birth", "equal"): ("出生日期相同", "the birth dates are the same"),
    ("birth", "partial"): ("出生日期已知部分一致", "the known parts of the birth dates agree"),
    ("birth", "lunar"): ("一方可能填了农历生日", "one side may hold the lunar birthday"),
    ("birth", "swapped"): ("出生月与日颠倒", "month and day are exchanged"),
    ("birth", "one_edit"): ("出生日期差一位数字", "the birth dates differ by one digit"),
    ("birth", "same_year"): ("只有出生年份相同", "only the birth year is the same"),
    ("birth", "else"): ("出生日期不同", "the birth dates differ"),
    ("household", "missing"): ("没有可比的家庭信息", "nothing about the household to compare"),
    ("household", "contact_and_village"): (
        "电话或监护人证件相同，且同村",
        "same telephone or guardian's number, and the same village",
    ),
    ("household", "contact"): ("电话或监护人证件相同", "same telephone or guardian's number"),
    ("household", "guardian_and_township"): (
        "监护人姓名相同，且同乡镇",
        "same guardian's name in the same township",
    ),
    ("household", "village"): ("同村或同一住址", "same village or address"),
    ("household", "township_or_guardian"): (
        "同乡镇或监护人姓名相同",
        "same township, or same guardian's name",
    ),
    ("household", "county"): ("只有区县相同", "only the county is the same"),
    ("household", "else"): ("家庭信息不同", "nothing about the household agrees"),
    ("sex", "missing"): ("有一方没有性别", "one side has no sex"),
    ("sex", "equal"): ("性别相同", "same sex"),
    ("sex", "else"): ("性别不同", "the sexes differ"),
}  # fmt: skip

_GENERAL = {
    "missing": ("有一方为空", "one side is unknown"),
    "equal": ("相同", "the same"),
    "exact": ("相同", "the same"),
    "swapped": ("姓与名填反", "typed in each other's field"),
    "near": ("几乎相同", "almost the same"),
    "close": ("相近", "similar"),
    "some": ("有些相似", "somewhat similar"),
    "one_edit": ("差一位", "differ by one slip"),
    "two_edits": ("差两位", "differ by two slips"),
    "else": ("不同", "different"),
}


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One comparison of a pair: its level, what it weighs in bits, and a sentence."""

    comparison: str
    level: str
    bits: float
    zh: str
    en: str


def sentence(comparison: str, level: str) -> tuple[str, str]:
    """Give the Chinese and English sentence for a level of a comparison."""
    known = _SENTENCES.get((comparison, level))
    if known:
        return known
    zh, en = _GENERAL.get(level, (level, level))
    return f"{comparison}：{zh}", f"{comparison}: {en}"


def explain(
    row_a: Mapping[str, object],
    row_b: Mapping[str, object],
    model: Model,
    *,
    spec: Spec | None = None,
) -> list[Evidence]:
    """Give the evidence of a pair, what weighs most first."""
    spec = spec or children_spec()
    table = {name: [row_a.get(name), row_b.get(name)] for name in spec.fields}
    data = prepare.prepare(table, 2, spec)
    found = []
    for comparison in compare.build(data, model):
        at = int(comparison.measure(np.array([0]), np.array([1]))[0])
        level = comparison.levels[at]
        bits = model.comparisons[comparison.name].bits[at]
        found.append(Evidence(comparison.name, level, bits, *sentence(comparison.name, level)))
    return sorted(found, key=lambda evidence: -abs(evidence.bits))
