"""A person's own list of messages, and the list of those that could not be sent."""

from uuid import uuid4

import pytest
from django.urls import reverse

from qianshou.common import rowsecurity
from qianshou.notices import actions, queries
from qianshou.notices.actions import Message
from qianshou.notices.models import Notice
from tests import make

pytestmark = pytest.mark.django_db


def tell(user, once, **fields):
    values = {
        "kind": "test.said", "to_kind": "USER", "to_id": user.pk, "area_code": make.OTHER_COUNTY,
        "subject": "Something is due", "text": "Look at %(child)s", "params": {"child": "张雨桐"},
        "link": "/children/",
    }  # fmt: skip
    return actions.send(Message(**{**values, **fields}), once=once)


def test_list_shows_ones_own_messages_and_nobody_elses(client):
    worker, other = make.a_worker(), make.a_worker()
    tell(worker, "a")
    tell(other, "b", params={"child": "李明轩"})
    client.force_login(worker)

    page = client.get(reverse("notices:mine")).content.decode()

    assert "张雨桐" in page
    assert "李明轩" not in page
    client.force_login(other)
    assert "李明轩" in client.get(reverse("notices:mine")).content.decode()


def test_mother_finds_what_was_sent_to_her_file(client):
    mother = make.a_user("mother", person_id=uuid4())
    tell(mother, "a", to_kind="MOTHER", to_id=mother.person_id)
    client.force_login(mother)

    assert "张雨桐" in client.get(reverse("notices:mine")).content.decode()


def test_opening_marks_as_read_and_leads_on(client):
    worker = make.a_worker()
    notice = tell(worker, "a")
    client.force_login(worker)
    assert b'class="badge"' in client.get("/children/").content

    answer = client.post(reverse("notices:open", args=[notice.pk]))

    assert answer.headers["Location"] == "/children/"
    assert b'class="badge"' not in client.get("/children/").content


def test_somebody_elses_message_cannot_be_opened(client):
    notice = tell(make.a_worker(), "a")
    client.force_login(make.a_worker())

    assert client.post(reverse("notices:open", args=[notice.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_can_be_marked_at_once(client):
    worker = make.a_worker()
    tell(worker, "a")
    tell(worker, "b")
    client.force_login(worker)

    client.post(reverse("notices:read-all"))

    assert queries.unread_count(worker) == 0


def test_without_messages_the_list_says_so(client):
    client.force_login(make.a_worker())

    assert "No messages" in client.get(reverse("notices:mine")).content.decode()


def test_row_security_shows_a_message_in_its_area_and_to_its_reader():
    reader = make.a_user("fed_county")
    tell(reader, "a")
    tell(make.a_worker(), "b")
    own = rowsecurity.Scope("ADMIN", (), reader.pk)

    with rowsecurity.acting(own):
        assert list(Notice.objects.values_list("once", flat=True)) == ["a"]
        assert Notice.objects.filter(once="a").update(read_at=make.now()) == 1
    with rowsecurity.acting(rowsecurity.Scope("ADMIN", (), uuid4())):
        assert not Notice.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_the_database_no_more_often_when_there_is_more(
    client, django_assert_num_queries, number
):
    worker = make.a_worker()
    for each in range(number):
        tell(worker, str(each))
    client.force_login(worker)
    client.get(reverse("notices:mine"))

    with django_assert_num_queries(QUERIES):
        client.get(reverse("notices:mine"))


QUERIES = 15


def test_what_could_not_be_sent_is_listed_and_tried_again(client, settings):
    notice = tell(
        make.a_worker(), "a", to_kind="GUARDIAN", area_code=make.COUNTY, address="13899998888",
        short="Open %(link)s",
    )  # fmt: skip
    Notice.objects.update(state="ASIDE", last_error={"code": "REFUSED", "value": "5"}, attempts=1)
    worker = make.a_worker()
    client.force_login(worker)

    page = client.get(reverse("notices:aside")).content.decode()
    client.post(reverse("notices:again", args=[notice.pk]))

    assert "refused this message (5)" in page
    notice.refresh_from_db()
    assert notice.state == "WAITING"
    assert "13899998888" not in page
