"""The care plan of one pairing, as its mother and the staff of its area read it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.common import masking
from qianshou.common.errors import NotFound
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.plans import permissions
from qianshou.plans.models import Goal, GoalStep, ParentContact, Plan, PlanMove, Tick
from qianshou.plans.queries import extensions, lines, sets
from qianshou.plans.rules import roads
from qianshou.plans.rules.checklist import Item

TICKS_SHOWN = 30
GOAL_TONES = {
    roads.PROPOSED: "wait", roads.AGREED: "good", roads.REACHED: "good",
    roads.CHANGED: "neutral", roads.DROPPED: "neutral",
}  # fmt: skip


def pairing_for(user: User, pairing_id: UUID) -> Pairing:
    """Return a pairing whose plan the person may read; raises `NotFound`."""
    found = Pairing.objects.select_related("child", "mother").filter(pk=pairing_id).first()
    if found is None or found.active_on is None or not permissions.can_see(user, found):
        raise NotFound
    return found


def pairing_to_act(user: User, pairing_id: UUID) -> Pairing:
    """Return a pairing on whose plan the person may write; raises `NotFound`."""
    found = pairing_for(user, pairing_id)
    if not permissions.can_act(user, found):
        raise NotFound
    return found


def caring(user: User) -> list[Pairing]:
    """Return the pairings in which the person cares for a child today."""
    if user.person_id is None:
        return []
    rows = Pairing.objects.caring().filter(mother_id=user.person_id)
    return list(rows.select_related("child").order_by("started_on", "pk"))


def called(user: User, pairing: Pairing) -> str:
    """Return what the child is called on this page: to its mother by the given name."""
    child = pairing.child
    if permissions.is_hers(user, pairing):
        return masking.given(child.name, child.given_name) or _("child without a name")
    return str(child.name)


def page_of(user: User, pairing: Pairing, *, today: date) -> dict[str, Any]:
    """Return what the page of a care plan shows."""
    plan = lines.plans_of([pairing]).get(pairing.pk)
    hers = permissions.is_hers(user, pairing)
    running = pairing.ended_on is None and pairing.state in life.CARING
    may_act = running and permissions.can_act(user, pairing)
    items = lines.progress_of(plan, today) if plan and running else []
    marked = [
        replace(each, may_tick=may_act and permissions.can_tick(user, pairing, each.item))
        for each in items
    ]
    return {
        "pairing": pairing, "plan": plan, "hers": hers, "name": called(user, pairing),
        "items": marked, "running": running, "may_act": may_act,
        "next": lines.open_lines(line for each in items for line in each.lines)[:3],
        "set_name": sets.words(sets.read(plan.care_set).name) if plan else "",
        "ticks": ticks_of(user, pairing, plan),
        "moves": [] if hers else _moves(pairing),
        "may_move": not hers and running and permissions.can_move(user, pairing),
        "parents": _parents(pairing, today), "weeks": _weeks(today),
        **goals_of(pairing),
    }  # fmt: skip


def goals_of(pairing: Pairing) -> dict[str, Any]:
    """Return the goal that is open, and those before it."""
    rows = list(Goal.objects.filter(pairing=pairing).order_by("-made_at"))
    open_one = next((each for each in rows if each.state in roads.OPEN_GOALS), None)
    return {
        "goal": open_one, "goal_tone": GOAL_TONES[open_one.state] if open_one else "",
        "past_goals": [each for each in rows if each is not open_one],
    }  # fmt: skip


def ticks_of(user: User, pairing: Pairing, plan: Plan | None) -> list[dict[str, Any]]:
    """Return the newest ticks of a pairing, withdrawn ones too."""
    checklist = sets.read(plan.care_set) if plan else None
    rows = Tick.objects.filter(pairing=pairing).select_related(
        "slot", "by", "withdrawn_by", "pairing"
    )
    newest = list(rows.order_by("-on", "-received_at")[:TICKS_SHOWN])
    proofs = extensions.proofs_of(user, newest)
    found = []
    for each in newest:
        item = checklist.item(each.item) if checklist else None
        part = lines.part_words(item, each.slot.part) if item else each.slot.part
        found.append({
            "tick": each, "name": sets.words(item.name) if item else each.item, "part": part,
            "has_note": bool(each.note), "source": each.get_source_display(),
            "proofs": proofs.get(each.pk, []),
            "may_withdraw": each.withdrawn_at is None and permissions.can_withdraw(user, each),
        })  # fmt: skip
    return found


def _moves(pairing: Pairing) -> list[PlanMove]:
    rows = PlanMove.objects.filter(pairing=pairing).select_related("before", "after", "by")
    return list(rows.order_by("-at"))


def _weeks(today: date) -> list[date]:
    monday = today - timedelta(days=today.weekday())
    return [monday, monday - timedelta(weeks=1)]


def _parents(pairing: Pairing, today: date) -> list[ParentContact]:
    """Return the newest word of each of the last weeks on whether parents were in touch."""
    since = _weeks(today)[0] - timedelta(weeks=7)
    rows = ParentContact.objects.filter(child_id=pairing.child_id, week__gte=since)
    newest: dict[date, ParentContact] = {}
    for each in rows.select_related("by").order_by("at"):
        newest[each.week] = each
    return [newest[week] for week in sorted(newest, reverse=True)]


def tick_for(user: User, tick_id: UUID) -> Tick:
    """Return a tick of a plan on which the person may write; raises `NotFound`."""
    found = Tick.objects.select_related("pairing").filter(pk=tick_id).first()
    if found is None or not permissions.can_act(user, found.pairing):
        raise NotFound
    return found


def goal_for(user: User, goal_id: UUID) -> Goal:
    """Return a goal of a plan that the person may read; raises `NotFound`."""
    rows = Goal.objects.select_related("pairing__child", "pairing__mother", "made_by", "replaces")
    found = rows.filter(pk=goal_id).first()
    if found is None or not permissions.can_see(user, found.pairing):
        raise NotFound
    return found


def goal_to_act(user: User, goal_id: UUID) -> Goal:
    """Return a goal of a plan on which the person may write; raises `NotFound`."""
    found = goal_for(user, goal_id)
    if not permissions.can_act(user, found.pairing):
        raise NotFound
    return found


def goal_page(user: User, goal: Goal, *, today: date) -> dict[str, Any]:
    """Return what the page of a goal shows."""
    pairing = goal.pairing
    may_act = permissions.can_act(user, pairing) and pairing.ended_on is None
    hers = permissions.is_hers(user, pairing)
    asked = [
        (side, label, getattr(goal, column))
        for side, label, column in (
            ("CHILD", _("child"), "child_on"),
            ("MOTHER", _("loving mother"), "mother_on"),
            ("GUARDIAN", _("guardian"), "guardian_on"),
        )
    ]
    age = pairing.child.age_on(today)
    return {
        "goal": goal, "pairing": pairing, "name": called(user, pairing), "hers": hers,
        "tone": GOAL_TONES[goal.state], "may_act": may_act, "asked": asked,
        "steps": list(GoalStep.objects.filter(goal=goal).select_related("by").order_by("at", "pk")),
        "days_left": (goal.until - today).days, "has_words": bool(goal.words),
        "needs_words": age is None or age >= roads.OWN_WORDS_FROM,
        "open": goal.state in roads.OPEN_GOALS,
    }  # fmt: skip


def item_of(pairing: Pairing, code: str) -> Item | None:
    """Return an item of a pairing's checklist, None if it is not on it."""
    plan = lines.plans_of([pairing]).get(pairing.pk)
    return sets.read(plan.care_set).item(code) if plan else None


def who_choices() -> list[tuple[str, Any]]:
    """Return the answers to which parent was in touch."""
    return list(ParentContact.Who.choices)


def how_choices() -> list[tuple[str, Any]]:
    """Return the answers to how a goal goes."""
    return list(GoalStep.How.choices)
