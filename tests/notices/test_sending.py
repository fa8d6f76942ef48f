"""A message reaches its person once: through the outbox, a provider that fails, a killed worker."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from qianshou.common import rowsecurity
from qianshou.notices import actions, queries, tasks
from qianshou.notices.actions import Line, Message, SaysTooMuch
from qianshou.notices.connectors.sms import Sms
from qianshou.notices.models import Notice
from qianshou.notices.rules import pauses
from tests import make

PHONE = "13800001234"


def a_message(**fields):
    values = {
        "kind": "test.asked", "to_kind": "GUARDIAN", "to_id": uuid4(), "area_code": make.COUNTY,
        "subject": "Please answer", "text": "About %(child)s", "params": {"child": "张雨桐"},
        "short": "Please open %(link)s", "address": PHONE, "private_link": "/c/secret/",
    }  # fmt: skip
    return Message(**{**values, **fields})


def outbox(folder):
    return [
        json.loads(each.read_text("utf-8")) for each in sorted((folder / "outbox").glob("*.json"))
    ]


@pytest.mark.django_db
def test_send_puts_one_private_file_into_the_outbox(tmp_path, settings):
    settings.SITE_URL = "https://care.example"
    notice = actions.send(a_message(), once="a")

    assert actions.deliver_due() == 1

    (file,) = (tmp_path / "outbox").iterdir()
    assert (file.stat().st_mode & 0o777, (tmp_path / "outbox").stat().st_mode & 0o777) == (
        0o600, 0o700,
    )  # fmt: skip
    (said,) = outbox(tmp_path)
    assert said["to"] == PHONE
    assert said["text"] == "Please open https://care.example/c/secret/"
    notice.refresh_from_db()
    assert notice.state == "SENT"
    assert not notice.private_link


@pytest.mark.django_db
def test_send_twice_for_one_occasion_is_one_message(tmp_path):
    first = actions.send(a_message(), once="a")
    again = actions.send(a_message(), once="a")
    actions.deliver_due()
    actions.deliver_due()

    assert first.pk == again.pk
    assert len(outbox(tmp_path)) == 1
    # The control: another occasion is another message.
    actions.send(a_message(), once="b")
    actions.deliver_due()
    assert len(outbox(tmp_path)) == 2


@pytest.mark.django_db
def test_without_an_address_a_message_stays_in_the_app(tmp_path):
    notice = actions.send(a_message(address=""), once="a")

    assert notice.state == "KEPT"
    assert actions.deliver_due() == 0
    assert not notice.private_link


@pytest.mark.django_db
def test_the_address_lies_sealed(tmp_path):
    notice = actions.send(a_message(), once="a")

    with connection.cursor() as cursor:
        cursor.execute("SELECT n::text FROM notices_notice n WHERE id = %s", [notice.pk])
        row = cursor.fetchone()[0]
    assert PHONE not in row
    assert PHONE.encode().hex() not in row
    assert "secret" not in row
    # The control: what is not sealed would be found.
    assert "张雨桐" in row


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["child", "name", "address", "mother", "school"])
def test_a_text_message_that_would_name_a_child_is_refused(word):
    with pytest.raises(SaysTooMuch):
        actions.send(
            a_message(short=f"About %({word})s: %(link)s", params={word: "张雨桐", "child": ""}),
            once="a",
        )

    assert not Notice.objects.exists()
    # The control: in the app the same sentence may be said.
    actions.send(a_message(text=f"%({word})s", params={word: "x"}, address=""), once="a")
    assert Notice.objects.exists()


@pytest.mark.django_db
def test_a_placeholder_that_nobody_fills_is_refused():
    with pytest.raises(ValueError, match="until"):
        actions.send(a_message(short="Until %(until)s"), once="a")


@pytest.mark.django_db
def test_provider_gets_its_own_shape_and_key(provider):
    actions.send(a_message(short='Say "yes" {text} at %(link)s'), once="a")
    actions.deliver_due()

    (said,) = provider.phones
    assert said["key"] == "key"
    assert said["mobile"] == PHONE
    assert said["parts"][0].startswith('Say "yes" {text} at http')
    assert said["fixed"] == 3


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["500", "429", "401", "lost", "junk"])
def test_provider_that_fails_is_asked_again_and_the_phone_rings_once(provider, fault):
    provider.does(fault)
    notice = actions.send(a_message(), once="a")

    assert actions.deliver_due() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("WAITING", 1)
    assert notice.last_error["code"] in ("ANSWER", "UNREACHABLE", "UNREADABLE")
    Notice.objects.update(not_before=make.now())
    assert actions.deliver_due() == 1
    assert len(provider.phones) == 1


@pytest.mark.django_db
def test_provider_that_stalls_is_left_after_a_moment(provider):
    provider.does("stall")
    way = Sms(
        provider.url, secret="", header="", body='{"m": "{address}"}', accepted="", seconds=0.2
    )
    notice = actions.send(a_message(), once="a")

    assert actions.deliver_due(way) == 0

    notice.refresh_from_db()
    assert notice.last_error == {"code": "UNREACHABLE", "value": "ReadTimeout"}


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["no", "400", "422"])
def test_number_that_the_provider_refuses_is_set_aside_and_the_next_goes_out(provider, fault):
    provider.does(fault)
    refused = actions.send(a_message(), once="a")
    actions.send(a_message(), once="b")

    assert actions.deliver_due() == 1

    refused.refresh_from_db()
    assert refused.state == "ASIDE"
    actions.send_again(refused, by=make.a_worker())
    assert actions.deliver_due() == 1


@pytest.mark.django_db
def test_message_is_given_up_after_the_last_pause(provider):
    provider.does(*["500"] * 9)
    notice = actions.send(a_message(), once="a")
    for _ in range(9):
        actions.deliver_due()
        Notice.objects.update(not_before=make.now())

    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("ASIDE", len(pauses.PAUSES) + 1)


@pytest.mark.django_db
def test_disk_that_takes_nothing_is_an_error_not_a_loss(tmp_path):
    (tmp_path / "outbox").write_text("a file in the place of the folder", encoding="utf-8")
    notice = actions.send(a_message(), once="a")

    assert actions.deliver_due() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.last_error["code"]) == ("WAITING", "DISK")


WORKER = """
import sys
import django
django.setup()
from django.conf import settings
from pathlib import Path
from django.db import connection
connection.settings_dict["NAME"], settings.VAR = sys.argv[1], Path(sys.argv[2])
from qianshou.notices import actions
from qianshou.notices.connectors.outbox import FileOutbox
class Slow(FileOutbox):
    def send(self, *args, **key):
        super().send(*args, **key)
        print("sent", flush=True)
        sys.stdin.read()
actions.deliver_due(Slow(settings.VAR / "outbox"))
"""


def test_worker_that_is_killed_after_sending_has_sent_once(committed, tmp_path):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        first = actions.send(a_message(), once="a")
        actions.send(a_message(), once="b")
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(tmp_path)]
    by_day = {**os.environ, "QUIET_HOURS": "0-0"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=by_day
    ) as worker:
        assert worker.stdout.readline() == "sent\n"
        # Another worker meanwhile leaves alone what is under way and takes the other one.
        assert actions.deliver_due() == 1
        worker.kill()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        first.refresh_from_db()
        assert first.state == "WAITING"

    tasks.deliver_due(timestamp=0)
    tasks.deliver()

    assert len(outbox(tmp_path)) == 2
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert set(Notice.objects.values_list("state", flat=True)) == {"SENT"}


@given(
    now=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001
    begins=st.integers(0, 23),
    ends=st.integers(0, 23),
)
def test_quiet_hours_end_at_the_first_moment_outside(now, begins, ends):
    now = now.replace(tzinfo=UTC)
    moment = pauses.after_quiet(now, begins=begins, ends=ends)

    def is_quiet(when):
        span = (when.hour - begins) % 24
        return begins != ends and span < (ends - begins) % 24

    assert not is_quiet(moment)
    assert (moment == now) == (not is_quiet(now))
    assert timedelta() <= moment - now < timedelta(days=1)
    if moment != now:
        assert is_quiet(moment - timedelta(seconds=1))


@pytest.mark.django_db
def test_in_quiet_hours_only_what_is_urgent_leaves(settings, tmp_path, time_machine_at_night):
    settings.QUIET_HOURS = (21, 8)
    actions.send(a_message(), once="a")
    actions.send(a_message(urgent=True), once="b")

    assert actions.deliver_due() == 1


@pytest.fixture
def time_machine_at_night():
    import time_machine

    with time_machine.travel(datetime(2027, 1, 1, 15, 0, tzinfo=UTC)):  # 23:00 in China
        yield


MONDAY = datetime(2026, 11, 23, tzinfo=UTC).date()


def tell(user, room, *lines):
    return actions.digest(
        user, week=MONDAY, room=room, lines=[Line(text, {}, "/x/") for text in lines],
        area_code=make.COUNTY, subject="Week %(week)d",
    )  # fmt: skip


@pytest.mark.django_db
def test_digests_of_two_rooms_are_one_message_a_week():
    user = make.a_worker()
    tell(user, "support", "Two talks are due", "One is at risk")
    tell(user, "recruitment", "Three applications wait")
    tell(user, "support", "Two talks are due", "One is at risk")

    (row,) = queries.shown(list(queries.notices_for(user)))
    assert row["subject"] == "Week 48"
    assert [line["text"] for line in row["lines"]] == [
        "Three applications wait", "Two talks are due", "One is at risk",
    ]  # fmt: skip


@pytest.mark.django_db
def test_digest_is_unread_again_only_when_it_changes():
    user = make.a_worker()
    actions.read(tell(user, "support", "One"))
    assert queries.unread_count(user) == 0

    tell(user, "support", "One")
    assert queries.unread_count(user) == 0
    tell(user, "support", "Two")
    assert queries.unread_count(user) == 1
    assert tell(user, "support").parts == {}


@pytest.mark.django_db
def test_digest_without_lines_is_not_begun():
    assert tell(make.a_worker(), "support") is None


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 40])
def test_many_messages_are_kept_once_each_and_ask_as_often_as_one(
    number, django_assert_num_queries
):
    told = {
        f"many/{each}": Message(
            kind="care.silent", to_kind=Notice.To.MOTHER, to_id=uuid4(), area_code=make.COUNTY,
            subject="A child waits to hear from you", text="Call today",
        )
        for each in range(number)
    }  # fmt: skip
    with rowsecurity.acting(rowsecurity.SYSTEM):
        with django_assert_num_queries(2):
            assert actions.send_all(told) == number
        assert actions.send_all({**told, "many/new": told["many/0"]}) == 1
        assert Notice.objects.filter(once__startswith="many/").count() == number + 1
