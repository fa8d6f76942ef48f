"""What is due or late is told to people: once each, and never to whom it is about."""

from datetime import timedelta

import pytest
from django.utils import timezone

from qianshou.mothers.actions import caring, waiting
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.notices.rules import calendar
from qianshou.support.actions import complaining, duties, following, working
from qianshou.support.models import Duty, Followup
from qianshou.support.queries import care
from tests import make, make_care
from tests.make_support import a_pairing

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def a_duty(pairing, *, due, owner=None, kind=Duty.Kind.ANNIVERSARY):
    made = duties.open_duty(pairing, kind, once=f"test:{pairing.pk}:{kind}", due_at=NOW + due)
    Duty.objects.filter(pk=made.pk).update(owner=owner)
    return made


def told(user):
    return Notice.objects.filter(to_id=user.pk)


def test_the_owner_is_reminded_a_day_before_and_the_county_told_when_it_is_late():
    owner, pairing = make.a_user("child_supervisor"), a_pairing()
    county = make.a_worker()
    a_duty(pairing, due=timedelta(hours=20), owner=owner)

    for _ in range(2):
        duties.remind(now=NOW)
        duties.escalate(now=NOW)
    assert (told(owner).count(), told(county).count()) == (1, 0)

    for _ in range(2):
        duties.escalate(now=NOW + timedelta(hours=21))
    assert (told(owner).count(), told(county).count()) == (2, 1)


def test_a_late_complaint_is_never_told_to_the_accused():
    accused, other, pairing = make.a_worker(), make.a_worker(), a_pairing()
    said = complaining.Told("GUARDIAN", "STAFF", "态度很差", "奶奶", about_user=accused)
    complaining.note(pairing, said, by=make.a_user("fed_town"), today=make.TODAY)
    Duty.objects.update(due_at=NOW - timedelta(hours=1))

    duties.escalate(now=NOW)

    assert (told(accused).count(), told(other).count()) == (0, 1)


def test_help_that_is_late_is_told_to_the_county_then_the_city_but_not_to_whom_it_is_about():
    user, mother = make_care.a_carer()
    about, worker = make.a_worker(), make.a_worker()
    city = make.a_user("fed_city", area=make.CITY)
    today = timezone.localdate()
    caring.ask_help(mother, by=user, kind="CONFLICT", words="说不通", about=about, today=today)

    def told_on(day):
        waiting.tell_late(today=day)
        waiting.tell_late(today=day)
        return [told(each).count() for each in (worker, city, about)]

    assert told_on(today + timedelta(days=4)) == [0, 0, 0]
    assert told_on(today + timedelta(days=5)) == [1, 0, 0]
    assert told_on(today + timedelta(days=6)) == [2, 0, 0]
    assert told_on(today + timedelta(days=8)) == [2, 1, 0]


def test_a_contact_of_staff_moves_off_a_holiday_and_its_own_day_stays_known():
    pairing = a_pairing()
    due = Followup.objects.get(pairing=pairing).due_on
    text = (
        f'year = {due.year}\nstanding = "assumed"\nsource = "试"\n'
        f'[[off]]\nname = "长假"\nfrom = {due}\nto = {due + timedelta(days=2)}\n'
    )
    sort = notices.Sort("CALENDAR", str(due.year), calendar.year_from)
    notices.change(sort, make.COUNTY, text, by=make.a_worker(), note="试")

    following.reckon(make.COUNTY, today=make.TODAY)

    found = Followup.objects.get(pairing=pairing)
    assert found.due_on == due
    assert found.turn_on > due + timedelta(days=2)
    assert found.turn_on.weekday() < 5


def test_pairs_of_somebody_who_left_are_found_and_given_away_with_their_duties():
    gone, stays, by = make.a_worker(), make.a_worker(), make.a_worker()
    pairing, other = a_pairing(), a_pairing()
    Followup.objects.filter(pairing=pairing).update(owner=gone)
    Followup.objects.filter(pairing=other).update(owner=stays)
    duty = a_duty(pairing, due=timedelta(days=5), owner=gone)
    found = care.Wanted(what=care.ALL, whose=care.GONE)
    assert not care.worklist_for(by, make.COUNTY, found, today=make.TODAY).exists()

    type(gone).objects.filter(pk=gone.pk).update(is_active=False)

    rows = care.worklist_for(by, make.COUNTY, found, today=make.TODAY)
    assert [each.pairing_id for each in rows] == [pairing.pk]
    working.assign([pairing], by=by, owner=stays)
    duty.refresh_from_db()
    assert duty.owner_id == stays.pk
    assert not rows.all().exists()
