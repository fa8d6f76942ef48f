"""Ending well: each kind, what is refused, what follows, and that no child is ever dropped."""

from datetime import date, timedelta

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.pairing.actions import deciding, moving
from qianshou.pairing.models import Bar, Pairing
from qianshou.pairing.queries import instance
from qianshou.pairing.rules import life
from qianshou.support.actions import ending
from qianshou.support.models import Duty, EndingStep, Followup
from tests import make, make_pairing
from tests.make_support import a_pairing, an_ending, take_steps

pytestmark = pytest.mark.django_db
TODAY = make.TODAY


def waiting(day: date = TODAY) -> set:
    return set(instance.waiting_tiers(make.COUNTY, today=day))


def places(day: date = TODAY) -> set:
    return set(instance.free_places(make.COUNTY, [], today=day))


def test_a_planned_ending_goes_from_closing_to_the_last_talk():
    pairing, by = a_pairing(), make.a_worker()
    found = an_ending(pairing, by=by, kind="PLANNED", cause="TERM", next_step="MONITORED")
    assert Pairing.objects.get(pk=pairing.pk).state == life.CLOSING
    assert not Followup.objects.filter(pairing=pairing).exists()
    with pytest.raises(ending.MeetingMissing):
        ending.close(found, by=by, today=TODAY)

    take_steps(found, by=by, codes=("LAST_MEETING", "TALK_CHILD"))
    ending.close(found, by=by, today=TODAY)

    pairing.refresh_from_db()
    assert (pairing.state, pairing.ended_on) == (life.CLOSED, TODAY)
    take_steps(found, by=by)
    pairing.refresh_from_db()
    found.refresh_from_db()
    assert (pairing.state, found.finished_on) == (life.FAREWELL_DONE, TODAY)
    assert pairing.child_id not in waiting()


def test_a_talk_may_be_refused_or_impossible_with_the_reason():
    by = make.a_worker()
    found = an_ending(a_pairing(), by=by)
    talk = found.steps.get(code="TALK_GUARDIAN")

    with pytest.raises(ending.WhyNot):
        ending.take_step(talk, ending.Taken("UNREACHABLE", TODAY), by=by, today=TODAY)
    ending.take_step(
        talk, ending.Taken("UNREACHABLE", TODAY, why_not="电话停机"), by=by, today=TODAY
    )

    with pytest.raises(ending.StepDone):
        ending.take_step(talk, ending.Taken("DONE", TODAY), by=by, today=TODAY)
    talk.refresh_from_db()
    assert (talk.outcome, talk.why_not) == ("UNREACHABLE", "电话停机")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"next_step": ""}, ending.NothingDecided),
        ({"kind": "WHATEVER"}, ending.NothingDecided),
        ({"reason": " "}, moving.StepNeedsReason),
        ({"next_step": "GROWN"}, ending.NotGrown),
        ({"kind": "UNWILLING", "next_step": "REMATCH"}, ending.CoolDownAsked),
        ({"kind": "SAFETY", "next_step": "REMATCH"}, ending.CoolDownAsked),
        (
            {"kind": "UNWILLING", "next_step": "COOL_DOWN", "cool_until": TODAY},
            ending.CoolDownAsked,
        ),
    ],
)
def test_an_ending_that_decides_nothing_for_the_child_is_refused(fields, refusal):
    pairing, by = a_pairing(), make.a_worker()

    with pytest.raises(refusal):
        an_ending(pairing, by=by, **fields)

    pairing.refresh_from_db()
    assert pairing.state == life.ACTIVE
    assert not Entry.objects.filter(act="support.ending.begun").exists()


def test_the_database_itself_lets_no_pairing_close_without_a_next_step():
    pairing = a_pairing()

    with pytest.raises(IntegrityError), transaction.atomic():
        Pairing.objects.filter(pk=pairing.pk).update(state=life.CLOSING)
    Pairing.objects.filter(pk=pairing.pk).update(state=life.CLOSING, next_step="REMATCH")

    assert Pairing.objects.get(pk=pairing.pk).state == life.CLOSING


def test_the_old_way_of_ending_is_closed_to_running_care():
    pairing = a_pairing()

    with pytest.raises(deciding.CareIsRunning):
        deciding.end_pairing(pairing, by=make.a_worker(), today=TODAY, reason="搬家")

    assert Pairing.objects.open().count() == 1


def test_only_the_county_ends_a_pairing():
    pairing = a_pairing(child=make_pairing.a_child(area="500236117201"))

    with pytest.raises(NotAllowed):
        an_ending(pairing, by=make.a_user("fed_town", area="500236117000"))


def closed(by, **fields):
    pairing = a_pairing()
    found = an_ending(pairing, by=by, **fields)
    take_steps(found, by=by)
    return ending.close(found, by=by, today=TODAY)


def test_after_an_unplanned_end_the_child_waits_at_once_and_the_mother_rests():
    found = closed(make.a_worker())

    assert found.pairing.child_id in waiting()
    assert found.pairing.mother_id not in places(TODAY + timedelta(days=29))
    assert found.pairing.mother_id in places(TODAY + timedelta(days=30))


def test_a_cool_down_keeps_the_child_from_the_matcher_until_its_day():
    found = closed(make.a_worker(), kind="UNWILLING", cause="NO_BOND", next_step="COOL_DOWN")

    assert found.cool_until == TODAY + timedelta(days=30)
    assert found.pairing.child_id not in waiting(TODAY + timedelta(days=29))
    assert found.pairing.child_id in waiting(TODAY + timedelta(days=30))


def test_who_is_only_looked_in_on_is_matched_again_after_a_decision():
    by = make.a_worker()
    found = closed(by, next_step="MONITORED")
    bar = Bar.objects.get(child=found.pairing.child_id)

    ending.lift(bar, by=by, reason="孩子希望再有一位妈妈")

    assert found.pairing.child_id in waiting()
    with pytest.raises(ending.NotClosing):
        ending.lift(bar, by=by, reason="再来")


def test_a_safety_ending_is_immediate_and_another_person_reviews_it():
    pairing, by, other = a_pairing(), make.a_worker(), make.a_worker()
    found = an_ending(pairing, by=by, kind="SAFETY", cause="HARM", next_step="MONITORED")

    pairing.refresh_from_db()
    assert (pairing.state, pairing.ended_on) == (life.CLOSED, TODAY)
    assert pairing.mother_id not in places(TODAY + timedelta(days=100))
    assert Duty.objects.open().get().kind == "SAFETY"
    bar = Bar.objects.get(kind="SAFETY")
    with pytest.raises(ending.AnotherPerson):
        ending.lift(bar, by=by, reason="没问题")

    ending.lift(bar, by=other, reason="已核实，与她无关")

    assert pairing.mother_id in places(TODAY + timedelta(days=100))
    assert not Duty.objects.open().exists()
    pair = Bar.objects.get(kind="PAIR")
    with pytest.raises(NotAllowed):
        ending.lift(pair, by=other, reason="再试一次")
    barred = instance.refused_pairs(make.COUNTY)
    assert (found.pairing.child_id, found.pairing.mother_id) in barred


def pair_again(pairing: Pairing) -> Pairing:
    with transaction.atomic():
        return Pairing.objects.create(
            child=pairing.child, mother=make_pairing.a_mother(), area_code=pairing.area_code,
            started_on=TODAY, by=make.a_user(),
        )  # fmt: skip


def test_the_database_holds_a_safety_bar_against_a_pairing_made_by_hand():
    """With its control: without the trigger the same row goes in."""
    pairing = a_pairing()
    an_ending(pairing, by=make.a_worker(), kind="SAFETY", cause="HARM", next_step="MONITORED")
    again = Pairing(
        child=make_pairing.a_child(), mother=pairing.mother, area_code=pairing.area_code,
        started_on=TODAY, by=make.a_user(),
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="a bar is in force"):
        with transaction.atomic():
            again.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        pair_again(pairing)  # the child is only looked in on

    Bar.objects.filter(kind="SAFETY").update(
        lifted_by=make.a_user(), lifted_at=make.now(), lifted_for="查清"
    )
    Bar.objects.filter(kind="COOL_DOWN").update(until=TODAY)
    again.save(force_insert=True)
    assert again.pk


def test_the_database_lets_nobody_lift_her_own_safety_bar():
    by = make.a_worker()
    an_ending(a_pairing(), by=by, kind="SAFETY", cause="HARM", next_step="MONITORED")
    rows = Bar.objects.filter(kind="SAFETY")
    lifted = {"lifted_at": make.now(), "lifted_for": "没事"}

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(lifted_by=by, **lifted)
    rows.update(lifted_by=make.a_user(), **lifted)  # the control


def test_an_approval_meets_a_bar_that_came_after_the_run():
    pairing, by = a_pairing(), make.a_worker()
    proposal = make_pairing.a_proposal(pairing.child)
    an_ending(pairing, by=by, kind="SAFETY", cause="HARM", next_step="COOL_DOWN")

    with pytest.raises(deciding.Barred):
        deciding.approve(proposal, by=by, today=TODAY)

    assert not Pairing.objects.open().exists()


def test_an_ending_is_taken_back_and_the_two_go_on():
    pairing, by = a_pairing(), make.a_worker()
    found = an_ending(pairing, by=by)

    ending.renew(found, by=by, today=TODAY, reason="孩子想继续")

    pairing.refresh_from_db()
    assert (pairing.state, pairing.next_step, pairing.end_cause) == (life.ACTIVE, "", "")
    assert Followup.objects.filter(pairing=pairing).exists()
    again = an_ending(pairing, by=by)
    assert again.pk != found.pk
    with pytest.raises(ending.NotClosing):
        ending.renew(found, by=by, today=TODAY, reason="又")


def test_a_closed_pairing_is_not_taken_back():
    by = make.a_worker()
    found = closed(by)

    with pytest.raises(ending.NotClosing):
        ending.renew(found, by=by, today=TODAY, reason="后悔")
    with pytest.raises(ending.NotClosing):
        ending.close(found, by=by, today=TODAY)


def test_the_steps_of_each_ending_are_the_schedules():
    by = make.a_worker()
    found = an_ending(a_pairing(), by=by, kind="SAFETY", cause="HARM", next_step="MONITORED")

    steps = list(found.steps.order_by("position").values_list("code", flat=True))
    assert steps[:2] == ["PROTECT", "REPORT"]
    assert {"TALK_MOTHER", "TALK_CHILD", "TALK_GUARDIAN", "CONTACT_RULES"} < set(steps)
    assert found.contact_rules.startswith("结对结束后")


def test_with_the_triggers_off_a_pairing_could_reopen():
    """Control of the moves: what the table forbids is possible only without its trigger."""
    found = closed(make.a_worker())
    rows = Pairing.objects.filter(pk=found.pairing_id)

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(state=life.ACTIVE, ended_on=None)
    with pgtrigger.ignore("pairing.Pairing:pairing_moves"):
        rows.update(state=life.ACTIVE, ended_on=None)


def test_open_steps_are_named_in_the_next_step_of_the_list():
    by = make.a_worker()
    found = an_ending(a_pairing(), by=by)

    assert EndingStep.objects.filter(ending=found, outcome="OPEN").count() == 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM support_endingstep WHERE due_on < %s", [TODAY])
        assert cursor.fetchone() == (0,)
