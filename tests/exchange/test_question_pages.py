"""The pages of questions: put down, decided by another, answered, seen by the two alone."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.exchange.actions import asking
from qianshou.exchange.models import Question
from tests import make
from tests import make_exchange as making

pytestmark = pytest.mark.django_db
FILE = UUID("01970000-0000-7000-8000-000000000001")
FATHER = "500236198501010017"


@pytest.fixture
def question() -> Question:
    source = making.a_source(
        make.COUNTY, delivery="changes",
        fetch={"kind": "ask", "url": "https://prison.example/ask", "question": "IN_CUSTODY",
               "key_id": "hub"},
    )  # fmt: skip
    person = asking.Person("张大山", FATHER, "张雨桐", making.an_id(), making.TOWN)
    return asking.ask(
        source, by=make.a_user("fed_town", username="asks", area=make.COUNTY), file_id=FILE,
        about="FATHER", person=person,
        why=asking.Why("RECOGNITION", "民发〔2019〕62号", "核对父亲情况"),
    )  # fmt: skip


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def page(client: Client, question: Question, what: str = "", **posted: str):
    address = f"/data/questions/{question.pk}/{what}"
    return client.post(address, posted) if what else client.get(address)


def test_who_asked_sees_it_and_cannot_allow_it(question):
    client = signed_in(question.asked_by)

    assert "核对父亲情况" in page(client, question).content.decode()
    assert "Allow and send it" not in page(client, question).content.decode()
    assert page(client, question, "approve/").status_code == 403
    assert "Is the person in custody" in client.get("/data/questions/").content.decode()


def test_a_second_person_allows_it_and_a_third_learns_nothing(question):
    second, third = make.a_worker(), make.a_worker()
    client = signed_in(second)
    assert "Allow and send it" in page(client, question).content.decode()
    assert page(client, question, "approve/").status_code == 302
    question.refresh_from_db()
    assert (question.state, question.decided_by) == ("APPROVED", second)

    question.state, question.answered_at = "ANSWERED", timezone.now()
    question.forget_at = timezone.now() + timedelta(days=5)
    question.answer = json.dumps({"word": "yes", "since": "2025-03-01", "until": ""})
    question.save()
    assert "2025-03-01" not in page(client, question).content.decode()
    assert page(client, question, "answer/", reason="x").status_code == 422
    said = page(client, question, "answer/", reason="办理认定").content.decode()
    assert "2025-03-01" in said
    assert FATHER not in said
    assert Entry.objects.filter(act="exchange.answer.read").count() == 1
    stranger = signed_in(third)
    assert "Only who asked and who allowed it" in page(stranger, question).content.decode()
    assert page(stranger, question, "answer/", reason="好奇看看").status_code == 403


def test_it_is_refused_with_a_reason(question):
    client = signed_in(make.a_worker())
    assert page(client, question, "refuse/", reason="").status_code == 422
    assert page(client, question, "refuse/", reason="没有依据").status_code == 302
    assert "没有依据" in page(client, question).content.decode()


def test_another_town_s_worker_finds_no_question(question):
    other = signed_in(make.a_user("fed_town", area=make.OTHER_COUNTY))
    colleague = signed_in(make.a_user("fed_town", area=make.COUNTY))

    for client in (other, colleague):
        assert page(client, question).status_code == 404
        assert "Is the person" not in client.get("/data/questions/").content.decode()


def test_the_list_asks_the_database_no_more_often_when_there_is_more(
    question, django_assert_num_queries
):
    client = signed_in(make.a_worker())
    client.get("/data/questions/")
    with CaptureQueriesContext(connection) as first:
        client.get("/data/questions/")
    for order in (2, 3):
        person = asking.Person("李四", making.an_id(order=order), "张雨桐", "", making.TOWN)
        asking.ask(
            question.source, by=question.asked_by, file_id=FILE, about="MOTHER", person=person,
            why=asking.Why("SAFETY", "民发〔2019〕62号", "核对情况"),
        )  # fmt: skip

    with django_assert_num_queries(len(first)):
        client.get("/data/questions/")
