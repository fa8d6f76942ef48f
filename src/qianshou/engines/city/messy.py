"""A small civil-affairs sheet full of trouble, to try out how rows are refused and mended."""

from collections.abc import Callable

from qianshou.engines.city import civil_affairs as form
from qianshou.engines.city import numbers, slips
from qianshou.engines.city.geography import Places
from qianshou.engines.city.rows import REFUSE, WARN, Cell, Clerk, Rows

_PHONE = f"{form.CARER}/联系电话"
_SEX = f"{form.CHILD}/性别"


def _set(value: Cell) -> Callable[[str, Clerk], Cell]:
    return lambda _cell, _clerk: value


# Reason, severity, column, and what becomes of the cell.
_TROUBLES: tuple[tuple[str, str, str, Callable[[str, Clerk], Cell]], ...] = (
    ("ID_CHECKSUM", REFUSE, form.ID_NO, lambda cell, clerk: slips.one_digit(clerk.rnd, cell)),
    ("DATE_IMPOSSIBLE", REFUSE, form.BORN, _set("2014年2月30日")),
    ("NAME_MISSING", REFUSE, form.NAME, _set("")),
    ("CATEGORY_UNKNOWN", REFUSE, form.CATEGORY, _set("贫困儿童A类")),
    ("ID_NUMERIC_CELL", REFUSE, form.ID_NO, lambda cell, _clerk: float(cell[:17] + "0")),
    ("DATE_FUTURE", REFUSE, form.BORN, _set("2036-05-01")),
    ("AREA_UNKNOWN", REFUSE, form.AREA, lambda cell, _clerk: f"{cell[:6]}999{cell[9:]}"),
    ("SEX_UNKNOWN", REFUSE, _SEX, _set("未知")),
    ("ID_LENGTH", WARN, form.ID_NO, lambda cell, clerk: slips.seventeen(clerk.rnd, cell)),
    ("PHONE_INVALID", WARN, _PHONE, _set("1640012")),
)


def make_trouble(rows: Rows, places: Places, clerk: Clerk, *, spared: int) -> None:
    """Spoil one row in each known way; the first `spared` rows are left alone.

    One more row is moved to the next county, and one repeats the key of the row before it.
    """
    step = (len(rows) - spared) // (len(_TROUBLES) + 2)
    for k, (reason, severity, column, trouble) in enumerate(_TROUBLES):
        i = spared + k * step
        rows.columns[column][i] = trouble(str(rows.columns[column][i]), clerk)
        _mark(rows, i, column=column, reason=reason, severity=severity)
    _next_door(rows, spared + len(_TROUBLES) * step, places)
    last = spared + (len(_TROUBLES) + 1) * step
    rows.columns[form.KEY][last] = rows.columns[form.KEY][last - 1]
    _mark(rows, last, column=form.KEY, reason="DUPLICATE_KEY", severity=WARN)


def _mark(rows: Rows, i: int, *, column: str, reason: str, severity: str) -> None:
    rows.errors[i].append(reason)
    rows.flaws[i] = [flaw for flaw in rows.flaws[i] if flaw.column != column]
    rows.flaw(i, column, reason=reason, severity=severity)


def _next_door(rows: Rows, i: int, places: Places) -> None:
    columns = (
        f"{form.HOME}/{part}" for part in ("县（区）", "乡镇（街道）", "村（社区）", "区划代码")
    )
    for column, value in zip(columns, places.next_county_village, strict=True):
        rows.columns[column][i] = value
    _mark(rows, i, column=form.AREA, reason="AREA_OTHER_COUNTY", severity=REFUSE)


def make_doubtful(rows: Rows, clerk: Clerk, *, count: int) -> None:
    """Make the first rows look like, yet not quite like, children whom other offices know."""
    for i in range(count):
        name = str(rows.columns[form.NAME][i])
        rows.columns[form.ID_NO][i] = ""
        rows.columns[form.NAME][i] = slips.slip_of_name(clerk.rnd, name)[1]
        for column in form.ROLES.phones:
            if rows.columns[column][i]:
                rows.columns[column][i] = numbers.phones(clerk.rng, 1)[0]
        rows.errors[i].append("DOUBTFUL")
        rows.flaws[i] = [flaw for flaw in rows.flaws[i] if flaw.column != form.ID_NO]
