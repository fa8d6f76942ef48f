"""What people do with a mother's file: each refusal, each effect, one entry in the trail."""

import pytest
from django.db import connection

from qianshou.common import bus
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.mothers.actions import file as actions
from qianshou.mothers.actions.trail import ReasonMissing
from qianshou.mothers.events import MotherLeaving, MothersChanged
from tests import make, make_mothers

pytestmark = pytest.mark.django_db
TODAY = make.TODAY


def trail(mother):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT act, reason FROM audit_entry WHERE subject_id = %s ORDER BY id",
            [str(mother.pk)],
        )
        return cursor.fetchall()


def test_edit_capacity_settles_it_and_tells_the_rooms_above(monkeypatch):
    mother, heard = make_mothers.a_mother(capacity=1), []
    monkeypatch.setitem(bus._handlers, MothersChanged, [heard.append])

    actions.edit_capacity(mother, by=make.a_worker(), capacity=3, today=TODAY)

    mother.refresh_from_db()
    assert (mother.capacity, mother.settled) == (3, {"capacity": "2026-11-24"})
    assert heard == [MothersChanged((mother.pk,))]
    assert trail(mother) == [("mothers.capacity.edited", "")]


@pytest.mark.parametrize("capacity", [-1, 11])
def test_edit_capacity_refuses_what_is_not_humane(capacity):
    mother = make_mothers.a_mother()

    with pytest.raises(actions.CapacityOutOfRange):
        actions.edit_capacity(mother, by=make.a_worker(), capacity=capacity, today=TODAY)

    assert trail(mother) == []


def test_pause_and_resume_keep_the_reason_in_file_and_trail():
    mother, worker = make_mothers.a_mother(), make.a_worker()

    paused = actions.pause(mother, by=worker, reason=" 家中老人住院 ", today=TODAY)
    resumed = actions.resume(mother, by=worker, reason="已恢复", today=TODAY)

    assert (paused.state, paused.remark) == ("PAUSED", "家中老人住院")
    assert (resumed.state, resumed.remark) == ("ACTIVE", "已恢复")
    assert [act for act, _ in trail(mother)] == ["mothers.state.changed"] * 2


@pytest.mark.parametrize(
    ("act", "state", "refusal"),
    [
        (actions.pause, "PAUSED", actions.AlreadySo),
        (actions.pause, "LEFT", actions.HasLeft),
        (actions.resume, "ACTIVE", actions.AlreadySo),
        (actions.resume, "LEFT", actions.HasLeft),
        (actions.let_go, "LEFT", actions.AlreadySo),
    ],
)
def test_state_acts_refuse_what_makes_no_sense(act, state, refusal):
    mother = make_mothers.a_mother(state=state)

    with pytest.raises(refusal):
        act(mother, by=make.a_worker(), reason="因", today=TODAY)

    mother.refresh_from_db()
    assert (mother.state, trail(mother)) == (state, [])


@pytest.mark.parametrize("act", [actions.pause, actions.let_go])
def test_state_acts_ask_for_a_reason(act):
    mother = make_mothers.a_mother()

    with pytest.raises(ReasonMissing):
        act(mother, by=make.a_worker(), reason="  ", today=TODAY)


def test_let_go_ends_her_service():
    mother = make_mothers.a_mother()

    gone = actions.let_go(mother, by=make.a_worker(), reason="迁往外地", today=TODAY)

    assert (gone.state, gone.settled) == ("LEFT", {"state": "2026-11-24"})


def test_let_go_is_refused_when_a_room_above_objects(monkeypatch):
    def object_to(event):
        raise Refused("A child is paired with her.")

    mother = make_mothers.a_mother()
    monkeypatch.setitem(bus._handlers, MotherLeaving, [object_to])

    with pytest.raises(Refused, match="paired"):
        actions.let_go(mother, by=make.a_worker(), reason="迁往外地", today=TODAY)

    mother.refresh_from_db()
    assert mother.state == "ACTIVE"


@pytest.mark.parametrize("field", ["id_number", "phone"])
def test_reveal_returns_the_number_and_is_recorded(field):
    number = {"id_number": make_mothers.an_id_number(), "phone": make_mothers.a_phone()}
    mother = make_mothers.a_mother(**number)

    text = actions.reveal(mother, by=make.a_worker(), field=field, reason="电话回访")

    assert text == number[field]
    assert trail(mother) == [("mothers.number.revealed", "电话回访")]


def test_reveal_needs_a_reason_and_a_field_that_exists():
    mother = make_mothers.a_mother(phone=make_mothers.a_phone())

    with pytest.raises(ReasonMissing):
        actions.reveal(mother, by=make.a_worker(), field="phone", reason="")
    with pytest.raises(NotFound):
        actions.reveal(mother, by=make.a_worker(), field="pinyin", reason="因")

    assert trail(mother) == []


@pytest.mark.parametrize("role", ["fed_village", "fed_city", "auditor", "mother"])
def test_reveal_refuses_roles_without_the_power(role):
    mother = make_mothers.a_mother(phone=make_mothers.a_phone())

    with pytest.raises(NotAllowed):
        actions.reveal(mother, by=make.a_user(role), field="phone", reason="因")


@pytest.mark.parametrize("role", ["clerk", "fed_town", "fed_city", "mother"])
def test_acts_refuse_roles_without_the_power(role):
    mother, user = make_mothers.a_mother(), make.a_user(role)

    with pytest.raises(NotAllowed):
        actions.edit_capacity(mother, by=user, capacity=2, today=TODAY)
    with pytest.raises(NotAllowed):
        actions.pause(mother, by=user, reason="因", today=TODAY)
    with pytest.raises(NotAllowed):
        actions.let_go(mother, by=user, reason="因", today=TODAY)


def test_acts_refuse_another_county():
    mother, stranger = make_mothers.a_mother(), make.a_worker(area=make.OTHER_COUNTY)

    with pytest.raises(NotAllowed):
        actions.resume(mother, by=stranger, reason="因", today=TODAY)
    with pytest.raises(NotAllowed):
        actions.reveal(mother, by=stranger, field="phone", reason="因")
