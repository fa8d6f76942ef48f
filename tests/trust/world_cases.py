"""Task teams on the matrix's stage: one that just opened and one at work, by the real acts."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from qianshou.assessment.actions import alarms, asking, instruments, writing
from qianshou.assessment.rules.grading import ORDER as GRADES
from qianshou.cases.actions import opening, staffing, working
from qianshou.cases.models import Action, TaskTeam
from tests import make, make_pairing


def furnish(place: Any) -> None:
    """Put a task team that just opened, and one at work with its belongings, into a county."""
    worker, today = place.things["worker"], timezone.localdate()
    place.put("cases_new", _opened(place, worker))
    team = _opened(place, worker)
    member = make.a_user("fed_town", area=place.town, display_name="何镇干")
    joined = staffing.add_member(team, by=worker, user=member, role="镇妇联")
    leaving = make.a_user("grid", area=place.town, display_name="邓网格")
    place.put(
        "cases_leaving",
        staffing.add_member(team, by=worker, user=leaving, role="网格员"),
        place.village,
    )
    staffing.take_lead(team, by=worker, lead=worker)
    goal = working.Goal("按时上学", "出勤记录", "缺课", "不缺课", today + timedelta(days=60))
    working.agree(team, by=worker, goals=[goal], agreed_with="奶奶", agreed_on=today, today=today)
    place.put("cases_team", TaskTeam.objects.get(pk=team.pk))
    meeting = working.plan_meeting(
        team, by=worker, at=timezone.now(), place="镇上", purpose="首次会议"
    )
    place.put("cases_meeting", meeting)
    place.put("cases_member", joined)
    task = working.Task("联系学校", joined.pk, today + timedelta(days=3))
    place.put("cases_action", working.give(team, task, by=worker, today=today))
    place.put("cases_child", make_pairing.a_child(area=place.village))
    _asked(place, worker)


def _asked(place: Any, worker: Any) -> None:
    """An answered form, a child in danger, and a version of the scale that is not in force."""
    today, child = timezone.localdate(), make_pairing.a_child(area=place.village)
    answers = {"HOME": "SOME"}
    place.put(
        "inquiry",
        asking.answer(child, by=worker, answers=answers, held_on=today, today=today),
    )
    alarmed = place.put("cases_alarmed", make_pairing.a_child(area=place.village))
    alarms.raise_alarm(alarmed.pk, once=f"stage/{alarmed.pk}", today=today)
    body = {**instruments.instrument_in_force().body, "again": dict.fromkeys(GRADES, 4)}
    city = make.a_user("fed_city", area=make.CITY)
    place.put("scale_draft", writing.write(body, by=city, note="四个月一次"), place.county)


def _opened(place: Any, worker: Any) -> TaskTeam:
    child = make_pairing.a_child(area=place.village, tier=0)
    return opening.open_by_hand(child, by=worker, because="REFERRAL", reason="法院转介")


def an_action_of(user: Any, place: Any) -> Any:
    """Give a person something to do in the county's team, and return its id."""
    team = place.things["cases_team"]
    ties = {"team": team, "child_id": team.child_id, "area_code": team.area_code}
    made = Action.objects.create(
        **ties, owner=place.things["cases_member"], user=user, what="联系学校",
        due_on=timezone.localdate(), by=place.things["worker"],
    )  # fmt: skip
    return made.pk
