"""What is due now: one list per person, made of the powers they hold, and their figures."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment
from qianshou.bonds.queries import worklist
from qianshou.care.queries import silent
from qianshou.consents.queries import worklist as consents
from qianshou.exchange.models import Drift, ImportRun, QuarantinedRow
from qianshou.exchange.queries import contracts, feeds
from qianshou.mothers.models import FileChange, HardshipRequest, Mother
from qianshou.notices.models import Notice
from qianshou.outbound.models import Export
from qianshou.pairing.models import MatchRun, Proposal
from qianshou.protection.queries import reports, signals
from qianshou.recruitment.queries import office as recruits
from qianshou.recruitment.queries import renewals
from qianshou.registry.models import Doubt
from qianshou.registry.queries import today as news
from qianshou.teams.queries import asked as team_tasks
from qianshou.teams.queries import gaps as team_gaps
from qianshou.web.queries import caring
from qianshou.web.queries.todo import Make, Task

URGENT_TIERS = (0, 1)


def worklist_for(user: User, area_code: str, today: date) -> list[Task]:
    """Return what the person has to do in an area, the most urgent first."""
    ways = _ways_to_open(user)
    inside = {"area_code__range": area_rules.subtree(area_code)} if area_code else None
    if inside is None:
        return ways
    own = [*ways, *_of_protection(user, area_code, today)]
    found = (
        make(inside, today) for power, make in TASKS if permissions.may(user, power, area_code)
    )
    return [*own, *(task for task in found if task is not None and task.count)]


def _ways_to_open(user: User) -> list[Task]:
    """Return what waits for an administrator: a department is not asked before two have agreed."""
    task = Task(
        _("Destinations that wait for an administrator"),
        _("A department is asked for its rows only after two administrators have approved where."),
        reverse("exchange:feeds") + "#ways", _("Look"), "refresh", feeds.ways_waiting_for(user),
    )  # fmt: skip
    return [task] if task.count else []


def _of_protection(user: User, area_code: str, today: date) -> list[Task]:
    """Return what waits for this very person: reports by their circle, signals by the role."""
    to_look_at = (
        signals.waiting_count(user, area_code, today=today)
        if permissions.may(user, Power.RECEIVE_REPORTS, area_code)
        else 0
    )
    made = (
        Task(
            _("Reports that nobody has accepted"),
            _("Each has a clock; when it runs out, the next level is told."),
            reverse("protection:reports"), _("Look"), "warning", reports.waiting_count(user),
        ),
        Task(
            _("Reporters who have not heard yet"),
            _("Three days after a report is accepted, its maker has to know."),
            reverse("protection:reports"), _("Tell them"), "message", reports.owed_count(user),
        ),
        Task(
            _("Signals to look at"),
            _("Hints from notes and weeks of contact. By themselves they say nothing."),
            reverse("protection:signals"), _("Look"), "bell", to_look_at,
        ),
    )  # fmt: skip
    return [task for task in made if task.count]


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


def _on_the_way(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Pairs on their way that wait for you"),
        _("Offer them, ask the child, hold the first meeting; offers lapse if nobody acts."),
        reverse("bonds:road"),
        _("Go on"),
        "hands",
        worklist.to_do(inside, today),
    )


def _team_gaps(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Children whose care team lacks somebody"),
        _("A required place of their care model is empty."),
        reverse("teams:gaps"),
        _("Look"),
        "people",
        team_gaps.count_between(*inside["area_code__range"]),
    )


def _team_answers(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Answers of team members: late, or not read yet"),
        _("Somebody of a child's team was asked for something."),
        reverse("teams:tasks") + "?state=",
        _("Look"),
        "message",
        team_tasks.due_in(inside, today),
    )


def _by_hand(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Pairs proposed by hand to review"),
        _("Somebody who knows both sides proposes; a second person of the county decides."),
        reverse("bonds:road") + "?stage=PROPOSED",
        _("Review"),
        "hands",
        worklist.to_review(inside),
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


def _applications(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Applications that wait for the office"),
        _("Women who want to care for a child; the longest waiting stand on top."),
        reverse("recruitment:applications"),
        _("Look"),
        "person",
        recruits.count_due(inside),
    )


def _signing(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Mothers with a newer text to sign"),
        _("Who lets the last day go by is suspended, and her pairings rest until she signs."),
        reverse("recruitment:signing"),
        _("Look"),
        "edit",
        renewals.count_due(inside, today),
    )


def _help(inside: dict[str, Any], _today: date) -> Task:
    return _asked_for_help(HardshipRequest.objects.unanswered().filter(raised=False, **inside))


def _raised_help(inside: dict[str, Any], _today: date) -> Task:
    return _asked_for_help(HardshipRequest.objects.unanswered().filter(raised=True, **inside))


def _asked_for_help(rows: QuerySet[HardshipRequest]) -> Task:
    return Task(
        _("Mothers who ask for help"),
        _("Each has a day by which she has an answer; safety stands on top."),
        reverse("mothers:care"),
        _("Answer"),
        "heart",
        rows.count(),
    )


def _changes(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Changes that mothers ask for"),
        _("Their free time, their likes, fewer children: take it over with them."),
        reverse("mothers:care") + "#changes",
        _("Look"),
        "edit",
        FileChange.objects.open().filter(**inside).count(),
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


def _consents(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Consents to look after"),
        _("A link without an answer, a consent that ends, a child that has turned eight."),
        reverse("consents:worklist"),
        _("Look"),
        "edit",
        consents.due(inside, today),
    )


def _unsent(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Messages that did not arrive"),
        _("Somebody was to be told something; the number is wrong or the way out is shut."),
        reverse("notices:aside"),
        _("Look"),
        "bell",
        Notice.objects.filter(state=Notice.State.ASIDE, **inside).count(),
    )


TASKS: tuple[tuple[Power, Make], ...] = (
    (Power.LEAD_CASES, caring.LINES["task_teams"]),
    (Power.CONFIRM_GRADES, _grades),
    (Power.FOLLOW_CARE, caring.LINES["silent"]),
    (Power.APPROVE_IMPORTS, _waiting_imports),
    (Power.VIEW_CHILDREN, _visits),
    (Power.DECIDE_PAIRING, _proposals),
    (Power.DECIDE_PAIRING, _by_hand),
    (Power.ACCOMPANY, _on_the_way),
    (Power.DECIDE_PAIRING, _team_gaps),
    (Power.SUPPORT_PAIRS, _team_answers),
    (Power.RUN_PAIRING, _awaiting),
    (Power.SUPPORT_PAIRS, caring.LINES["worries"]),
    (Power.SUPPORT_PAIRS, caring.LINES["left_alone"]),
    (Power.SUPPORT_PAIRS, caring.LINES["duties"]),
    (Power.SUPPORT_PAIRS, caring.LINES["contacts"]),
    (Power.SUPPORT_PAIRS, caring.LINES["endings"]),
    (Power.SUPPORT_PAIRS, caring.LINES["items"]),
    (Power.SUPPORT_PAIRS, caring.LINES["guidance"]),
    (Power.VISIT_HOMES, caring.LINES["home_visits"]),
    (Power.KEEP_WISHES, caring.LINES["small_wishes"]),
    (Power.DECIDE_PAIRING, caring.LINES["transfers"]),
    (Power.DECIDE_LINKS, _doubts),
    (Power.RUN_IMPORTS, _bad_rows),
    (Power.EDIT_MOTHERS, _help),
    (Power.EDIT_POLICY, _raised_help),
    (Power.EDIT_MOTHERS, _changes),
    (Power.EDIT_MOTHERS, _screenings),
    (Power.RUN_RECRUITS, _applications),
    (Power.RUN_RECRUITS, _signing),
    (Power.CONFIRM_GRADES, _consents),
    (Power.CONFIRM_GRADES, _unsent),
    (Power.FOLLOW_CARE, caring.LINES["notes"]),
    (Power.FOLLOW_CARE, caring.LINES["held"]),
    (Power.FOLLOW_CARE, caring.LINES["disputed"]),
    (Power.EDIT_SOURCES, _agreements),
    (Power.EDIT_SOURCES, _drift),
    (Power.EDIT_SOURCES, caring.LINES["untold"]),
    (Power.APPROVE_EXPORTS, _exports),
)


def silent_for(user: User, area_code: str, today: date) -> dict[str, Any] | None:
    """Return who was not in touch as agreed, and why that matters, for whoever follows care."""
    return silent.top_for(user, area_code, today=today) if area_code else None
