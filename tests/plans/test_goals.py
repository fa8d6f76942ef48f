"""The child's own goal: three must agree, an older child in its own words; all stays on file."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.plans.actions import goals, ticking
from qianshou.plans.models import Goal, GoalStep, Slot
from tests import make, make_care, make_plans
from tests.make_plans import TODAY, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def cared():
    user, pairing, _plan = make_plans.a_plan()
    return user, pairing


def agree(goal, side, by, **fields):
    return goals.agree(goal, side, by=by, on=TODAY, now=now(), today=TODAY, **fields)


def test_a_goal_begins_once_all_three_have_agreed_and_counts_for_the_term(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user)

    agree(goal, "CHILD", user)
    agree(goal, "MOTHER", user)
    assert Goal.objects.get().state == "PROPOSED"
    agree(goal, "GUARDIAN", make.a_worker())

    assert Goal.objects.get().state == "AGREED"
    assert Slot.objects.get(pairing=pairing, item="personal_goal", key="2026-AUTUMN").done == 1
    assert goal.words.open() == "我想自己读完那本书"


def test_a_mother_does_not_speak_for_the_guardian(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user)

    with pytest.raises(NotAllowed):
        agree(goal, "GUARDIAN", user)


def test_a_child_of_eight_is_heard_in_its_own_words_a_younger_one_is_not_pressed(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user, words="")

    with pytest.raises(goals.WordsMissing):
        agree(goal, "CHILD", user)
    agreed = agree(goal, "CHILD", user, words="我想读完")

    assert agreed.words.open() == "我想读完"
    pairing.child.birth_on = date(2020, 1, 1)
    pairing.child.save()
    goals.end(goal, "drop", by=user, reason="换一个", now=now(), today=TODAY)
    young = make_plans.a_goal(pairing, user, words="")
    assert agree(young, "CHILD", user).child_on == TODAY


def test_nobody_agrees_twice_or_after_the_end(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user)
    agree(goal, "MOTHER", user)

    with pytest.raises(goals.AgreedAlready):
        agree(goal, "MOTHER", user)
    goals.end(goal, "drop", by=user, reason="换一个", now=now(), today=TODAY)
    with pytest.raises(goals.NotNow):
        agree(goal, "CHILD", user)


def test_a_review_counts_for_its_term_and_an_end_without_a_reason_is_refused(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user, agreed=True)

    goals.review(goal, "SLOWLY", by=user, on=TODAY, now=now(), today=TODAY)
    with pytest.raises(goals.ReasonMissing):
        goals.end(goal, "drop", by=user, reason=" ", now=now(), today=TODAY)
    goals.end(goal, "reach", by=user, reason="", now=now(), today=TODAY)

    assert Slot.objects.get(pairing=pairing, item="personal_goal", key="2026-AUTUMN").done == 2
    acts = list(GoalStep.objects.order_by("at", "pk").values_list("act", flat=True))
    assert sorted(acts) == sorted(
        ["PROPOSE", "AGREE_CHILD", "AGREE_MOTHER", "AGREE_GUARDIAN", "REVIEW", "REACH"]
    )


def test_a_goal_changes_into_another_and_all_three_are_asked_again(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user, agreed=True)

    made = goals.change(
        goal, make_plans.wanted(aim="每天跳绳"), by=user, reason="想动一动", now=now(), today=TODAY
    )

    assert (made.replaces, made.state, made.child_on) == (goal, "PROPOSED", None)
    assert Goal.objects.get(pk=goal.pk).state == "CHANGED"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"until": TODAY}, goals.DayNotPossible),
        ({"aim": " "}, goals.AimMissing),
        ({"measure": ""}, goals.AimMissing),
        ({"words": "字" * 1001}, goals.WordsTooLong),
    ],
)
def test_what_is_no_goal_is_refused(cared, fields, refusal):
    user, pairing = cared

    with pytest.raises(refusal):
        make_plans.a_goal(pairing, user, **fields)

    assert not Goal.objects.exists()


def test_there_is_one_goal_at_a_time_and_none_after_care(cared):
    user, pairing = cared
    make_plans.a_goal(pairing, user)

    with pytest.raises(goals.GoalOpen):
        make_plans.a_goal(pairing, user)
    pairing.ended_on = TODAY
    with pytest.raises(ticking.NotRunning):
        make_plans.a_goal(pairing, user)


def test_a_review_lies_between_the_goal_and_today(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user, agreed=True)

    for on in (TODAY + timedelta(days=1), TODAY - timedelta(days=30)):
        with pytest.raises(ticking.DayNotPossible):
            goals.review(goal, "WELL", by=user, on=on, now=now(), today=TODAY)


def test_the_child_s_words_are_read_on_the_trail_and_by_nobody_else(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user)

    assert goals.open_words(goal, by=user) == "我想自己读完那本书"
    with pytest.raises(NotAllowed):
        goals.open_words(goal, by=make_care.a_carer()[0])

    assert Entry.objects.filter(act="plans.goal.words_read").count() == 1


def test_the_database_refuses_a_goal_that_one_has_not_agreed_to(cared):
    user, pairing = cared
    goal = make_plans.a_goal(pairing, user)

    with pytest.raises(IntegrityError), transaction.atomic():
        Goal.objects.filter(pk=goal.pk).update(state="AGREED")
    with pytest.raises(DatabaseError), transaction.atomic():
        Goal.objects.filter(pk=goal.pk).update(aim="别的")
