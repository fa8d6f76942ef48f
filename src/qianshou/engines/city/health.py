"""The health list: files of children under medical care, where newborns may not yet have a name."""

from datetime import date, timedelta

import polars as pl

from qianshou.engines.city import spoil
from qianshou.engines.city.geography import Places
from qianshou.engines.city.rows import Cell, Clerk, Roles, Rows

COLUMNS = (
    *("健康档案编号", "儿童姓名", "性别", "出生日期", "证件号码", "母亲姓名", "母亲证件号码"),
    *(
        "联系电话",
        "现住址代码",
        "现住址",
        "末次体检日期",
        "身高cm",
        "体重kg",
        "体格评价",
        "疾病名称",
    ),
    *("是否重大疾病", "预防接种", "记录时间"),
)
ROLES = Roles(
    key="健康档案编号",
    name="儿童姓名",
    id_no="证件号码",
    born="出生日期",
    sex="性别",
    guardians=("母亲姓名",),
    guardian_ids=("母亲证件号码",),
    phones=("联系电话",),
    optional=("疾病名称",),
)


def write_rows(children: pl.DataFrame, places: Places, *, clerk: Clerk, as_of: date) -> Rows:
    """Write the children known to the health centres, with their errors."""
    rows = Rows(
        columns=_cells(children, clerk=clerk, as_of=as_of), truth=children["truth_id"].to_list()
    )
    ages = [(as_of - born).days / 30.4 for born in children["born_on"].to_list()]
    _unnamed(rows, clerk, ages)
    _move_back(rows, places, clerk)
    spoil.spoil(rows, ROLES, clerk)
    rows = spoil.duplicate(rows, ROLES, clerk)
    spoil.flag_ids(rows, ROLES)
    for column in ("出生日期", "末次体检日期"):
        rows.columns[column] = [
            day.isoformat() if isinstance(day, date) else "" for day in rows.columns[column]
        ]
    keys = rows.columns["健康档案编号"]
    return rows.take(sorted(range(len(rows)), key=lambda i: str(keys[i])))


def _cells(children: pl.DataFrame, *, clerk: Clerk, as_of: date) -> dict[str, list[Cell]]:
    count = len(children)
    get = {name: children[name].to_list() for name in children.columns}
    seen = [as_of - timedelta(days=int(d)) for d in clerk.rng.integers(1, 360, count)]
    clock = clerk.rng.integers(8 * 60, 17 * 60, count).tolist()
    ages = [(day - born).days / 365.25 for day, born in zip(seen, get["born_on"], strict=True)]
    build = clerk.rng.normal(0, 1, (2, count)).tolist()
    years = [max(0.0, age) for age in ages]
    values: list[list[Cell]] = [
        [f"{area}{i + 1:05d}" for i, area in enumerate(get["area_code"])],
        get["name"],
        ["男性" if sex == 1 else "女性" for sex in get["sex"]],
        *(get[n] for n in ("born_on", "id_no", "mother_name", "mother_id_no")),
        [a or b for a, b in zip(get["carer_phone"], get["mother_phone"], strict=True)],
        get["area_code"],
        [t + v + a for t, v, a in zip(get["town"], get["village"], get["address"], strict=True)],
        list(seen),
        [f"{_height(y) + 4 * z:.1f}" for y, z in zip(years, build[0], strict=True)],
        [f"{_weight(y) * (1 + 0.12 * z):.1f}" for y, z in zip(years, build[1], strict=True)],
        ["低体重" if z < -1.9 else "肥胖" if z > 1.9 else "正常" for z in build[1]],
        get["illness"],
        ["Y" if serious else "N" for serious in get["serious_illness"]],
        clerk.rng.choice(["完成", "未完成", "不详"], size=count, p=[0.9, 0.06, 0.04]).tolist(),
        [f"{day} {m // 60:02d}:{m % 60:02d}:00" for day, m in zip(seen, clock, strict=True)],
    ]
    return dict(zip(COLUMNS, values, strict=True))


def _height(years: float) -> float:
    """Give a middling height in centimetres; good enough to look right in a list."""
    return 50 + 25 * min(years, 1) + 12 * min(max(years - 1, 0), 1) + 5.6 * max(years - 2, 0)


def _weight(years: float) -> float:
    """Give a middling weight in kilograms."""
    return 3.3 + 6.2 * min(years, 1) + 2.2 * max(min(years, 9) - 1, 0) + 4 * max(years - 9, 0)


def _unnamed(rows: Rows, clerk: Clerk, ages: list[float]) -> None:
    """Leave the newborn (age in months) without a name: the mother's and 之子, or just 宝宝."""
    names = rows.columns["儿童姓名"]
    for i, months in enumerate(ages):
        if clerk.rnd.random() < (0.5 if months < 4 else 0.12 if months < 18 else 0.0):
            son = "之子" if rows.columns["性别"][i] == "男性" else "之女"
            pet = clerk.rnd.random() < 0.2
            names[i] = "宝宝" if pet else f"{rows.columns['母亲姓名'][i]}{son}"
            rows.columns["证件号码"][i] = ""
            rows.errors[i].append("UNNAMED")


def _move_back(rows: Rows, places: Places, clerk: Clerk) -> None:
    for i in clerk.hits(clerk.mix.moved * 1.3, len(rows)):
        other = int(clerk.rng.integers(0, len(places.village_code)))
        rows.columns["现住址代码"][i] = str(places.village_code[other])
        rows.columns["现住址"][i] = str(places.town_name[other]) + str(places.village_name[other])
        rows.errors[i].append("MOVED")
