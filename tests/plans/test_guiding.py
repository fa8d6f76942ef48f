"""Guidance of families and the parents' own contact: noted, reminded, left in peace on demand."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from qianshou.common.errors import NotAllowed, NotFound
from qianshou.notices.models import Notice
from qianshou.plans.actions import following, guiding, parents
from qianshou.plans.models import Guidance, Homework, ParentContact, ReminderChoice, Session
from qianshou.plans.queries import unfulfilled
from tests import make, make_consents, make_pairing, make_plans
from tests.make_plans import TODAY

pytestmark = pytest.mark.django_db
LAST_WEEK = TODAY - timedelta(days=7)


@pytest.fixture
def worker():
    return make.a_worker()


@pytest.fixture
def guided(worker):
    return make_plans.a_guidance(make_pairing.a_child(), worker)


def became(act="hold", **fields):
    given = {"on": TODAY, "minutes": 40, "present": ("FATHER",), "note": "谈了手机"}
    return guiding.Became(act, **{**given, **fields})


def test_a_family_has_one_plan_at_a_time(guided, worker):
    with pytest.raises(guiding.RunningAlready):
        make_plans.a_guidance(guided.child, worker)

    assert guided.aims.open().startswith("父母")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [({"aims": " "}, guiding.AimsMissing), ({"review_on": TODAY}, guiding.DayNotPossible)],
)
def test_what_is_no_plan_is_refused(worker, fields, refusal):
    with pytest.raises(refusal):
        make_plans.a_guidance(make_pairing.a_child(), worker, **fields)


def test_sessions_are_planned_and_noted_once_and_the_plan_closes_with_a_result(guided, worker):
    one, other = (
        guiding.plan_session(guided, make_plans.planned(), by=worker, today=TODAY) for _ in range(2)
    )
    with pytest.raises(guiding.StillPlanned):
        guiding.close(guided, "REACHED", by=worker, outcome="会说话了", today=TODAY)
    guiding.note_session(one, became(), by=worker, today=TODAY)
    with pytest.raises(guiding.NotedAlready):
        guiding.note_session(one, became("miss", reason="x"), by=worker, today=TODAY)
    with pytest.raises(guiding.ReasonMissing):
        guiding.note_session(other, became("miss"), by=worker, today=TODAY)
    guiding.note_session(other, became("miss", reason="没有来"), by=worker, today=TODAY)

    closed = guiding.close(guided, "PARTLY", by=worker, outcome="会打电话了", today=TODAY)

    states = set(Session.objects.values_list("state", flat=True))
    assert states == {"HELD", "MISSED"}
    assert (closed.state, closed.result, closed.outcome.open()) == (
        "CLOSED",
        "PARTLY",
        "会打电话了",
    )
    with pytest.raises(guiding.Closed):
        guiding.plan_session(guided, make_plans.planned(), by=worker, today=TODAY)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"present": ()}, guiding.NobodyPresent),
        ({"minutes": 0}, guiding.NobodyPresent),
        ({"on": TODAY + timedelta(days=1)}, guiding.DayNotPossible),
    ],
)
def test_a_session_was_held_with_somebody_on_a_day(guided, worker, fields, refusal):
    session = guiding.plan_session(guided, make_plans.planned(), by=worker, today=TODAY)

    with pytest.raises(refusal):
        guiding.note_session(session, became(**fields), by=worker, today=TODAY)


def test_homework_goes_its_road(guided, worker):
    given = guiding.give_homework(
        guided, "每周六视频", whose="FATHER", due_on=date(2026, 12, 20), by=worker, today=TODAY
    )

    guiding.note_homework(given, "start", by=worker)
    with pytest.raises(guiding.ReasonMissing):
        guiding.note_homework(given, "leave", by=worker)
    guiding.note_homework(given, "finish", by=worker, remark="四次都打了")
    with pytest.raises(guiding.NotedAlready):
        guiding.note_homework(given, "start", by=worker)

    assert Homework.objects.get().state == "DONE"


def test_guidance_waits_on_the_worklist_when_nobody_said_what_became(guided, worker):
    guiding.plan_session(guided, make_plans.planned(), by=worker, today=TODAY)
    inside = {"area_code__startswith": make.COUNTY[:6]}

    assert unfulfilled.guidance_due(inside, TODAY) == 0
    assert unfulfilled.guidance_due(inside, date(2026, 12, 2)) == 1


def test_staff_elsewhere_and_mothers_write_no_guidance(guided):
    for each in (make.a_worker(area=make.OTHER_COUNTY), make.a_user("mother")):
        with pytest.raises(NotAllowed):
            guiding.plan_session(guided, make_plans.planned(), by=each, today=TODAY)


def test_what_hangs_on_a_file_follows_a_merge_and_comes_back(guided, worker):
    kept, event = make_pairing.a_child(), make_pairing.a_child().pk
    absorbed = guided.child_id
    guiding.plan_session(guided, make_plans.planned(), by=worker, today=TODAY)
    parents.note(guided.child, "BOTH", by=worker, week=TODAY, today=TODAY)
    hanging = (Guidance, Session, ParentContact)

    following.follow_merge(kept.pk, absorbed, event_id=event)
    assert all(each.objects.get().child_id == kept.pk for each in hanging)
    following.follow_undo(event_id=event)

    assert all(each.objects.get().child_id == absorbed for each in hanging)


# -- parents --------------------------------------------------------------------------------------


@pytest.fixture
def paired():
    user, pairing, _plan = make_plans.a_plan()
    stands = make_consents.an_adult(pairing.child)
    return user, pairing, stands.guardian


def remind(today=TODAY):
    return parents.remind(make.COUNTY, today=today)


def test_parents_are_reminded_once_a_month_without_a_name(paired):
    _user, pairing, guardian = paired

    assert (remind(), remind(), remind(TODAY + timedelta(days=3))) == (1, 0, 0)
    assert remind(date(2026, 12, 5)) == 1

    notice = Notice.objects.filter(kind="plans.parents").first()
    said = f"{notice.subject} {notice.text} {notice.short} {notice.params}"
    assert pairing.child.name not in said
    assert guardian.name not in said
    assert notice.to_id == guardian.pk


def test_who_was_in_touch_last_week_is_not_reminded(paired, worker):
    user, pairing, _guardian = paired
    parents.note(pairing.child, "FATHER", by=user, week=LAST_WEEK, today=TODAY, pairing=pairing)
    assert remind() == 0

    parents.note(pairing.child, "MOTHER", by=worker, week=LAST_WEEK, today=TODAY)

    assert remind() == 1


@pytest.mark.parametrize("status", ["DEAD", "PRISON"])
def test_whom_no_message_may_reach_gets_none(paired, status):
    _user, pairing, guardian = paired
    guardian.guardianships.update(status=status)

    assert remind() == 0
    assert pairing.child_id


def test_nobody_around_a_hidden_child_is_reminded(paired):
    _user, pairing, guardian = paired
    hidden = make_pairing.a_child(hidden_location=True)
    make_consents.Guardianship.objects.create(
        child=hidden, guardian=guardian, area_code=hidden.area_code, kinship="FATHER",
        is_guardian=True,
    )  # fmt: skip

    assert remind() == 0
    assert pairing.child_id != hidden.pk


def test_a_parent_says_no_by_the_link_without_an_account(client, paired):
    _user, _pairing, guardian = paired
    url = reverse("plans:reminders", args=[parents.token_for(guardian.pk)])

    page, answer = client.get(url), client.post(url, {"every": "OFF"})

    assert (page.status_code, answer.status_code) == (200, 200)
    assert guardian.name not in page.content.decode()
    assert ReminderChoice.objects.get().every == "OFF"
    assert remind() == 0


@pytest.mark.parametrize("token", ["nonsense", "a:b:c"])
def test_a_link_that_was_altered_opens_nothing(client, token):
    assert client.get(reverse("plans:reminders", args=[token])).status_code == 404
    with pytest.raises(NotFound):
        parents.choose_by_link(token, "OFF")


def test_staff_set_what_a_parent_asks_for_by_telephone(paired, worker):
    _user, _pairing, guardian = paired

    parents.choose(guardian, "WEEK", by=worker)
    with pytest.raises(NotAllowed):
        parents.choose(guardian, "OFF", by=make.a_worker(area=make.OTHER_COUNTY))
    with pytest.raises(parents.Unknown):
        parents.choose(guardian, "HOURLY", by=worker)

    assert (remind(), remind(TODAY + timedelta(days=7))) == (1, 1)


def test_the_newest_word_of_a_week_counts_for_the_indicator(paired, worker):
    user, pairing, _guardian = paired
    before = unfulfilled.parents_figure(make.COUNTY, TODAY)
    for who, by in (("NOBODY", user), ("BOTH", worker)):
        parents.note(pairing.child, who, by=by, week=LAST_WEEK, today=TODAY, pairing=pairing)

    after = unfulfilled.parents_figure(make.COUNTY, TODAY)

    assert (before.children, before.noted, before.in_touch) == (1, 0, 0)
    assert (after.children, after.noted, after.in_touch) == (1, 1, 1)


def test_only_these_weeks_and_answers_are_noted(paired, worker):
    _user, pairing, _guardian = paired

    for week in (TODAY + timedelta(days=7), TODAY - timedelta(days=40)):
        with pytest.raises(parents.WeekNotPossible):
            parents.note(pairing.child, "BOTH", by=worker, week=week, today=TODAY)
    with pytest.raises(parents.Unknown):
        parents.note(pairing.child, "AUNT", by=worker, week=TODAY, today=TODAY)
    with pytest.raises(NotAllowed):
        parents.note(pairing.child, "BOTH", by=make.a_user("mother"), week=TODAY, today=TODAY)
