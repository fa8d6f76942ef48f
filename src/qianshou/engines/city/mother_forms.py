"""The applications of the loving mothers, as the county federation collects them on one sheet."""

import polars as pl

from qianshou.engines.city import delivery, sheet, slips, spoil
from qianshou.engines.city.geography import Places
from qianshou.engines.city.rows import Cell, Clerk, Roles, Rows

SHEET = "爱心妈妈报名表"
COLUMNS = (
    *("序号", "报名编号", "姓名", "性别", "出生日期", "身份证号", "手机号码", "民族", "政治面貌"),
    *("文化程度", "现居住县（区）", "现居住乡镇（街道）", "现居住村（社区）", "居住地区划代码"),
    *(
        "工作单位",
        "人员类别",
        "专业特长",
        "语言",
        "可服务时间",
        "可接受距离（公里）",
        "最多结对人数",
    ),
    *("意向", "兴趣爱好", "从业查询结果", "从业查询日期", "岗前培训学时", "培训合格日期"),
    *("承诺书签署日期", "强制报告承诺", "申请日期", "申请状态", "备注"),
)
ROLES = Roles(key="报名编号", name="姓名", id_no="身份证号", optional=("备注", "工作单位"))
_FIELDS = (
    *("born_on", "id_no", "phone", "ethnicity", "party", "education", "county", "town"),
    *("village", "area_code", "employer", "categories", "skills", "languages", "times"),
    *("travel_km", "capacity", "wishes", "interests", "screening", "screened_on"),
    *("training_hours", "trained_on", "committed_on"),
)


def write_rows(mothers: pl.DataFrame, places: Places, *, clerk: Clerk) -> Rows:
    """Write the applications of a county; a few are handed in twice."""
    count = len(mothers)
    get = {name: mothers[name].to_list() for name in mothers.columns}
    values: list[list[Cell]] = [
        [0] * count,
        [f"AXMM{places.six}{i + 1:06d}" for i in range(count)],
        get["name"],
        ["女"] * count,
        *(get[n] for n in _FIELDS),
        ["已签" if signed else "未签" for signed in get["report_pledge"]],
        *(get["applied_on"], get["status"], _remarks(get["status"])),
    ]
    rows = Rows(columns=dict(zip(COLUMNS, values, strict=True)), truth=get["truth_id"])
    _untidy(rows, clerk)
    rows = spoil.duplicate(rows, ROLES, clerk)
    spoil.flag_ids(rows, ROLES)
    areas = rows.columns["居住地区划代码"]
    rows = rows.take(sorted(range(len(rows)), key=lambda i: str(areas[i])))
    rows.columns["序号"] = list(range(1, len(rows) + 1))
    return rows


def page(rows: Rows, places: Places) -> sheet.Sheet:
    """Lay the applications out as one sheet: title, one header line, rows."""
    width = len(COLUMNS)
    title = delivery.padded(f"{places.county_name}“爱心妈妈”报名登记汇总表", width)
    return sheet.Sheet(
        name=SHEET,
        head=((title, sheet.TITLE), (COLUMNS, sheet.HEADING)),
        merges=(f"A1:{sheet.letters(width - 1)}1",),
        columns=tuple(rows.columns[name] for name in COLUMNS),
        widths=tuple(delivery.column_width(name) for name in COLUMNS),
    )


def _remarks(status: list[Cell]) -> list[Cell]:
    words = {"暂停": "因家庭原因暂停", "退出": "本人申请退出"}
    return [words.get(str(state), "") for state in status]


def _untidy(rows: Rows, clerk: Clerk) -> None:
    """Adults copy their own numbers well: few slips, some blanks."""
    for column, code, rate in (
        ("身份证号", "ID_ONE_DIGIT", 0.003),
        ("手机号码", "PHONE_TYPO", 0.002),
    ):
        cells = rows.columns[column]
        for i in clerk.hits(rate, len(rows)):
            cells[i] = slips.one_digit(clerk.rnd, str(cells[i]))
            rows.errors[i].append(code)
    names = rows.columns["姓名"]
    for i in clerk.hits(0.01, len(rows)):
        names[i] = slips.spaced(clerk.rnd, str(names[i]))
        rows.errors[i].append("SPACES")
