"""Versions of checklists: written once, adopted on purpose, kept by the pairings that have them."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from qianshou.common.errors import NotAllowed
from qianshou.plans.actions import opening, sets
from qianshou.plans.models import CareSet, Plan, PlanMove, Slot
from qianshou.plans.queries import sets as queries
from tests import make, make_bonds, make_care, make_plans
from tests.make_plans import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped():
    return sets.load_sets()


def changed(care_set, **fields):
    body = deepcopy(care_set.body)
    body["item"][1] |= {"minimum": 2, **fields}
    return body


def a_version(care_set, by, **fields):
    return sets.write(make.COUNTY, by=by, body=changed(care_set, **fields), note="每月两次")


def test_the_shipped_ones_are_loaded_once_and_the_default_holds(shipped):
    again = sets.load_sets()

    assert again.pk == shipped.pk
    assert CareSet.objects.count() == len(queries.shipped()) == 7
    assert queries.current_for(make.COUNTY) == shipped


def test_a_county_writes_and_adopts_its_own_and_is_told_who_stays(shipped):
    worker = make.a_worker()
    _user, pairing, plan = make_plans.a_plan()
    version = a_version(shipped, worker)
    assert queries.current_for(make.COUNTY) == shipped

    stay = sets.adopt(version, by=worker, reason="山区路远")

    assert stay == 1
    assert queries.current_for(make.COUNTY) == version
    assert queries.current_for(make.OTHER_COUNTY) == shipped
    assert Plan.objects.get(pairing=pairing).care_set_id == plan.care_set_id


def test_what_begins_later_takes_the_new_version(shipped):
    worker = make.a_worker()
    sets.adopt(a_version(shipped, worker), by=worker, reason="试行")

    pairing = make_bonds.a_pair("ACTIVE_INITIAL", by=worker)

    assert Plan.objects.get(pairing=pairing).care_set.area_code == make.COUNTY
    assert Slot.objects.filter(pairing=pairing, item="weekly_contact").exists()


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda shipped, _by: a_version(shipped, make.a_user("fed_town")), NotAllowed),
        (lambda shipped, by: sets.write(make.COUNTY, by=by, body=changed(shipped), note=" "),
         sets.NoteMissing),
        (lambda shipped, by: a_version(shipped, by, cadence="NEVER"), sets.BadChecklist),
        (lambda shipped, by: [a_version(shipped, by) for _ in range(2)], sets.NothingNew),
        (lambda shipped, by: sets.adopt(a_version(shipped, by), by=by, reason=""),
         sets.NoteMissing),
        (lambda shipped, by: sets.adopt(shipped, by=by, reason="x"), sets.NotOfThisArea),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(shipped, act, refusal):
    with pytest.raises(refusal):
        act(shipped, make.a_worker())


def test_a_version_in_force_is_not_adopted_again(shipped):
    worker = make.a_worker()
    version = a_version(shipped, worker)
    sets.adopt(version, by=worker, reason="试行")

    with pytest.raises(sets.InForceAlready):
        sets.adopt(version, by=worker, reason="再来")


def test_a_bad_checklist_says_what_is_wrong_by_item(shipped):
    with pytest.raises(sets.BadChecklist) as caught:
        a_version(shipped, make.a_worker(), minimum=0, owner="X")

    assert str(caught.value).count("每月一次见面") == 2


@pytest.mark.parametrize("fields", [{"body": {}}, {"version": 9}, {"code": "X"}])
def test_the_database_keeps_versions_as_they_were_written(shipped, fields):
    with pytest.raises(DatabaseError), transaction.atomic():
        CareSet.objects.filter(pk=shipped.pk).update(**fields)


def test_changes_are_said_in_words(shipped):
    after = queries.checklist_of(changed(shipped))
    before = queries.read(shipped)

    (found,) = queries.changes(before, after)
    none = queries.changes(before, before)

    assert found.before != found.after
    assert none == []
    gone = queries.checklist_of({**shipped.body, "item": shipped.body["item"][1:]})
    assert len(queries.changes(before, gone)) == len(queries.changes(gone, before)) == 1


def test_a_pairing_is_moved_on_purpose_and_keeps_what_is_done(shipped):
    worker = make.a_worker()
    user, pairing, _plan = make_plans.a_plan()
    make_plans.a_tick(pairing, user)
    body = changed(shipped)
    body["item"] = [each for each in body["item"] if each["code"] != "micro_wish"]
    version = sets.write(make.COUNTY, by=worker, body=body, note="不再要求微心愿")
    past = Slot.objects.filter(pairing=pairing, last_on__lt=TODAY).count()

    with pytest.raises(opening.ReasonMissing):
        opening.move([pairing], version, by=worker, reason="", today=TODAY)
    moved = opening.move([pairing], version, by=worker, reason="家长同意", today=TODAY)
    again = opening.move([pairing], version, by=worker, reason="再来", today=TODAY)

    assert (moved, again) == (1, 0)
    assert PlanMove.objects.get().reason == "家长同意"
    rows = Slot.objects.filter(pairing=pairing)
    assert rows.get(item="reading_study", key="2026-AUTUMN").done == 1
    assert rows.get(item="monthly_meeting", key="2026-11").needed == 2
    assert rows.get(item="micro_wish", key="2026").dropped
    assert rows.filter(last_on__lt=TODAY, dropped=False).count() == past


def test_nobody_moves_pairings_elsewhere_or_to_another_county_s_version(shipped):
    _user, pairing, _plan = make_plans.a_plan()
    other = make.a_worker(area=make.OTHER_COUNTY)
    theirs = sets.write(make.OTHER_COUNTY, by=other, body=changed(shipped), note="邻县")

    with pytest.raises(NotAllowed):
        opening.move([pairing], shipped, by=other, reason="x", today=TODAY)
    with pytest.raises(opening.NotForThisArea):
        opening.move([pairing], theirs, by=make.a_worker(), reason="x", today=TODAY)


def test_periods_are_opened_ahead_once_however_often_the_work_runs():
    _user, pairing, _plan = make_plans.a_plan()
    next_week = TODAY + timedelta(days=7)

    opened = [opening.sweep(make.COUNTY, today=next_week) for _ in range(2)]

    assert opened[0] > 0
    assert opened[1] == 0
    keys = set(Slot.objects.filter(pairing=pairing, item="weekly_contact").values_list("key"))
    assert ("2026-W50",) in keys


def test_the_work_gives_pairings_without_a_checklist_theirs(shipped):
    pairing = make_care.a_pairing(make_care.a_carer()[1])

    opening.sweep(make.COUNTY, today=TODAY)

    assert Plan.objects.get(pairing=pairing).care_set == shipped
    assert opening.counties() == [make.COUNTY]
