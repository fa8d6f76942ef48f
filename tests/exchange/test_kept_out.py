"""Messages of a broker that were kept out: shown, read with a reason, taken again, put aside."""

import json

import pytest
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.exchange.actions import kept_out, processing, streaming
from qianshou.exchange.connectors.streams.messages import Message
from qianshou.exchange.models import Feed, Record, StreamMessage
from tests import make
from tests import make_exchange as making

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def worker(client):
    user = make.a_worker()
    client.force_login(user)
    return user


def an_unreadable_message(body=b"no json", **fetch):
    source = making.a_source(make.COUNTY, delivery="changes", fetch=making.STREAM | fetch)
    feed = Feed.objects.select_related("source").get_or_create(source=source)[0]
    streaming.take_in(feed, [Message(body, "m1", None)])
    return StreamMessage.objects.get(source=source)


def test_message_is_listed_with_its_reason_and_opened_with_one(client, worker):
    message = an_unreadable_message()
    listed = client.get(reverse("exchange:kept-out"), headers=ENGLISH)
    address = reverse("exchange:kept-message", args=[message.pk])

    folded = client.get(address, headers=ENGLISH)
    refused = client.post(address, {"reason": ""}, headers=ENGLISH)
    opened = client.post(address, {"reason": "查看原因"}, headers=ENGLISH)

    assert "It is no JSON" in listed.text
    assert address in listed.text
    assert "no json" not in folded.text + refused.text
    assert (refused.status_code, opened.context["content"]) == (422, "no json")
    assert Entry.objects.filter(act="exchange.message.read").count() == 1


def test_unreadable_message_stays_kept_out_and_is_put_aside_with_a_reason(client, worker):
    message = an_unreadable_message()

    tried = client.post(
        reverse("exchange:retry-message", args=[message.pk]), headers=ENGLISH, follow=True
    )
    message.refresh_from_db()
    assert "It cannot be read yet" in tried.text
    assert (message.state, Entry.objects.filter(act="exchange.message.retried").count()) == (
        "KEPT_OUT", 0,
    )  # fmt: skip
    address = reverse("exchange:dismiss-message", args=[message.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "测试消息"})
    message.refresh_from_db()
    assert (message.state, message.closed_by) == ("DISMISSED", worker)
    with pytest.raises(kept_out.MessageClosed):
        kept_out.retry(message, by=worker)


def test_message_with_a_used_mark_is_taken_once_a_person_says_so(client, worker):
    message = making.a_kept_message()
    (first,) = [each.run for each in StreamMessage.objects.filter(state="TAKEN")]
    processing.process_run(first.pk)

    answer = client.post(reverse("exchange:retry-message", args=[message.pk]))

    message.refresh_from_db()
    assert answer.url == reverse("exchange:run", args=[message.run_id])
    assert message.state == "TAKEN"
    processing.process_run(message.run_id)
    assert Record.objects.current().count() == 2


def test_message_is_read_as_the_source_is_set_up_now(worker):
    row = making.a_row()
    text = json.dumps({"rows": [row]}, ensure_ascii=False).encode()
    message = an_unreadable_message(text, rows="data")
    assert message.problem == "NOT_JSON"
    with pytest.raises(kept_out.StillUnusable):
        kept_out.retry(message, by=worker)

    message.source.profile["fetch"]["rows"] = "rows"
    message.source.save()
    run = kept_out.retry(message, by=worker)

    assert processing.process_run(run.pk).counts["new"] == 1


def test_message_that_is_not_kept_whole_is_not_taken(worker):
    message = an_unreadable_message(b"\xff\xfe")

    with pytest.raises(kept_out.MessageCut):
        kept_out.retry(message, by=worker)


def test_another_county_sees_no_message(client):
    message = an_unreadable_message()
    client.force_login(make.a_worker(make.OTHER_COUNTY))

    assert client.get(reverse("exchange:kept-out")).context["rows"] == []
    assert client.get(reverse("exchange:kept-message", args=[message.pk])).status_code == 404
    for name in ("retry-message", "dismiss-message"):
        answer = client.post(reverse(f"exchange:{name}", args=[message.pk]), {"reason": "试一试吧"})
        assert answer.status_code == 404
