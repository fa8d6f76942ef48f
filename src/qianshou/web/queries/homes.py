"""What is due now: one list per person, made of the powers they hold, and their figures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment
from qianshou.exchange.models import Drift, ImportRun, QuarantinedRow
from qianshou.exchange.queries import contracts
from qianshou.mothers.models import Mother
from qianshou.outbound.models import Export, Line
from qianshou.pairing.models import LeftOver, MatchRun, Pairing, Proposal
from qianshou.registry.models import Child, Doubt
from qianshou.registry.queries import today as news

URGENT_TIERS = (0, 1)


@dataclass(frozen=True)
class Task:
    """One line of the worklist: what, why, how many, and where it is done."""

    title: str
    why: str
    url: str
    act: str
    icon: str
    count: int
    grade: str = ""


def worklist_for(user: User, area_code: str, today: date) -> list[Task]:
    """Return what the person has to do in an area, the most urgent first."""
    inside = {"area_code__range": area_rules.subtree(area_code)} if area_code else None
    if inside is None:
        return []
    found = (
        make(inside, today) for power, make in TASKS if permissions.may(user, power, area_code)
    )
    return [task for task in found if task is not None and task.count]


Make = Callable[[dict[str, Any], date], Task | None]


def _waiting_imports(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Deliveries that wait for your decision"),
        _("They would change or remove an unusual share of a department's rows."),
        reverse("exchange:runs") + "?state=WAITING",
        _("Look"),
        "import",
        ImportRun.objects.filter(state="WAITING", **inside).count(),
    )


def _grades(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Red and orange grades to confirm"),
        _("The rule proposes, a person confirms; until then nobody has looked at these children."),
        reverse("assessment:grades") + "?grade=URGENT",
        _("Confirm"),
        "warning",
        Assessment.objects.current()
        .filter(tier__in=URGENT_TIERS, confirmed_at=None, **inside)
        .count(),
        "RED",
    )


def _doubts(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Doubtful links to decide"),
        _("Two departments may mean the same child. A wrong merge harms both."),
        reverse("registry:doubts"),
        _("Decide"),
        "link",
        Doubt.objects.filter(state="OPEN", **inside).count(),
    )


def _proposals(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Proposed pairs to decide"),
        _("The matching proposes with its reasons; you approve or refuse."),
        reverse("pairing:runs"),
        _("Decide"),
        "match",
        Proposal.objects.open().filter(**inside).count(),
    )


def _bad_rows(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Department rows that could not enter"),
        _("Download them with their reasons, mend them or send them back to the department."),
        reverse("exchange:runs") + "?bad=1",
        _("Mend"),
        "file",
        QuarantinedRow.objects.filter(state="OPEN", **inside).count(),
    )


def _screenings(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Screenings that expire within thirty days"),
        _("Without a new check these mothers can no longer be matched."),
        reverse("mothers:mothers") + "?ready=EXPIRING",
        _("Look"),
        "shield",
        Mother.objects.expiring_on(today).filter(**inside).count(),
    )


def _drift(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Department lists that have changed or fallen silent"),
        _("A column is new or gone, cells are empty, or nothing comes. Ask the department."),
        reverse("exchange:sources"),
        _("Look"),
        "warning",
        Drift.objects.open().filter(**inside).count(),
    )


def _agreements(_inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Data agreements that have ended or end within thirty days"),
        _("Without one nothing of the source is taken in."),
        reverse("exchange:sources"),
        _("Renew"),
        "file",
        len(contracts.ending_agreements(today)),
    )


def _visits(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Children to look in on"),
        _("Something has happened to these children; somebody of their village goes and sees."),
        reverse("registry:today") + "?visit=DUE",
        _("Look"),
        "people",
        news.visits_due(inside),
    )


def _awaiting(inside: dict[str, Any], _today: date) -> Task:
    last = MatchRun.objects.filter(state="DONE").order_by("-created_at").first()
    return Task(
        _("Children who await a mother since the last matching"),
        _("New on file, moved, or without a parent now; a matching finds who fits."),
        reverse("pairing:runs"),
        _("Match"),
        "match",
        news.awaiting(inside, last.created_at if last else None) if last else 0,
    )


def _exports(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Exports that wait for a second person"),
        _("Somebody wants to take rows out of the system; you say whether the purpose needs it."),
        reverse("outbound:exports"),
        _("Decide"),
        "download",
        Export.objects.filter(state=Export.State.ASKED, **inside).count(),
    )


def _untold(_inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Systems that cannot be told"),
        _("Messages wait for them; look at what is wrong with the line."),
        reverse("outbound:receivers"),
        _("Look"),
        "building",
        Line.objects.filter(receiver__is_active=True).exclude(problem={}).count(),
    )


TASKS: tuple[tuple[Power, Make], ...] = (
    (Power.CONFIRM_GRADES, _grades),
    (Power.APPROVE_IMPORTS, _waiting_imports),
    (Power.VIEW_CHILDREN, _visits),
    (Power.DECIDE_PAIRING, _proposals),
    (Power.RUN_PAIRING, _awaiting),
    (Power.DECIDE_LINKS, _doubts),
    (Power.RUN_IMPORTS, _bad_rows),
    (Power.EDIT_MOTHERS, _screenings),
    (Power.EDIT_SOURCES, _agreements),
    (Power.EDIT_SOURCES, _drift),
    (Power.EDIT_SOURCES, _untold),
    (Power.APPROVE_EXPORTS, _exports),
)


@dataclass(frozen=True)
class Figures:
    """The few numbers of an area that the home shows."""

    children: int
    mothers_ready: int
    pairings: int
    left_over: int

    @property
    def coverage(self) -> float:
        """Return the share of children on file who have a mother, 0..1."""
        return self.pairings / self.children if self.children else 0.0


def figures_for(user: User, area_code: str, today: date) -> Figures | None:
    """Return the figures of an area for those who may see figures there."""
    if not area_code or not permissions.may(user, Power.VIEW_FIGURES, area_code):
        return None
    inside = {"area_code__range": area_rules.subtree(area_code)}
    newest = LeftOver.objects.filter(**inside).order_by("-run__created_at").values("run")[:1]
    return Figures(
        children=Child.objects.on_file().filter(**inside).count(),
        mothers_ready=Mother.objects.ready_on(today).filter(**inside).count(),
        pairings=Pairing.objects.open().filter(**inside).count(),
        left_over=LeftOver.objects.filter(run__in=newest, **inside).count(),
    )


def _by_county(rows: QuerySet[Any]) -> dict[str, int]:
    counted = rows.annotate(county=Substr("area_code", 1, 6)).values_list("county")
    return dict(counted.annotate(n=Count("pk")).order_by())


def coverage_tiles(user: User) -> list[dict[str, Any]]:
    """Return the tile map of counties by the share of children who have a mother, in per cent."""
    if not permissions.may(user, Power.VIEW_FIGURES):
        return []
    children = _by_county(Child.objects.on_file())
    pairings = _by_county(Pairing.objects.open())
    tiles = []
    for tile in areas.tiles():
        total = children.get(tile.code[:6], 0)
        share = round(100 * pairings.get(tile.code[:6], 0) / total) if total else None
        tiles.append(
            {
                "code": tile.code,
                "short_name": tile.short_name,
                "row": tile.row,
                "column": tile.column,
                "value": share,
                "label": tile.name,
                "url": "",
            }
        )
    return tiles
