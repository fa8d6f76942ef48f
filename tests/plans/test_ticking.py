"""Ticks: who may make them, what proves them, what counts by itself, what a wrong one leaves."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from qianshou.accounts.models import User
from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed
from qianshou.pairing.models import Pairing
from qianshou.plans.actions import opening, ticking
from qianshou.plans.models import Plan, Slot, Tick
from qianshou.plans.queries import lines, phone
from tests import make, make_care, make_consents, make_plans
from tests.make_plans import TODAY, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def cared():
    return make_plans.a_plan()


def slot_of(pairing, item, on=TODAY):
    return Slot.objects.get(pairing=pairing, item=item, first_on__lte=on, last_on__gte=on)


def state_of(pairing, item, today=TODAY):
    plan = Plan.objects.select_related("care_set", "pairing__child").get(pairing=pairing)
    return next(each for each in lines.progress_of(plan, today) if each.item.code == item)


def contact(pairing, **fields):
    return ticking.Counted(
        **{
            "pairing_id": pairing.pk,
            "key": uuid4(),
            "kind": "CALL",
            "on": TODAY,
            "by_id": User.objects.get(person_id=pairing.mother_id).pk,
            **fields,
        }
    )


def test_a_mother_ticks_what_she_did_and_staff_what_they_know(cared):
    user, pairing, _plan = cared

    made = make_plans.a_tick(pairing, user)
    make_plans.a_tick(pairing, make.a_worker(), item="micro_wish", note="买了书包")

    assert (made.source, made.note.open()) == ("MOTHER", "读完了一本")
    assert slot_of(pairing, "reading_study").done == 1
    assert Tick.objects.get(item="micro_wish").source == "STAFF"
    assert Entry.objects.filter(act="plans.ticked").count() == 2


def test_the_same_key_is_one_tick(cared):
    user, pairing, _plan = cared
    key = uuid4()

    one, other = (
        ticking.tick(pairing, make_plans.done(), by=user, key=key, now=now()) for _ in range(2)
    )

    assert one.pk == other.pk
    assert slot_of(pairing, "reading_study").done == 1
    assert Entry.objects.filter(act="plans.ticked").count() == 1


def test_without_the_key_it_would_be_two(cared):
    """Negative control of the test before."""
    user, pairing, _plan = cared

    for _ in range(2):
        make_plans.a_tick(pairing, user)

    assert slot_of(pairing, "reading_study").done == 2


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"item": "unheard_of"}, ticking.NotOnTheList),
        ({"item": "guardian_teacher_talk"}, ticking.NotOnTheList),
        ({"item": "birthday_festival", "part": "BIRTHDAY"}, ticking.NotOnTheList),
        ({"item": "weekly_contact"}, NotAllowed),
        ({"on": TODAY + timedelta(days=1)}, ticking.DayNotPossible),
        ({"on": date(2026, 9, 7)}, ticking.DayNotPossible),
        ({"note": " "}, ticking.ProofMissing),
        ({"note": "字" * 2001}, ticking.TooLong),
        ({"evidence": "DOCUMENT"}, ticking.ReferenceMissing),
        ({"evidence": "PHOTO", "reference": "相册3"}, ticking.NoPhotoConsent),
    ],
)
def test_what_cannot_be_ticked_is_refused_and_leaves_nothing(cared, fields, refusal):
    user, pairing, _plan = cared

    with pytest.raises(refusal):
        make_plans.a_tick(pairing, user, **fields)

    assert not Tick.objects.exists()
    assert not Slot.objects.filter(done__gt=0).exists()


def test_a_photo_needs_consent_and_says_where_it_lies(cared):
    user, pairing, _plan = cared
    make_consents.a_consent(pairing.child, purpose="PHOTOS")

    made = make_plans.a_tick(pairing, user, evidence="PHOTO", reference="相册3", note="")

    assert made.evidence == "PHOTO"


def test_another_mother_and_staff_elsewhere_may_not_tick(cared):
    _user, pairing, _plan = cared
    stranger = make_care.a_carer()[0]
    elsewhere = make.a_worker(area=make.OTHER_COUNTY)

    for each in (stranger, elsewhere):
        with pytest.raises(NotAllowed):
            make_plans.a_tick(pairing, each)

    assert not Tick.objects.exists()


def test_nothing_is_ticked_more_often_than_it_counts(cared):
    user, pairing, _plan = cared
    for place in range(4):
        make_plans.a_tick(pairing, user, item="micro_wish", note=f"第{place}个")

    with pytest.raises(ticking.EnoughAlready):
        make_plans.a_tick(pairing, user, item="micro_wish", note="第五个")


def test_nothing_is_ticked_once_care_has_ended(cared):
    user, pairing, _plan = cared
    pairing.ended_on = TODAY

    with pytest.raises(ticking.NotRunning):
        make_plans.a_tick(pairing, user)


def test_a_pairing_without_a_plan_takes_one_when_somebody_ticks():
    user, mother = make_care.a_carer()
    pairing = make_care.a_pairing(mother)

    make_plans.a_tick(pairing, user)

    assert Plan.objects.get(pairing=pairing).care_set.code == "CARE_6P1"


def test_contacts_count_by_themselves_a_visit_as_a_meeting_and_each_once(cared):
    _user, pairing, _plan = cared
    visit, call = contact(pairing, kind="VISIT"), contact(pairing)

    ticking.contact_counts([visit, call], now=now())
    ticking.contact_counts([visit, replace(call, on=TODAY - timedelta(days=9))], now=now())

    assert slot_of(pairing, "weekly_contact").done == 2
    assert slot_of(pairing, "monthly_meeting").done == 1
    assert Tick.objects.filter(source="CONTACT").count() == 3
    assert not Entry.objects.filter(act="plans.ticked").exists()


def test_contacts_before_care_or_without_a_plan_count_for_nothing(cared):
    _user, pairing, _plan = cared
    unknown = contact(pairing, pairing_id=uuid4())
    early = contact(pairing, on=date(2026, 9, 1))

    assert ticking.contact_counts([unknown, early], now=now()) == 0


@pytest.mark.parametrize("number", [1, 40])
def test_many_contacts_ask_no_more_often_than_one(cared, number, django_assert_num_queries):
    _user, pairing, _plan = cared
    contacts = [contact(pairing, on=TODAY - timedelta(days=each)) for each in range(number)]

    with django_assert_num_queries(6):
        ticking.contact_counts(contacts, now=now())


def test_a_wrong_tick_is_withdrawn_with_a_reason_and_stays(cared):
    user, pairing, _plan = cared
    made = make_plans.a_tick(pairing, user)

    with pytest.raises(ticking.ReasonMissing):
        ticking.withdraw(made, by=user, reason=" ", now=now())
    gone = ticking.withdraw(made, by=user, reason="记错了孩子", now=now())
    with pytest.raises(ticking.WithdrawnAlready):
        ticking.withdraw(made, by=user, reason="再说一次", now=now())

    assert slot_of(pairing, "reading_study").done == 0
    assert (gone.withdrawn_for, gone.withdrawn_by) == ("记错了孩子", user)


def test_a_mother_does_not_withdraw_what_staff_ticked(cared):
    user, pairing, _plan = cared
    made = make_plans.a_tick(pairing, make.a_worker())

    with pytest.raises(NotAllowed):
        ticking.withdraw(made, by=user, reason="不是我", now=now())


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM plans_tick",
        "UPDATE plans_tick SET \"on\" = '2020-01-01'",
        "UPDATE plans_tick SET withdrawn_at = NULL, withdrawn_by_id = NULL, withdrawn_for = ''",
    ],
)
def test_the_database_itself_keeps_ticks(cared, sql):
    user, pairing, _plan = cared
    ticking.withdraw(make_plans.a_tick(pairing, user), by=user, reason="错了", now=now())

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_withdrawal_without_a_reason_is_refused_by_the_database(cared):
    user, pairing, _plan = cared
    make_plans.a_tick(pairing, user)

    with pytest.raises(IntegrityError), transaction.atomic():
        Tick.objects.update(withdrawn_at=now(), withdrawn_by=user)


def test_what_was_missed_is_late_until_it_is_done_again(cared):
    _user, pairing, _plan = cared

    before = state_of(pairing, "weekly_contact")
    ticking.contact_counts([contact(pairing)], now=now())
    after = state_of(pairing, "weekly_contact")

    assert (before.state, after.state) == ("LATE", "DONE")
    # Eleven weeks have closed since care began; the twelfth is fulfilled already.
    assert (after.owed, after.fulfilled) == (12, 1)


def test_progress_says_how_much_is_left_and_what_comes(cared):
    _user, pairing, _plan = cared

    book, wish = state_of(pairing, "reading_study"), state_of(pairing, "micro_wish")

    assert (book.lines[0].state, book.lines[0].left) == ("DUE", 1)
    assert book.lines[0].days_left == (date(2027, 1, 31) - TODAY).days
    assert wish.lines[0].state == "FREE"
    talk = state_of(pairing, "guardian_teacher_talk")
    assert [each.part for each in talk.lines] == ["guardian", "teacher"]


@pytest.mark.parametrize("number", [1, 3])
def test_a_mother_s_page_asks_as_often_for_three_children_as_for_one(
    number, django_assert_num_queries
):
    user, mother = make_care.a_carer(capacity=3)
    pairings = [make_care.a_pairing(mother) for _ in range(number)]
    opening.begin(pairings, today=TODAY)

    with django_assert_num_queries(5):
        cards = phone.cards_for(user, TODAY)

    assert len(cards) == number
    assert cards[0].late


def test_a_phone_takes_along_words_and_numbers_only(cared):
    user, pairing, _plan = cared

    found = phone.carried([pairing], TODAY)[str(pairing.pk)]

    items = {each["item"]: each for each in found["items"]}
    assert items["weekly_contact"]["by_contact"]
    assert not items["weekly_contact"]["by_hand"]
    assert items["reading_study"]["by_hand"]
    assert found["goal"] is None
    assert user.display_name not in str(found)


def test_a_mother_sees_and_ticks_hers_alone_in_the_database_too(cared):
    user, pairing, _plan = cared
    other_user, other, _other_plan = make_plans.a_plan()
    hers = rowsecurity.Scope("MOTHER", (), user.pk, user.person_id)

    with rowsecurity.acting(hers):
        seen = set(Slot.objects.values_list("pairing_id", flat=True))
        assert set(Plan.objects.values_list("pairing_id", flat=True)) == {pairing.pk}
        make_plans.a_tick(Pairing.objects.get(pk=pairing.pk), user)
        theirs = Slot(
            pairing_id=other.pk, mother_id=user.person_id, area_code=other.area_code,
            item="x", key="1", first_on=TODAY, last_on=TODAY, heed_until=TODAY, needed=1,
        )  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            theirs.save(force_insert=True)

    assert seen == {pairing.pk}
    assert other_user.person_id != user.person_id
