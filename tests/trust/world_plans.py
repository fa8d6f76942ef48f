"""Care plans on the stage of the matrix: a checklist, ticks, a goal, guidance of a family."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.plans.actions import goals, guiding, opening, sets, ticking
from qianshou.plans.models import Slot
from tests import make_pairing

NEXT_YEAR = date(2099, 1, 1)


def furnish(place: Any) -> None:
    """One of each thing, done through the real acts."""
    things, now, today = place.things, timezone.now(), timezone.localdate()
    worker, pairing = things["worker"], things["pairing"]
    preset = sets.load_sets()
    things["preset"] = preset
    body = {**preset.body, "name": {"zh": "本县清单"}}
    own = sets.write(place.county, by=worker, body=body, note="本县试行")
    place.put("own_set", own, place.county)
    second = place.put("plan_pairing", _second(place, things["mother"]))
    opening.begin([pairing, second], today=today)
    slot = Slot.objects.get(
        pairing=pairing, item="reading_study", first_on__lte=today, last_on__gte=today
    )
    tick = ticking._tick(slot, by_id=worker.pk, key=uuid4(), on=today, source="MOTHER", now=now)
    tick.note = "读完了一本"
    tick.save(force_insert=True)
    place.put("plan_tick", tick)
    wanted = goals.Wanted("STUDY", "每天自己读书", "每晚十分钟", NEXT_YEAR, "我想读完")
    goal = goals.propose(pairing, wanted, by=worker, now=now, today=today)
    place.put("plan_goal", goal)
    _guidance(place, worker, today)


def _second(place: Any, mother: Mother) -> Pairing:
    """A second child of the same mother, without a goal so far."""
    since = timezone.localdate() - timedelta(days=40)
    return Pairing.objects.create(
        child=make_pairing.a_child(area=place.village), mother=mother, area_code=place.village,
        started_on=since, active_on=since, state=life.ACTIVE, by=place.things["worker"],
    )  # fmt: skip


def _guidance(place: Any, worker: Any, today: date) -> None:
    child = make_pairing.a_child(area=place.village)
    aims = guiding.Aims("ADVISED", "每周好好说话", ("FATHER",), NEXT_YEAR)
    guidance = place.put("plan_guidance", guiding.begin(child, aims, by=worker, today=today))
    planned = guiding.Planned(NEXT_YEAR, "HOME_VISIT", "怎样打电话", "陈素芬")
    place.put("plan_session", guiding.plan_session(guidance, planned, by=worker, today=today))
    given = guiding.give_homework(
        guidance, "每晚打一次电话", whose="FATHER", due_on=NEXT_YEAR, by=worker, today=today
    )
    place.put("plan_homework", given)
    place.put("plan_guardian", place.things["guardianship"].guardian)
