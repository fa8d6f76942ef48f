"""The office's list of applicants: its columns, and how the words in its cells are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from qianshou.engines.linkage import normalise
from qianshou.recruitment.rules import reading

NAME, KIND, NUMBER, BIRTH, PHONE, AREA = COLUMNS_WHO = (
    "姓名", "证件类型", "证件号码", "出生日期", "联系电话", "区划代码",
)  # fmt: skip
CATEGORIES, EDUCATION, EMPLOYER, PLACES = COLUMNS_WHAT = ("类别", "学历", "单位", "可结对人数")
COLUMNS: Final = (*COLUMNS_WHO, *COLUMNS_WHAT)
KINDS: Final[Mapping[str, str]] = {
    "身份证": reading.RESIDENT, "居民身份证": reading.RESIDENT, "": reading.RESIDENT,
    "护照": reading.PASSPORT, "居住证": reading.PERMIT, "港澳台居民居住证": reading.PERMIT,
    "外国人永久居留身份证": reading.PERMIT, "无": reading.NONE,
}  # fmt: skip
MOST_PLACES: Final = 10


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


NO_NAME: Final = _("The name is missing.")
NO_KIND: Final = _("Write one of: 身份证、护照、居住证、无.")
NO_DAY: Final = _("This is not a day. Write it as 1980-05-17.")
NO_AREA: Final = _("Write the 12-digit code of a town or village of this area.")
NO_PLACES: Final = _("Write a whole number from 0 to 10.")
TWICE: Final = _("This person stands in the list twice.")
UNDER_WAY: Final = _("An application with this number is under way already.")


@dataclass(frozen=True)
class Row:
    """One row, read: what the application says, or what is wrong with which column."""

    answers: Mapping[str, Any]
    wrong: Mapping[str, str]
    known: reading.Identity | None = None


def read(cells: Mapping[str, str], *, inside: set[str], today: date) -> Row:
    """Read one row; `inside` are the codes of places of the area that exist."""
    kind, birth = KINDS.get(cells[KIND].strip()), normalise.date_of(cells[BIRTH])
    wrong = _plain_wrongs(cells, inside=inside)
    if kind is None:
        return Row({}, {**wrong, KIND: NO_KIND})
    if cells[BIRTH] and birth is None:
        wrong[BIRTH] = NO_DAY
    number = "" if kind == reading.NONE else cells[NUMBER]
    known = reading.identity(kind, number, birth_on=birth, today=today)
    for name, column in (("id_number", NUMBER), ("birth_on", BIRTH)):
        if name in known.wrong:
            wrong.setdefault(column, known.wrong[name])
    return Row(_answers(cells, known), wrong, known)


def _plain_wrongs(cells: Mapping[str, str], *, inside: set[str]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not cells[NAME]:
        wrong[NAME] = NO_NAME
    if reading.phone(cells[PHONE]) is None:
        wrong[PHONE] = reading.WRONG_PHONE
    if cells[AREA] not in inside:
        wrong[AREA] = NO_AREA
    places = cells[PLACES] or "1"
    if not places.isdecimal() or int(places) > MOST_PLACES:
        wrong[PLACES] = NO_PLACES
    return wrong


def _answers(cells: Mapping[str, str], known: reading.Identity) -> dict[str, Any]:
    words = cells[CATEGORIES].replace("，", "、").replace(",", "、").split("、")
    return {
        "name": cells[NAME][: reading.LONGEST_NAME],
        "id_kind": known.id_kind,
        "id_number": known.id_number,
        "birth_on": known.birth_on.isoformat() if known.birth_on else "",
        "phone": cells[PHONE],
        "town": cells[AREA],
        "categories": [word.strip() for word in words if word.strip()],
        "education": cells[EDUCATION][:20],
        "employer": cells[EMPLOYER][:100],
        "capacity": int(cells[PLACES]) if cells[PLACES].isdecimal() else 1,
    }
