"""Errors in whole lists: which rows are struck, what happens to their cells, what is remembered."""

from datetime import date, timedelta

from qianshou.engines.city import lunar, numbers, slips
from qianshou.engines.city.rows import REFUSE, WARN, Clerk, Roles, Rows
from qianshou.engines.city.slips import Slip

_FILLERS = ("无", "不详", "/")


def spoil(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    """Strike a list with all errors that are common to every department."""
    _spoil_names(rows, roles, clerk)
    _spoil_guardians(rows, roles, clerk)
    if roles.id_no:
        _spoil_ids(rows, roles, clerk)
    _spoil_births(rows, roles, clerk)
    _spoil_sex(rows, roles, clerk)
    _spoil_phones(rows, roles, clerk)
    _fill_blanks(rows, roles, clerk)


def _change(rows: Rows, column: str, *, row: int, text: str, code: str) -> None:
    """Write a spoiled cell and remember why; an unchanged cell is no error."""
    if text != rows.columns[column][row]:
        rows.columns[column][row] = text
        rows.errors[row].append(code)


def _spoil_names(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    names, mix = rows.columns[roles.name], clerk.mix
    for i in clerk.slips(mix.name_slip, len(rows)):
        code, text = slips.slip_of_name(clerk.rnd, str(names[i]))
        _change(rows, roles.name, row=i, text=text, code=code)
    dotted = [i for i, name in enumerate(names) if "·" in str(name)]
    for i in dotted:
        if clerk.rnd.random() < 0.4:
            text = slips.other_dot(clerk.rnd, str(names[i]))
            _change(rows, roles.name, row=i, text=text, code="DOT")
    for i in clerk.slips(mix.name_spaces, len(rows)):
        text = slips.spaced(clerk.rnd, str(names[i]))
        _change(rows, roles.name, row=i, text=text, code="SPACES")
    for i in clerk.hits(mix.name_missing, len(rows)):
        _change(rows, roles.name, row=i, text="", code="NAME_MISSING")
        rows.flaw(i, roles.name, reason="NAME_MISSING", severity=REFUSE)


def _spoil_guardians(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    for column in roles.guardians:
        for i in clerk.slips(clerk.mix.guardian_slip, len(rows)):
            code, text = slips.slip_of_name(clerk.rnd, str(rows.columns[column][i] or ""))
            if code:
                _change(rows, column, row=i, text=text, code="GUARDIAN_NAME")
    for column in roles.guardian_ids:
        for i in clerk.hits(clerk.mix.id_missing[clerk.department], len(rows)):
            rows.columns[column][i] = ""
        if clerk.mix.id_masked:
            cells = rows.columns[column]
            rows.columns[column] = [slips.masked(clerk.rnd, str(cell or "")) for cell in cells]


def _id_slips(clerk: Clerk) -> tuple[tuple[float, str, Slip], ...]:
    mix = clerk.mix
    return (
        (mix.id_one_digit, "ID_ONE_DIGIT", slips.one_digit),
        (mix.id_transposed, "ID_TRANSPOSED", slips.transposed),
        (mix.id_seventeen, "ID_SEVENTEEN", slips.seventeen),
        (mix.id_fifteen, "ID_FIFTEEN", slips.fifteen),
        (mix.id_truncated, "ID_TRUNCATED", slips.truncated),
        (mix.id_untidy, "ID_UNTIDY", slips.untidy),
    )


def _spoil_ids(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    cells = rows.columns[roles.id_no]
    for rate, code, slip in _id_slips(clerk):
        for i in clerk.slips(rate, len(rows)):
            if len(str(cells[i])) == 18:
                _change(rows, roles.id_no, row=i, text=slip(clerk.rnd, str(cells[i])), code=code)
    for i in clerk.slips(clerk.mix.id_of_guardian, len(rows)):
        other = next((c for c in (rows.columns[g][i] for g in roles.guardian_ids) if c), None)
        if other:
            _change(rows, roles.id_no, row=i, text=str(other), code="ID_OF_GUARDIAN")
    for i in clerk.hits(clerk.mix.id_missing[clerk.department], len(rows)):
        _change(rows, roles.id_no, row=i, text="", code="ID_MISSING")
    if clerk.mix.id_masked:
        rows.columns[roles.id_no] = [slips.masked(clerk.rnd, str(cell)) for cell in cells]


def tidy_id(cell: object) -> str:
    """Read an ID as a careful importer does: half width, no blanks, no apostrophe, capital X."""
    text = str(cell)
    if not text.isascii():
        text = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    return text.replace(" ", "").strip("'").upper()


def flag_ids(rows: Rows, roles: Roles) -> None:
    """Remember every ID about which a reader must complain, after all slips are done."""
    for i, cell in enumerate(rows.columns[roles.id_no]):
        if not isinstance(cell, str):
            rows.flaw(i, roles.id_no, reason="ID_NUMERIC_CELL", severity=REFUSE)
        elif "*" in cell or not cell:
            continue
        elif len(tidy_id(cell)) != 18:
            rows.flaw(i, roles.id_no, reason="ID_LENGTH", severity=WARN)
        elif not numbers.is_valid_id(tidy_id(cell)):
            rows.flaw(i, roles.id_no, reason="ID_CHECKSUM", severity=WARN)


def _swapped(day: date) -> date | None:
    return date(day.year, day.day, day.month) if day.day <= 12 and day.day != day.month else None


def _spoil_births(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    cells, mix = rows.columns[roles.born], clerk.mix
    for i in clerk.slips(mix.born_swapped, len(rows)):
        _redate(rows, roles, row=i, day=_swapped(_day(cells[i])), code="BORN_SWAPPED")
    for i in clerk.slips(mix.born_year, len(rows)):
        other = _day(cells[i])
        shift = clerk.rnd.choice([-1, 1])
        if other.year + shift <= 2026 and not (other.month == 2 and other.day == 29):
            day = other.replace(year=other.year + shift)
            _redate(rows, roles, row=i, day=day, code="BORN_YEAR")
    for i in clerk.slips(mix.born_lunar, len(rows)):
        day_or_none = lunar.lunar_as_solar(_day(cells[i]))
        _redate(rows, roles, row=i, day=day_or_none, code="BORN_LUNAR")
    for i in clerk.slips(mix.born_digit, len(rows)):
        day = _day(cells[i]) - timedelta(days=clerk.rnd.choice([1, 2, 9, 10, 20]))
        _redate(rows, roles, row=i, day=day, code="BORN_DIGIT")
    for i in clerk.slips(mix.born_missing, len(rows)):
        cells[i] = None
        rows.errors[i].append("BORN_MISSING")


def _day(cell: object) -> date:
    return cell if isinstance(cell, date) else date(2015, 1, 1)


def _redate(rows: Rows, roles: Roles, *, row: int, day: date | None, code: str) -> None:
    cells = rows.columns[roles.born]
    if day is not None and isinstance(cells[row], date) and day != cells[row]:
        cells[row] = day
        rows.errors[row].append(code)


def _spoil_sex(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    cells = rows.columns[roles.sex]
    words = sorted(set(cells), key=str)[:2]
    for i in clerk.slips(clerk.mix.sex_wrong, len(rows)):
        other = [word for word in words if word != cells[i]]
        if other:
            cells[i] = other[0]
            rows.errors[i].append("SEX_WRONG")
            rows.flaw(i, roles.sex, reason="SEX_ID_MISMATCH", severity=WARN)


def _spoil_phones(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    mix = clerk.mix
    for column in roles.phones:
        cells = rows.columns[column]
        for i in clerk.hits(mix.phone_old, len(rows)):
            if cells[i]:
                _change(rows, column, row=i, text=numbers.phones(clerk.rng, 1)[0], code="PHONE_OLD")
        for i in clerk.slips(mix.phone_typo, len(rows)):
            if cells[i]:
                typo = clerk.rnd.choice([slips.one_digit, slips.transposed, slips.seventeen])
                _change(rows, column, row=i, text=typo(clerk.rnd, str(cells[i])), code="PHONE_TYPO")
        for i in clerk.hits(mix.phone_missing, len(rows)):
            cells[i] = ""


def _fill_blanks(rows: Rows, roles: Roles, clerk: Clerk) -> None:
    """Where there is nothing to say, some clerks say so."""
    for column in roles.optional:
        cells = rows.columns[column]
        blank = [i for i, cell in enumerate(cells) if not cell]
        for k in clerk.hits(clerk.mix.filler * 5, len(blank)):
            cells[blank[k]] = clerk.rnd.choice(_FILLERS)
            rows.errors[blank[k]].append("FILLER")


def duplicate(rows: Rows, roles: Roles, clerk: Clerk) -> Rows:
    """List some children twice: half as exact copies, half under a new number and a new slip."""
    copies = clerk.hits(clerk.mix.duplicate, len(rows))
    doubled = rows.take([*range(len(rows)), *copies])
    for offset, _ in enumerate(copies):
        row = len(rows) + offset
        doubled.errors[row].append("DUPLICATE")
        if clerk.rnd.random() < 0.5:
            doubled.flaw(row, roles.key, reason="DUPLICATE_KEY", severity=WARN)
            continue
        key = str(doubled.columns[roles.key][row])
        doubled.columns[roles.key][row] = renumbered(key, clerk)
        if clerk.rnd.random() < 0.4 and doubled.columns[roles.name][row]:
            code, text = slips.slip_of_name(clerk.rnd, str(doubled.columns[roles.name][row]))
            _change(doubled, roles.name, row=row, text=text, code=code)
    return doubled


def renumbered(key: str, clerk: Clerk) -> str:
    """Give a second registration its own number: same office, far behind the others."""
    return f"{key[: max(2, len(key) - 7)]}9{clerk.rnd.randrange(1_000_000):06d}"


def refusable(rows: Rows, clerk: Clerk, *, category: str, area: str, born: str) -> None:
    """Add the few rows that must not enter: unknown words and codes, births still to come."""
    mix = clerk.mix
    for i in clerk.hits(mix.category_unknown, len(rows)):
        _change(rows, category, row=i, text="其它", code="CATEGORY_UNKNOWN")
        rows.flaw(i, category, reason="CATEGORY_UNKNOWN", severity=REFUSE)
    for i in clerk.hits(mix.area_unknown, len(rows)):
        code = str(rows.columns[area][i])
        _change(rows, area, row=i, text=f"{code[:6]}999{code[9:]}", code="AREA_UNKNOWN")
        rows.flaw(i, area, reason="AREA_UNKNOWN", severity=REFUSE)
    for i in clerk.hits(mix.born_future, len(rows)):
        day = _day(rows.columns[born][i])
        rows.columns[born][i] = date(day.year + 20, day.month, min(day.day, 28))
        rows.errors[i].append("BORN_FUTURE")
        rows.flaw(i, born, reason="DATE_FUTURE", severity=REFUSE)
