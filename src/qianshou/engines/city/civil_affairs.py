"""The civil affairs list of children: one sheet per county with a two-level header."""

from datetime import date

import polars as pl

from qianshou.engines.city import delivery, names, scenarios, sheet, slips, spoil
from qianshou.engines.city.geography import Places
from qianshou.engines.city.rows import REFUSE, Cell, Clerk, Roles, Rows

SHEET = "儿童信息台账"
CHILD, HUKOU, HOME = "儿童基本信息", "户籍地", "现居住地"
FATHER, MOTHER, CARER = "父亲", "母亲", "实际照料人"
CLUES, WISH, FILED = "风险线索", "结对意愿", "登记信息"
_AREA = ("县（区）", "乡镇（街道）", "村（社区）", "区划代码")

# (group, name); a blank group is a column of its own, merged downwards.
HEADER: tuple[tuple[str, str], ...] = (
    *(("", "序号"), ("", "台账编号")),
    *(
        (CHILD, n)
        for n in ("姓名", "性别", "民族", "公民身份号码", "出生日期", "健康状况", "使用语言")
    ),
    *((HUKOU, n) for n in _AREA),
    *((HOME, n) for n in (*_AREA, "详细地址")),
    *(("", "儿童类别"), ("", "监护情况")),
    *((FATHER, n) for n in ("姓名", "身份证号", "状况", "联系电话")),
    *((MOTHER, n) for n in ("姓名", "身份证号", "状况", "联系电话")),
    *((CARER, n) for n in ("姓名", "与儿童关系", "身份证号", "联系电话")),
    *(("家庭情况", n) for n in ("是否低保", "家庭儿童数")),
    *((CLUES, n) for n in ("独自居住", "校园欺凌", "家暴线索", "不良行为", "自伤倾向")),
    ("", "主要需求"),
    *((WISH, n) for n in ("监护人是否同意", "同意日期", "陪伴时间", "兴趣爱好")),
    *((FILED, n) for n in ("登记日期", "更新日期", "登记人")),
)
COLUMNS = tuple(f"{group}/{name}" if group else name for group, name in HEADER)

KEY, NAME, CATEGORY = "台账编号", f"{CHILD}/姓名", "儿童类别"
ID_NO, BORN, AREA = f"{CHILD}/公民身份号码", f"{CHILD}/出生日期", f"{HOME}/区划代码"
CONSENT, CONSENTED_ON, UPDATED_ON = (
    f"{WISH}/监护人是否同意",
    f"{WISH}/同意日期",
    f"{FILED}/更新日期",
)
ROLES = Roles(
    key=KEY,
    name=NAME,
    id_no=ID_NO,
    born=BORN,
    sex=f"{CHILD}/性别",
    guardians=(f"{FATHER}/姓名", f"{MOTHER}/姓名", f"{CARER}/姓名"),
    guardian_ids=(f"{CARER}/身份证号", f"{FATHER}/身份证号", f"{MOTHER}/身份证号"),
    phones=(f"{FATHER}/联系电话", f"{MOTHER}/联系电话", f"{CARER}/联系电话"),
    optional=(f"{CHILD}/使用语言", f"{WISH}/兴趣爱好"),
)

_SHORT_CATEGORIES = {scenarios.LEFT_BEHIND: "留守儿童", scenarios.UNATTENDED: "事孤儿童"}
_TEXT_DATES = (
    "{0}-{1:02d}-{2:02d}",
    "{0}.{1}.{2}",
    "{0}{1:02d}{2:02d}",
    "{0}年{1}月{2}日",
    "{0}/{1}/{2}",
)


def write_rows(children: pl.DataFrame, places: Places, *, clerk: Clerk, start: int = 1) -> Rows:
    """Write the list of a county's children as its office keeps it, with its errors.

    `start` is the first running number of the source key.
    """
    rows = Rows(
        columns=_cells(children, places, clerk=clerk, start=start),
        truth=children["truth_id"].to_list(),
    )
    _move_back(rows, places, clerk)
    _forget_clues(rows, clerk)
    spoil.refusable(rows, clerk, category=CATEGORY, area=AREA, born=BORN)
    spoil.spoil(rows, ROLES, clerk)
    _number_cells(rows, clerk)
    _style(rows, clerk)
    rows = spoil.duplicate(rows, ROLES, clerk)
    spoil.flag_ids(rows, ROLES)
    _flag_other_counties(rows, places)
    return in_order(rows)


def in_order(rows: Rows) -> Rows:
    """Sort by place of residence and number the rows, as the sheet is kept."""
    areas, keys = rows.columns[AREA], rows.columns[KEY]
    ordered = rows.take(sorted(range(len(rows)), key=lambda i: (str(areas[i]), str(keys[i]))))
    ordered.columns["序号"] = list(range(1, len(rows) + 1))
    return ordered


def _yes_no(flags: pl.Series) -> list[Cell]:
    return ["是" if flag else "否" for flag in flags.to_list()]


def _cells(
    children: pl.DataFrame, places: Places, *, clerk: Clerk, start: int
) -> dict[str, list[Cell]]:
    count = len(children)
    get = {name: children[name].to_list() for name in children.columns}
    values: list[list[Cell]] = [
        [0] * count,
        [f"MZ{places.six}{start + i:06d}" for i in range(count)],
        get["name"],
        ["男" if sex == 1 else "女" for sex in get["sex"]],
        *(get[n] for n in ("ethnicity", "id_no", "born_on", "health", "languages")),
        *(get[n] for n in ("hukou_county", "hukou_town", "hukou_village", "hukou_code")),
        *(get[n] for n in ("county", "town", "village", "area_code", "address")),
        *(get[n] for n in ("categories", "guardianship")),
        *(get[f"father_{n}"] for n in ("name", "id_no", "status", "phone")),
        *(get[f"mother_{n}"] for n in ("name", "id_no", "status", "phone")),
        *(get[f"carer_{n}"] for n in ("name", "relation", "id_no", "phone")),
        _yes_no(children["low_income"]),
        get["household_children"],
        *(
            _yes_no(children[n])
            for n in ("alone", "bullied", "violence", "misconduct", "self_harm")
        ),
        _main_needs(children),
        [{"YES": "是", "NO": "否"}.get(word, "") for word in get["consent"]],
        *(get[n] for n in ("consented_on", "times", "interests", "registered_on", "updated_on")),
        _registrars(children, clerk),
    ]
    return dict(zip(COLUMNS, values, strict=True))


def _main_needs(children: pl.DataFrame) -> list[Cell]:
    """Name the needs that stand out, at most three, strongest first."""
    axes = scenarios.AXES
    table = children.select([f"need_{axis}" for axis in axes]).rows()
    out: list[Cell] = []
    for needs in table:
        ranked = sorted(zip(needs, axes, strict=True), key=lambda pair: -pair[0])[:3]
        out.append("、".join(scenarios.AXIS_WORDS[axis] for need, axis in ranked if need >= 38))
    return out


def _registrars(children: pl.DataFrame, clerk: Clerk) -> list[Cell]:
    """One director of children's affairs per village signs for all of its children."""
    villages = sorted(set(children["area_code"].to_list()))
    sex = clerk.rng.choice([1, 2, 2, 2], size=len(villages))
    given = names.draw_given(clerk.rng, sex, "parents").tolist()
    surnames = names.draw_surnames(clerk.rng, len(villages)).tolist()
    signs = {v: s + g for v, s, g in zip(villages, surnames, given, strict=True)}
    return [signs[v] for v in children["area_code"].to_list()]


def _move_back(rows: Rows, places: Places, clerk: Clerk) -> None:
    """Leave some families where they used to live: the office has not heard that they moved."""
    for i in clerk.slips(clerk.mix.moved, len(rows)):
        if str(rows.columns[AREA][i])[:6] != places.six:
            continue
        other = int(clerk.rng.integers(0, len(places.village_code)))
        rows.columns[f"{HOME}/乡镇（街道）"][i] = str(places.town_name[other])
        rows.columns[f"{HOME}/村（社区）"][i] = str(places.village_name[other])
        rows.columns[AREA][i] = str(places.village_code[other])
        rows.errors[i].append("MOVED")


def _forget_clues(rows: Rows, clerk: Clerk) -> None:
    """Offices learn of four clues in five, and leave cells blank rather than write 否."""
    for name in ("独自居住", "校园欺凌", "家暴线索", "不良行为", "自伤倾向"):
        cells = rows.columns[f"{CLUES}/{name}"]
        for i in clerk.hits(0.2, len(rows)):
            if cells[i] == "是":
                rows.errors[i].append("CLUE_UNKNOWN")
            cells[i] = ""


def _number_cells(rows: Rows, clerk: Clerk) -> None:
    """Turn a few IDs into number cells, which cannot hold eighteen digits."""
    cells = rows.columns[ID_NO]
    for i in clerk.hits(clerk.mix.id_number_cell, len(rows)):
        text = str(cells[i])
        if text.isdigit() and len(text) == 18:
            cells[i] = float(text)
            rows.errors[i].append("ID_NUMBER_CELL")


def _flag_other_counties(rows: Rows, places: Places) -> None:
    for i, code in enumerate(rows.columns[AREA]):
        if str(code)[:6] != places.six:
            rows.flaw(i, AREA, reason="AREA_OTHER_COUNTY", severity=REFUSE)


def _style(rows: Rows, clerk: Clerk) -> None:
    """Write as several hands write: dates as text here and there, short words, wide digits."""
    births = rows.columns[BORN]
    for i in clerk.hits(0.12, len(rows)):
        day = births[i]
        if isinstance(day, date):
            form = clerk.rnd.choice(_TEXT_DATES)
            births[i] = form.format(day.year, day.month, day.day)
    categories = rows.columns[CATEGORY]
    for i in clerk.hits(0.1, len(rows)):
        for long, short in _SHORT_CATEGORIES.items():
            categories[i] = str(categories[i]).replace(long, short)
    for column in (f"{CARER}/联系电话", f"{HOME}/详细地址"):
        cells = rows.columns[column]
        for i in clerk.slips(clerk.mix.name_full_width, len(rows)):
            cells[i] = slips.full_width(clerk.rnd, str(cells[i] or ""))


def page(rows: Rows, places: Places, as_of: date) -> sheet.Sheet:
    """Lay the list out as the office's sheet: title, note, two header lines, rows."""
    width = len(HEADER)
    upper, lower = delivery.two_levels(HEADER)
    title, note = (delivery.padded(text, width) for text in _head_lines(places, as_of))
    last = sheet.letters(width - 1)
    return sheet.Sheet(
        name=SHEET,
        head=(
            (title, sheet.TITLE),
            (note, sheet.NOTE),
            (upper, sheet.HEADING),
            (lower, sheet.HEADING),
        ),
        merges=(f"A1:{last}1", f"A2:{last}2", *delivery.header_merges(HEADER, 3)),
        columns=tuple(rows.columns[name] for name in COLUMNS),
        widths=tuple(delivery.column_width(name) for _, name in HEADER),
    )


def _head_lines(places: Places, as_of: date) -> tuple[str, str]:
    month = f"{as_of.year}年{as_of.month}月"
    note = "说明：儿童类别可多选，以“、”分隔；身份证号请以文本填写"
    return (
        f"{places.county_name}农村留守儿童和困境儿童信息台账（{month}）",
        f"填报单位：{places.county_name}民政局    填报日期：{month}{as_of.day}日    {note}",
    )
