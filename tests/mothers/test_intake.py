"""Rows of the mothers' list become files; each person is recognised once."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qianshou.common import bus
from qianshou.exchange.events import RowsReady, RunRolledBack
from qianshou.mothers import handlers
from qianshou.mothers.actions import file as acts
from qianshou.mothers.actions import intake
from qianshou.mothers.models import Mother
from tests import make, make_mothers

COUNTY = make.COUNTY


@pytest.fixture
def run(db):
    return make_mothers.a_run()


def deliver(run, *payloads, superseded=None, withdrawn=()):
    """Store rows and announce them as the hub does; return the record ids and the event."""
    rows = [(make_mothers.a_record(run), COUNTY, payload) for payload in payloads]
    before = dict(zip((row[0] for row in rows), superseded or (), strict=False))
    event = RowsReady(
        run_id=run.pk,
        target="MOTHER",
        department="federation",
        trust={},
        arrived=rows,
        withdrawn=list(withdrawn),
        superseded=before,
        progress=lambda _share, _step: None,
    )
    bus.publish(event)
    return [row[0] for row in rows], event


def counts(event):
    return tuple(event.counts[f"mothers_{name}"] for name in ("new", "changed", "same", "paused"))


def test_new_row_opens_a_file_with_every_value(run):
    payload = make_mothers.a_payload(name="曾 国芳")

    _, event = deliver(run, payload)

    mother = Mother.objects.get()
    assert counts(event) == (1, 0, 0, 0)
    assert (mother.name, mother.pinyin, mother.initials) == ("曾国芳", "zengguofang", "zgf")
    assert mother.area_code == make_mothers.TOWN
    assert mother.id_number.open() == payload["id_number"]
    assert mother.phone.open() == payload["phone"]
    assert mother.travel_limit_m == 5000
    assert mother.capacity == 2
    assert mother.state == "ACTIVE"
    assert mother.skills == [75, 90, 25, 25, 25, 25, 45, 25]
    assert mother.times == ["WEEKEND", "HOLIDAY"]


def test_child_rows_are_left_to_the_registry(run):
    row = (make_mothers.a_record(run), COUNTY, make_mothers.a_payload())
    event = RowsReady(run.pk, "CHILD", "civil_affairs", {}, [row], [], {}, print)

    handlers.take_in_rows(event)

    assert not Mother.objects.exists()


def test_same_id_number_is_the_same_person(run):
    payload = make_mothers.a_payload()
    deliver(run, payload)

    _, event = deliver(run, payload | {"phone": make_mothers.a_phone(), "key": "other"})

    assert counts(event) == (0, 1, 0, 0)
    assert Mother.objects.get().phone_token != b""


def test_same_row_again_changes_nothing_but_its_source(run):
    payload = make_mothers.a_payload()
    deliver(run, payload)
    before = Mother.objects.values().get()

    (record,), event = deliver(run, payload)

    after = Mother.objects.values().get()
    assert counts(event) == (0, 0, 1, 0)
    assert after == before | {"record_id": record}


def test_without_id_number_telephone_and_name_recognise(run):
    payload = make_mothers.a_payload(id_number="")
    deliver(run, payload)

    _, event = deliver(run, payload | {"capacity": 3})

    assert counts(event) == (0, 1, 0, 0)
    assert Mother.objects.get().capacity == 3


def test_two_valid_id_numbers_are_two_persons_even_with_one_telephone_and_name(run):
    payload = make_mothers.a_payload()
    deliver(run, payload)

    deliver(run, payload | {"id_number": make_mothers.an_id_number()})

    assert Mother.objects.count() == 2


def test_mother_and_daughter_share_a_telephone_but_not_a_file(run):
    deliver(run, make_mothers.a_payload(phone="15400015281", name="陈桂芳"))
    deliver(run, make_mothers.a_payload(phone="15400015281", name="李小芳", id_number=""))

    assert Mother.objects.count() == 2


def test_senders_earlier_row_recognises_when_the_number_was_corrected(run):
    payload = make_mothers.a_payload()
    records, _ = deliver(run, payload)
    corrected = payload | {"id_number": make_mothers.an_id_number(), "phone": "15400095281"}

    _, event = deliver(run, corrected, superseded=records)

    assert counts(event) == (0, 1, 0, 0)
    assert Mother.objects.get().id_number.open() == corrected["id_number"]


def test_person_listed_twice_in_one_delivery_has_one_file(run):
    payload = make_mothers.a_payload()

    _, event = deliver(run, payload, payload | {"key": "again", "capacity": 3})

    assert counts(event) == (1, 0, 0, 0)
    assert Mother.objects.get().capacity == 3


def test_number_that_fails_its_check_is_kept_but_proves_nothing(run):
    number = make_mothers.an_id_number()
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")

    deliver(run, make_mothers.a_payload(id_number=wrong, name="甲秀兰"))
    deliver(run, make_mothers.a_payload(id_number=wrong, name="乙秀兰"))

    assert [bytes(each.id_token) for each in Mother.objects.all()] == [b"", b""]
    assert {each.id_number.open() for each in Mother.objects.all()} == {wrong}


def test_blank_in_a_later_row_does_not_empty_the_file(run):
    payload = make_mothers.a_payload()
    deliver(run, payload)
    short = {name: payload[name] for name in ("key", "name", "id_number", "area_code")}

    _, event = deliver(run, short)

    mother = Mother.objects.get()
    assert counts(event) == (0, 0, 1, 0)
    assert (mother.capacity, mother.education, mother.state) == (2, "大专", "ACTIVE")


def test_what_a_person_settled_no_list_changes(run):
    payload = make_mothers.a_payload()
    deliver(run, payload)
    worker = make.a_worker()
    acts.edit_capacity(Mother.objects.get(), by=worker, capacity=1, today=make.TODAY)
    acts.pause(Mother.objects.get(), by=worker, reason="生病住院", today=make.TODAY)

    deliver(run, payload | {"capacity": 3, "education": "本科"})

    mother = Mother.objects.get()
    assert (mother.capacity, mother.state, mother.remark) == (1, "PAUSED", "生病住院")
    assert mother.education == "本科"


def test_list_changes_what_nobody_settled(run):
    """Negative control of the test above."""
    payload = make_mothers.a_payload()
    deliver(run, payload)

    deliver(run, payload | {"capacity": 3, "state": "PAUSED"})

    mother = Mother.objects.get()
    assert (mother.capacity, mother.state) == (3, "PAUSED")


def test_list_that_says_left_only_pauses(run):
    payload = make_mothers.a_payload()
    deliver(run, payload)

    deliver(run, payload | {"state": "LEFT"})

    mother = Mother.objects.get()
    assert (mother.state, mother.remark) == ("PAUSED", "FEED_SAYS_LEFT")


def test_first_row_that_says_left_opens_a_closed_file(run):
    deliver(run, make_mothers.a_payload(state="LEFT"))

    assert Mother.objects.get().state == "LEFT"


def test_withdrawn_row_pauses_and_a_new_row_wakes(run):
    payload = make_mothers.a_payload()
    records, _ = deliver(run, payload)

    _, event = deliver(run, withdrawn=records)
    paused = Mother.objects.get()
    deliver(run, payload, superseded=records)

    assert counts(event) == (0, 0, 0, 1)
    assert (paused.state, paused.remark) == ("PAUSED", "ROW_WITHDRAWN")
    assert (Mother.objects.get().state, Mother.objects.get().remark) == ("ACTIVE", "")


def test_withdrawn_row_spares_a_state_that_a_person_set(run):
    records, _ = deliver(run, make_mothers.a_payload(state="PAUSED"))
    acts.resume(Mother.objects.get(), by=make.a_worker(), reason="已谈过", today=make.TODAY)

    deliver(run, withdrawn=records)

    assert Mother.objects.get().state == "ACTIVE"


def test_run_rolled_back_lets_the_row_before_speak(run):
    payload = make_mothers.a_payload()
    (first,), _ = deliver(run, payload)
    (second,), _ = deliver(run, payload | {"capacity": 3}, superseded=[first])
    key = {"key_token": b"k" * 16, "state": "SUPERSEDED"}
    for record in run.records.all():
        if record.pk == first:
            record.payload = json.dumps(payload)
        for name, value in key.items():
            setattr(record, name, value)
        record.save()

    bus.publish(RunRolledBack(run.pk, "MOTHER", removed=[second], restored=[first]))

    mother = Mother.objects.get()
    assert (mother.capacity, mother.record_id) == (2, first)


def test_run_rolled_back_rests_a_file_that_only_it_had_filled(run):
    records, _ = deliver(run, make_mothers.a_payload())

    bus.publish(RunRolledBack(run.pk, "MOTHER", removed=records, restored=[]))

    mother = Mother.objects.get()
    assert (mother.state, mother.record_id) == ("PAUSED", None)


def test_take_in_asks_the_database_no_more_often_for_more_rows(run, django_assert_num_queries):
    def rows(number):
        return [
            (make_mothers.a_record(run), COUNTY, make_mothers.a_payload()) for _ in range(number)
        ]

    few, many = rows(1), rows(30)

    with CaptureQueriesContext(connection) as first:
        intake.take_in(few)
    with django_assert_num_queries(len(first)):
        intake.take_in(many)
