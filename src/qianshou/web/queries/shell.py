"""What the shell asks: navigation by power, and the areas to switch to."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions
from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules

Powers = tuple[Power, ...]

# URL name, icon, label, the powers any of which opens it, on the phone's bottom bar
ROOMS: tuple[tuple[str, str, str, Powers, bool], ...] = (
    ("web:home", "home", gettext_noop("Home"), (), True),
    ("registry:today", "clock", gettext_noop("Today's changes"), (Power.VIEW_CHILDREN,), False),
    ("registry:children", "children", gettext_noop("Children"), (Power.VIEW_CHILDREN,), True),
    ("assessment:grades", "warning", gettext_noop("Grades"), (Power.CONFIRM_GRADES,), False),
    ("mothers:mothers", "mothers", gettext_noop("Mothers"), (Power.VIEW_MOTHERS,), True),
    ("pairing:runs", "match", gettext_noop("Pairing"), (Power.VIEW_PAIRING,), True),
    ("registry:doubts", "link", gettext_noop("Doubtful links"), (Power.DECIDE_LINKS,), False),
    ("exchange:runs", "import", gettext_noop("Department data"), (Power.VIEW_IMPORTS,), False),
    ("quality:scorecards", "chart", gettext_noop("Data quality"), (Power.VIEW_IMPORTS,), False),
    (
        "exchange:feeds",
        "refresh",
        gettext_noop("How rows arrive"),
        (Power.OPERATE_SYSTEM, Power.GRANT_ROLES),
        False,
    ),
    (
        "outbound:exports",
        "download",
        gettext_noop("Exports"),
        (Power.TAKE_OUT, Power.APPROVE_EXPORTS, Power.VIEW_TRAIL),
        False,
    ),
    (
        "outbound:receivers",
        "building",
        gettext_noop("Systems that are told"),
        (Power.EDIT_SOURCES, Power.OPERATE_SYSTEM, Power.GRANT_ROLES),
        False,
    ),
    ("audit:trail", "shield", gettext_noop("Trail"), (Power.VIEW_TRAIL,), True),
    (
        "accounts:users",
        "people",
        gettext_noop("Accounts"),
        (Power.MANAGE_USERS, Power.GRANT_ROLES),
        True,
    ),
)


def navigation_for(user: User, path: str) -> list[dict[str, Any]]:
    """Return the rooms that the person may enter, and in which of them a path stands."""
    powers = permissions.powers_of(user)
    rooms = [
        {"label": _(label), "url": reverse(name), "icon": icon, "phone": phone}
        for name, icon, label, opening, phone in ROOMS
        if not opening or powers.intersection(opening)
    ]
    around = [str(room["url"]) for room in rooms if _lies_in(path, str(room["url"]))]
    here = max(around, key=len, default="")
    return [room | {"active": room["url"] == here} for room in rooms]


def _lies_in(path: str, room: str) -> bool:
    return path == room or (room != "/" and path.startswith(room))


def search_url_for(user: User) -> str:
    """Return where the search box leads, for those who may search children."""
    return reverse("registry:children") if permissions.may(user, Power.VIEW_CHILDREN) else ""


def role_name_of(user: User) -> str:
    """Return the person's roles in words."""
    names = dict(Grant.Role.choices)
    return "、".join(dict.fromkeys(str(names[each.role]) for each in permissions.held_by(user)))


def area_choices_for(user: User, code: str) -> list[dict[str, Any]]:
    """Return the areas one step around the present one that the person may switch to."""
    scope = permissions.scope_of(user)
    if not code or not scope.ranges:
        return []
    widest = permissions.widest_area(user) or code
    chain = [code]
    while (
        chain[0] != widest and (parent := area_rules.parent_code(chain[0])) and scope.holds(parent)
    ):
        chain.insert(0, parent)
    names = areas.names_of(set(chain))
    around = [
        {"code": each, "name": names.get(each, each), "depth": depth, "active": each == code}
        for depth, each in enumerate(chain)
    ]
    return around + [
        {"code": area.code, "name": area.name, "depth": len(chain), "active": False}
        for area in areas.areas_below(code)
    ]
