"""What a newcomer does first: the steps that lead an area from nothing to its first pairs."""

from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import SEPARATED, Power
from qianshou.areas import rules as area_rules
from qianshou.mothers.models import Mother
from qianshou.pairing.models import MatchRun
from qianshou.web.queries.figures import Figures
from qianshou.web.queries.todo import Task


@dataclass(frozen=True)
class Start:
    """The first steps that are this person's to do, and whether anything is on file at all."""

    steps: list[Task] = field(default_factory=list)
    is_bare: bool = False


def start_for(user: User, area_code: str, *, figures: Figures | None, today: date) -> Start:
    """Return what begins an area that has no children, no mothers or no matching yet."""
    if figures is None:
        return Start(_of_administrators(user, today))
    if figures.children and figures.mothers_ready and figures.pairings:
        return Start()
    inside = {"area_code__range": area_rules.subtree(area_code)}
    has_mothers = bool(figures.mothers_ready) or Mother.objects.filter(**inside).exists()
    steps: list[tuple[Power, Task]] = []
    if not figures.children:
        steps += [(Power.EDIT_SOURCES, _connect()), (Power.RUN_IMPORTS, _deliver())]
    if not has_mothers:
        steps.append((Power.RUN_RECRUITS, _mothers()))
    if figures.children and has_mothers and not MatchRun.objects.exists():
        steps.append((Power.RUN_PAIRING, _match()))
    own = [task for power, task in steps if permissions.may(user, power, area_code)]
    return Start(own, is_bare=not figures.children and not has_mothers)


def _of_administrators(user: User, today: date) -> list[Task]:
    """Return what comes before anybody else can work: accounts, and roles for them."""
    if not permissions.is_administrator(user) or _others_hold_roles(today):
        return []
    url = reverse("accounts:users")
    if permissions.may(user, Power.MANAGE_USERS):
        return [_step(
            _("Open accounts for the offices"),
            _("So far there are administrators alone, and they see no children. The city"
              " federation, the counties and their clerks need accounts of their own."),
            url, act=_("Open one"), icon="person",
        )]  # fmt: skip
    if permissions.may(user, Power.GRANT_ROLES):
        return [_step(
            _("Give the first roles"),
            _("An account sees nothing until it has a role in an area. The system administrator"
              " opens accounts, you say what each may do."),
            url, act=_("Look"), icon="shield",
        )]  # fmt: skip
    return []


def _others_hold_roles(today: date) -> bool:
    return Grant.objects.in_force(today).exclude(role__in=SEPARATED).exists()


def _connect() -> Task:
    return _step(
        _("Connect a department"),
        _("Its list then arrives by itself: from an interface, a view of its database, a folder"
          " or a broker. Two administrators open the way."),
        reverse("exchange:connect"), act=_("Connect it"), icon="building",
    )  # fmt: skip


def _deliver() -> Task:
    return _step(
        _("Deliver the list of a department"),
        _("An Excel or CSV file as it is. Every row is checked, and one file for each child is"
          " made of the lists."),
        reverse("exchange:upload"), act=_("Deliver"), icon="upload",
    )  # fmt: skip


def _mothers() -> Task:
    return _step(
        _("Take in the women who want to help"),
        _("The office's list of applicants, or a call with a code that they scan. Each is checked"
          " before she is matched."),
        reverse("recruitment:lists"), act=_("Take them in"), icon="mothers",
    )  # fmt: skip


def _match() -> Task:
    return _step(
        _("Match for the first time"),
        _("Children and mothers are on file. The matching proposes with its reasons; a person"
          " decides."),
        reverse("pairing:runs"), act=_("Match"), icon="match",
    )  # fmt: skip


def _step(title: str, why: str, url: str, *, act: str, icon: str) -> Task:
    return Task(title, why, url, act, icon, 1)
