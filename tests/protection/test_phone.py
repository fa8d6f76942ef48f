"""A report from a phone: offline, late, blocked or after the end, it goes to the lead at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from qianshou.care.actions import phones, syncing
from qianshou.care.models import Device, Held
from qianshou.notices.models import Notice
from qianshou.pairing.models import Pairing
from qianshou.protection.models import Report
from qianshou.protection.rules import codes
from tests import make, make_care, make_protection

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    user, mother = make_care.a_carer()
    pairing = make_care.a_pairing(mother)
    return user, pairing, make_care.a_phone(user), make_protection.a_circle()


def said(pairing, **fields):
    return {
        "type": "report", "pairing": str(pairing.pk) if pairing else "", "now": "YES",
        "words": "手上有烟头烫的伤", "at": timezone.now().isoformat(), **fields,
    }  # fmt: skip


def sealed(keys, *entries):
    device = Device.objects.get(pk=keys.device.pk)
    return [
        make_care.an_entry(device.pk, what, seq=n, key=key)
        for n, (key, what) in enumerate(entries, 1)
    ]


def sync(keys, *entries, sent_at=None):
    return hand_in(keys, sealed(keys, *entries), sent_at=sent_at)


def hand_in(keys, raw, sent_at=None):
    device = Device.objects.get(pk=keys.device.pk)
    return syncing.take_in(device, raw, sent_at=sent_at or timezone.now(), now=timezone.now())


def test_a_report_of_a_phone_reaches_the_lead_once(stage):
    _user, pairing, keys, circle = stage
    raw = sealed(keys, (uuid4(), said(pairing)))

    told = [*hand_in(keys, raw), *hand_in(keys, raw)]

    report = Report.objects.get()
    assert [each.outcome for each in told] == ["DONE", "DONE"]
    assert (report.child_id, report.channel, report.flags) == (pairing.child_id, "PHONE", [])
    assert Notice.objects.filter(to_id=circle["LEAD"].pk).count() == 1


def test_a_blocked_phone_and_an_ended_pairing_hold_nothing_back(stage):
    user, pairing, keys, _circle = stage
    device = Device.objects.get(pk=keys.device.pk)
    phones.revoke(device, by=user, reason="丢了", now=timezone.now())
    mine = Pairing.objects.filter(pk=pairing.pk)
    mine.update(state="CLOSING", next_step="ENOUGH")
    mine.update(state="CLOSED", ended_on=make.TODAY)

    report_first = (uuid4(), said(pairing))
    contact = (uuid4(), make_care.a_contact(pairing.pk))
    told = {each.key: each.outcome for each in sync(keys, contact, report_first)}

    assert told == {str(contact[0]): "HELD", str(report_first[0]): "DONE"}
    assert set(Report.objects.get().flags) == {codes.BLOCKED_PHONE, codes.ENDED_PAIRING}
    # The control: what is no report is held, as ever.
    assert Held.objects.count() == 1


def test_the_clock_of_the_phone_is_kept_apart_and_put_right(stage):
    _user, pairing, keys, _circle = stage
    now = timezone.now()
    wrong = now + timedelta(days=365)
    entry = said(
        pairing, at=(wrong - timedelta(hours=3)).isoformat(),
        noticed=(wrong - timedelta(hours=5)).isoformat(),
    )  # fmt: skip

    sync(keys, (uuid4(), entry), sent_at=wrong)

    report = Report.objects.get()
    assert codes.SKEWED in report.flags
    assert abs(now - timedelta(hours=3) - report.reported_at) < timedelta(minutes=1)
    assert abs(now - timedelta(hours=5) - report.noticed_at) < timedelta(minutes=1)
    assert report.reported_said - report.reported_at > timedelta(days=364)
    assert report.received_at >= now


@pytest.mark.parametrize(
    "strange",
    [
        {"pairing": "x", "at": 5, "now": [], "words": {"a": 1}},
        {"noticed": "0000-00", "words": None},
    ],
)
def test_a_strange_report_is_taken_as_far_as_it_can_be_read(stage, strange):
    _user, _pairing, keys, _circle = stage

    assert sync(keys, (uuid4(), {**said(None), **strange}))[0].outcome == "DONE"
    assert Report.objects.count() == 1
