"""Clocks of contacts: when one is due, who hears that it did not come, and what stops it."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.areas.models import Area
from qianshou.assessment.actions import confirming
from qianshou.assessment.models import Assessment
from qianshou.audit.models import Entry
from qianshou.care.actions import clocks, contacts, escalating, ruling
from qianshou.care.models import Clock, Reminder
from qianshou.care.queries import cadence, silent
from qianshou.care.rules import payload, silence
from qianshou.common import rowsecurity
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.notices.rules import calendar
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor, Why
from tests import make, make_care, make_pairing

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NOON = timezone.localtime().replace(hour=12, minute=0)
TOWN = f"{make_pairing.VILLAGE[:9]}000"
OVERDUE = "/care/overdue/"


def ago(days):
    return TODAY - timedelta(days=days)


def a_silent(days, *, grade="", carer=None, **fields):
    """A pairing that was last heard of so many days ago, with its clock."""
    mother = (carer or make_care.a_carer())[1]
    pairing = make_care.a_pairing(mother, active_on=ago(days), started_on=ago(days), **fields)
    if grade:
        graded(pairing, grade)
    clocks.reckon_some([pairing.pk])
    return pairing


def graded(pairing, grade):
    """Let a person say the grade; NONE: the child was never assessed."""
    current = Assessment.objects.current().filter(child=pairing.child)
    if grade == silence.NONE:
        current.update(is_current=False)
        return
    confirming.confirm_grade(current.get(), by=make.a_worker(), grade=grade, reason="核实")


def the_day(kind, *, area=make.COUNTY):
    """Say of today alone that it is worked, or not."""
    text = (
        f'year = {TODAY.year}\nstanding = "assumed"\nsource = "试"\n'
        f'[[{kind}]]\nname = "试"\nday = {TODAY}\n'
    )
    sort = notices.Sort("CALENDAR", str(TODAY.year), calendar.year_from)
    notices._put(sort, area, text, by=None, note="")


@pytest.fixture
def working_day():
    the_day("work")


@pytest.fixture
def day_off():
    the_day("off")


def a_town_worker():
    """A worker of the town in which the pairings live."""
    county = Area.objects.get(code=make.COUNTY)
    Area.objects.get_or_create(
        code=TOWN, defaults={"name": "兴隆镇", "level": "TOWN", "parent": county}
    )
    return make.a_user("fed_town", area=TOWN)


def clock_of(pairing):
    return Clock.objects.get(pk=pairing.pk)


def log(pairing, user, *, days=0):
    said = make_care.a_contact(pairing.pk, at=(NOON - timedelta(days=days)).isoformat())
    contacts.log(
        pairing, by=user, said=payload.inside(payload.as_text(said).encode()), key=uuid4(),
        now=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("grade", "every"), [("RED", 3), ("YELLOW", 7), ("GREEN", 15), ("NONE", 7)]
)
def test_a_contact_is_due_by_the_grade(grade, every):
    clock = clock_of(a_silent(3, grade=grade))

    assert clock.due_on == ago(3) + timedelta(days=every)
    assert clock.tier == silence.TIERS[grade]


def test_a_log_in_the_mothers_own_scope_sets_the_clock_and_an_older_one_does_not():
    user, mother = make_care.a_carer()
    pairing = a_silent(20, carer=(user, mother))
    escalating.escalate(make.COUNTY, today=TODAY)
    assert clock_of(pairing).told > 0

    with rowsecurity.acting(powers.scope_of(user)):
        log(pairing, user, days=1)
        log(pairing, user, days=9)

    clock = clock_of(pairing)
    assert (clock.last_on, clock.due_on, clock.told) == (ago(1), ago(1) + timedelta(days=7), 0)


def test_a_contact_makes_a_clock_where_none_was_and_raw_hands_of_a_mother_make_none():
    user, mother = make_care.a_carer()
    pairing = make_care.a_pairing(mother)
    log(pairing, user)
    assert clock_of(pairing).last_on == TODAY

    with pytest.raises(ProgrammingError, match="row-level security"):
        with rowsecurity.acting(powers.scope_of(user)):
            Clock.objects.update(every=99)


def test_a_rest_stops_the_clock_and_the_days_count_from_when_it_goes_on():
    pairing, by = a_silent(30), make.a_worker()
    moving.move(pairing.pk, "pause", actor=Actor(by), today=TODAY, why=Why("住院"))
    assert clock_of(pairing).due_on is None
    assert escalating.escalate(make.COUNTY, today=TODAY)["MOTHER"] == 0

    moving.move(pairing.pk, "resume", actor=Actor(by), today=TODAY)

    assert clock_of(pairing).due_on == TODAY + timedelta(days=7)


def test_an_ended_pairing_has_no_clock():
    pairing, by = a_silent(30), make.a_worker()

    moving.move(
        pairing.pk, "close_for_safety", actor=Actor(by), today=TODAY, why=Why("核实"),
        next_step="MONITORED",
    )  # fmt: skip

    assert not Clock.objects.exists()


def test_a_grade_that_rises_brings_the_contact_forward_at_once():
    pairing = a_silent(5, grade="GREEN")
    assert clock_of(pairing).due_on > TODAY

    graded(pairing, "RED")

    assert clock_of(pairing).due_on == ago(2)


def test_each_step_happens_once_in_its_turn_however_often_it_is_asked(working_day):
    pairing = a_silent(7 + 10)

    first = escalating.escalate(make.COUNTY, today=TODAY)
    again = escalating.escalate(make.COUNTY, today=TODAY)

    assert first == {"MOTHER": 1, "TOWN": 1, "COUNTY": 1, "CITY": 0}
    assert set(again.values()) == {0}
    assert [each.act for each in Reminder.objects.order_by("at")] == ["MOTHER", "TOWN", "COUNTY"]
    assert Notice.objects.filter(to_id=pairing.mother_id).count() == 1


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_a_pairing_that_goes_wrong_stops_nobodys_night(working_day, monkeypatch, at_once):
    monkeypatch.setattr(escalating, "AT_ONCE", at_once)
    pairings = [a_silent(9 + number) for number in range(5)]
    broken, tell = pairings[2].pk, escalating.telling.messages

    def breaks(found, rules, *, today):
        if any(each.pairing_id == broken for each in found):
            raise ZeroDivisionError
        return tell(found, rules, today=today)

    monkeypatch.setattr(escalating.telling, "messages", breaks)
    with pytest.raises(ZeroDivisionError):
        escalating.escalate(make.COUNTY, today=TODAY)
    told = set(Reminder.objects.filter(act="MOTHER").values_list("pairing_id", flat=True))
    monkeypatch.setattr(escalating.telling, "messages", tell)
    again = escalating.escalate(make.COUNTY, today=TODAY)

    assert told == {each.pk for each in pairings} - {broken}
    assert again["MOTHER"] == 1
    assert Reminder.objects.filter(act="MOTHER").count() == 5
    assert Notice.objects.filter(kind="care.silent").count() == 5


def test_a_second_silence_is_told_anew(working_day):
    user, mother = make_care.a_carer()
    pairing = a_silent(9, carer=(user, mother))
    escalating.escalate(make.COUNTY, today=TODAY)
    log(pairing, user)

    later = TODAY + timedelta(days=9)
    assert escalating.escalate(make.COUNTY, today=later)["MOTHER"] == 1


def test_the_reminder_says_why_and_names_no_child():
    carer = make_care.a_carer()
    pairing = a_silent(9, carer=carer, given_name="一诺")
    escalating.escalate(make.COUNTY, today=TODAY)

    notice = Notice.objects.get(to_id=carer[1].pk)

    assert notice.params == {"code": "YN", "day": ago(9).isoformat(), "days": 9, "every": 7}
    assert not {pairing.child.name, "一诺"} & {*notice.params.values()}


def test_staff_are_told_on_a_working_day_and_of_a_red_child_at_once(day_off):
    town = a_town_worker()
    calm, red = a_silent(30), a_silent(30, grade="RED")

    taken = escalating.escalate(make.COUNTY, today=TODAY)

    assert taken == {"MOTHER": 2, "TOWN": 1, "COUNTY": 1, "CITY": 0}
    assert (clock_of(calm).told, clock_of(red).told) == (1, 3)
    told = Notice.objects.get(to_id=town.pk)
    assert red.child.name not in str(told.params)


def test_one_digest_a_week_counts_for_town_and_county(working_day):
    town, county = a_town_worker(), make.a_worker()
    for days in (9, 30):
        a_silent(days)
    a_silent(1)
    escalating.escalate(make.COUNTY, today=TODAY)

    # each pairing was made by a worker of the county, too
    assert escalating.digest_week(make.COUNTY, today=TODAY) == 5
    assert escalating.digest_week(make.COUNTY, today=TODAY) == 0

    for user in (town, county):
        lines = Notice.objects.get(to_id=user.pk).parts["care"]
        assert [each["params"]["count"] for each in lines] == [2, 1, 1, 1]


def test_the_list_says_why_and_holds_only_the_silent(client):
    user = make.a_worker()
    red, calm = a_silent(9, grade="RED"), a_silent(20)
    a_silent(2)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)

    page = client.get(OVERDUE)

    assert [each.clock.pk for each in page.context["rows"]] == [red.pk, calm.pk]
    assert "in danger; while nobody hears of it, nobody can help" in page.content.decode()
    assert "every 3 days" in page.content.decode()
    assert client.get("/").context["silent"]["urgent"] == 1


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_no_more_often_when_there_is_more(
    client, number, django_assert_max_num_queries
):
    for _ in range(number):
        a_silent(30)
    client.force_login(make.a_worker())
    client.get(OVERDUE)

    with django_assert_max_num_queries(26):
        client.get(OVERDUE)


def test_staff_remind_and_note_calls_together_and_the_pair_stays_due():
    user, pairs = make.a_worker(), [a_silent(30) for _ in range(3)]
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    picked = [str(each.pk) for each in pairs]

    client.post(f"{OVERDUE}acts/", {"pick": picked, "act": "remind"})
    client.post(f"{OVERDUE}acts/", {"pick": picked[:1], "act": "called", "note": "妈妈生病了"})
    empty = client.post(f"{OVERDUE}acts/", {"pick": picked, "act": "called"}, follow=True)

    assert Notice.objects.filter(kind="care.silent").count() == 3
    noted = Reminder.objects.get(act="CALLED")
    assert noted.note.open() == "妈妈生病了"
    assert "what the mother said" in empty.content.decode()
    assert Clock.objects.late_on(TODAY).count() == 3
    assert Entry.objects.filter(act="care.silence.called").count() == 1
    assert len(client.get(f"{OVERDUE}?seen=OPEN").context["rows"]) == 0


def test_a_pair_of_another_county_is_neither_shown_nor_reminded():
    pairing = a_silent(30)
    stranger = make.a_user("fed_county", area=make.OTHER_COUNTY)
    client = Client()
    client.force_login(stranger)

    assert list(client.get(OVERDUE).context["rows"]) == []
    client.post(f"{OVERDUE}acts/", {"pick": [str(pairing.pk)], "act": "remind"})

    assert not Reminder.objects.exists()


def test_a_county_sets_its_own_rules_and_its_clocks_follow():
    by, pairing = make.a_worker(), a_silent(3)
    rules = cadence.rules_for(make.COUNTY)
    sooner = silence.Rules(dict.fromkeys(silence.GRADES, 2), rules.steps)

    ruling.change(make.COUNTY, sooner, by=by, note="试行每两天")
    clocks.reckon(make.COUNTY)

    assert clock_of(pairing).due_on == ago(1)
    assert cadence.rules_for(make.OTHER_COUNTY) == rules


def test_rules_in_the_wrong_order_are_refused_with_the_place():
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_worker())
    form = client.get("/care/clock/").context["form"]
    given = {name: field.initial for name, field in form.fields.items() if name != "note"}

    page = client.post("/care/clock/set/", {**given, "note": "x", "COUNTY-RED": 0})

    assert page.status_code == 422
    assert "a later step comes later" in page.content.decode()


def test_the_weekly_contact_rate_counts_whole_weeks_that_did_not_rest():
    user, mother = make_care.a_carer()
    met = make_care.a_pairing(mother)
    make_care.a_pairing(make_care.a_carer()[1])
    month = TODAY.replace(day=1) - timedelta(days=1)
    sunday = month - timedelta(days=(month.weekday() + 1) % 7)
    at = timezone.make_aware(datetime.combine(sunday - timedelta(days=6), datetime.min.time()))
    said = payload.inside(payload.as_text(make_care.a_contact(met.pk, at=at.isoformat())).encode())
    for _ in range(2):
        contacts.log(met, by=user, said=said, key=uuid4(), now=timezone.now())

    (rate,) = silent.weekly_rates(make.COUNTY, month, width=6)

    assert rate.code == make.COUNTY
    assert (rate.weeks % 2, rate.met) == (0, 1)


def test_unchanged_clocks_are_left_alone_and_portions_reach_every_place(monkeypatch):
    monkeypatch.setattr(clocks, "AT_ONCE", 1)
    pairs = [make_care.a_pairing(make_care.a_carer()[1]) for _ in range(2)]
    elsewhere = make_care.a_pairing(
        make_care.a_carer()[1], area_code=f"{make.OTHER_COUNTY[:6]}001001"
    )

    clocks.reckon(make.CITY)
    before = versions()
    clocks.reckon(make.CITY)
    assert set(before) == {each.pk for each in (*pairs, elsewhere)}
    assert versions() == before

    Clock.objects.filter(pk=pairs[0].pk).update(every=99)
    clocks.reckon(make.CITY)
    assert clock_of(pairs[0]).every == 7
    assert versions()[elsewhere.pk] == before[elsewhere.pk]


def versions():
    """Return which transaction wrote each clock last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pairing_id, xmin::text || ctid::text FROM care_clock")
        return dict(cursor.fetchall())


def test_a_city_follows_the_rules_and_the_days_off_of_each_county(day_off):
    here = a_silent(30)
    there = a_silent(30, area_code=f"{make.OTHER_COUNTY[:6]}001001")
    the_day("work", area=make.OTHER_COUNTY)
    rules = cadence.rules_for(make.OTHER_COUNTY)
    later = [*rules.steps[:3], silence.Step("CITY", dict.fromkeys(silence.GRADES, 60))]
    by = make.a_worker(make.OTHER_COUNTY)
    ruling.change(
        make.OTHER_COUNTY, silence.Rules(rules.days_between, tuple(later)), by=by, note="试行"
    )

    taken = escalating.escalate(make.CITY, today=TODAY)

    assert taken == {"MOTHER": 2, "TOWN": 1, "COUNTY": 1, "CITY": 0}
    assert (clock_of(here).told, clock_of(there).told) == (1, 3)


def test_the_digests_of_a_city_count_for_each_county_its_own(working_day):
    here, there = make.a_worker(), make.a_worker(make.OTHER_COUNTY)
    a_silent(9, by=here)
    for _ in range(2):
        a_silent(9, by=here, area_code=f"{make.OTHER_COUNTY[:6]}001001")
    city = make.a_user("fed_county", area=make.CITY)

    assert escalating.digest_week(make.CITY, today=TODAY) == 2
    assert escalating.digest_week(make.COUNTY, today=TODAY) == 0

    told = {each.to_id: each.parts["care"][0]["params"]["count"] for each in Notice.objects.all()}
    assert told == {here.pk: 1, there.pk: 2}
    assert city.pk not in told


def test_the_night_asks_no_more_often_when_more_are_silent(working_day):
    a_town_worker()
    counts = []
    for number in (1, 3):
        for _ in range(number):
            a_silent(30, grade="RED")
        with CaptureQueriesContext(connection) as caught:
            clocks.reckon(make.CITY)
            escalating.escalate(make.CITY, today=TODAY)
        counts.append(len(caught))

    assert counts[1] <= counts[0]
