"""News, visits, values, scorecards and the trail over REST: what the pages show, and no more."""

import pytest

from qianshou.quality.actions import scoring
from qianshou.registry.models import Child, Notice, Pin
from tests import make as people
from tests import make_registry as make
from tests.registry.test_api import act, ask, at, key_of

pytestmark = pytest.mark.django_db
WHY = "校长来电"


@pytest.fixture
def key():
    return key_of("fed_county")


@pytest.fixture
def child() -> Child:
    return make.a_child(violence_clue=True)


def test_news_tell_what_happened_and_leave_out_what_a_visit_found(client, key, child):
    due = child.notices.get(visit="DUE")

    told = ask(client, at("list_news"), key, visit="DUE")["items"]
    assert [(each["id"], each["child_id"]) for each in told] == [(str(due.pk), str(child.pk))]

    act(client, at("note_visit", notice_id=due.pk), key, said="奶奶说孩子夜里哭。")

    done = ask(client, at("list_news"), key, visit="DONE")["items"]
    assert [each["visit"] for each in done] == ["DONE"]
    assert "奶奶" not in str(done)
    assert Notice.objects.get(pk=due.pk).said.open() == "奶奶说孩子夜里哭。"


def test_a_visit_is_noted_once(client, key, child):
    due = child.notices.get(visit="DUE")
    act(client, at("note_visit", notice_id=due.pk), key)

    act(client, at("note_visit", notice_id=due.pk), key, status=409)


def test_news_of_another_county_are_not_there(client, child):
    stranger = key_of("fed_county", area=people.OTHER_COUNTY)
    due = child.notices.get(visit="DUE")

    assert ask(client, at("list_news"), stranger)["items"] == []
    act(client, at("note_visit", notice_id=due.pk), stranger, status=404)


def test_a_value_is_set_and_left_to_the_departments_again(client, key, child):
    where = {"child_id": child.pk, "field": "stage"}

    said = act(client, at("read_value", **where), key, value="JUNIOR", reason=WHY)
    assert said["pin"]["reason"] == WHY
    assert said["value"]
    assert ask(client, at("read_value", **where), key) == said

    left = act(client, at("release_value", **where), key, reason=WHY)
    assert (left["pin"], left["value"] == said["value"]) == (None, False)
    assert not Pin.objects.filter(child=child, ended_at=None).exists()


@pytest.mark.parametrize(
    ("field", "value", "reason", "status"),
    [
        ("stage", "NURSERY SCHOOL", WHY, 409), ("stage", "JUNIOR", "", 409),
        ("shoe_size", "38", WHY, 404),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused(client, key, child, field, value, reason, status):
    where = {"child_id": child.pk, "field": field}

    act(client, at("read_value", **where), key, status=status, value=value, reason=reason)

    assert not Pin.objects.exists()


def test_scorecards_tell_shares_and_faults(client, key, child):
    source = make.a_source()
    scoring.score(source, people.COUNTY)

    (card,) = ask(client, at("list_scorecards"), key)
    report = ask(
        client, at("read_scorecard", area_code=people.COUNTY, source_id=source.pk), key
    )  # fmt: skip

    assert card["rows"] == 1
    assert 0 <= card["completeness"] <= 1
    assert report["card"] == card
    assert report["earlier"] == []


def test_the_trail_tells_who_changed_one_file(client, key, child):
    other = make.a_child(key="MZ9", name="李小满", id_number=None, birth_on="2010-05-06")
    act(client, at("read_value", child_id=child.pk, field="stage"), key,
        value="JUNIOR", reason=WHY)  # fmt: skip
    auditor = key_of("auditor")

    about = ask(client, at("list_trail"), auditor, about=str(child.pk))["items"]

    assert [(each["act"], each["reason"]) for each in about] == [("registry.value.set", WHY)]
    assert ask(client, at("list_trail"), auditor, about=str(other.pk))["items"] == []


def test_the_trail_is_closed_to_those_who_may_not_read_it(client, child):
    ask(client, at("list_trail"), key_of("sys_admin"), status=403)
