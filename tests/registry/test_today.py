"""The page of what changed, the visits, the worklist, and the pulse of open pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.registry.actions import noticing
from qianshou.registry.models import Child, Notice
from qianshou.registry.queries import child as files
from qianshou.registry.queries import today as queries
from tests import make as people
from tests import make_registry as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    user = people.a_worker()
    client.force_login(user)
    return user


def page(client, **chosen: str) -> str:
    answer = client.get(reverse("registry:today", query=chosen))
    assert answer.status_code == 200
    return answer.content.decode()


def another(key: str, name: str, **values: Any) -> Child:
    return make.a_child(key=key, name=name, id_number=None, father_phone=None, **values)


def test_page_shows_the_news_of_today_and_what_follows(client, worker):
    make.a_child()
    make.deliver([make.a_row(key="P1", father_status="DEAD")], "police")

    text = page(client)

    assert text.count("张**") == 2
    assert "张雨桐" not in text
    assert text.count(reverse("registry:visit", args=[Notice.objects.first().pk])) == 1


def test_page_is_narrowed_by_kind_town_and_day(client, worker):
    make.a_child()
    another("MZ2", "李子墨", area_code="500236112201", birth_on="2013-02-03")
    Notice.objects.filter(child__name="李子墨").update(at=timezone.now() - timedelta(days=3))
    day = (timezone.localdate() - timedelta(days=3)).isoformat()

    assert "李**" not in page(client)
    assert "李**" in page(client, day=day)
    assert "张**" not in page(client, day=day)
    assert "张**" in page(client, kind="NEW_CHILD", town="500236103000")
    assert "张**" not in page(client, kind="PARENT_GONE")
    assert "张**" not in page(client, town="500236112000")


def test_visit_that_is_due_is_shown_whatever_its_day(client, worker):
    make.a_child()
    Notice.objects.update(at=timezone.now() - timedelta(days=40))

    assert "张**" in page(client, visit="DUE")


def test_page_without_news_says_so(client, worker):
    assert "datatable" not in page(client)


def test_page_asks_no_more_often_for_a_full_page(client, worker, django_assert_max_num_queries):
    child = make.a_child()
    first = Notice.objects.get()
    Notice.objects.bulk_create(
        Notice(child=child, area_code=child.area_code, kind="JOINED", at=first.at)
        for _number in range(1000)
    )

    with django_assert_max_num_queries(30):
        text = page(client)

    assert text.count("data-open") == 50


def test_page_does_not_tell_where_a_hidden_child_moved(client, worker):
    child = make.a_child()
    make.deliver([make.a_row(area_code="500236112201")])
    Child.objects.filter(pk=child.pk).update(hidden_location=True)

    text = page(client, kind="MOVED")

    assert "张**" in text
    assert "500236112201" not in text.split('id="news"')[1]


def test_visit_is_noted_once_with_what_was_seen(client, worker):
    child = make.a_child()
    notice = Notice.objects.get()
    address = reverse("registry:visit", args=[notice.pk])

    assert client.post(address, {"said": ""}).status_code == 422
    assert client.post(address, {"said": "孩子在家，奶奶照看。"}).status_code == 302
    assert client.post(address, {"said": "再来一次"}).status_code == 302

    notice.refresh_from_db()
    assert (notice.visit, notice.done_by) == ("DONE", worker)
    assert notice.said.open() == "孩子在家，奶奶照看。"
    assert Entry.objects.filter(act="registry.visit.noted").count() == 1
    assert "孩子在家，奶奶照看。" in [each.text for each in files.timeline_of(worker, child)]


def test_visits_and_waiting_children_stand_in_the_worklist(client, worker):
    make.a_child()

    home = client.get("/").content.decode()

    assert reverse("registry:today") + "?visit=DUE" in home


def test_pulse_beats_for_the_area_that_changed_and_no_other(client, worker):
    before = queries.pulse_of(people.COUNTY), queries.pulse_of(people.OTHER_COUNTY)

    make.a_child()

    after = queries.pulse_of(people.COUNTY), queries.pulse_of(people.OTHER_COUNTY)
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_pulse_answers_without_a_word_until_something_changes(client, worker):
    make.a_child()
    address = reverse("web:pulse", query={"of": people.COUNTY, "seen": ""})
    seen = queries.pulse_of(people.COUNTY)

    assert client.get(address).headers["HX-Trigger"] == "fresh"
    same = client.get(reverse("web:pulse", query={"of": people.COUNTY, "seen": seen}))
    assert (same.status_code, same.content) == (204, b"")


def test_pulse_tells_an_ended_session_to_load_the_page_again(client):
    answer = client.get(reverse("web:pulse"))

    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_what_a_page_asks_by_itself_keeps_no_session_alive(client, worker):
    client.get("/")
    session = client.session
    session["seen_at"] -= 600
    session.save()
    before = client.session["seen_at"]

    client.get(reverse("web:pulse"), headers={"X-Unattended": "1"})
    assert client.session["seen_at"] == before
    client.get(reverse("web:pulse"))
    assert client.session["seen_at"] > before


def test_note_visit_is_refused_when_none_is_due():
    make.a_child()
    notice = Notice.objects.get()
    worker = people.a_worker()
    noticing.note_visit(notice, by=worker, said="在家")

    with pytest.raises(noticing.NoVisitDue):
        noticing.note_visit(notice, by=worker, said="在家")
