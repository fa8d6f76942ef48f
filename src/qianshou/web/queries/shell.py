"""What the shell asks: navigation by power, and the areas to switch to."""

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions
from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.notices import queries as notices

Powers = tuple[Power, ...]


class Room(NamedTuple):
    """A part of the site: URL name, icon, label, the powers any of which opens it.

    `phone` puts it on the phone's bottom bar.
    """

    name: str
    icon: str
    label: str
    opening: Powers = ()
    phone: bool = False


# In the order of the work; the headings divide a long menu.
GROUPS: tuple[tuple[str, tuple[Room, ...]], ...] = (
    (
        "",
        (
            Room("web:home", "home", gettext_noop("Home"), phone=True),
            Room(
                "teams:mine",
                "children",
                gettext_noop("My children"),
                (Power.OWN_SEATS,),
                phone=True,
            ),
            Room(
                "plans:mine",
                "list",
                gettext_noop("My checklist"),
                (Power.OWN_CHILDREN,),
                phone=True,
            ),
            Room(
                "visits:mine",
                "calendar",
                gettext_noop("My home visits"),
                (Power.OWN_CHILDREN,),
                phone=True,
            ),
            Room("wishes:mine", "star", gettext_noop("Small wishes"), (Power.OWN_CHILDREN,)),
            Room("cases:mine", "check", gettext_noop("My part in teams"), (Power.OWN_CHILDREN,)),
            Room(
                "mothers:mine", "person", gettext_noop("My file"), (Power.OWN_CHILDREN,), phone=True
            ),
            Room("care:my-phones", "phone", gettext_noop("My phones"), (Power.OWN_CHILDREN,)),
            Room("notices:mine", "bell", gettext_noop("Messages")),
        ),
    ),
    (
        gettext_noop("Children"),
        (
            Room(
                "registry:today", "clock", gettext_noop("Today's changes"), (Power.VIEW_CHILDREN,)
            ),
            Room(
                "registry:children",
                "children",
                gettext_noop("Children"),
                (Power.VIEW_CHILDREN,),
                phone=True,
            ),
            Room("assessment:grades", "warning", gettext_noop("Grades"), (Power.CONFIRM_GRADES,)),
            Room(
                "cases:teams",
                "people",
                gettext_noop("Task teams"),
                (Power.LEAD_CASES, Power.CONFIRM_GRADES),
            ),
            Room("consents:worklist", "edit", gettext_noop("Consents"), (Power.CONFIRM_GRADES,)),
            Room("registry:doubts", "link", gettext_noop("Doubtful links"), (Power.DECIDE_LINKS,)),
        ),
    ),
    (
        gettext_noop("Mothers"),
        (
            Room(
                "mothers:mothers",
                "mothers",
                gettext_noop("Mothers"),
                (Power.VIEW_MOTHERS,),
                phone=True,
            ),
            Room(
                "recruitment:applications",
                "person",
                gettext_noop("Applications"),
                (Power.VIEW_RECRUITS,),
            ),
            Room(
                "mothers:care",
                "heart",
                gettext_noop("Care for the mothers"),
                (Power.EDIT_MOTHERS, Power.EDIT_POLICY),
            ),
        ),
    ),
    (
        gettext_noop("Pairing"),
        (
            Room(
                "pairing:runs", "match", gettext_noop("Pairing"), (Power.VIEW_PAIRING,), phone=True
            ),
            Room("bonds:road", "hands", gettext_noop("Offers and meetings"), (Power.VIEW_PAIRS,)),
            Room("teams:gaps", "people", gettext_noop("Care teams"), (Power.VIEW_PAIRS,)),
            Room(
                "support:worklist", "check", gettext_noop("Care of pairs"), (Power.SUPPORT_PAIRS,)
            ),
            Room(
                "plans:unfulfilled",
                "list",
                gettext_noop("Care plans"),
                (Power.VIEW_PAIRS, Power.EDIT_POLICY),
            ),
            Room("care:contacts", "message", gettext_noop("Contacts"), (Power.FOLLOW_CARE,)),
            Room(
                "protection:reports",
                "warning",
                gettext_noop("Reports"),
                (Power.RECEIVE_REPORTS,),
                phone=True,
            ),
            Room("protection:signals", "bell", gettext_noop("Signals"), (Power.RECEIVE_REPORTS,)),
            Room("visits:due", "home", gettext_noop("Home visits"), (Power.VISIT_HOMES,)),
            Room("wishes:wishes", "star", gettext_noop("Small wishes"), (Power.KEEP_WISHES,)),
        ),
    ),
    (
        gettext_noop("Data and control"),
        (
            Room("exchange:runs", "import", gettext_noop("Department data"), (Power.VIEW_IMPORTS,)),
            Room(
                "quality:scorecards", "chart", gettext_noop("Data quality"), (Power.VIEW_IMPORTS,)
            ),
            Room(
                "exchange:feeds",
                "refresh",
                gettext_noop("How rows arrive"),
                (Power.OPERATE_SYSTEM, Power.GRANT_ROLES),
            ),
            Room(
                "outbound:exports",
                "download",
                gettext_noop("Exports"),
                (Power.TAKE_OUT, Power.APPROVE_EXPORTS, Power.VIEW_TRAIL),
            ),
            Room(
                "outbound:receivers",
                "building",
                gettext_noop("Systems that are told"),
                (Power.EDIT_SOURCES, Power.OPERATE_SYSTEM, Power.GRANT_ROLES),
            ),
            Room("audit:trail", "shield", gettext_noop("Trail"), (Power.VIEW_TRAIL,), phone=True),
            Room(
                "accounts:users",
                "people",
                gettext_noop("Accounts"),
                (Power.MANAGE_USERS, Power.GRANT_ROLES),
                phone=True,
            ),
        ),
    ),
)
# A menu that is no longer than this needs no headings.
SHORT = 8


def navigation_for(user: User, path: str) -> list[dict[str, Any]]:
    """Return the rooms that the person may enter, and in which of them a path stands."""
    powers = permissions.powers_of(user)
    rooms: list[dict[str, Any]] = [
        {
            "label": _(room.label), "url": reverse(room.name), "icon": room.icon,
            "phone": room.phone, "group": _(heading) if heading else "",
        }
        for heading, group in GROUPS
        for room in group
        if not room.opening or powers.intersection(room.opening)
    ]  # fmt: skip
    if len(rooms) <= SHORT:
        rooms = [room | {"group": ""} for room in rooms]
    unread = notices.unread_count(user)
    for room in rooms:
        if unread and room["url"] == reverse("notices:mine"):
            room["badge"] = unread
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
