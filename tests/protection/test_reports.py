"""The life of a mandatory report: taken as it is, accepted, handed over, answered, closed."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from qianshou.common import bus
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.notices.models import Notice
from qianshou.pairing.models import Pairing
from qianshou.protection import tasks
from qianshou.protection.actions import configuring, escalating, handling, taking
from qianshou.protection.events import ReportAccepted
from qianshou.protection.models import Report, Step
from qianshou.protection.queries import own, reports
from qianshou.protection.rules import codes, levels, life, reading
from qianshou.registry.models import Child
from tests import make, make_care, make_mothers, make_pairing, make_protection

pytestmark = pytest.mark.django_db


@pytest.fixture
def circle():
    return make_protection.a_circle()


def told_users(report):
    link = f"/protection/reports/{report.pk}/"
    return list(
        Notice.objects.filter(link=link).order_by("created_at").values_list("to_id", flat=True)
    )


def test_an_empty_report_is_taken_and_asks_for_what_it_lacks(circle):
    raw = {"situation": "99", "noticed": "gestern", "child": "nobody", "words": ""}
    told = reading.told(raw, zone=ZoneInfo("Asia/Shanghai"))
    report = taking.take(
        told, client_id=uuid4(), maker=taking.Maker(), times=taking.at_once(told, timezone.now())
    )

    # What could not be read stands in the words, so nothing that was typed is lost.
    assert report.words.open() == "situation: 99\nnoticed: gestern\nchild: nobody"
    assert own.lacks_of(report) == ("situation", "now", "noticed", "child", "called")
    assert report.flags == [codes.NOT_SIGNED_IN]


def test_a_very_long_text_is_kept_up_to_its_bound_and_marked():
    told = reading.told({"words": "啊" * 100_001}, zone=ZoneInfo("Asia/Shanghai"))

    assert (len(told.words), told.cut) == (100_000, True)


def test_the_same_report_sent_twice_is_one(circle):
    key = uuid4()
    first = make_protection.a_report(client_id=key)
    again = make_protection.a_report(client_id=key, words="anders")

    assert again.pk == first.pk
    assert Report.objects.count() == 1
    assert told_users(first) == [circle["LEAD"].pk]


def test_a_mother_names_a_child_of_hers_also_after_the_end_and_no_other(circle):
    user, mother = make_care.a_carer()
    ended = make_care.a_pairing(mother)
    mine = Pairing.objects.filter(pk=ended.pk)
    mine.update(state="CLOSING", next_step="ENOUGH")
    mine.update(state="CLOSED", ended_on=make.TODAY)
    stranger = make_pairing.a_child()

    hers = make_protection.a_report(user, child=ended.child_id)
    not_hers = make_protection.a_report(user, child=stranger.pk)

    assert (hers.child_id, hers.flags) == (ended.child_id, [codes.ENDED_PAIRING])
    assert not_hers.child_id is None
    assert str(stranger.pk) in not_hers.child_words.open()


def test_the_road_of_a_report(circle):
    heard = []
    bus.on(ReportAccepted)(heard.append)
    reporter, lead = make.a_user("grid"), circle["LEAD"]
    child = make_pairing.a_child()
    report = make_protection.a_report(reporter, child=child.pk)
    now = timezone.now()

    handling.accept(report, by=lead, now=now, announce=True)
    handling.hand_over(report, by=lead, now=now, authority="POLICE", receipt="渝公1号")
    handling.hand_over(report, by=lead, now=now, authority="CIVIL_AFFAIRS")
    handling.give_feedback(report, by=lead, now=now, words="已有人上门")
    handling.close(report, by=lead, now=now, closing="SAFE", words="孩子已安全")
    report.refresh_from_db()

    assert report.state == life.CLOSED
    assert heard == [ReportAccepted(child.pk)]
    assert list(report.steps.order_by("at", "id").values_list("kind", "authority", "receipt")) == [
        ("RECEIVED", "", ""), ("ACCEPTED", "", ""), ("ANNOUNCED", "", ""),
        ("HANDED_OVER", "POLICE", "渝公1号"), ("HANDED_OVER", "CIVIL_AFFAIRS", ""),
        ("FEEDBACK", "", ""), ("CLOSED", "", ""),
    ]  # fmt: skip
    assert report.feedback_by - report.accepted_at == timedelta(days=3)
    # The reporter is told twice, in words that tell nothing.
    said = Notice.objects.filter(to_id=reporter.pk)
    assert [each.text for each in said] == ["Somebody answered what you handed in."] * 2
    assert {each.area_code for each in said} == {"000000000000"}
    bus._handlers[ReportAccepted].remove(heard.append)


def test_nothing_goes_on_before_somebody_accepts(circle):
    report = make_protection.a_report()

    for act in (
        lambda: handling.hand_over(report, by=circle["LEAD"], now=make.now(), authority="POLICE"),
        lambda: handling.give_feedback(report, by=circle["LEAD"], now=make.now(), words="x"),
        lambda: handling.close(
            report, by=circle["LEAD"], now=make.now(), closing="SAFE", words="x"
        ),
    ):
        with pytest.raises(handling.NotAtThisStage):
            act()
    handling.accept(report, by=circle["LEAD"], now=make.now())
    with pytest.raises(handling.NotAtThisStage):
        handling.accept(report, by=circle["DEPUTY"], now=make.now())


def test_the_database_refuses_a_step_that_is_not_on_the_road(circle):
    report = make_protection.a_report()

    with pytest.raises(Error), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="FEEDBACK")
    with pytest.raises(Error), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(words=b"anders")
    with pytest.raises(Error), transaction.atomic():
        Step.objects.filter(report=report).delete()


def test_a_report_that_nobody_accepts_goes_up_step_by_step(circle):
    report = make_protection.a_report(now=True)
    begun, wait = report.received_at, timedelta(minutes=30)

    for place, level in enumerate(("DEPUTY", "LEADER", "CITY"), start=1):
        escalating.escalate_due(now=begun + place * wait - timedelta(seconds=1))
        escalating.escalate_due(now=begun + place * wait)
        report.refresh_from_db()
        assert report.level == level
        assert told_users(report)[-1] == circle[level].pk
    escalating.escalate_due(now=begun + 4 * wait)

    kinds = report.steps.order_by("at", "id").values_list("kind", "level")
    assert list(kinds) == [
        ("RECEIVED", "LEAD"), ("ESCALATED", "DEPUTY"), ("ESCALATED", "LEADER"),
        ("ESCALATED", "CITY"), ("REMINDED", "CITY"),
    ]  # fmt: skip
    assert told_users(report) == [
        *(circle[each].pk for each in levels.ORDER), *told_users(report)[4:]
    ]  # fmt: skip
    assert set(told_users(report)[4:]) == {each.pk for each in circle.values()}
    # The leader may act, and does not learn who reported.
    handling.accept(report, by=circle["LEADER"], now=make.now())
    with pytest.raises(NotAllowed):
        handling.open_reporter(report, by=circle["LEADER"], now=make.now(), reason="?")
    assert escalating.escalate_due(now=begun + 9 * wait) == 0


def test_a_report_that_cannot_be_raised_holds_up_no_other_report(circle, monkeypatch):
    reports_ = [make_protection.a_report(now=True) for _ in range(3)]
    later, tell = reports_[-1].received_at + timedelta(minutes=31), escalating.telling.tell_circle

    def breaks(people, kind, *, report, occasion):
        # The oldest comes first each minute.
        if report.pk == reports_[0].pk:
            raise ZeroDivisionError
        tell(people, kind, report=report, occasion=occasion)

    monkeypatch.setattr(escalating.telling, "tell_circle", breaks)
    monkeypatch.setattr(tasks.spooling, "take_in", lambda: 1 / 0)
    monkeypatch.setattr(tasks.timezone, "now", lambda: later)
    with pytest.raises(ZeroDivisionError):
        tasks.look_after(timestamp=0)
    monkeypatch.setattr(escalating.telling, "tell_circle", tell)

    levels_ = dict(Report.objects.values_list("pk", "level"))
    assert [levels_[each.pk] for each in reports_] == ["LEAD", "DEPUTY", "DEPUTY"]
    assert escalating.escalate_due(now=later) == 1


def test_a_county_changes_its_times_and_the_city_lends_its_own(circle):
    configuring.set_terms(
        make.CITY, by=circle["CITY"], now=make.now(), now_minutes=20, other_minutes=60,
        feedback_days=2, signals_a_week=5,
    )  # fmt: skip
    lent = make_protection.a_report(now=True)
    configuring.set_terms(
        make.COUNTY, by=circle["LEAD"], now=make.now(), now_minutes=10, other_minutes=60,
        feedback_days=2, signals_a_week=5,
    )  # fmt: skip
    own_time = make_protection.a_report(now=True)

    assert lent.escalate_at - lent.received_at == timedelta(minutes=20)
    assert own_time.escalate_at - own_time.received_at == timedelta(minutes=10)
    with pytest.raises(NotAllowed):
        configuring.set_terms(
            make.COUNTY, by=circle["LEADER"], now=make.now(), now_minutes=240, other_minutes=240,
            feedback_days=3, signals_a_week=3,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "sees", "hears"),
    [
        ({}, {"LEAD", "DEPUTY"}, "LEAD"),
        ({"accused": "GUARDIAN", "accused_words": "继父"}, {"LEAD", "DEPUTY"}, "LEAD"),
        # The lead is named: they and their whole office are out, and the city is told.
        ({"accused": "STAFF", "accused_words": "是罗守护干的"}, {"CITY"}, "CITY"),
        ({"accused": "OTHER", "accused_words": "邓代理"}, {"CITY"}, "CITY"),
        ({"accused": "STAFF", "post": "COUNTY"}, {"CITY"}, "CITY"),
        # Somebody of the staff, nobody knows where: it may be the county's own office.
        ({"accused": "STAFF"}, {"CITY"}, "CITY"),
        ({"accused": "STAFF", "post": "TOWN"}, {"LEAD", "DEPUTY"}, "LEAD"),
    ],
)
def test_whom_it_is_about_and_their_office_are_never_in_the_circle(circle, fields, sees, hears):
    report = make_protection.a_report(**fields)

    seen = {level for level, user in circle.items() if reports.seen_by(user).exists()}
    assert seen == sees
    assert told_users(report) == [circle[hears].pk]
    for hours in range(1, 12):
        escalating.escalate_due(now=report.received_at + timedelta(hours=2 * hours))
    seen = {level for level, user in circle.items() if reports.seen_by(user).exists()}
    assert ("LEAD" in seen) == ("LEAD" in sees)


def test_a_lead_who_is_a_friend_passes_it_on(circle):
    report = make_protection.a_report()

    handling.pass_on(report, by=circle["LEAD"], now=make.now(), words="孩子的叔叔是我")

    for level in ("LEAD", "DEPUTY", "LEADER"):
        with pytest.raises(NotFound):
            reports.report_for(circle[level], report.pk)
    assert reports.report_for(circle["CITY"], report.pk)
    assert told_users(report)[-1] == circle["CITY"].pk


def test_nobody_passes_on_what_nobody_could_take():
    lead = make.a_user("safeguarding_lead")
    report = make_protection.a_report()

    with pytest.raises(handling.NobodyAbove):
        handling.pass_on(report, by=lead, now=make.now(), words="是我")
    assert reports.report_for(lead, report.pk)


def test_without_a_lead_the_next_level_hears_and_a_successor_finds_it(circle):
    circle["LEAD"].grants.update(revoked_at=make.now())
    report = make_protection.a_report()
    assert told_users(report) == [circle["DEPUTY"].pk]

    circle["DEPUTY"].grants.update(revoked_at=make.now())
    successor = make.a_user("safeguarding_deputy")
    escalating.admit_successors(now=make.now())

    assert told_users(report)[-1] == successor.pk
    assert reports.report_for(successor, report.pk)


def test_a_reporter_who_has_not_heard_in_time_is_remembered_once(circle):
    report = make_protection.a_report()
    handling.accept(report, by=circle["LEAD"], now=make.now())
    late = make.now() + timedelta(days=3, minutes=1)

    assert [escalating.remind_feedback(now=late) for _ in range(2)] == [1, 0]
    assert report.steps.filter(kind="FEEDBACK_LATE").count() == 1


def test_who_reported_is_looked_up_with_a_reason_that_is_kept(circle):
    reporter = make.a_user("grid", display_name="何网格")
    report = make_protection.a_report(reporter, name="何某", phone="13800000000")

    with pytest.raises(handling.WordsNeeded):
        handling.open_reporter(report, by=circle["LEAD"], now=make.now(), reason=" ")
    known = handling.open_reporter(report, by=circle["LEAD"], now=make.now(), reason="回访")

    assert (known["account"], known["phone"]) == ("何网格", "13800000000")
    assert report.steps.get(kind="REPORTER_OPENED").words.open() == "回访"
    raw = bytes(report.reporter.identity.raw)
    assert "何网格".encode() not in raw
    assert reporter.pk.bytes not in raw + bytes(report.reporter.token)


def test_reports_of_one_child_stand_beside_each_other_and_stay_apart(circle):
    child = make_pairing.a_child()
    one, other = (make_protection.a_report(child_words="同一个孩子") for _ in range(2))
    lead = circle["LEAD"]
    for each in (one, other):
        handling.name_child(each, by=lead, now=make.now(), child=child)
    # One of the two is about the lead's office: the lead does not see it beside the other.
    hidden = make_protection.a_report(accused="STAFF", post="COUNTY")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE protection_report SET child_id = %s WHERE id = %s", [child.pk, hidden.pk]
        )
    one.refresh_from_db()

    assert list(reports.beside(lead, one)) == [other]
    assert Report.objects.count() == 3


def test_a_reporter_adds_to_a_report_until_it_is_closed(circle):
    report = make_protection.a_report()
    handling.accept(report, by=circle["DEPUTY"], now=make.now())
    handling.add(report, words="又看到一次", now=make.now())

    assert report.steps.get(kind="ADDED").words.open() == "又看到一次"
    assert told_users(report)[-1] == circle["DEPUTY"].pk
    handling.close(report, by=circle["DEPUTY"], now=make.now(), closing="MISTAKEN", words="误会")
    with pytest.raises(handling.NotAtThisStage):
        handling.add(report, words="还有", now=make.now())


def test_very_many_from_one_place_are_all_taken_and_marked(circle):
    made = [make_protection.a_report(place="203.0.113.9") for _ in range(taking.MANY + 1)]

    assert [codes.MANY in each.flags for each in made] == [False] * taking.MANY + [True]


def test_a_report_of_a_mother_lies_in_her_own_county(circle):
    mother = make_mothers.a_mother()
    user = make.a_user("mother", person_id=mother.pk)

    assert make_protection.a_report(user, county="").county == mother.area_code[:6] + "000000"
    assert make_protection.a_report(county="").county == make.CITY


def test_a_report_follows_its_child_to_another_county_and_its_joined_file(circle):
    there = make_protection.a_circle(make.OTHER_COUNTY)
    child, twin = make_pairing.a_child(), make_pairing.a_child()
    report = make_protection.a_report(circle["CITY"], child=child.pk)
    other = make_protection.a_report(circle["CITY"], child=twin.pk)
    Child.objects.filter(pk=twin.pk).update(merged_into=child)
    report.refresh_from_db()
    assert list(reports.beside(circle["LEAD"], report)) == [other]

    Child.objects.filter(pk=child.pk).update(area_code="500235107205")
    assert not reports.seen_by(there["LEAD"]).exists()
    came = [escalating.admit_successors(now=make.now()) for _ in range(2)]

    assert came[1] == 0
    assert reports.report_for(there["LEAD"], report.pk)
    assert told_users(report)[-2:].count(there["LEAD"].pk) == 1
    assert reports.report_for(circle["LEAD"], report.pk)
