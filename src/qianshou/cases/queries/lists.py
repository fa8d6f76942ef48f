"""Lists of task teams: the county's with their clocks, a member's own, and what she is to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, DateTimeField, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment
from qianshou.cases import permissions
from qianshou.cases.models import Action, Meeting, Member, TaskTeam, TaskTeamQuerySet
from qianshou.cases.queries import grounds, people
from qianshou.cases.rules import road
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.registry import permissions as registry_permissions
from qianshou.registry.models import Child

UNANSWERED, LATE, REVIEW, LEADERLESS, CLOSED = (
    "UNANSWERED",
    "LATE",
    "REVIEW",
    "LEADERLESS",
    "CLOSED",
)
WHAT: Final = {
    UNANSWERED: gettext_noop("no answer yet"),
    LATE: gettext_noop("something late"),
    REVIEW: gettext_noop("review due"),
    LEADERLESS: gettext_noop("nobody leads it"),
    CLOSED: gettext_noop("closed"),
}
TONES: Final = {
    road.OPENED: "bad", road.REOPENED: "bad", road.STAFFED: "wait", road.WORKING: "good",
    road.REVIEWING: "warn", road.CLOSED: "neutral", road.JOINED: "neutral",
}  # fmt: skip


def _seen_by(user: User, area_code: str) -> TaskTeamQuerySet:
    inside = TaskTeam.objects.filter(area_code__range=area_rules.subtree(area_code))
    if permissions.can_open(user, area_code):
        return inside
    if not accounts.may(user, Power.VIEW_CHILDREN, area_code):
        raise NotAllowed
    mine = Member.objects.filter(user=user, ended_at=None).values("team")
    return inside.filter(pk__in=mine)


def teams_for(
    user: User, area_code: str, *, what: str = "", mine: bool = False, today: date
) -> QuerySet[TaskTeam]:
    """Return the teams of an area that the person may read, the most pressing first."""
    rows = _seen_by(user, area_code)
    rows = rows.filter(state=road.CLOSED) if what == CLOSED else rows.open()
    if mine:
        rows = rows.filter(Q(lead=user) | people.condition_of(user)).distinct()
    wanted = {
        UNANSWERED: Q(answered_at=None),
        LATE: Q(pk__in=Action.objects.late_on(today).values("team")),
        REVIEW: Q(review_on__lte=today),
        LEADERLESS: Q(lead=None),
    }
    if what in wanted:
        rows = rows.filter(wanted[what])
    actions = Action.objects.open().filter(team=OuterRef("pk")).order_by().values("team")
    late = actions.filter(due_on__lt=today)
    meeting = Meeting.objects.filter(team=OuterRef("pk"), state=Meeting.State.PLANNED)
    grade = Assessment.objects.current().filter(child=OuterRef("child"))
    return rows.select_related("child", "lead").annotate(
        open_actions=_counted(actions), late_actions=_counted(late),
        next_meeting=Subquery(
            meeting.order_by("planned_at").values("planned_at")[:1], output_field=DateTimeField()
        ),
        grade=Subquery(grade.values("grade")[:1]),
    ).order_by(F("answered_at").asc(nulls_first=True), "review_on", "pk")  # fmt: skip


def _counted(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def pressing(inside: dict[str, Any], today: date) -> int:
    """Count the open teams of an area whose clock has run out, or that nobody leads."""
    rows = TaskTeam.objects.open().filter(**inside)
    late = Action.objects.late_on(today).values("team")
    needs = Q(answered_at=None) | Q(lead=None) | Q(review_on__lte=today) | Q(pk__in=late)
    return rows.filter(needs).count()


def home_line(inside: dict[str, Any], today: date) -> tuple[str, str, str, str, str, int, str]:
    """Return the line of the home: what, why, where, act, icon, how many, grade."""
    return (
        _("Task teams that need you"),
        _("A red child without an answer, something late, a review that is due."),
        reverse("cases:teams"), _("Look"), "people", pressing(inside, today), "RED",
    )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the list with its clocks in words."""

    team: Any
    place: str
    tone: str
    unanswered: bool
    too_late: bool
    review_due: bool


def rows_of(teams: list[Any], *, viewer: User, area_code: str, now: datetime) -> list[Row]:
    """Add place and clocks; a hidden place stays a county."""
    today = timezone.localdate(now)
    codes = {each.pk: shown_area(each.child, viewer) for each in teams}
    names = areas.full_names_of({area_code, *codes.values()})
    above = names.get(area_code, "")
    return [
        Row(
            each, names.get(codes[each.pk], "").removeprefix(above) or above,
            TONES[each.state], each.is_open and each.answered_at is None,
            each.is_open and each.answered_at is None and each.answer_by < now,
            each.is_open and each.review_on <= today,
        )
        for each in teams
    ]  # fmt: skip


def shown_area(child: Child, viewer: User) -> str:
    """Return where a child lives, or its county if the place is hidden from the viewer."""
    if registry_permissions.can_see_place(viewer, child):
        return child.area_code
    return area_rules.county_code(child.area_code)


def filters() -> list[dict[str, Any]]:
    """Return the chips of the list."""
    return [
        {"name": "what", "label": _("Show"), "choices": [(k, _(v)) for k, v in WHAT.items()]},
        {"name": "whose", "label": _("Whose"), "choices": [("MINE", _("mine"))]},
    ]


def team_for(user: User, team_id: UUID) -> TaskTeam:
    """Return a team that the person may read; raises `NotFound`."""
    rows = TaskTeam.objects.select_related("child", "lead", "answered_by", "opened_by")
    found = rows.filter(pk=team_id).first()
    if found is None or not permissions.can_see(user, found):
        raise NotFound
    return found


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child for whom the person may open a team; raises `NotFound`."""
    found = Child.objects.filter(pk=child_id).first()
    if found is None or not permissions.can_open(user, found.area_code):
        raise NotFound
    return found


def belonging_for(user: User, model: Any, pk: UUID) -> Any:
    """Return a member, meeting or action of a team that the person may read."""
    found = model.objects.select_related("team", "team__child").filter(pk=pk).first()
    if found is None or not permissions.can_see(user, found.team):
        raise NotFound
    return found


def member_for(user: User, pk: UUID) -> Member:
    """Return a member of a team that the person may read."""
    found: Member = belonging_for(user, Member, pk)
    return found


def meeting_for(user: User, pk: UUID) -> Meeting:
    """Return a meeting of a team that the person may read."""
    found: Meeting = belonging_for(user, Meeting, pk)
    return found


def action_for(user: User, pk: UUID) -> Action:
    """Return an action of a team that the person may read."""
    found: Action = belonging_for(user, Action, pk)
    return found


# -- what a person has to do ----------------------------------------------------------------------


@dataclass(frozen=True)
class Mine:
    """One team in which the person is, as far as she may know of it: whose child, and her tasks.

    Shut: the guardian was not asked about her unit, so neither child nor tasks are named.
    """

    child_name: str
    lead_name: str
    actions: list[Any]
    law: str = ""
    is_shut: bool = False


def _hers(user: User) -> Q:
    own = Q(user=user)
    if user.person_id is not None and accounts.may(user, Power.OWN_CHILDREN):
        own |= Q(mother=user.person_id)
    return own


def mine_for(user: User) -> list[Mine]:
    """Return the running teams of the person with her own actions, and nothing else of them.

    The database shows her own rows only; the child's name and who leads are read for her.
    """
    members = list(Member.objects.filter(_hers(user), ended_at=None).order_by("since", "pk"))
    teams = [each.team_id for each in members]
    by_member = grounds.grounds_of(members)
    why = {each.team_id: by_member[each.pk] for each in members}
    actions: dict[UUID, list[Action]] = {}
    for action in Action.objects.filter(_hers(user), team__in=teams).order_by("due_on", "pk"):
        actions.setdefault(action.team_id, []).append(action)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = TaskTeam.objects.open().filter(pk__in=teams).select_related("child", "lead")
        return [
            _mine(each, why[each.pk], actions.get(each.pk, []))
            for each in rows.order_by("opened_at", "pk")
        ]


def _mine(team: TaskTeam, ground: grounds.Ground, actions: list[Action]) -> Mine:
    lead = team.lead.display_name if team.lead else ""
    if not ground.is_open:
        return Mine("", lead, [], is_shut=True)
    return Mine(team.child.name, lead, actions, law=ground.law)


def own_action_for(user: User, action_id: UUID) -> Action:
    """Return an action that the person herself is to do; raises `NotFound`."""
    found = Action.objects.filter(_hers(user), pk=action_id).first()
    if found is None or not permissions.is_owner(user, found):
        raise NotFound
    return found


# -- for forms ------------------------------------------------------------------------------------


def require_lead(user: User, team: TaskTeam) -> None:
    """Refuse with `NotAllowed` unless the person may write in the team's file."""
    if not permissions.can_lead(user, team):
        raise NotAllowed


def members_of(team: TaskTeam) -> list[Member]:
    """Return who is in the team today."""
    return list(Member.objects.filter(team=team, ended_at=None).order_by("since", "pk"))


def last_goals(goals: Mapping[UUID, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the goals of the newest version; ids of rows grow with time."""
    return goals[max(goals)] if goals else []
