"""Assessing in bulk: what is written, what holds, what follows a merge or a move."""

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshou.assessment.actions import assessing, confirming, instruments
from qianshou.assessment.events import GradesRaised
from qianshou.assessment.models import Assessment, Instrument
from qianshou.common import bus
from qianshou.registry.events import FilesChanged, FilesMerged, MergeUndone
from qianshou.registry.models import Child
from tests import make, make_assessment

pytestmark = pytest.mark.django_db
VIOLENCE = {"violence_clue": True}


@pytest.fixture
def raised(monkeypatch):
    """The grades announced as raised."""
    heard = []
    monkeypatch.setitem(bus._handlers, GradesRaised, [lambda event: heard.extend(event.raised)])
    return heard


def history(child):
    return list(
        Assessment.objects.filter(child=child).order_by("id").values_list("grade", "is_current")
    )


def confirm(assessment, grade, reason="走访核实"):
    return confirming.confirm_grade(assessment, by=make.a_worker(), grade=grade, reason=reason)


def test_assess_writes_score_grade_tier_needs_and_reasons():
    assessment = make_assessment.an_assessment(low_income=True, father_status="DEAD")

    assert (assessment.score, assessment.computed_grade, assessment.grade) == (
        16,
        "YELLOW",
        "YELLOW",
    )
    assert assessment.tier == 2
    assert [each["indicator"] for each in assessment.evidence] == ["FATHER_GONE", "LOW_INCOME"]
    assert assessment.area_code == make_assessment.VILLAGE
    assert assessment.needs == [36, 16, 0, 10, 34, 28, 16, 30]
    assert assessment.confirmed_by is None


def test_files_changed_assesses_and_same_facts_again_write_nothing():
    child = make_assessment.a_child(bullied=True)

    bus.publish(FilesChanged((child.pk,), None))
    bus.publish(FilesChanged((child.pk,), None))

    assert history(child) == [("GREEN", True)]


def test_changed_facts_write_a_further_row_and_keep_the_old():
    child = make_assessment.a_child(bullied=True)
    make_assessment.an_assessment(child)

    make_assessment.new_facts(child, bullied=True, father_status="PRISON")

    assert history(child) == [("GREEN", False), ("ORANGE", True)]


def test_first_red_and_every_rise_are_announced(raised):
    green, red = make_assessment.a_child(), make_assessment.a_child(**VIOLENCE)
    assessing.assess([green.pk, red.pk], today=make.TODAY)

    make_assessment.new_facts(green, father_status="PRISON")
    make_assessment.new_facts(red)

    assert [(child, grade) for child, _place, grade in raised] == [
        (red.pk, "RED"),
        (green.pk, "YELLOW"),
    ]


def test_feed_never_lowers_a_confirmed_grade():
    assessment = make_assessment.an_assessment(**VIOLENCE)
    confirm(assessment, "RED")

    after = make_assessment.new_facts(assessment.child)

    assert (after.computed_grade, after.grade, after.tier) == ("GREEN", "RED", 0)
    assert after.confirmed_by is not None


def test_feed_lowers_a_grade_that_nobody_confirmed():
    """Negative control of the test above."""
    assessment = make_assessment.an_assessment(**VIOLENCE)

    after = make_assessment.new_facts(assessment.child)

    assert after.grade == "GREEN"


def test_feed_raises_a_confirmed_grade_and_asks_again(raised):
    assessment = make_assessment.an_assessment(bullied=True)
    confirm(assessment, "GREEN")

    after = make_assessment.new_facts(assessment.child, bullied=True, **VIOLENCE)

    assert (after.grade, after.confirmed_at) == ("RED", None)
    assert [grade for _child, _place, grade in raised] == ["RED"]


def test_milder_decision_of_a_person_stands_against_the_same_facts():
    assessment = make_assessment.an_assessment(**VIOLENCE)
    said = confirm(assessment, "YELLOW", reason="派出所核实，误报")

    after = make_assessment.new_facts(assessment.child, growth="OBESE", **VIOLENCE)

    assert (after.grade, after.reason) == ("YELLOW", "派出所核实，误报")
    assert after.confirmed_at == said.confirmed_at


def test_milder_decision_falls_when_a_further_warning_comes():
    assessment = make_assessment.an_assessment(**VIOLENCE)
    confirm(assessment, "YELLOW")

    after = make_assessment.new_facts(assessment.child, self_harm=True, **VIOLENCE)

    assert after.grade == "RED"


def a_version(number, *, bullied):
    """Put the shipped instrument in force with other points for one indicator."""
    body = make_assessment.shipped() | {"version": number}
    for each in body["indicators"]:
        if each["code"] == "BULLIED":
            each["points"] = bullied
    return instruments.adopt_instrument(json.dumps(body), by=None)


def current(child):
    return Assessment.objects.current().get(child=child)


def test_new_version_keeps_a_confirmed_grade_and_who_said_it():
    assessment = make_assessment.an_assessment(bullied=True, psych="ATTENTION")
    said = confirm(assessment, "GREEN", reason="已调解")

    a_version(3, bullied=20)
    counts = assessing.assess_area(make.COUNTY, today=make.TODAY)

    after = current(assessment.child)
    assert counts.changed == 1
    assert (after.instrument.version, after.score, after.computed_grade) == (3, 26, "YELLOW")
    assert (after.grade, after.reason) == ("GREEN", "已调解")
    assert (after.confirmed_by, after.confirmed_at) == (said.confirmed_by, said.confirmed_at)


def test_new_version_changes_a_grade_that_nobody_confirmed():
    """Negative control of the test above."""
    assessment = make_assessment.an_assessment(bullied=True, psych="ATTENTION")

    a_version(3, bullied=30)
    assessing.assess_area(make.COUNTY, today=make.TODAY)

    assert (assessment.grade, current(assessment.child).grade) == ("YELLOW", "ORANGE")


def test_new_version_that_finds_more_asks_the_person_again():
    assessment = make_assessment.an_assessment(bullied=True, psych="ATTENTION")
    confirm(assessment, "GREEN")

    a_version(3, bullied=30)
    assessing.assess_area(make.COUNTY, today=make.TODAY)

    after = current(assessment.child)
    assert (after.grade, after.confirmed_at) == ("ORANGE", None)


def test_further_warning_counts_after_a_version_with_fewer_points():
    """What a person said at many points does not silence a warning at few."""
    assessment = make_assessment.an_assessment(bullied=True, psych="ATTENTION")
    confirm(assessment, "GREEN")
    a_version(3, bullied=10)
    assessing.assess_area(make.COUNTY, today=make.TODAY)
    held = current(assessment.child)

    after = make_assessment.new_facts(
        assessment.child, bullied=True, psych="ATTENTION", dropped_out=True
    )

    assert (held.score, held.grade, held.confirmed_at is not None) == (16, "GREEN", True)
    assert (after.score, after.grade, after.confirmed_at) == (24, "YELLOW", None)


def test_confirm_keeps_the_history_and_stands_in_the_trail():
    assessment = make_assessment.an_assessment(bullied=True)
    worker = make.a_worker()

    said = confirming.confirm_grade(assessment, by=worker, grade="ORANGE", reason="近期多次被打")

    assert history(assessment.child) == [("GREEN", False), ("ORANGE", True)]
    assert (said.confirmed_by, said.reason, said.tier) == (worker, "近期多次被打", 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT act, area_code, reason FROM audit_entry WHERE subject_id = %s",
            [str(assessment.child_id)],
        )
        assert cursor.fetchall() == [
            ("assessment.grade.confirmed", make_assessment.VILLAGE, "近期多次被打")
        ]


def test_confirm_without_change_needs_no_reason_but_change_does():
    assessment = make_assessment.an_assessment(bullied=True)

    with pytest.raises(confirming.ReasonMissing):
        confirm(assessment, "RED", reason=" ")
    said = confirm(assessment, "GREEN", reason="")

    assert history(assessment.child) == [("GREEN", False), ("GREEN", True)]
    assert said.confirmed_at is not None


def test_confirm_refuses_an_assessment_that_is_no_longer_current():
    assessment = make_assessment.an_assessment(bullied=True)
    make_assessment.new_facts(assessment.child, **VIOLENCE)

    with pytest.raises(confirming.Outdated):
        confirm(assessment, "GREEN")

    assert history(assessment.child)[-1] == ("RED", True)


@pytest.mark.parametrize("role", ["clerk", "fed_village", "fed_city", "auditor", "mother"])
def test_confirm_refuses_roles_without_the_power(role):
    assessment = make_assessment.an_assessment(bullied=True)

    with pytest.raises(confirming.powers.NotAllowed):
        confirming.confirm_grade(assessment, by=make.a_user(role), grade="GREEN")

    assert history(assessment.child) == [("GREEN", True)]


def test_confirm_refuses_another_county():
    assessment = make_assessment.an_assessment(bullied=True)
    stranger = make.a_worker(area=make.OTHER_COUNTY)

    with pytest.raises(confirming.powers.NotAllowed):
        confirming.confirm_grade(assessment, by=stranger, grade="GREEN")


def test_merge_ends_the_absorbed_assessment_and_undo_returns_it():
    kept, absorbed = make_assessment.a_child(), make_assessment.a_child(**VIOLENCE)
    assessing.assess([kept.pk, absorbed.pk], today=make.TODAY)
    names = {"kept_id": kept.pk, "absorbed_id": absorbed.pk, "event_id": kept.pk}

    Child.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    bus.publish(FilesMerged(**names))
    merged = history(absorbed)
    Child.objects.filter(pk=absorbed.pk).update(merged_into=None)
    bus.publish(MergeUndone(**names))

    assert merged == [("RED", False)]
    assert history(absorbed) == [("RED", False), ("RED", True)]
    assert history(kept) == [("GREEN", True)]


def test_grade_confirmed_on_an_absorbed_file_counts_for_the_one_that_took_it_in():
    kept, absorbed = make_assessment.a_child(), make_assessment.a_child(bullied=True)
    assessing.assess([kept.pk, absorbed.pk], today=make.TODAY)
    confirm(Assessment.objects.current().get(child=absorbed), "RED")

    Child.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    bus.publish(FilesMerged(kept.pk, absorbed.pk, kept.pk))

    assert Assessment.objects.current().get(child=kept).grade == "RED"


def test_closed_file_loses_its_assessment():
    child = make_assessment.a_child(bullied=True)
    make_assessment.an_assessment(child)
    Child.objects.filter(pk=child.pk).update(state="CLOSED")

    counts = assessing.assess([child.pk], today=make.TODAY)

    assert history(child) == [("GREEN", False)]
    assert (counts.assessed, counts.ended) == (0, 1)


def test_moved_child_takes_its_assessments_along():
    child = make_assessment.a_child(bullied=True)
    confirm(make_assessment.an_assessment(child), "GREEN")
    Child.objects.filter(pk=child.pk).update(area_code="500235102201")

    assessing.assess([child.pk], today=make.TODAY)

    areas = Assessment.objects.filter(child=child).values_list("area_code", flat=True)
    assert set(areas) == {"500235102201"}
    assert history(child) == [("GREEN", False), ("GREEN", True)]


def test_birthday_is_noticed(monkeypatch):
    child = make_assessment.a_child(born=date(2020, 11, 20), guardianship="NONE")
    assessing.assess([child.pk], today=date(2026, 11, 19))

    assessing.assess_birthdays(today=make.TODAY)

    assert history(child) == [("RED", False), ("YELLOW", True)]


def test_child_of_29_february_grows_older_on_1_march():
    child = make_assessment.a_child(born=date(2020, 2, 29), guardianship="NONE")
    assessing.assess([child.pk], today=date(2026, 2, 28))

    assessing.assess_birthdays(today=date(2026, 3, 1))

    assert history(child) == [("RED", False), ("YELLOW", True)]


def test_bulk_gives_what_single_assessments_give():
    circumstances = [
        {},
        VIOLENCE,
        {"bullied": True, "father_status": "LOST", "low_income": True},
        {"needs": ["mind", "safety"], "psych": "SERIOUS"},
    ]
    one = [make_assessment.a_child(**facts) for facts in circumstances * 3]
    many = [make_assessment.a_child(**facts) for facts in circumstances * 3]

    for child in one:
        assessing.assess([child.pk], today=make.TODAY)
    assessing.assess([child.pk for child in many], today=make.TODAY)

    columns = ("score", "grade", "computed_grade", "tier", "needs", "evidence", "triggers")
    rows = {each.child_id: each for each in Assessment.objects.all()}
    assert [[getattr(rows[c.pk], n) for n in columns] for c in one] == [
        [getattr(rows[c.pk], n) for n in columns] for c in many
    ]


def test_assess_asks_the_database_no_more_often_for_more_children(django_assert_num_queries):
    make_assessment.an_assessment(bullied=True)
    few = [make_assessment.a_child(**VIOLENCE).pk]
    many = [make_assessment.a_child(**VIOLENCE).pk for _ in range(30)]

    with CaptureQueriesContext(connection) as first:
        assessing.assess(few, today=make.TODAY)
    with django_assert_num_queries(len(first)):
        assessing.assess(many, today=make.TODAY)


def test_missing_instrument_is_loaded_and_loading_again_changes_nothing():
    assert not Instrument.objects.exists()

    make_assessment.an_assessment(bullied=True)
    instruments.load_instruments()

    assert sorted(Instrument.objects.values_list("version", "is_current")) == [
        (1, False), (2, True),
    ]  # fmt: skip
