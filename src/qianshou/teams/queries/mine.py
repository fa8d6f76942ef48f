"""A member's own children, and what is asked of the member."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.common.errors import NotFound
from qianshou.pairing.models import CARE_KINDS, TeamSeat
from qianshou.teams import permissions
from qianshou.teams.models import CareTeam, TeamTask
from qianshou.teams.queries import cards, reading, sharing, teams
from qianshou.teams.rules.model import Slot


def seats_for(user: User) -> QuerySet[TeamSeat]:
    """Return the places in which the person sits today, and no others."""
    own = Q(staff=user)
    if user.person_id:
        own |= Q(partner=user.person_id) | Q(mother=user.person_id)
    rows = TeamSeat.objects.in_force().filter(own, kind__in=CARE_KINDS)
    return rows.select_related("child").order_by("child__area_code", "child")


def seat_for(user: User, seat_id: UUID) -> TeamSeat:
    """Return one place of one's own that stands; raises `NotFound`."""
    found = seats_for(user).filter(pk=seat_id).first()
    if found is None:
        raise NotFound
    return found


def rows_of(user: User, seats: list[TeamSeat], today: date) -> list[dict[str, Any]]:
    """Return a person's children as cards of the list: what each is called, and what is due."""
    children = [each.child_id for each in seats]
    shut = sharing.shut_of(seats)
    models = _slots(children)
    waiting: dict[UUID, list[TeamTask]] = {}
    for task in tasks_for(user).filter(state="OPEN").order_by("due_on"):
        waiting.setdefault(task.seat_id, []).append(task)
    shown = {each.child_id for each in seats if "PLACE" in _parts(models, each)
             and not each.child.hidden_location and each.pk not in shut}  # fmt: skip
    places = areas.full_names_of({each.child.area_code for each in seats if each.child_id in shown})
    return [
        {
            "seat": each,
            "called": _("A child of your team") if each.pk in shut else cards.called(each.child),
            "age": None if each.pk in shut else each.child.age_on(today),
            "shut": each.pk in shut,
            "place": places.get(each.child.area_code, "") if each.child_id in shown else "",
            "role": _slot_name(models, each),
            "tasks": [{"task": t, "late": t.due_on < today} for t in waiting.get(each.pk, [])],
        }
        for each in seats
    ]


def _slots(children: list[UUID]) -> dict[tuple[UUID, str], Slot]:
    rows = CareTeam.objects.filter(child__in=children, ended_at=None).select_related("model")
    return {
        (team.child_id, slot.role): slot
        for team in rows
        for slot in reading.model_of(team.model).slots
    }


def _parts(models: dict[tuple[UUID, str], Slot], seat: TeamSeat) -> tuple[str, ...]:
    slot = models.get((seat.child_id, seat.role))
    return slot.parts if slot else ()


def _slot_name(models: dict[tuple[UUID, str], Slot], seat: TeamSeat) -> str:
    slot = models.get((seat.child_id, seat.role))
    return reading.slot_words(slot) if slot else reading.role_words(seat.role)


def slot_of(seat: TeamSeat) -> dict[str, Any]:
    """Return what a member's slot allows and asks for, in words."""
    slot = teams.slot_of(seat)
    if slot is None:
        return {"name": reading.role_words(seat.role), "parts": (), "duties": []}
    grade = ""
    return {
        "name": reading.slot_words(slot),
        "parts": slot.parts,
        "duties": [text for text, _days in teams.duties_at(slot, grade)],
    }


def tasks_for(user: User) -> QuerySet[TeamTask]:
    """Return what is asked of the person, in places that stand."""
    rows = TeamTask.objects.filter(seat__in=seats_for(user).values("pk"))
    return rows.select_related("seat", "child")


def task_for(user: User, task_id: UUID) -> TeamTask:
    """Return one task of one's own; raises `NotFound`."""
    found = tasks_for(user).filter(pk=task_id).first()
    if found is None or not permissions.sits(user, found.seat):
        raise NotFound
    return found


def words_of(task: TeamTask) -> dict[str, Any]:
    """Return a task in words."""
    return {"asked": task.asked.open(), "office": task.office, "due_on": task.due_on,
            "sees": "、".join(cards.titles(task.parts)) or _("only what the child is called, "
                                                            "and its age")}  # fmt: skip
