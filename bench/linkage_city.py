"""The synthetic city's department files as rows for the linkage engine, with their truth."""

import contextlib
import io
import json
import pathlib

import polars as pl
import python_calamine

from qianshou.engines.city.command import demo_data

# Name of a size and what the generator is told.
SIZES = {
    "county": ("--size", "county"),
    "quarter": ("--size", "city", "--counties", "10"),
    "city": ("--size", "city"),
}

_CIVIL = {
    "儿童基本信息/姓名": "name",
    "儿童基本信息/性别": "sex",
    "儿童基本信息/公民身份号码": "id_number",
    "儿童基本信息/出生日期": "birth_on",
    "现居住地/区划代码": "area_code",
}
for _zh, _en in (("父亲", "father"), ("母亲", "mother"), ("实际照料人", "carer")):
    _CIVIL |= {
        f"{_zh}/姓名": f"{_en}_name",
        f"{_zh}/身份证号": f"{_en}_id",
        f"{_zh}/联系电话": f"{_en}_phone",
    }
_CSV = {
    "education": {
        "学籍号": "student_no", "学生姓名": "name", "性别": "sex", "出生年月": "birth_on",
        "身份证件号": "id_number", "学校名称": "school", "家长姓名": "parent_name",
        "家长联系方式": "parent_phone", "住址区划码": "area_code",
    },
    "disabled-persons-federation": {
        "残疾人证号": "id_number", "持证人": "name", "性别": "sex", "出生日期": "birth_on",
        "户籍地址代码": "area_code", "监护人": "guardian_name", "监护人电话": "guardian_phone",
    },
    "health": {
        "儿童姓名": "name", "性别": "sex", "出生日期": "birth_on", "证件号码": "id_number",
        "母亲姓名": "mother_name", "母亲证件号码": "mother_id", "联系电话": "phone",
        "现住址代码": "area_code",
    },
}  # fmt: skip


def _civil(path: pathlib.Path, entry: dict) -> pl.DataFrame:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name(entry["sheet"]).to_python(skip_empty_area=False)
    first = entry["first_row"] - 1
    groups, names = rows[entry["header_rows"][0] - 1], rows[entry["header_rows"][1] - 1]
    header, group = [], ""
    for over, under in zip(groups, names, strict=True):
        group = str(over) or group
        header.append(f"{group}/{under}" if under else str(over))
    wanted = {at: name for at, title in enumerate(header) if (name := _CIVIL.get(title))}
    columns = {
        name: [None if row[at] in (None, "") else str(row[at]) for row in rows[first:]]
        for at, name in wanted.items()
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        row=pl.int_range(entry["first_row"], entry["first_row"] + len(rows) - first)
    )


def _csv(path: pathlib.Path, entry: dict) -> pl.DataFrame:
    text = path.read_bytes().decode(entry["encoding"])
    frame = pl.read_csv(text.encode(), infer_schema=False)
    names = {old: new for old, new in _CSV[entry["profile"]].items() if old in frame.columns}
    return frame.select(pl.col(old).alias(new) for old, new in names.items()).with_columns(
        row=pl.int_range(2, 2 + len(frame))
    )


def make(folder: pathlib.Path, size: str, mix: str) -> pathlib.Path:
    """Write the department files of an invented county or city unless they are there."""
    out = folder / f"{size}-{mix}"
    if not (out / "manifest.json").exists():
        with contextlib.redirect_stdout(io.StringIO()):
            demo_data([*SIZES[size], "--mix", mix, "--seed", "5", "--out", str(out)])
    return out


def _families(children: pl.DataFrame) -> pl.DataFrame:
    """Mark twins and siblings, which are no errors but as hard."""
    twins = set(children.filter(pl.col("twin_of") != "")["child"]) | set(children["twin_of"])
    several = pl.len().over("household_id") > 1
    return children.select(
        "child",
        family=pl.when(pl.col("child").is_in(list(twins - {"", None})))
        .then(pl.lit("TWIN"))
        .when(several)
        .then(pl.lit("SIBLING")),
    )


def rows(folder: pathlib.Path) -> pl.DataFrame:
    """Give the first delivery's rows with `child`, the truth; rows of nobody are left out."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    tables = []
    for entry in manifest["files"]:
        if entry["delivery"] != "first" or entry["profile"] == "mothers":
            continue
        read = _civil if entry["profile"] == "civil-affairs" else _csv
        tables.append(
            read(folder / entry["path"], entry).with_columns(
                file=pl.lit(entry["path"]), source=pl.lit(entry["department"])
            )
        )
    rows = pl.read_parquet(folder / "truth" / "rows.parquet").select(
        "file", pl.col("row").cast(pl.Int64), "errors", child="truth_id"
    )
    children = pl.read_parquet(folder / "truth" / "children.parquet").select(
        pl.col("truth_id").alias("child"), "twin_of", "household_id"
    )
    truth = rows.join(_families(children), on="child", how="left").with_columns(
        errors=pl.concat_str("errors", "family", separator=";", ignore_nulls=True).str.strip_chars(
            ";"
        )
    )
    frame = pl.concat(tables, how="diagonal").join(truth, on=["file", "row"])
    return (
        frame.sort(pl.struct("file", "row").hash(seed=1))
        .with_row_index("row_id")
        .with_columns(pl.col("row_id").cast(pl.String))
    )
