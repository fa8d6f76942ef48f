"""What people answer counts as facts do, and an alarm is red without saying why."""

import json
from datetime import timedelta

import pytest
from django.utils import translation

from qianshou.assessment.actions import alarms, asking, assessing, confirming, due
from qianshou.assessment.models import Alarm, Assessment, Inquiry, Reassessment
from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.notices.models import Notice
from qianshou.registry.actions import merging
from tests import make, make_assessment

pytestmark = pytest.mark.django_db
TODAY = make.TODAY
VILLAGE_WORKER = {"area": "500236001000"}


def a_child(**facts):
    child = make_assessment.a_child(area="500236001000", **facts)
    return make_assessment.an_assessment(child).child


def answer(child, by=None, **answers):
    return asking.answer(
        child, by=by or make.a_worker(), answers=answers, held_on=TODAY, today=TODAY,
        grounds="灶房电线老化",
    )  # fmt: skip


def now(child):
    return Assessment.objects.current().get(child=child)


def test_an_answer_counts_with_its_points_and_lies_sealed():
    child = a_child()
    before = now(child).score

    inquiry = answer(child, by=make.a_user("fed_village", **VILLAGE_WORKER), HOME="MANY")

    assert now(child).score == before + 9
    assert {each["indicator"] for each in now(child).evidence} >= {"HOME_HAZARDS", "HOME_UNSAFE"}
    assert b"MANY" not in inquiry.answers.raw
    assert json.loads(inquiry.answers.open()) == {"HOME": "MANY"}


def test_a_question_left_open_keeps_its_earlier_answer():
    child = a_child()
    answer(child, HOME="SOME", CARE="WEAK")

    second = answer(child, HOME="NO")

    assert json.loads(second.answers.open()) == {"HOME": "NO", "CARE": "WEAK"}
    assert Inquiry.objects.filter(child=child, is_current=True).count() == 1


@pytest.mark.parametrize(
    ("answers", "refusal", "words"),
    [
        ({}, asking.NothingAnswered, None),
        ({"COLOUR": "RED"}, asking.NoSuchAnswer, "COLOUR"),
        ({"HOME": "BLUE"}, asking.NoSuchAnswer, "HOME: choose one of NO, SOME, MANY"),
    ],
)
def test_a_bad_answer_is_named_and_nothing_is_kept(answers, refusal, words):
    child = a_child()

    with translation.override("en"), pytest.raises(refusal, match=words):
        answer(child, **answers)

    assert not Inquiry.objects.exists()


def test_only_those_who_work_with_the_child_answer_and_open_answers():
    child = a_child()
    with pytest.raises(NotAllowed):
        answer(child, by=make.a_worker(make.OTHER_COUNTY), HOME="NO")

    inquiry = answer(child, HOME="NO")

    with pytest.raises(NotAllowed):
        asking.read(inquiry, by=make.a_user("fed_village", **VILLAGE_WORKER))
    assert asking.read(inquiry, by=make.a_worker())[1] == "灶房电线老化"
    assert Entry.objects.filter(act="assessment.inquiry.read").count() == 1


def test_a_milder_answer_does_not_lower_what_a_person_confirmed():
    child, worker = a_child(), make.a_worker()
    answer(child, MIND="LOW", HOME="MANY", CARE="NEGLECT", TOUCH="NONE", HABITS="WORRY")
    confirming.confirm_grade(now(child), by=worker, grade=now(child).grade)
    grade = now(child).grade
    assert grade in ("ORANGE", "YELLOW")

    answer(child, MIND="CALM", HOME="NO", CARE="GOOD", TOUCH="WEEKLY", HABITS="GOOD")

    assert (now(child).grade, now(child).computed_grade) == (grade, "GREEN")


def test_the_same_answer_lowers_what_nobody_confirmed():
    """Negative control of the test before."""
    child = a_child()
    answer(child, CARE="NEGLECT")
    assert now(child).grade == "YELLOW"

    answer(child, CARE="GOOD")

    assert now(child).grade == "GREEN"


# -- alarms ---------------------------------------------------------------------------------------


def test_an_alarm_is_red_at_once_counts_once_and_names_neither_source_nor_person():
    child = a_child()

    counted = [alarms.raise_alarm(child.pk, once="report/7", today=TODAY) for _ in range(2)]

    assert (counted, now(child).grade, now(child).triggers) == ([True, False], "RED", ["ALARM"])
    (entry,) = Entry.objects.filter(act="assessment.alarm.raised")
    assert (entry.actor_id, "report" in Alarm.objects.get().once) == (None, False)


def test_one_of_the_nine_situations_in_a_form_looks_like_any_other_alarm():
    child = a_child()

    inquiry = answer(child, SITUATION="YES", HOME="SOME")

    assert json.loads(inquiry.answers.open()) == {"HOME": "SOME"}
    assert (now(child).grade, now(child).triggers) == ("RED", ["ALARM"])


def test_only_the_county_says_that_a_child_is_out_of_danger_and_a_person_lowers_the_grade():
    child, county = a_child(), make.a_worker()
    town = make.a_user("fed_town", **VILLAGE_WORKER)
    alarms.raise_alarm(child.pk, once="report/7", today=TODAY)
    confirming.confirm_grade(now(child), by=town, grade="RED")

    with pytest.raises(confirming.RedNeedsCounty):
        confirming.confirm_grade(now(child), by=town, grade="YELLOW", reason="好多了")
    with pytest.raises(NotAllowed):
        alarms.end_alarms(child, by=town, reason="好多了", today=TODAY)
    with pytest.raises(alarms.ReasonMissing):
        alarms.end_alarms(child, by=county, reason=" ", today=TODAY)
    alarms.end_alarms(child, by=county, reason="已安置到姑姑家", today=TODAY)
    assert (now(child).grade, now(child).computed_grade) == ("RED", "GREEN")
    confirming.confirm_grade(now(child), by=county, grade="YELLOW", reason="核实已安全")

    assert now(child).grade == "YELLOW"


def test_a_town_raises_a_grade_at_once():
    child = a_child()

    confirming.confirm_grade(
        now(child), by=make.a_user("fed_town", **VILLAGE_WORKER), grade="RED", reason="昨夜独自在家"
    )

    assert now(child).grade == "RED"


def test_a_feed_cannot_bring_an_answer_or_an_alarm():
    child = a_child()

    make_assessment.new_facts(child, alarm=True, **{"asked.MIND": "CRISIS"})

    assert now(child).triggers == []


def test_answers_and_alarms_go_along_with_a_merged_file_and_back():
    kept, absorbed, worker = a_child(), a_child(), make.a_worker()
    answer(absorbed, HOME="MANY")
    alarms.raise_alarm(absorbed.pk, once="report/7", today=TODAY)

    event = merging.merge_children(kept, absorbed, by=worker, reason="同一个孩子")
    assert now(kept).grade == "RED"
    assert "HOME_UNSAFE" in {each["indicator"] for each in now(kept).evidence}

    merging.undo_event(event, by=worker)
    assert now(kept).computed_grade == "GREEN"
    assert now(absorbed).triggers == ["ALARM"]


# -- looked at again ------------------------------------------------------------------------------


def look(child):
    return Reassessment.objects.open().get(child=child)


def test_a_confirmed_grade_has_the_day_of_its_next_look():
    child = a_child()
    confirming.confirm_grade(now(child), by=make.a_worker(), grade="GREEN")
    first = look(child)

    confirming.confirm_grade(now(child), by=make.a_worker(), grade="RED", reason="夜里独自在家")

    first.refresh_from_db()
    assert first.done_by is not None
    assert (look(child).due_on - first.due_on).days < -80


def test_news_bring_the_look_forward_and_never_put_it_off():
    child = a_child()
    confirming.confirm_grade(now(child), by=make.a_worker(), grade="GREEN")

    due.note_news(((child.pk, "PARENT_GONE"), (child.pk, "JOINED")), today=TODAY)
    soon = look(child)
    due.note_news(((child.pk, "MOVED"),), today=TODAY + timedelta(days=3))

    assert (soon.due_on, soon.because) == (TODAY + timedelta(days=14), "PARENT_GONE")
    assert look(child).due_on == soon.due_on


def test_news_that_call_for_nothing_bring_nothing_forward():
    """Negative control of the test before."""
    child = a_child()

    due.note_news(((child.pk, "UNLISTED"),), today=TODAY)

    assert not Reassessment.objects.exists()


def test_the_daily_sweep_fills_what_is_missing_once_and_ends_what_is_gone():
    child, gone = a_child(), a_child()
    for each in (child, gone):
        confirming.confirm_grade(now(each), by=make.a_worker(), grade="GREEN")
    Reassessment.objects.filter(child=child).delete()
    Assessment.objects.filter(child=gone).update(is_current=False)

    done = [due.sweep() for _ in range(2)]

    assert done == [{"ended": 1, "made": 1}, {"ended": 0, "made": 0}]


def test_late_looks_are_a_line_in_the_countys_digest_of_the_week():
    child, worker = a_child(), make.a_worker()
    confirming.confirm_grade(now(child), by=worker, grade="GREEN")
    Reassessment.objects.update(due_on=TODAY - timedelta(days=9))

    for _ in range(2):
        due.digest_week(today=TODAY)

    assert Notice.objects.filter(to_id=worker.pk, kind="notices.digest").count() == 1


def test_assessing_again_keeps_a_town_from_nothing():
    """A file that is assessed again with the same answers writes no further row."""
    child = a_child()
    answer(child, HOME="SOME")
    rows = Assessment.objects.filter(child=child).count()

    assessing.assess([child.pk], today=TODAY)

    assert Assessment.objects.filter(child=child).count() == rows
