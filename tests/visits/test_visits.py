"""Visits: who may go, clashes, the door, writing up, what follows, and files that join."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from qianshou.care.models import Contact
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.registry.models import Child
from qianshou.visits.actions import books, duties, following, going, planning, routing, writing
from qianshou.visits.models import Goer, Visit, VisitTask
from qianshou.visits.queries import lists, one
from qianshou.visits.rules import places
from tests import make, make_pairing, make_visits
from tests.make_visits import a_pair, a_plan, a_visit, made_before, partner, staff, with_mother

pytestmark = pytest.mark.django_db


def plan_with(child, *goers, by, **fields):
    return planning.plan(
        child, a_plan(*goers, **fields), by=by, lead=by, once=uuid4(), today=make.TODAY
    )


# -- the rule of two ------------------------------------------------------------------------------


def test_the_first_visits_need_two_people_one_of_the_staff():
    worker, (_, mother, child) = make.a_worker(), a_pair()

    for goers in (
        (staff(worker),), (with_mother(mother),), (with_mother(mother), partner()), (partner(),),
    ):  # fmt: skip
        with pytest.raises(planning.NeedsTwo):
            plan_with(child, *goers, by=worker)
    assert not Visit.objects.exists()

    assert plan_with(child, staff(worker), with_mother(mother), by=worker).mother == mother


def test_after_the_first_visits_one_person_is_enough():
    worker, (_, mother, child) = make.a_worker(), a_pair()
    made_before(child, 3, by=worker)

    assert plan_with(child, with_mother(mother), by=worker).goers.count() == 1


def test_the_book_says_how_many_first_visits_there_are():
    """The negative control: without the rule one person goes at once."""
    worker, child = make.a_worker(), make_pairing.a_child()
    text = books.SHIPPED.read_text().replace("joint_first = 3", "joint_first = 0")
    books.take_in(make.COUNTY, by=worker, content=text.encode(), note="试行")

    assert plan_with(child, staff(worker), by=worker).goers.count() == 1


def test_a_visit_to_a_sibling_counts_for_the_family():
    worker, home = make.a_worker(), uuid4()
    older, younger = (make_pairing.a_child(household_id=home) for _ in range(2))
    made_before(older, 3, by=worker)

    assert plan_with(younger, staff(worker), by=worker)


def test_a_mother_goes_along_only_to_her_own_child():
    worker, (_, stranger, _child) = make.a_worker(), a_pair()

    with pytest.raises(planning.NotHerChild):
        plan_with(make_pairing.a_child(), staff(worker), with_mother(stranger), by=worker)


def test_whoever_went_alone_all_the_same_stands_out_and_nothing_is_lost():
    worker = make.a_worker()
    visit = a_visit(by=worker)
    first = visit.goers.first()

    kept = writing.write_up(
        visit, make_visits.a_record(visit, came=(first.pk,)), by=worker, now=make.now()
    )

    assert kept.alone
    assert list(Goer.objects.filter(visit=visit).order_by("came").values_list("came")) == [
        (False,), (True,),
    ]  # fmt: skip


# -- planning -------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_one_visit():
    worker, child, once = make.a_worker(), make_pairing.a_child(), uuid4()
    plan = a_plan(staff(worker), partner())

    made = {
        planning.plan(child, plan, by=worker, lead=worker, once=once, today=make.TODAY).pk
        for _ in range(2)
    }

    assert len(made) == Visit.objects.count() == 1


def test_a_second_visit_in_the_same_week_is_refused_until_somebody_says_why():
    worker, child = make.a_worker(), make_pairing.a_child()
    a_visit(child, by=worker)

    with pytest.raises(planning.Clash) as refused:
        a_visit(child, by=worker)
    assert worker.display_name in str(refused.value)

    assert a_visit(child, by=worker, anyway="孩子发烧")
    assert a_visit(child, by=worker, on=make.TODAY + timedelta(days=7))


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"on": make.TODAY - timedelta(days=1)}, planning.DayNotPossible),
        ({"on": make.TODAY + timedelta(days=400)}, planning.DayNotPossible),
        ({"opens": 900, "closes": 600}, planning.TimeNotPossible),
        ({"purpose": "PARTY"}, planning.NoSuchPurpose),
        ({"goers": ()}, planning.NobodyGoes),
    ],
)
def test_a_plan_that_is_none_is_refused(fields, refusal):
    with pytest.raises(refusal):
        a_visit(**fields)
    assert not Visit.objects.exists()


def test_who_does_not_visit_there_plans_nothing():
    clerk = make.a_user("clerk")

    with pytest.raises(NotAllowed):
        plan_with(make_pairing.a_child(), staff(clerk), partner(), by=clerk)


# -- the door -------------------------------------------------------------------------------------

AT_HOME, ELSEWHERE = "108.40,30.80", "110.00,30.00"


@pytest.fixture
def village(monkeypatch):
    """The middle of the child's village is known."""
    known = {make_pairing.VILLAGE: (108.401, 30.803)}
    monkeypatch.setattr(going, "positions_of", lambda codes: {c: known[c] for c in codes})


@pytest.mark.parametrize(
    ("cell", "place"), [(AT_HOME, "NEAR"), (ELSEWHERE, "FAR"), ("", "UNKNOWN"), ("x,y", "UNKNOWN")]
)
def test_of_the_position_only_near_far_or_unknown_is_kept(village, cell, place):
    worker = make.a_worker()
    visit = a_visit(by=worker)

    going.arrive(visit, going.Sign(cell, "没有信号" if place == "UNKNOWN" else ""), by=worker,
                 now=make.now())  # fmt: skip

    visit.refresh_from_db()
    assert visit.came_place == place
    row = str(Visit.objects.filter(pk=visit.pk).values().get())
    assert "108.4" not in row
    assert "110.0" not in row


def test_without_a_position_a_reason_is_needed():
    worker = make.a_worker()

    with pytest.raises(going.PlaceUnsaid):
        going.arrive(a_visit(by=worker), going.Sign(), by=worker, now=make.now())


def test_near_a_hidden_child_is_not_said(village):
    worker, child = make.a_worker(), make_pairing.a_child(hidden_location=True)
    visit = a_visit(child, by=worker)

    assert going.arrive(visit, going.Sign(AT_HOME), by=worker, now=make.now()).came_place == (
        places.UNKNOWN
    )


def test_a_position_is_rounded_again_whatever_arrives():
    assert places.cell_of("108.401234,30.803456") == (108.40, 30.80)
    assert [places.cell_of(each) for each in ("", "abc", "200,10", "1", "nan,nan")] == [None] * 5


def test_a_visit_goes_along_its_table_only():
    worker = make.a_worker()
    visit, sign, now = a_visit(by=worker), going.Sign("", "旧手机"), make.now()

    with pytest.raises(going.NotPossibleNow):
        going.leave(visit, sign, by=worker, now=now)
    going.arrive(visit, sign, by=worker, now=now)
    going.leave(visit, sign, by=worker, now=now)
    with pytest.raises(going.NotPossibleNow):
        going.end(visit, "cancel", by=worker, reason="x", now=now)
    with pytest.raises(going.ReasonMissing):
        going.end(visit, "not_met", by=worker, reason=" ", now=now)
    assert going.end(visit, "not_met", by=worker, reason="家里没人", now=now).state == "NOT_MET"


def test_another_mother_sees_and_does_nothing():
    worker, (user, mother, child), (other, _, _) = make.a_worker(), a_pair(), a_pair()
    visit = a_visit(child, by=worker, goers=(staff(worker), with_mother(mother)))

    assert one.visit_for(user, visit.pk) == visit
    for act in (
        lambda: one.visit_for(other, visit.pk),
        lambda: going.arrive(visit, going.Sign("", "x"), by=other, now=make.now()),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(going.NotPossibleNow):
        going.end(visit, "cancel", by=user, reason="不去", now=make.now())


# -- writing up -----------------------------------------------------------------------------------


def test_findings_become_tasks_with_owner_and_day():
    worker = make.a_worker()
    visit = a_visit(by=worker)

    make_visits.write_up(visit, by=worker, answers={"mood": "low", "school": "away"})

    assert list(
        VisitTask.objects.order_by("finding").values_list("finding", "owner", "due_on")
    ) == [
        ("mood.low", worker.pk, make.TODAY + timedelta(days=3)),
        ("school.away", worker.pk, make.TODAY + timedelta(days=2)),
    ]
    with pytest.raises(going.NotPossibleNow):
        make_visits.write_up(visit, by=worker)


def test_a_visit_with_the_mother_counts_once_as_her_contact():
    worker, (user, mother, child) = make.a_worker(), a_pair()
    visit = a_visit(child, by=worker, goers=(staff(worker), with_mother(mother)))

    make_visits.write_up(visit, by=user)
    writing._count_contact(
        Visit.objects.get(pk=visit.pk), list(visit.goers.all()), by=worker, now=make.now()
    )

    contact = Contact.objects.get()
    assert (contact.kind, contact.mother, contact.client_id) == ("VISIT", mother, visit.pk)


@pytest.mark.parametrize("case", ["she was not there", "the child was not met"])
def test_a_visit_without_mother_and_child_together_is_no_contact_of_hers(case):
    worker, (_, mother, child) = make.a_worker(), a_pair()
    visit = a_visit(child, by=worker, goers=(staff(worker), with_mother(mother), partner()))
    came = tuple(visit.goers.exclude(mother=mother).values_list("pk", flat=True))

    if case == "she was not there":
        make_visits.write_up(visit, by=worker, came=came)
    else:
        make_visits.write_up(visit, by=worker, met=("GUARDIAN",))

    assert not Contact.objects.exists()


def test_a_draft_is_kept_sealed_and_not_checked_until_the_visit_is_written_up():
    worker = make.a_worker()
    visit = a_visit(by=worker)
    half = writing.Record(answers={"mood": "low"}, note="她哭了")

    writing.keep_draft(visit, half, by=worker, now=make.now())

    visit.refresh_from_db()
    assert one.draft_of(visit)["note"] == "她哭了"
    assert "她哭了".encode() not in bytes(visit.__dict__["draft"])
    for record, refusal in (
        (half, writing.NobodyMet),
        (writing.Record(met=("CHILD",)), writing.NotAnswered),
        (make_visits.a_record(visit, came=()), writing.NobodyCame),
        (make_visits.a_record(visit, note="长" * 4001), writing.TooLong),
    ):
        with pytest.raises(refusal):
            writing.write_up(visit, record, by=worker, now=make.now())
    visit.refresh_from_db()
    assert (visit.state, one.draft_of(visit)["note"]) == ("PLANNED", "她哭了")


def test_what_was_written_is_read_with_a_reason_only():
    worker = make.a_worker()
    visit = make_visits.write_up(a_visit(by=worker), by=worker, note="墙角有裸露电线")

    with pytest.raises(going.ReasonMissing):
        writing.open_record(visit, by=worker, reason="")
    opened = writing.open_record(visit, by=worker, reason="准备下次走访")
    assert opened["note"] == "墙角有裸露电线"
    assert dict(one.record_rows(visit, opened))


# -- what follows ---------------------------------------------------------------------------------


def a_task(worker):
    make_visits.write_up(a_visit(by=worker), by=worker, answers={"mood": "low"})
    return VisitTask.objects.get()


def test_a_task_is_done_with_a_result_once():
    worker = make.a_worker()
    task = a_task(worker)

    with pytest.raises(duties.ResultMissing):
        duties.finish(task, by=worker, result=" ", now=make.now())
    duties.finish(task, by=worker, result="已约心理老师", now=make.now())
    with pytest.raises(duties.DoneAlready):
        duties.finish(task, by=worker, result="又", now=make.now())


def test_a_task_is_handed_on_to_who_visits_there():
    worker, village = make.a_worker(), make.a_user("grid")
    task, day = a_task(worker), make.TODAY + timedelta(days=5)

    with pytest.raises(duties.NotStaffHere):
        duties.hand_on(task, by=worker, owner=make.a_user("clerk"), due_on=day, today=make.TODAY)
    moved = duties.hand_on(task, by=worker, owner=village, due_on=day, today=make.TODAY)
    assert (moved.owner, moved.due_on) == (village, day)


def test_a_late_task_goes_one_level_up_once():
    worker = make.a_worker()
    task = a_task(worker)
    late = task.due_on + timedelta(days=3)

    assert duties.escalate(today=late - timedelta(days=1), now=make.now()) == 0
    assert duties.escalate(today=late, now=make.now()) == 1
    assert duties.escalate(today=late, now=make.now()) == 0


# -- the list -------------------------------------------------------------------------------------


def test_who_comes_due_follows_from_the_grade():
    worker = make.a_worker()
    red, green = make_pairing.a_child(tier=0), make_pairing.a_child(tier=3)
    Child.objects.update(created_at=make.now() - timedelta(days=20))

    found = lists.due_for(worker, make.COUNTY, grade="", today=make.TODAY)

    assert [each.pk for each in found] == [red.pk]
    a_visit(red, by=worker)
    assert not lists.due_for(worker, make.COUNTY, grade="", today=make.TODAY)
    later = make.TODAY + timedelta(days=80)
    assert [each.pk for each in lists.due_for(worker, make.COUNTY, grade="GREEN", today=later)] == [
        green.pk
    ]


# -- the way of a day -----------------------------------------------------------------------------


@pytest.fixture
def places_known(monkeypatch):
    """Five homes on a road east of the town's office."""
    from qianshou.visits.queries import way

    def known(codes):
        return {code: (108.40 + int(code[-2:]) / 50, 30.80) for code in codes}

    monkeypatch.setattr(way, "positions_of", known)


def a_day_of(worker, *villages, **fields):
    return [
        a_visit(make_pairing.a_child(area=f"5002361032{each:02}"), by=worker, **fields)
        for each in villages
    ]


TOWN = "500236103000"


def test_the_order_of_a_day_is_found_and_can_be_changed_by_hand(places_known):
    worker = make.a_worker()
    visits = a_day_of(worker, 9, 2, 5)

    route = routing.find(TOWN, make.TODAY, lead=worker, by=worker)

    assert route.proven
    order = [each.child.area_code[-2:] for each in one.way.visits_of(TOWN, make.TODAY, worker)]
    assert order in (["02", "05", "09"], ["09", "05", "02"])
    mine = {each.pk: place for place, each in enumerate(visits, start=1)}
    by_hand = routing.arrange(TOWN, make.TODAY, lead=worker, by=worker, numbers=mine)
    assert by_hand.by_hand
    assert by_hand.travel_minutes > route.travel_minutes
    with pytest.raises(routing.OrderUnclear):
        routing.arrange(TOWN, make.TODAY, lead=worker, by=worker,
                        numbers=dict.fromkeys(mine, 1))  # fmt: skip


def test_a_hidden_child_stands_outside_the_order(places_known):
    worker = make.a_worker()
    a_day_of(worker, 2, 5)
    hidden = a_visit(make_pairing.a_child(hidden_location=True), by=worker)

    routing.find(TOWN, make.TODAY, lead=worker, by=worker)

    hidden.refresh_from_db()
    found = one.day_for(worker, TOWN, make.TODAY, lead_id=worker.pk)
    assert (hidden.stop, len(found["rows"])) == (None, 2)
    assert [row["visit"] for row in found["aside"]] == [hidden]
    assert "村" not in found["aside"][0]["place"]


def test_a_day_without_visits_has_no_order():
    worker = make.a_worker()

    with pytest.raises(routing.NothingToOrder):
        routing.find(TOWN, make.TODAY, lead=worker, by=worker)


# -- books and files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("joint_first = 3", 'joint_first = "x"', "joint_first"),
        ("starts = 510", "starts = 1200", "ends"),
        ("most_stops = 30", "most_stops = 90", "most_stops"),
        ('asks = ["festival"', 'asks = ["nothing"', "nothing"),
        ("RED = 7", "", "RED"),
        ('code = "FIRST"', 'code = "ROUTINE"', "code"),
        ("[rules]", "[rules", "line"),
    ],
)
def test_a_book_that_is_none_says_where(old, new, where):
    text = books.SHIPPED.read_text().replace(old, new, 1)

    with pytest.raises(books.BadBook) as refused:
        books.take_in(make.COUNTY, by=make.a_worker(), content=text.encode(), note="新")
    assert where in str(refused.value)


def test_visits_follow_a_joined_file_and_come_back():
    worker = make.a_worker()
    kept, absorbed, event = make_pairing.a_child(), make_pairing.a_child(), uuid4()
    visit = make_visits.write_up(a_visit(absorbed, by=worker), by=worker, answers={"mood": "low"})

    following.follow_merge(kept.pk, absorbed.pk, event_id=event)
    places_now = [
        set(model.objects.values_list("child", flat=True)) for model in (Visit, VisitTask, Goer)
    ]
    following.follow_undo(event_id=event)

    assert places_now == [{kept.pk}] * 3
    visit.refresh_from_db()
    assert (visit.child_id, visit.moves) == (absorbed.pk, [])
    assert set(Goer.objects.values_list("child", flat=True)) == {absorbed.pk}
    assert json.loads(visit.answers.open())["mood"] == "low"
