"""The synthetic city's files as canonical rows: enough of the mapping to test linkage into files.

The hub maps with profiles; here the few columns are read directly, so that the tests of the
registry depend on nothing above or beside it.
"""

# ruff: noqa: E501 - a word list beside its codes reads best in one line each

import csv
import json
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import python_calamine

from qianshou.engines.linkage import normalise

STATUS = dict(zip(
    ["在家", "外出务工", "服刑", "强制戒毒", "重病", "重残", "失联", "去世", "离异", "不详"],
    ["HOME", "MIGRANT_WORK", "PRISON", "REHAB", "SERIOUS_ILL", "SEVERE_DISABLED", "LOST", "DEAD", "DIVORCED", "UNKNOWN"],
    strict=True,
))  # fmt: skip
RELATION = dict(zip(
    ["父亲", "母亲", "祖父", "祖母", "外祖父", "外祖母", "叔伯", "姑姑", "舅舅", "姨妈", "兄姐", "其他亲属", "邻居"],
    ["FATHER", "MOTHER", "GRANDFATHER", "GRANDMOTHER", "MATERNAL_GRANDFATHER", "MATERNAL_GRANDMOTHER", "UNCLE_AUNT", "UNCLE_AUNT", "UNCLE_AUNT", "UNCLE_AUNT", "SIBLING", "RELATIVE", "NEIGHBOUR"],
    strict=True,
))  # fmt: skip
GUARDIANSHIP = dict(zip(
    ["父母监护", "父亲单方监护", "母亲单方监护", "祖父母监护", "外祖父母监护", "亲属监护", "委托照护", "无人监护"],
    ["PARENTS", "FATHER", "MOTHER", "PATERNAL_GRANDPARENTS", "MATERNAL_GRANDPARENTS", "RELATIVES", "ENTRUSTED", "NONE"],
    strict=True,
))  # fmt: skip
CATEGORIES = dict(zip(
    ["农村留守儿童", "留守儿童", "流动儿童", "社会散居孤儿", "孤儿", "事实无人抚养儿童", "事孤儿童", "家庭困境儿童", "自身困境儿童", "监护困境儿童", "临时困境儿童", "特困儿童", "单亲家庭儿童", "服刑人员子女"],
    ["LEFT_BEHIND_RURAL", "LEFT_BEHIND_RURAL", "MIGRANT", "ORPHAN_SCATTERED", "ORPHAN_SCATTERED", "DE_FACTO_UNATTENDED", "DE_FACTO_UNATTENDED", "POVERTY_HARDSHIP", "SELF_HARDSHIP", "SAFETY_HARDSHIP", "TEMPORARY_HARDSHIP", "EXTREME_POOR", "SPECIAL_FAMILY_SINGLE", "SPECIAL_FAMILY_PRISON"],
    strict=True,
))  # fmt: skip
AXES = dict(zip(
    ["学业辅导", "心理疏导", "健康护理", "安全保护", "生活照料", "亲情陪伴", "行为养成", "文体活动"],
    ["study", "mind", "health", "safety", "living", "family", "habit", "company"],
    strict=True,
))  # fmt: skip
STAGES = dict(zip(
    ["学前", "小学", "初中", "普高", "中职", "特教"],
    ["PRESCHOOL", "PRIMARY", "JUNIOR", "SENIOR", "VOCATIONAL", "SPECIAL"],
    strict=True,
))  # fmt: skip
Rows = list[tuple[int, dict[str, Any]]]


def text(value: Any) -> str | None:
    """A cell's text, None if blank or a filler."""
    found = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    return None if found in ("", "无", "不详", "/") else found


def day(value: Any) -> str | None:
    """An ISO date, None if it is none."""
    found = normalise.date_of(value)
    return found.isoformat() if found else None


def coded(table: dict[str, str]) -> Callable[[Any], str | None]:
    """A reader of one code list."""
    return lambda value: table.get(text(value) or "")


def listed(table: dict[str, str]) -> Callable[[Any], list[str] | None]:
    """A reader of several codes in one cell."""
    return lambda value: [table[w] for w in (text(value) or "").split("、") if w in table] or None


def yes(value: Any) -> bool | None:
    """A yes or no."""
    return {"是": True, "否": False, "1": True, "0": False, "Y": True, "N": False}.get(
        text(value) or ""
    )


def area(value: Any) -> str | None:
    """A code of twelve digits."""
    found = text(value) or ""
    return found.ljust(12, "0") if found.isdigit() and len(found) >= 6 else None


CIVIL: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "key": (1, text), "name": (2, text), "sex": (3, normalise.sex), "id_number": (5, text),
    "birth_on": (6, day), "hukou_code": (12, area), "area_code": (16, area), "address": (17, text),
    "categories": (18, listed(CATEGORIES)), "guardianship": (19, coded(GUARDIANSHIP)),
    "father_name": (20, text), "father_id": (21, text), "father_status": (22, coded(STATUS)),
    "father_phone": (23, text), "mother_name": (24, text), "mother_id": (25, text),
    "mother_status": (26, coded(STATUS)), "mother_phone": (27, text), "carer_name": (28, text),
    "carer_relation": (29, coded(RELATION)), "carer_id": (30, text), "carer_phone": (31, text),
    "low_income": (32, yes), "lives_alone": (34, yes), "bullied": (35, yes),
    "violence_clue": (36, yes), "bad_behaviour": (37, yes), "self_harm": (38, yes),
    "needs": (39, listed(AXES)), "consent": (40, yes), "consent_on": (41, day),
    "registered_on": (44, day), "updated_on": (45, day),
}  # fmt: skip
EDUCATION: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "key": ("学籍号", text), "student_no": ("学籍号", text), "name": ("学生姓名", text),
    "sex": ("性别", normalise.sex), "birth_on": ("出生年月", day), "id_number": ("身份证件号", text),
    "hukou_code": ("户口所在地行政区划码", area), "school": ("学校名称", text),
    "stage": ("学段", coded(STAGES)), "boarding": ("是否寄宿", yes), "parent_name": ("家长姓名", text),
    "parent_relation": ("家长关系", coded(RELATION)), "parent_phone": ("家长联系方式", text),
    "address": ("家庭住址", text), "area_code": ("住址区划码", area), "dropped_out": ("是否辍学", yes),
    "updated_on": ("更新日期", day),
}  # fmt: skip
DISABLED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "key": ("残疾人证号", text), "name": ("持证人", text), "sex": ("性别", normalise.sex),
    "id_number": ("残疾人证号", lambda value: (text(value) or "")[:18] or None),
    "birth_on": ("出生日期", day), "hukou_code": ("户籍地址代码", area), "address": ("户籍地址", text),
    "guardian_name": ("监护人", text), "guardian_relation": ("监护关系", coded(RELATION)),
    "guardian_phone": ("监护人电话", text),
}  # fmt: skip
HEALTH: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "key": ("健康档案编号", text), "name": ("儿童姓名", text), "sex": ("性别", normalise.sex),
    "birth_on": ("出生日期", day), "id_number": ("证件号码", text), "mother_name": ("母亲姓名", text),
    "mother_id": ("母亲证件号码", text), "phone": ("联系电话", text), "area_code": ("现住址代码", area),
    "address": ("现住址", text), "serious_illness": ("是否重大疾病", yes),
    "updated_on": ("末次体检日期", day),
}  # fmt: skip
TABLES = {"education": EDUCATION, "disabled-persons-federation": DISABLED, "health": HEALTH}


def rows_of(folder: Path, entry: dict[str, Any]) -> Rows:
    """The rows of one file of the manifest as (row number, canonical values), each key once."""
    path = folder / entry["path"]
    read = _civil(path) if entry["profile"] == "civil-affairs" else _delimited(path, entry)
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, values in read:
        if values.get("name") and values.get("key"):
            found.setdefault(values["key"], (number, values))
    return list(found.values())


def _civil(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        if number >= 5 and len(cells) > 45:
            yield number, _known({name: read(cells[at]) for name, (at, read) in CIVIL.items()})


def _delimited(path: Path, entry: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding=entry["encoding"], newline="") as handle:
        reader = csv.DictReader(handle)
        for row in reader:
            table = TABLES[entry["profile"]]
            values = {name: read(row[header]) for name, (header, read) in table.items()}
            yield reader.line_num, _known(values)


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def entries(folder: Path, delivery: str = "first") -> list[dict[str, Any]]:
    """The children's files of one delivery, in the order of the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [
        entry
        for entry in manifest["files"]
        if entry["delivery"] == delivery and entry["profile"] != "mothers"
    ]


def truth_of(folder: Path) -> dict[tuple[str, int], str]:
    """The true child of each row, by file and row number."""
    rows = pl.read_parquet(folder / "truth" / "rows.parquet")
    return {(file, row): child for file, row, child in
            rows.select("file", "row", "truth_id").iter_rows()}  # fmt: skip


def score(groups: dict[Any, Any], truth: dict[Any, str]) -> dict[str, float]:
    """Precision, recall and F1 over pairs of rows, from row -> group and row -> true child."""
    both, made, true = {}, {}, {}
    for row, group in groups.items():
        for counts, key in ((both, (group, truth[row])), (made, group), (true, truth[row])):
            counts[key] = counts.get(key, 0) + 1
    hit, found, wanted = (
        sum(n * (n - 1) // 2 for n in counts.values()) for counts in (both, made, true)
    )
    precision, recall = hit / max(found, 1), hit / max(wanted, 1)
    return {"precision": precision, "recall": recall,
            "f1": 2 * precision * recall / max(precision + recall, 1e-9)}  # fmt: skip
