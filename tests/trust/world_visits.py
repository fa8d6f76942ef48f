"""Home visits on the stage of the matrix: planned, gone to, written up, and what follows."""

from typing import Any

from django.utils import timezone

from qianshou.visits.actions import going
from qianshou.visits.models import VisitTask
from tests import make_pairing, make_visits


def furnish(place: Any) -> None:
    """A planned visit, one that is over, one written up with a task."""
    worker, today, now = place.things["worker"], timezone.localdate(), timezone.now()

    def a_visit(**fields: Any) -> Any:
        child = make_pairing.a_child(area=place.village, name=f"张雨走{place.letter}")
        return make_visits.a_visit(child, by=worker, on=today, today=today, **fields)

    place.put("visit", a_visit())
    door = a_visit()
    going.arrive(door, going.Sign("", "没有信号"), by=worker, now=now)
    place.put("visit_door", door)
    made = a_visit()
    make_visits.write_up(made, by=worker, now=now, answers={"mood": "low"}, note="夜里一个人")
    place.put("visit_made", made)
    place.put("visit_task", VisitTask.objects.get(visit=made))
