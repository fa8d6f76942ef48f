"""The road of an application: each step needs what it needs, and leaves its trace."""

from datetime import date, timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.db import Error, transaction

from qianshou.accounts.rules import POWERS, Power
from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.mothers.actions import file as mother_acts
from qianshou.mothers.actions import standing
from qianshou.mothers.models import Mother
from qianshou.recruitment import tasks
from qianshou.recruitment.actions import (
    applying,
    attesting,
    checking,
    following,
    moving,
    resembling,
    working,
)
from qianshou.recruitment.models import ApplicationStep, Knock, Likeness, MotherApplication
from qianshou.recruitment.rules import life
from tests import make, make_mothers
from tests import make_recruits as recruits
from tests.make_recruits import TODAY, again

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def worker():
    return make.a_worker()


def test_whole_road_ends_with_a_mother_who_is_ready_and_every_step_is_kept(worker):
    application = recruits.an_application(life.ACTIVE, by=worker)

    mother = Mother.objects.ready_on(TODAY).get()
    assert application.mother == mother
    assert (mother.name, mother.area_code, mother.training_hours) == ("陈桂芳", recruits.TOWN, 8)
    assert mother.id_number.open() == applying.answers_of(application)["id_number"]
    steps = list(ApplicationStep.objects.order_by("at").values_list("act", "actor", "after"))
    assert steps[0] == ("submit", "APPLICANT", "SUBMITTED")
    assert [each[0] for each in steps[1:]] == [*recruits.ROAD.values(), "approve", "activate"]
    moved = Entry.objects.filter(act="recruitment.application.moved", subject_id=application.pk)
    assert moved.count() == len(steps)


@pytest.mark.parametrize(
    ("state", "act", "refusal"),
    [
        (life.SCREENING, "find_clear", working.QueriesOpen),
        (life.REFERENCES, "hear_references", working.ReferencesOpen),
        (life.INTERVIEW, "pass_interview", working.InterviewOpen),
        (life.TRAINING, "commit", working.TrainingOpen),
        (life.SUBMITTED, "find_clear", moving.StepNotPossible),
        (life.TRAINING, "approve", moving.StepNotPossible),
    ],
)
def test_step_without_what_it_needs_is_refused_and_changes_nothing(worker, state, act, refusal):
    application = recruits.an_application(state, by=worker)
    before = ApplicationStep.objects.count()

    with pytest.raises(refusal):
        working.advance(application, act, by=worker, today=TODAY)

    assert again(application).state == state
    assert ApplicationStep.objects.count() == before


def test_database_refuses_a_step_that_is_not_in_the_table(worker):
    application = recruits.an_application(by=worker)
    rows = MotherApplication.objects.filter(pk=application.pk)

    with pytest.raises(Error, match="Invalid transition"), transaction.atomic():
        rows.update(state=life.TRAINING)
    # Negative control: with the trigger ignored the same statement is taken.
    with pgtrigger.ignore("recruitment.MotherApplication:application_moves"):
        rows.update(state=life.TRAINING)
    assert again(application).state == life.TRAINING


def test_database_lets_nobody_begin_in_the_middle(worker):
    with pytest.raises(Error, match="Cannot insert"), transaction.atomic():
        MotherApplication.objects.create(
            area_code=make.COUNTY, rulebook=recruits.a_rulebook(), state=life.TRAINING,
            submitted_at=make.now(),
        )  # fmt: skip


# -- criteria, refusal and appeal -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        ({}, []),
        ({"questions": {**recruits.ANSWERS, "punished": True}}, ["PUNISHED"]),
        ({"questions": {**recruits.ANSWERS, "healthy": False}}, ["HEALTH"]),
        ({"questions": {**recruits.ANSWERS, "care_experience": False}}, []),
        ({"id_number": make_mothers.an_id_number(date(2006, 5, 1)), "birth_on": "2006-05-01"},
         ["AGE"]),
        ({"town": "500235107000"}, ["PLACE"]),
    ],
)  # fmt: skip
def test_criteria_speak_for_themselves(worker, fields, failed):
    application = recruits.an_application(by=worker, **fields)
    outcomes = working.outcomes_of(application, today=TODAY)

    assert [each.criterion.code for each in working.rulebook.refusing(outcomes)] == failed


def test_person_without_a_number_leaves_only_what_it_would_say_unknown(worker):
    application = recruits.an_application(by=worker, id_kind="NONE", id_number="")
    unknown = [
        each.criterion.code for each in working.outcomes_of(application, today=TODAY)
        if each.result == "UNKNOWN"
    ]  # fmt: skip

    assert unknown == ["SEX"]
    assert application.id_token == b""
    assert recruits.walk(application, life.SCREENING, by=worker).state == life.SCREENING


def test_failed_criterion_stops_her_until_somebody_refuses_with_its_sentence(worker):
    application = recruits.an_application(
        life.ELIGIBILITY, by=worker, questions={**recruits.ANSWERS, "one_year": False}
    )
    with pytest.raises(working.CriterionFailed):
        working.advance(application, "find_eligible", by=worker, today=TODAY)

    working.refuse(application, by=worker, criterion="ONE_YEAR", reason="")

    refused = again(application)
    assert (refused.state, refused.refused_for, refused.refused_by) == (
        life.REJECTED, "ONE_YEAR", worker,
    )  # fmt: skip
    assert "至少须坚持一年" in refused.steps.get(act="refuse").reason


def refused(worker):
    application = recruits.an_application(life.ELIGIBILITY, by=worker)
    working.refuse(application, by=worker, criterion="", reason="证件照片不清")
    return again(application)


def test_appeal_is_decided_by_another_person_and_there_is_one(worker):
    application = refused(worker)
    applying.appeal(application, words="我已补交材料")
    with pytest.raises(working.SamePerson):
        working.decide_appeal(again(application), by=worker, uphold=True, reason="材料齐")

    working.decide_appeal(again(application), by=make.a_worker(), uphold=True, reason="材料齐")
    assert again(application).state == life.ELIGIBILITY

    working.refuse(again(application), by=worker, criterion="", reason="仍不清楚")
    with pytest.raises(applying.OneAppeal):
        applying.appeal(again(application), words="再看看")


def test_dismissed_appeal_is_final(worker):
    application = refused(worker)
    working.lodge_appeal(application, by=worker, words="口头申诉")
    working.decide_appeal(again(application), by=make.a_worker(), uphold=False, reason="维持")

    assert again(application).state == life.REJECTED_FINAL
    assert life.APPLICATION.steps_from(life.REJECTED_FINAL) == []


def test_refusal_without_a_word_is_refused(worker):
    application = recruits.an_application(life.INTERVIEW, by=worker)
    with pytest.raises(moving.ReasonMissing):
        working.refuse(application, by=worker, criterion="", reason=" ")


@pytest.mark.parametrize("role", ["fed_town", "grid", "fed_city", "auditor"])
def test_only_the_office_works_on_applications(worker, role):
    application = recruits.an_application(by=worker)
    with pytest.raises(NotAllowed):
        working.advance(application, "take_up", by=make.a_user(role), today=TODAY)


def test_clerk_does_not_approve(worker):
    application = recruits.an_application(life.COMMITTED, by=worker)
    with pytest.raises(NotAllowed):
        working.approve(application, by=make.a_user("clerk"), today=TODAY)


# -- the same person ------------------------------------------------------------------------------


def test_same_number_as_a_mother_is_shown_and_never_merged(worker):
    number = make_mothers.an_id_number()
    mother = make_mothers.a_mother(id_number=number, area_code="500235107205", name="别人")
    application = recruits.an_application(life.ELIGIBILITY, by=worker, id_number=number)

    found = Likeness.objects.get()
    assert (found.why, found.other_mother, found.area_code) == ("ID", mother, recruits.TOWN)
    with pytest.raises(working.DecideFirst):
        working.advance(application, "find_eligible", by=worker, today=TODAY)
    assert Mother.objects.get() == mother


def test_same_phone_in_a_family_is_a_question_and_no_refusal(worker):
    phone = make_mothers.a_phone()
    recruits.an_application(by=worker, phone=phone, name="陈桂芳")
    second = recruits.an_application(
        life.ELIGIBILITY, by=worker, phone=phone, name="陈桂兰", birth_on="1982-03-04",
        id_number=make_mothers.an_id_number(date(1982, 3, 4)),
    )  # fmt: skip
    found = second.likenesses.get()
    assert found.why == "PHONE"

    resembling.decide(found, by=worker, verdict="DIFFERENT")
    working.advance(second, "find_eligible", by=worker, today=TODAY)

    assert again(second).state == life.SCREENING
    with pytest.raises(resembling.Decided):
        resembling.decide(found, by=worker, verdict="SAME")


def test_name_and_birthday_alone_are_noticed_and_strangers_are_not(worker):
    make_mothers.a_mother(name="陈桂芳", birth_on=date(1980, 5, 17))
    make_mothers.a_mother(name="陈桂芳", birth_on=date(1981, 5, 17))
    application = recruits.an_application(by=worker)

    assert [each.why for each in application.likenesses.all()] == ["NAME"]


def test_former_mother_who_applies_again_gets_her_own_file_back(worker):
    number = make_mothers.an_id_number()
    former = make_mothers.a_mother(id_number=number, state="LEFT")
    application = recruits.an_application(life.ELIGIBILITY, by=worker, id_number=number)
    resembling.decide(application.likenesses.get(), by=worker, verdict="SAME")

    application = recruits.walk(application, life.ACTIVE, by=worker)

    assert application.mother == former
    assert Mother.objects.ready_on(TODAY).get() == former


def test_present_mother_is_not_approved_a_second_time(worker):
    number = make_mothers.an_id_number()
    make_mothers.a_mother(id_number=number)
    application = recruits.an_application(life.ELIGIBILITY, by=worker, id_number=number)
    resembling.decide(application.likenesses.get(), by=worker, verdict="SAME")
    application = recruits.walk(application, life.COMMITTED, by=worker)

    with pytest.raises(working.AlreadyAMother):
        working.approve(application, by=worker, today=TODAY)


# -- screening ------------------------------------------------------------------------------------


def test_hit_ends_the_application_for_good(worker):
    application = recruits.an_application(life.SCREENING, by=worker)
    recruits.be_clear(application, worker, TODAY, result="HIT")

    assert again(application).state == life.REJECTED_FINAL
    entry = Entry.objects.filter(act="recruitment.application.moved").latest("id")
    assert (entry.reason, "HIT" in entry.details, "find_record" in entry.details) == (
        "", False, False,
    )  # fmt: skip


def test_hit_in_the_yearly_query_ends_her_service(worker):
    application = recruits.an_application(life.ACTIVE, by=worker)
    later = TODAY + timedelta(days=300)
    recruits.be_clear(application, worker, later, result="HIT")

    assert again(application).state == life.EXITING
    mother = again(application).mother
    assert (mother.state, mother.screening) == ("PAUSED", "HIT")
    assert not Mother.objects.ready_on(later).exists()


def test_query_is_remembered_reminded_suspended_and_renewed(worker):
    application = recruits.an_application(life.ACTIVE, by=worker)
    soon, over = date(2027, 11, 1), date(2027, 11, 25)

    assert following.recheck(today=date(2027, 10, 1)) == 0
    assert following.recheck(today=soon) == 1
    assert following.recheck(today=soon) == 0
    assert again(application).state == life.RECHECK_DUE

    standing.suspend_expired(today=over)
    assert again(application).state == life.SUSPENDED

    recruits.be_clear(again(application), worker, over)
    assert again(application).state == life.ACTIVE
    assert Mother.objects.ready_on(over).exists()


def test_renewal_in_time_takes_the_reminder_back(worker):
    application = recruits.an_application(life.ACTIVE, by=worker)
    soon = date(2027, 11, 1)
    following.recheck(today=soon)
    recruits.be_clear(again(application), worker, soon)

    assert following.recheck(today=soon) == 1
    assert again(application).state == life.ACTIVE


def test_pause_return_and_leaving_of_the_file_move_the_application(worker):
    application = recruits.an_application(life.ACTIVE, by=worker)
    mother = application.mother
    states = []
    for act in (mother_acts.pause, mother_acts.resume, mother_acts.let_go):
        act(mother, by=worker, reason="家里有事", today=TODAY)
        states.append(again(application).state)

    assert states == [life.ON_LEAVE, life.ACTIVE, life.EXITED]
    assert application.steps.get(act="go_on_leave").reason == "家里有事"


def test_mother_from_a_list_is_taken_over_as_she_stands_and_can_be_renewed(worker):
    mother = make_mothers.a_mother(screened_on=TODAY - timedelta(days=360))
    record = following.take_over(mother, by=worker, today=TODAY)
    assert record.state == life.ACTIVE
    assert Mother.objects.ready_on(TODAY).get() == mother

    recruits.be_clear(record, worker, TODAY)

    assert Mother.objects.get().screened_on == TODAY
    with pytest.raises(following.HasOne):
        following.take_over(mother, by=worker, today=TODAY)


@pytest.mark.parametrize(
    ("requested", "received"),
    [(TODAY, TODAY - timedelta(1)), (TODAY, TODAY + timedelta(1))],
)
def test_answer_comes_between_the_request_and_today(worker, requested, received):
    application = recruits.an_application(life.SCREENING, by=worker)
    check = checking.request(
        application, "CRIME", by=worker, authority="公安", requested_on=requested, today=TODAY
    )
    with pytest.raises(checking.DayWrong):
        checking.answer(check, by=worker, result="CLEAR", received_on=received, today=TODAY)


def test_query_for_tomorrow_and_before_its_time_is_refused(worker):
    tomorrow = TODAY + timedelta(1)
    application = recruits.an_application(life.SCREENING, by=worker)
    with pytest.raises(checking.DayWrong):
        checking.request(
            application, "CRIME", by=worker, authority="公安", requested_on=tomorrow, today=TODAY
        )
    early = recruits.an_application(by=worker)
    with pytest.raises(checking.NotYet):
        checking.request(
            early, "CRIME", by=worker, authority="公安", requested_on=TODAY, today=TODAY
        )


def test_results_of_queries_are_for_two_roles_of_all():
    """Also rows of the mothers' list hold results: whoever opens them is one of the two."""
    for power in (Power.SEE_SCREENING, Power.RUN_IMPORTS):
        assert {role for role, held in POWERS.items() if power in held} == {"fed_county", "clerk"}


@pytest.mark.parametrize("role", ["fed_town", "fed_village", "fed_city", "auditor"])
def test_two_roles_alone_touch_queries(worker, role):
    application = recruits.an_application(life.SCREENING, by=worker)
    with pytest.raises(NotAllowed):
        checking.request(
            application, "CRIME", by=make.a_user(role), authority="公安", requested_on=TODAY,
            today=TODAY,
        )  # fmt: skip


# -- training and commitments ---------------------------------------------------------------------


def test_hours_count_once_per_session_and_only_in_training(worker):
    early = recruits.an_application(life.REFERENCES, by=worker, name="李秀英")
    application = recruits.an_application(life.TRAINING, by=worker)
    given = {"module": "MIND", "held_on": TODAY, "hours": Decimal("2.5"), "place": "县妇联"}
    session = attesting.plan_session(make.COUNTY, by=worker, given=given, today=TODAY)

    assert attesting.attest(session, [application], by=worker, today=TODAY) == 1
    assert attesting.attest(session, [application], by=worker, today=TODAY) == 0
    with pytest.raises(attesting.TooEarly):
        attesting.attest(session, [early], by=worker, today=TODAY)

    assert sum(each.hours for each in application.attendances.all()) == Decimal("2.5")


def test_training_of_tomorrow_is_refused(worker):
    given = {"module": "MIND", "held_on": TODAY + timedelta(1), "hours": 2, "place": "县妇联"}
    with pytest.raises(attesting.DayToCome):
        attesting.plan_session(make.COUNTY, by=worker, given=given, today=TODAY)


def test_three_signatures_are_not_four(worker):
    application = recruits.an_application(life.TRAINING, by=worker)
    recruits.be_trained(application, worker, TODAY)
    attesting.keep_paper(
        application, ["CONDUCT", "REPORTING", "ONE_YEAR"], by=worker, signed_on=TODAY,
        reference="档7", today=TODAY,
    )  # fmt: skip
    with pytest.raises(working.TrainingOpen):
        working.advance(application, "commit", by=worker, today=TODAY)

    applying.sign(application, "CONFIDENTIAL", name="陈 桂芳", language="en", today=TODAY)
    working.advance(application, "commit", by=worker, today=TODAY)

    assert again(application).state == life.COMMITTED


def test_nobody_signs_with_another_name_or_twice(worker):
    application = recruits.an_application(life.TRAINING, by=worker)
    with pytest.raises(applying.NotHerName):
        applying.sign(application, "CONDUCT", name="李四", language="zh-hans", today=TODAY)
    applying.sign(application, "CONDUCT", name="陈桂芳", language="zh-hans", today=TODAY)
    with pytest.raises(applying.SignedAlready):
        applying.sign(application, "CONDUCT", name="陈桂芳", language="zh-hans", today=TODAY)


def test_stale_draft_is_emptied_once_and_a_fresh_one_is_kept(worker):
    stale, fresh = recruits.a_draft(), recruits.a_draft()
    Knock.objects.create(door="resume", address_token=b"x", hour="2026-01-01T00:00Z", count=3)
    MotherApplication.objects.filter(pk=stale.pk).update(updated_at="2026-01-01T00:00Z")

    tasks.drop_stale(timestamp=0)
    tasks.drop_stale(timestamp=0)

    assert (again(stale).state, again(stale).answers.open()) == (life.WITHDRAWN, "{}")
    assert again(fresh).state == life.DRAFT
    assert not Knock.objects.exists()
