"""The education list: an export of the pupils' register, GB18030, one line per child and year."""

from datetime import date

import polars as pl

from qianshou.engines.city import numbers, schools, slips, spoil
from qianshou.engines.city.geography import Places
from qianshou.engines.city.rows import REFUSE, Cell, Clerk, Roles, Rows

COLUMNS = (
    *("学籍号", "学生姓名", "性别", "民族", "出生年月", "身份证件类型", "身份证件号"),
    *("户口所在地行政区划码", "学校标识码", "学校名称", "学段", "年级", "班级", "是否寄宿"),
    *(
        "家长姓名",
        "家长关系",
        "家长联系方式",
        "家庭住址",
        "住址区划码",
        "本学期缺课天数",
        "是否辍学",
    ),
    *("班主任", "班主任电话", "心理筛查结果", "学业等级", "更新日期"),
)
ROLES = Roles(
    key="学籍号",
    name="学生姓名",
    id_no="身份证件号",
    born="出生年月",
    sex="性别",
    guardians=("家长姓名",),
    phones=("家长联系方式",),
)
# GB/T 3304.
ETHNICITY_CODES = {
    "汉族": "01",
    "蒙古族": "02",
    "回族": "03",
    "藏族": "04",
    "苗族": "06",
    "彝族": "07",
    "侗族": "12",
    "土家族": "15",
}


def write_rows(children: pl.DataFrame, places: Places, *, clerk: Clerk, as_of: date) -> Rows:
    """Write the pupils among the children as the register exports them, with its errors."""
    rows = Rows(
        columns=_cells(children, places, clerk=clerk, as_of=as_of),
        truth=children["truth_id"].to_list(),
    )
    _keep_old_school(rows, places, clerk)
    _teachers_phone(rows, clerk)
    _copied_ids(rows, children, clerk)
    spoil.spoil(rows, ROLES, clerk)
    _damage_ids(rows, clerk)
    _style(rows, clerk)
    rows = spoil.duplicate(rows, ROLES, clerk)
    spoil.flag_ids(rows, ROLES)
    order = [
        str(a) + str(b)
        for a, b in zip(rows.columns["学校标识码"], rows.columns["班级"], strict=True)
    ]
    return rows.take(sorted(range(len(rows)), key=lambda i: order[i]))


def _cells(
    children: pl.DataFrame, places: Places, *, clerk: Clerk, as_of: date
) -> dict[str, list[Cell]]:
    count = len(children)
    get = {name: children[name].to_list() for name in children.columns}
    parents = _parents(get, clerk)
    teachers = _teachers(children, places)
    day = as_of.strftime("%Y%m05")
    values: list[list[Cell]] = [
        student_numbers(children, clerk),
        get["name"],
        get["sex"],
        [ETHNICITY_CODES[str(name)] for name in get["ethnicity"]],
        get["born_on"],
        ["居民身份证"] * count,
        get["id_no"],
        [str(code)[:6] for code in get["hukou_code"]],
        *(get[n] for n in ("school_code", "school", "stage", "grade", "class_no")),
        [1 if flag else 0 for flag in get["boarding"]],
        [name for name, _, _ in parents],
        [relation for _, relation, _ in parents],
        [phone for _, _, phone in parents],
        _addresses(get),
        [str(code)[:9] for code in get["town_code"]],
        get["absent_days"],
        [1 if flag else 0 for flag in get["dropped_out"]],
        [name for name, _ in teachers],
        [phone for _, phone in teachers],
        _screening(get["need_mind"], clerk),
        _marks(get),
        [day] * count,
    ]
    return dict(zip(COLUMNS, values, strict=True))


def student_numbers(children: pl.DataFrame, clerk: Clerk) -> list[Cell]:
    """Form 学籍号: mostly G and the ID, some J (school, birth, sequence) given before the ID."""
    births = numbers.compact_dates(
        children["born_on"].to_numpy().astype("datetime64[D]").astype("int64")
    )
    early = clerk.rng.random(len(children)) < 0.05
    out: list[Cell] = []
    for i, (number, birth) in enumerate(zip(children["id_no"].to_list(), births, strict=True)):
        if clerk.mix.id_derived_keys and not early[i]:
            out.append(f"G{number}")
        else:
            serial = int(children["truth_id"][i][-6:])
            out.append(f"L{children['county_code'][i][:6]}{birth}{serial % 10_000:04d}")
    return out


def _parents(get: dict[str, list[Cell]], clerk: Clerk) -> list[tuple[Cell, Cell, Cell]]:
    """Name one adult per pupil: whoever came to enrol it, never the dead or the lost."""
    absent = {"去世", "失联", "服刑", "强制戒毒"}
    luck = clerk.rng.random(len(get["name"])).tolist()
    out: list[tuple[Cell, Cell, Cell]] = []
    for i, chance in enumerate(luck):
        side, word = ("father", "父亲") if chance < 0.4 else ("mother", "母亲")
        if chance > 0.68 or get[f"{side}_status"][i] in absent:
            side, word = "carer", str(get["carer_relation"][i])
        out.append((get[f"{side}_name"][i], word, get[f"{side}_phone"][i]))
    return out


def _teachers(children: pl.DataFrame, places: Places) -> list[tuple[str, str]]:
    columns = [children[n].to_list() for n in ("school_code", "grade", "class_no")]
    classes = schools.Schooling(
        code=columns[0],
        name=[],
        stage=[],
        grade=columns[1],
        class_no=columns[2],
        boarding=children["boarding"].to_numpy(),
    )
    known = schools.class_teachers(classes, places.six)
    return [known[key] for key in zip(*columns, strict=True)]


def _marks(get: dict[str, list[Cell]]) -> list[Cell]:
    """Give the marks of pupils; kindergartens give none."""
    return [
        "" if stage == "学前" else mark
        for mark, stage in zip(get["marks"], get["stage"], strict=True)
    ]


def _addresses(get: dict[str, list[Cell]]) -> list[Cell]:
    parts = zip(get["county"], get["town"], get["village"], get["address"], strict=True)
    return [
        f"重庆市{county}{town}{village}{str(rest).replace('组', '组,', 1)}"
        for county, town, village, rest in parts
    ]


def _screening(mind: list[Cell], clerk: Clerk) -> list[Cell]:
    """Say what the school's psychological screening found; some schools have not screened."""
    done = (clerk.rng.random(len(mind)) < 0.85).tolist()
    noise = clerk.rng.normal(0, 8, len(mind)).tolist()
    out: list[Cell] = []
    for need, screened, luck in zip(mind, done, noise, strict=True):
        score = float(str(need)) + luck
        word = "重点关注" if score > 62 else "关注" if score > 44 else "一般"
        out.append(word if screened else "")
    return out


def _keep_old_school(rows: Rows, places: Places, clerk: Clerk) -> None:
    """Leave pupils who have moved at their former school and address."""
    for i in clerk.hits(clerk.mix.moved, len(rows)):
        other = int(clerk.rng.integers(0, len(places.village_code)))
        town, village = str(places.town_name[other]), str(places.village_name[other])
        rows.columns["家庭住址"][i] = f"重庆市{places.county_name}{town}{village}"
        rows.columns["住址区划码"][i] = str(places.town_code[other])[:9]
        ending = schools.ENDINGS.get(str(rows.columns["学段"][i]))
        if ending:
            rows.columns["学校名称"][i] = f"{places.county_name}{town}{ending}"
        rows.errors[i].append("STALE_SCHOOL")


def _teachers_phone(rows: Rows, clerk: Clerk) -> None:
    """Enter the class teacher's telephone where the family has none, or none is known."""
    phones, teachers = rows.columns["家长联系方式"], rows.columns["班主任电话"]
    lazy = set(clerk.hits(clerk.mix.phone_of_teacher, len(rows)))
    for i, phone in enumerate(phones):
        if i in lazy or (not phone and clerk.rnd.random() < 0.5):
            phones[i] = teachers[i]
            rows.errors[i].append("PHONE_OF_TEACHER")


def _copied_ids(rows: Rows, children: pl.DataFrame, clerk: Clerk) -> None:
    """Enter the parent's ID for a few children; the list has no column of its own for it."""
    carers = children["carer_id_no"].to_list()
    for i in clerk.slips(clerk.mix.id_of_guardian, len(rows)):
        rows.columns["身份证件号"][i] = carers[i]
        rows.errors[i].append("ID_OF_GUARDIAN")


def _damage_ids(rows: Rows, clerk: Clerk) -> None:
    """Show what a spreadsheet makes of a number before it is saved as CSV."""
    cells = rows.columns["身份证件号"]
    for i in clerk.hits(clerk.mix.id_number_cell, len(rows)):
        text = str(cells[i])
        if text.isdigit() and len(text) == 18:
            cells[i] = f"{float(text):.5E}"
            rows.errors[i].append("ID_SCIENTIFIC")
    kinds = rows.columns["身份证件类型"]
    for i, cell in enumerate(cells):
        if not cell:
            kinds[i] = "无"


def _style(rows: Rows, clerk: Clerk) -> None:
    """Write births as YYYYMMDD; a few come as YYYYDDMM, which often is no date at all."""
    births = rows.columns["出生年月"]
    odd = set(clerk.slips(clerk.mix.born_swapped / 2, len(rows)))
    for i, day in enumerate(births):
        if not isinstance(day, date):
            births[i] = ""
            continue
        births[i] = day.strftime("%Y%d%m" if i in odd and day.day > 12 else "%Y%m%d")
        if i in odd and day.day > 12:
            rows.errors[i].append("BORN_IMPOSSIBLE")
            rows.flaw(i, "出生年月", reason="DATE_IMPOSSIBLE", severity=REFUSE)
    for i in clerk.slips(clerk.mix.name_full_width, len(rows)):
        rows.columns["家长联系方式"][i] = slips.full_width(
            clerk.rnd, str(rows.columns["家长联系方式"][i])
        )
