"""The care of pairs on the matrix's stage: one of each thing, done through the real acts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.support.actions import (
    complaining,
    contacts,
    duties,
    ending,
    following,
    schedules,
    transferring,
)
from tests import make_mothers, make_pairing


def furnish(place: Any) -> None:
    """Put a followed pairing, an ending, a complaint, a duty and a transfer into a county."""
    worker, today = place.things["worker"], timezone.localdate()
    shipped = schedules.load_schedules()
    place.things["schedule"] = shipped
    own = schedules.take_in(place.county, by=worker, content=shipped.text.encode(), note="本县试行")
    place.put("own_schedule", own, place.county)
    caring = place.put("caring", _pairing(place, worker))
    said = contacts.Said("MOTHER", today, "PHONE", "REACHED", note="孩子爱笑了")
    contact = contacts.log(caring, said, by=worker, today=today, once=uuid4())
    place.put("support_contact", contact)
    duty = duties.open_duty(
        caring, "ANNIVERSARY", once=f"year:1:{caring.pk}", due_at=timezone.now()
    )
    place.put("duty", duty)
    _endings(place, worker)
    accused = _pairing(place, worker)
    told = complaining.Told("GUARDIAN", "MOTHER", "两周没有联系", "奶奶")
    place.put("complaint", complaining.note(accused, told, by=worker, today=today))
    agreed = transferring.Agreed("欧阳辛国", today, "同意书7号")
    child = make_pairing.a_child(area=place.village)
    transfer = transferring.ask(
        child, "500101001000", by=worker, today=today, reason="随迁", agreed=agreed
    )
    place.put("transfer", transfer)


def _endings(place: Any, worker: Any) -> None:
    """One ending under way, and one closed with a bar and notes of a talk."""
    today = timezone.localdate()
    decided = ending.Decision("PLANNED", "TERM", "期满", "MONITORED")
    found = ending.begin(_pairing(place, worker), decided, by=worker, today=today)
    place.put("ending", found)
    place.put("step", found.steps.get(code="LAST_MEETING"))
    talk = found.steps.get(code="TALK_CHILD")
    taken = ending.Taken("DONE", today, note="孩子说会想她")
    place.put("talk", ending.take_step(talk, taken, by=worker, today=today))
    closed = ending.begin(_pairing(place, worker), decided, by=worker, today=today)
    meeting = closed.steps.get(code="LAST_MEETING")
    ending.take_step(meeting, ending.Taken("DONE", today), by=worker, today=today)
    ending.close(closed, by=worker, today=today)
    place.put("bar", closed.pairing.bars.get(kind="MONITORED"))


def _pairing(place: Any, worker: Any) -> Pairing:
    today = timezone.localdate()
    made = Pairing.objects.create(
        child=make_pairing.a_child(area=place.village),
        mother=make_mothers.a_mother(area_code=place.village, name="田素芬"),
        area_code=place.village, started_on=today - timedelta(days=40),
        active_on=today - timedelta(days=40), state=life.ACTIVE, by=worker,
    )  # fmt: skip
    following.reckon_some([made], today=today)
    return made
