"""The roster of partners: what a list must hold, how its cells are read, and who is on it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.mothers.rules.words import LANGUAGES
from qianshou.pairing.models import Partner, Role, RosterLoad

ROLE, NAME, UNIT, AREA, REACH, PLACES, SPEAKS = COLUMNS = (
    "角色", "姓名", "单位", "区划代码", "可到距离（公里）", "可参与人数", "语言",
)  # fmt: skip
# A column that a list may leave out.
PHONE: Final = "电话"
ROLES: Final[Mapping[str, Role]] = {
    "社区民警": Role.POLICE, "民警": Role.POLICE, "警察": Role.POLICE,
    "家庭医生": Role.DOCTOR, "医生": Role.DOCTOR,
    "心理咨询师": Role.PSYCHOLOGIST, "心理老师": Role.PSYCHOLOGIST, "心理医生": Role.PSYCHOLOGIST,
    "班主任": Role.TEACHER, "教师": Role.TEACHER,
    "社工": Role.SOCIAL_WORKER, "社会工作者": Role.SOCIAL_WORKER,
    "律师": Role.LAWYER,
    "网格员": Role.GRID_WORKER, "村妇联主席": Role.CHAIR, "儿童主任": Role.CHILD_DIRECTOR,
    "村支书": Role.SECRETARY, "社区书记": Role.SECRETARY, "执委妈妈": Role.COMMITTEE,
    "辅导老师": Role.COUNSELLOR, "邻里妈妈": Role.NEIGHBOUR, "爱心企业": Role.DONOR,
    "爱心人士": Role.DONOR, "志愿者": Role.VOLUNTEER, "其他": Role.OTHER,
}  # fmt: skip
TONGUES: Final = {
    "重庆话": "chongqing", "普通话": "putonghua", "四川话": "sichuan", "湖北话": "hubei",
    "贵州话": "guizhou", "土家语": "tujia", "苗语": "miao", "彝语": "yi",
}  # fmt: skip
PHONE_SHAPE: Final = re.compile(r"[0-9+][0-9 -]{4,19}")
FARTHEST_KM: Final = 500
MOST_PLACES: Final = 500
SEPARATORS: Final = "、,，;；/ "
# What can be wrong with a cell; a load keeps the code, so that each reader reads their language.
WRONG: Final[Mapping[str, str]] = {
    "ROLE": gettext_noop("Write one of: %(words)s."),
    "NAME": gettext_noop("The name is missing."),
    "UNIT": gettext_noop("The department, school or practice is missing."),
    "AREA": gettext_noop("Write the 12-digit code of a town or village of this area."),
    "REACH": gettext_noop("Write a number of kilometres from 0 to %(most)d."),
    "PLACES": gettext_noop("Write a whole number from 0 to %(most)d."),
    "PHONE": gettext_noop("Write a telephone number, or leave it empty."),
    "SPEAKS": gettext_noop("Not known: %(words)s. Write some of: %(known)s."),
}
# A code of `WRONG`, and what its sentence names.
Wrong = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One row of a list, read: what it says of a partner, or what is wrong with which column."""

    row_no: int
    cells: Mapping[str, str]
    values: Mapping[str, Any]
    wrong: Mapping[str, Wrong]


def read(row_no: int, cells: Mapping[str, str], *, area_code: str, known: set[str]) -> Entry:
    """Read one row of a list that speaks for an area; `known` are the codes that exist."""
    wrong: dict[str, Wrong] = {}
    values: dict[str, Any] = {
        "role": ROLES.get(cells[ROLE]),
        "name": cells[NAME][:60],
        "unit": cells[UNIT][:100],
        "area_code": cells[AREA],
        "reach_m": _number(cells[REACH], FARTHEST_KM, scale=1000),
        "places": _number(cells[PLACES], MOST_PLACES),
        "languages": _tongues(cells[SPEAKS], wrong),
        "phone": cells.get(PHONE, ""),
    }
    if values["role"] is None:
        wrong[ROLE] = "ROLE", {"words": "、".join(ROLES)}
    if not values["name"]:
        wrong[NAME] = "NAME", {}
    if not values["unit"]:
        wrong[UNIT] = "UNIT", {}
    low, high = area_rules.subtree(area_code)
    if not (low <= values["area_code"] <= high and values["area_code"] in known):
        wrong[AREA] = "AREA", {}
    if values["reach_m"] is None:
        wrong[REACH] = "REACH", {"most": FARTHEST_KM}
    if values["places"] is None:
        wrong[PLACES] = "PLACES", {"most": MOST_PLACES}
    if values["phone"] and not PHONE_SHAPE.fullmatch(values["phone"]):
        wrong[PHONE] = "PHONE", {}
    # A number is kept sealed on the roster, or not at all.
    return Entry(row_no, {k: v for k, v in cells.items() if k != PHONE}, values, wrong)


def _number(text: str, most: int, *, scale: int = 1) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not 0 <= value <= most or (scale == 1 and value != int(value)):
        return None
    return round(value * scale)


def _tongues(text: str, wrong: dict[str, Wrong]) -> list[str]:
    for separator in SEPARATORS[1:]:
        text = text.replace(separator, SEPARATORS[0])
    words = [word for word in text.split(SEPARATORS[0]) if word]
    unknown = [word for word in words if word not in TONGUES]
    if unknown:
        wrong[SPEAKS] = "SPEAKS", {"words": "、".join(unknown), "known": "、".join(TONGUES)}
    return [TONGUES[word] for word in words if word in TONGUES]


def worded(wrong: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with each column in the reader's language.

    Loads of earlier versions kept sentences; they stay as they were written.
    """
    return {
        column: said if isinstance(said, str) else _(WRONG[said[0]]) % said[1]
        for column, said in wrong.items()
    }


def bad_rows(load: RosterLoad | None) -> list[dict[str, Any]]:
    """Return the rows of a load that could not be taken, with what is wrong in words."""
    return [{**each, "wrong": worded(each["wrong"])} for each in (load.bad if load else [])]


def partners_for(user: User, area_code: str, *, role: str = "") -> QuerySet[Partner]:
    """Return the partners on an area's roster, those at rest last."""
    permissions.require(user, Power.VIEW_PAIRS, area_code)
    rows = Partner.objects.filter(area_code__range=area_rules.subtree(area_code))
    if role:
        rows = rows.filter(role=role)
    return rows.order_by("-is_active", "role", "area_code", "name", "id")


def partner_for(user: User, partner_id: UUID) -> Partner:
    """Return one partner; raises `NotFound` when theirs is another area."""
    found = Partner.objects.filter(pk=partner_id).first()
    if found is None or not permissions.may(user, Power.VIEW_PAIRS, found.area_code):
        raise NotFound
    return found


_account_pages: list[Callable[[UUID], str]] = []


def register_account_page(page: Callable[[UUID], str]) -> None:
    """Let the room of teams lead from a partner to the account that stands for the partner."""
    _account_pages[:] = [page]


def rows_of(partners: list[Partner], *, within: str) -> list[dict[str, Any]]:
    """Return partners as rows of the list."""
    names = areas.full_names_of({each.area_code for each in partners}, within=within)
    return [
        {
            "partner": each,
            "account_url": _account_pages[0](each.pk) if _account_pages else "",
            "area": names[each.area_code],
            "km": f"{each.reach_m / 1000:g}",
            "languages": "、".join(_(LANGUAGES.get(code, code)) for code in each.languages),
        }
        for each in partners
    ]


def totals(area_code: str) -> list[tuple[str, int, int]]:
    """Count the active partners of an area by role, with their places; every role is named."""
    rows = Partner.objects.filter(area_code__range=area_rules.subtree(area_code), is_active=True)
    counted = {
        role: (count, places)
        for role, count, places in rows.values_list("role")
        .annotate(n=Count("pk"), places=Sum("places"))
        .order_by()
    }
    return [(str(role.label), *counted.get(role, (0, 0))) for role in Role]


def last_load(user: User, area_code: str) -> RosterLoad | None:
    """Return the newest list that was sent in for exactly this area."""
    permissions.require(user, Power.VIEW_PAIRS, area_code)
    found = RosterLoad.objects.filter(area_code=area_code).select_related("by")
    return found.order_by("-created_at").first()


def role_filter() -> list[dict[str, Any]]:
    """Return the filter chips of the roster."""
    return [{"name": "role", "label": _("Role"), "choices": Role.choices}]
