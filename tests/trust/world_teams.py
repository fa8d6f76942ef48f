"""Care teams on the matrix's stage: a model, a team with people, tasks, an account to connect."""

from typing import Any

from django.utils import timezone

from qianshou.teams.actions import asking, filling, modelling
from tests import make, make_pairing, make_teams


def furnish(place: Any) -> None:
    """Put one team with everything that can be done about it into a county."""
    worker, today = place.things["worker"], timezone.localdate()
    place.things["care_model"] = modelling.load_shipped()[0]
    slots = [
        make_teams.a_slot(parts=["NAME", "SCHOOL"]),
        make_teams.a_slot("DOCTOR"),
        make_teams.a_slot("POLICE"),
    ]
    code = f"team-{place.letter}"
    own = make_teams.a_model(slots, area=place.county, code=code)
    place.things["other_care_model"] = make_teams.a_model(
        [*slots, make_teams.a_slot("LAWYER")], area=place.county, code=code
    )
    adoption = modelling.adopt(own, place.county, modelling.Fit(), by=worker, note="试行")
    place.put("adoption", adoption)
    child = place.put("team_child", make_pairing.a_child(area=place.village))
    make_teams.a_team(child, own)
    people = {"by": worker, "area_code": place.village}
    partner = make_teams.a_partner(name=f"周老师{place.letter}", **people)
    place.put("team_partner", partner)
    seat = place.put("team_seat", make_teams.a_seat(child, partner, accepted_by=worker))
    place.things["team_doctor"] = make_teams.a_partner("DOCTOR", name="李医生", **people)
    police = make_teams.a_partner("POLICE", name="冯警官", **people)
    place.things["team_police"] = make_teams.a_partner("POLICE", name="钱警官", **people)
    place.put("spare_seat", make_teams.a_seat(child, police, accepted_by=worker))
    joining = make_teams.a_partner("LAWYER", name="吴律师", **people)
    place.put("joining", joining)
    make.a_user("partner", area=place.county, username=f"joining-{place.letter}")
    left = make_teams.a_seat(make_pairing.a_child(area=place.village), joining, accepted_by=worker)
    place.put("left_seat", filling.end(left, by=worker, reason="调走", handover="周三谈心"))
    given = {"by": worker, "today": today, "due_on": make_teams.soon(), "by_link": True}
    asked = asking.ask(seat, asked="请与孩子谈心", parts=["SCHOOL"], **given)
    place.put("team_task", asked.task)
    place.things["task_path"] = asked.path
