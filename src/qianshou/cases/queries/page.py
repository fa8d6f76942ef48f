"""The whole file of one task team on one screen, for the page and for the paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.assessment.models import Assessment, Grade
from qianshou.assessment.queries.grades import Reason, reasons_of
from qianshou.cases import permissions
from qianshou.cases.models import (
    Action,
    Lead,
    Meeting,
    Member,
    Review,
    StepTaken,
    Strategy,
    TaskTeam,
)
from qianshou.cases.queries import grounds, lists, rhythms
from qianshou.cases.rules import road

# Facts about mind, harm and justice: without the right to open sealed facts they are not named.
GROUNDS: Final = frozenset(
    {"psych", "self_harm", "violence_clue", "alarm", "father_status", "mother_status"}
)


@dataclass(frozen=True)
class Task:
    """One action with its clock and what came of it."""

    action: Action
    is_late: bool
    result: str


def page_of(team: TaskTeam, opened: Any, *, user: User, now: datetime) -> dict[str, Any]:
    """Return everything that the page of a team shows; `opened` are its sealed texts."""
    today = timezone.localdate(now)
    child = team.child
    area = lists.shown_area(child, user)
    tasks = _tasks(team, opened.texts, today)
    leads = permissions.can_lead(user, team)
    return {
        "team": team,
        "child": child,
        "age": child.age_on(today),
        "place": areas.full_names_of({area}).get(area, ""),
        "state": _(road.TASK_TEAM.labels[team.state]),
        "tone": lists.TONES[team.state],
        "acts": {step.act for step in road.TASK_TEAM.steps_from(team.state)},
        "may_lead": leads,
        "opened": opened,
        "unanswered": team.is_open and team.answered_at is None,
        "too_late": team.is_open and team.answered_at is None and team.answer_by < now,
        "review_due": team.is_open and team.review_on <= today,
        "tasks": tasks,
        "open_tasks": [each for each in tasks if each.action.done_at is None],
        "rhythm": rhythms.rhythm_for(team.area_code),
        **_grade(team, may_read=permissions.can_see_grounds(user, team)),
        **_people(team, opened.texts),
        **_work(team, opened),
        "steps": _steps(team),
    }


def _grade(team: TaskTeam, *, may_read: bool) -> dict[str, Any]:
    rows = Assessment.objects.current().select_related("instrument", "confirmed_by")
    found = rows.filter(child=team.child_id).first()
    if found is None:
        return {"assessment": None, "reasons": [], "withheld": 0}
    reasons = reasons_of(found, found.instrument.body)
    shown = [each for each in reasons if may_read or not _is_sealed(each)]
    return {"assessment": found, "reasons": shown, "withheld": len(reasons) - len(shown)}


def _is_sealed(reason: Reason) -> bool:
    return bool(GROUNDS.intersection(reason.facts)) or any(
        each.startswith("asked.") for each in reason.facts
    )


def _people(team: TaskTeam, texts: Mapping[Any, str]) -> dict[str, Any]:
    members = list(Member.objects.filter(team=team).order_by("ended_at", "since", "pk"))
    leads = Lead.objects.filter(team=team).select_related("user").order_by("-since")
    here = [each for each in members if each.ended_at is None]
    why = grounds.grounds_of(here)
    return {
        "members": here,
        "people": [{"member": each, "ground": why[each.pk]} for each in here],
        "former": [each for each in members if each.ended_at is not None],
        "leads": [{"lead": each, "handover": texts.get(each.pk, "")} for each in leads],
    }


def _work(team: TaskTeam, opened: Any) -> dict[str, Any]:
    strategies = list(Strategy.objects.filter(team=team).select_related("by").order_by("-version"))
    meetings = Meeting.objects.filter(team=team).select_related("held_by").order_by("-planned_at")
    reviews = Review.objects.filter(team=team).select_related("by").order_by("-at")
    return {
        "strategy": strategies[0] if strategies else None,
        "goals": goals_of(opened.goals.get(strategies[0].pk, [])) if strategies else [],
        "earlier": [
            {"strategy": each, "goals": goals_of(opened.goals.get(each.pk, []))}
            for each in strategies[1:]
        ],
        "meetings": [
            {"meeting": each, "minutes": opened.texts.get(each.pk, "")} for each in meetings
        ],
        "reviews": [
            {
                "review": each, "result": opened.texts.get(each.pk, ""),
                "grade": str(Grade(each.grade).label),
            }
            for each in reviews
        ],
    }  # fmt: skip


def goals_of(raw: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return goals with their day as a day."""
    return [{**each, "until": date.fromisoformat(each["until"])} for each in raw]


def _tasks(team: TaskTeam, texts: Mapping[Any, str], today: date) -> list[Task]:
    """Return what is to do, open ones first; also of a team that was joined with this one."""
    rows = Action.objects.filter(team__child=team.child_id).select_related("owner", "done_by")
    if team.state != road.JOINED:
        joined = TaskTeam.objects.filter(child=team.child_id, state=road.JOINED).values("pk")
        rows = rows.filter(team__in=[team.pk]) | rows.filter(team__in=joined)
    else:
        rows = rows.filter(team=team)
    found = [
        Task(each, each.done_at is None and each.due_on < today, texts.get(each.pk, ""))
        for each in rows.order_by("due_on", "pk")
    ]
    return sorted(found, key=lambda task: task.action.done_at is not None)


def _steps(team: TaskTeam) -> list[dict[str, Any]]:
    rows = StepTaken.objects.filter(team=team).select_related("by").order_by("-at", "-pk")
    labels = road.TASK_TEAM.labels
    return [
        {
            "at": each.at, "title": _(labels[each.target]),
            "who": each.by.display_name if each.by else _("by itself"),
        }
        for each in rows
    ]  # fmt: skip


# -- the paper ------------------------------------------------------------------------------------


def paper_of(page: Mapping[str, Any], *, by: User, now: datetime) -> dict[str, Any]:
    """Return the file of a team as sections of a paper for the folder of a meeting."""
    team, day = page["team"], timezone.localdate(now).isoformat()
    return {
        "heading": _("Task team: one child, one file, one strategy"),
        "name": str(page["child"]),
        "head": _("Confidential. Only for members of this task team."),
        "foot": _("Printed %(day)s by %(who)s") % {"day": day, "who": by.display_name},
        "mark": f"{by.display_name} {day}",
        "sections": [
            _section(_("State"), facts=_paper_facts(page)),
            _section(
                _("Why"), head=[_("What counts"), _("Points")],
                rows=[[each.words, str(each.points or "—")] for each in page["reasons"]],
            ),
            _section(
                _("Team"), head=[_("Name"), _("Role")],
                rows=[
                    [each.name, each.role or each.get_kind_display()] for each in page["members"]
                ],
            ),
            _section(
                _("Strategy"), head=_goal_head(), rows=[_goal(each) for each in page["goals"]]
            ),
            _section(
                _("What is to do"), head=[_("By when"), _("Who"), _("What")],
                rows=[
                    [str(each.action.due_on), each.action.owner.name, each.action.what]
                    for each in page["open_tasks"]
                ],
            ),
            *_paper_meetings(page),
            _section(
                _("Reviews"), head=[_("Day"), _("Result")],
                rows=[[str(each["review"].held_on), each["result"]] for each in page["reviews"]],
            ),
        ],
        "opened_at": team.opened_at.isoformat(),
    }  # fmt: skip


def _section(
    title: str, *, facts: Any = (), head: Any = (), rows: Any = (), empty: str | None = None
) -> dict[str, Any]:
    nothing = _("Nothing written down yet.") if empty is None else empty
    return {
        "title": title, "facts": [list(each) for each in facts], "head": list(head),
        "rows": list(rows), "empty": "" if facts or rows else nothing,
    }  # fmt: skip


def _goal_head() -> list[str]:
    return [_("Goal"), _("Measure"), _("At the start"), _("Target"), _("Until")]


def _goal(goal: Mapping[str, Any]) -> list[str]:
    return [goal["what"], goal["measure"], goal["baseline"], goal["target"], str(goal["until"])]


def _paper_facts(page: Mapping[str, Any]) -> list[tuple[str, str]]:
    team, assessment = page["team"], page["assessment"]
    grade = str(assessment.get_grade_display()) if assessment else "—"
    return [
        (_("State"), page["state"]),
        (_("Grade"), grade),
        (_("Where"), page["place"]),
        (_("Lead"), team.lead.display_name if team.lead else "—"),
        (_("Opened"), timezone.localdate(team.opened_at).isoformat()),
        (_("Next review"), team.review_on.isoformat()),
        (_("Done at once"), page["opened"].answer or "—"),
    ]


def _paper_meetings(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    held = [each for each in page["meetings"] if each["meeting"].state == Meeting.State.HELD]
    return [
        _section(
            _("Meeting of %(day)s") % {"day": timezone.localdate(each["meeting"].held_at)},
            facts=[
                (_("Purpose"), each["meeting"].purpose),
                (
                    _("Present"),
                    "、".join(one["name"] for one in each["meeting"].attendance if one["came"]),
                ),
                (_("Minutes"), each["minutes"]),
            ],
        )
        for each in held
    ]
