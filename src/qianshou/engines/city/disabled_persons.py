"""The disabled persons' federation: holders of a certificate, with its own words and dates."""

from datetime import date, timedelta

import polars as pl

from qianshou.engines.city import slips, spoil
from qianshou.engines.city.rows import Cell, Clerk, Roles, Rows

COLUMNS = (
    *("残疾人证号", "持证人", "性别", "民族", "出生日期", "残疾类别", "残疾等级", "首次发证日期"),
    *(
        "有效期至",
        "户籍地址代码",
        "户籍地址",
        "监护人",
        "监护关系",
        "监护人电话",
        "康复需求",
        "证件状态",
    ),
)
ROLES = Roles(
    key="残疾人证号",
    name="持证人",
    born="出生日期",
    sex="性别",
    guardians=("监护人",),
    phones=("监护人电话",),
    optional=("康复需求",),
)
KINDS = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
_GRADES = "一二三四"
_AIDS = {
    "1": "助视器、定向行走训练",
    "2": "助听器、语言训练",
    "3": "语言训练",
    "4": "康复训练、辅助器具",
    "5": "康复训练、特殊教育",
    "6": "药物、心理疏导",
    "7": "康复训练、照料",
}


def write_rows(children: pl.DataFrame, *, clerk: Clerk, as_of: date) -> Rows:
    """Write the certificates of the disabled among the children."""
    rows = Rows(
        columns=_cells(children, clerk=clerk, as_of=as_of), truth=children["truth_id"].to_list()
    )
    spoil.spoil(rows, ROLES, clerk)
    rows = spoil.duplicate(rows, ROLES, clerk)
    for column in ("出生日期", "首次发证日期", "有效期至"):
        rows.columns[column] = [_slashed(day) for day in rows.columns[column]]
    keys = rows.columns["户籍地址代码"]
    return rows.take(sorted(range(len(rows)), key=lambda i: str(keys[i])))


def _slashed(day: Cell) -> str:
    return f"{day.year}/{day.month}/{day.day}" if isinstance(day, date) else ""


def _cells(children: pl.DataFrame, *, clerk: Clerk, as_of: date) -> dict[str, list[Cell]]:
    get = {name: children[name].to_list() for name in children.columns}
    codes = get["disability"]
    issued = [_issued(day, clerk=clerk, as_of=as_of) for day in get["born_on"]]
    guardians = [_guardian(get, i) for i in range(len(children))]
    aids = (clerk.rng.random(len(children)) < 0.7).tolist()
    values: list[list[Cell]] = [
        certificate_numbers(children, clerk),
        get["name"],
        ["男" if sex == 1 else "女" for sex in get["sex"]],
        [
            str(name).removesuffix("族") if len(str(name)) == 2 else name
            for name in get["ethnicity"]
        ],
        get["born_on"],
        [KINDS[int(code[0]) - 1] for code in codes],
        [f"{_GRADES[int(code[1]) - 1]}级" for code in codes],
        list(issued),
        [day + timedelta(days=3652) for day in issued],
        get["hukou_code"],
        [_address(get, i) for i in range(len(children))],
        *([g[i] for g in guardians] for i in range(3)),
        [_AIDS[code[0]] if has else "" for code, has in zip(codes, aids, strict=True)],
        clerk.rng.choice(["正常", "注销", "冻结"], size=len(codes), p=[0.97, 0.02, 0.01]).tolist(),
    ]
    return dict(zip(COLUMNS, values, strict=True))


def certificate_numbers(children: pl.DataFrame, clerk: Clerk) -> list[Cell]:
    """Form the 20 characters: ID, kind, grade; a few IDs were mistyped on the day of issue."""
    wrong = set(clerk.slips(clerk.mix.id_one_digit, len(children)))
    out: list[Cell] = []
    for i, (number, code) in enumerate(children.select("id_no", "disability").rows()):
        if not clerk.mix.id_derived_keys:
            out.append(f"CJ{children['truth_id'][i][1:]}{clerk.rnd.randrange(100_000):05d}")
        else:
            typed = slips.one_digit(clerk.rnd, number) if i in wrong else number
            out.append(f"{typed}{code}")
    return out


def _issued(born: date, *, clerk: Clerk, as_of: date) -> date:
    return born + timedelta(days=int((as_of - born).days * clerk.rnd.uniform(0.2, 0.95)))


def _guardian(get: dict[str, list[Cell]], i: int) -> tuple[Cell, Cell, Cell]:
    for side, word in (("mother", "母亲"), ("father", "父亲")):
        if get[f"{side}_status"][i] in {"在家", "外出务工", "离异"}:
            return get[f"{side}_name"][i], word, get[f"{side}_phone"][i]
    return get["carer_name"][i], get["carer_relation"][i], get["carer_phone"][i]


def _address(get: dict[str, list[Cell]], i: int) -> str:
    county = str(get["hukou_county"][i])
    city = "" if "省" in county else "重庆市"
    return f"{city}{county}{get['hukou_town'][i]}{get['hukou_village'][i]}"
