"""Children's files over REST: the same reads and acts as the pages, with keys that have a scope."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from qianshou.accounts import actions as accounts
from qianshou.accounts import permissions
from qianshou.audit.models import Entry
from qianshou.registry.models import Child, ChildEvent, Consent, Doubt, Guardianship, Link
from tests import make as people
from tests import make_registry as make

pytestmark = pytest.mark.django_db
NUMBER, PHONE = "50023620140717312X", "15412345678"
WHY = "核对学籍信息"


def key_of(*roles: str, area: str = people.COUNTY) -> dict[str, str]:
    """The header of a key with every power of its person."""
    user = people.a_user(*roles, area=area)
    secret = accounts.create_token(
        user, by=user, name="test", powers=sorted(permissions.powers_of(user)),
        today=timezone.localdate(),
    )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def key():
    return key_of("fed_county")


@pytest.fixture
def stranger():
    return key_of("fed_county", area=people.OTHER_COUNTY)


def at(name: str, **kwargs: Any) -> str:
    """The address of an operation, wherever the interface mounts it."""
    return reverse(f"api:{name}", kwargs=kwargs)


def ask(client, address: str, key: dict[str, str], *, status: int = 200, **asked: Any) -> Any:
    answer = client.get(address, asked, headers=key)
    assert answer.status_code == status, answer.content
    return answer.json()


def act(client, address: str, key: dict[str, str], *, status: int = 200, **body: Any) -> Any:
    answer = client.post(address, body, content_type="application/json", headers=key)
    assert answer.status_code == status, answer.content
    return answer.json()


def another(**values: Any) -> Child:
    """A second child of the same county."""
    return make.a_child(
        **{"key": "MZ9", "name": "李小满", "id_number": None, "birth_on": "2010-05-06",
           "father_name": None, "father_phone": None, **values}
    )  # fmt: skip


def a_doubt() -> Doubt:
    """A question between the rows of two files."""
    make.a_child()
    another()
    low, high = sorted(Link.objects.values_list("record_id", flat=True), key=str)
    Doubt.objects.all().delete()
    return Doubt.objects.create(
        area_code=make.VILLAGE, record_a_id=low, record_b_id=high, reason="BAND", weight_bits=1.0,
        probability=0.6, levels="name=sound", value=1.0, raised_at=people.now(),
    )  # fmt: skip


def test_children_need_a_key(client):
    assert client.get(at("list_children")).status_code == 401


@pytest.mark.parametrize("search", ["雨桐", "zhangyutong", "zyt", NUMBER])
def test_list_finds_by_name_pinyin_initials_and_number(client, key, search):
    make.a_child()
    another()

    found = ask(client, at("list_children"), key, q=search)

    assert [each["name"] for each in found["items"]] == ["张雨桐"]


def test_search_by_number_is_on_record_without_the_number(client, key):
    make.a_child()

    ask(client, at("list_children"), key, q=NUMBER)

    entry = Entry.objects.latest("id")
    assert entry.act == "registry.searched_by_number"
    assert NUMBER not in entry.details


def test_list_narrows_by_what_a_file_says(client, key):
    make.a_child(categories=["ORPHAN_SCATTERED"])
    another()

    found = ask(client, at("list_children"), key, category="ORPHAN_SCATTERED")

    assert [each["name"] for each in found["items"]] == ["张雨桐"]
    assert found["items"][0]["categories"] == ["ORPHAN_SCATTERED"]


def test_list_holds_nothing_of_another_county(client, key, stranger):
    make.a_child()

    assert ask(client, at("list_children"), stranger)["items"] == []
    assert ask(client, at("list_children"), stranger, status=404, area=people.COUNTY)
    assert len(ask(client, at("list_children"), key)["items"]) == 1  # the control


@pytest.mark.parametrize("name", ["read_child", "read_rows", "read_history"])
def test_file_is_missing_for_another_county(client, key, stranger, name):
    child = make.a_child()

    ask(client, at(name, child_id=child.pk), stranger, status=404)
    ask(client, at(name, child_id=child.pk), key)  # the control


def test_file_tells_each_value_with_its_source(client, key):
    child = make.a_child()
    make.deliver([make.a_row(key="G1", father_name=None, school="竹园小学")], "education")

    found = ask(client, at("read_child", child_id=child.pk), key)

    school = next(fact for fact in found["facts"] if fact["field"] == "school")
    assert (school["value"], school["source"]) == ("竹园小学", "education")
    assert school["on"] == make.AS_OF.isoformat()
    assert found["sealed"] == ["id_number"]
    assert [adult["name"] for adult in found["adults"]] == ["张建国"]


@pytest.mark.parametrize("name", ["read_child", "read_rows", "read_history"])
def test_no_read_gives_a_whole_number_unasked(client, key, name):
    child = make.a_child()

    answer = client.get(at(name, child_id=child.pk), headers=key).content.decode()
    opened = act(client, at("reveal", child_id=child.pk), key, field="id_number", reason=WHY)

    assert NUMBER not in answer
    assert PHONE not in answer
    assert opened == {"field": "id_number", "value": NUMBER}  # the control


def test_reveal_writes_one_entry_with_the_reason(client, key):
    child = make.a_child()
    before = Entry.objects.count()

    act(client, at("reveal", child_id=child.pk), key, field="id_number", reason=WHY)

    entry = Entry.objects.latest("id")
    assert Entry.objects.count() == before + 1
    assert (entry.act, entry.reason) == ("registry.field.revealed", WHY)


@pytest.mark.parametrize(("field", "reason"), [("id_number", " "), ("facts", WHY)])
def test_reveal_refuses_without_a_reason_or_for_another_field(client, key, field, reason):
    child = make.a_child()
    before = Entry.objects.count()

    act(
        client, at("reveal", child_id=child.pk), key, status=409, field=field,
        reason=reason,
    )  # fmt: skip

    assert Entry.objects.count() == before


def test_reveal_is_not_for_a_village_worker(client):
    child = make.a_child()
    village = key_of("fed_village")

    act(
        client, at("reveal", child_id=child.pk), village, status=403,
        field="id_number", reason=WHY,
    )  # fmt: skip


def test_reveal_of_an_adult_belongs_to_this_child(client, key):
    child, other = make.a_child(), another()
    stands = Guardianship.objects.get(child=child)
    wanted = {"field": "phone", "reason": WHY}

    mine = at("reveal_adult", child_id=child.pk, stands_id=stands.pk)
    theirs = at("reveal_adult", child_id=other.pk, stands_id=stands.pk)

    assert act(client, mine, key, **wanted)["value"] == PHONE
    act(client, theirs, key, status=404, **wanted)


def test_hidden_place_is_told_to_nobody_else(client, key):
    child = make.a_child(school="竹园小学")
    colleague = key_of("fed_county")
    before = ask(client, at("list_children"), colleague)["items"][0]

    act(client, at("set_place", child_id=child.pk), key, hidden=True, reason=WHY)
    listed = ask(client, at("list_children"), colleague)["items"][0]
    read = client.get(at("read_child", child_id=child.pk), headers=colleague).content.decode()

    assert (before["school"], before["area_code"]) == ("竹园小学", make.VILLAGE)
    assert (listed["school"], listed["area_code"]) == ("", people.COUNTY)
    assert "竹园小学" not in read
    assert make.VILLAGE not in read
    assert ask(client, at("read_child", child_id=child.pk), key)["school"] == "竹园小学"


def test_merge_and_undo(client, key):
    kept, absorbed = make.a_child(), another()

    event = act(client, at("merge", child_id=kept.pk), key, other=str(absorbed.pk), reason="同一人")
    led = ask(client, at("read_child", child_id=absorbed.pk), key)
    act(client, at("undo", event_id=event["id"]), key)
    back = ask(client, at("read_child", child_id=absorbed.pk), key)

    assert led["id"] == str(kept.pk)
    assert back["id"] == str(absorbed.pk)


def test_merge_with_a_file_of_another_county_is_refused(client, key):
    kept, other = make.a_child(), another(area_code="500235103205")
    address = at("merge", child_id=kept.pk)

    act(client, address, key, status=404, other=str(other.pk), reason="同一人")

    assert not ChildEvent.objects.filter(kind="MERGED").exists()


def test_merge_is_not_for_a_town(client):
    kept, other = make.a_child(), another()
    town = key_of("fed_town")
    address = at("merge", child_id=kept.pk)

    act(client, address, town, status=403, other=str(other.pk), reason="同一人")

    assert Child.objects.on_file().count() == 2


def test_split_gives_the_new_file(client, key):
    child = make.a_child()
    event = make.deliver([make.a_row(key="G1", father_name=None)], "education")
    row = event.arrived[0][0]
    assert make.child_of(row) == child

    made = act(client, at("split", child_id=child.pk), key, record=str(row), reason="别人")

    assert made["id"] == str(make.child_of(row).pk) != str(child.pk)
    assert made["departments"] == ["education"]


def test_split_takes_only_rows_of_this_file(client, key):
    child, other = make.a_child(), another()
    row = Link.objects.get(child=other).record_id

    act(
        client, at("split", child_id=child.pk), key, status=404, record=str(row),
        reason="别人",
    )  # fmt: skip


@pytest.mark.parametrize(("verdict", "state"), [("same", "SAME"), ("different", "DIFFERENT")])
def test_doubt_is_read_answered_and_taken_back(client, key, verdict, state):
    doubt = a_doubt()
    address = {"doubt_id": doubt.pk}

    listed = ask(client, at("list_doubts"), key)["items"]
    asked = ask(client, at("read_doubt", **address), key)
    said = act(client, at("read_doubt", **address), key, verdict=verdict)
    again = act(client, at("read_doubt", **address), key, status=409, verdict=verdict)
    back = act(client, at("reopen", **address), key)

    assert [each["id"] for each in listed] == [str(doubt.pk)]
    assert {asked["lines"][0]["left"], asked["lines"][0]["right"]} == {"张雨桐", "李小满"}
    assert len(asked["children"]) == 2
    assert said["state"] == state
    assert again["title"]
    assert back["state"] == "OPEN"
    assert Child.objects.on_file().count() == 2


def test_doubts_are_those_of_the_keys_county(client, key, stranger):
    doubt = a_doubt()

    assert ask(client, at("list_doubts"), stranger)["items"] == []
    ask(client, at("read_doubt", doubt_id=doubt.pk), stranger, status=404)
    act(client, at("read_doubt", doubt_id=doubt.pk), stranger, status=404, verdict="same")
    ask(client, at("read_doubt", doubt_id=doubt.pk), key)  # the control


def test_unknown_verdict_does_not_fit(client, key):
    doubt = a_doubt()

    act(client, at("read_doubt", doubt_id=doubt.pk), key, status=422, verdict="perhaps")


def test_coverage_counts_files_and_departments(client, key, stranger):
    make.a_child()
    make.deliver([make.a_row(key="G1", father_name=None)], "education")
    another()

    told = ask(client, at("read_coverage"), key)

    assert sum(part["children"] for part in told["parts"]) == 2
    assert sum(part["several"] for part in told["parts"]) == 1
    assert told["departments"] == {"civil_affairs": 2, "education": 1}
    assert ask(client, at("read_coverage"), stranger)["parts"] == []


def test_consent_on_paper_counts_when_it_is_the_newest(client, key):
    child = make.a_child(consent=True, consent_on="2026-03-01")
    address = at("note_consent", child_id=child.pk)

    told = act(client, address, key, given=False, given_on="2026-11-02", reason="父亲来电撤回")

    assert told["consent"] == {"given": False, "given_on": "2026-11-02", "channel": "ON_PAPER"}
    assert Consent.objects.count() == 2
    assert Entry.objects.latest("id").act == "registry.consent.noted"


@pytest.mark.parametrize(
    ("given_on", "reason"),
    [
        (date(2026, 2, 1), WHY),
        (timezone.localdate() + timedelta(days=2), WHY),
        (date(2026, 11, 2), " "),
    ],
    ids=["older than the answer on file", "tomorrow", "no reason"],
)
def test_consent_refuses(client, key, given_on, reason):
    child = make.a_child(consent=True, consent_on="2026-03-01")
    address = at("note_consent", child_id=child.pk)

    act(client, address, key, status=409, given=False, given_on=str(given_on), reason=reason)

    assert Consent.objects.count() == 1


def test_consent_is_not_noted_by_a_village_worker_nor_another_county(client, stranger):
    child = make.a_child()
    address, answer = at("note_consent", child_id=child.pk), {"given": True, "reason": WHY}

    act(client, address, key_of("fed_village"), status=403, given_on="2026-11-02", **answer)
    act(client, address, stranger, status=404, given_on="2026-11-02", **answer)
    act(client, address, key_of("fed_town"), given_on="2026-11-02", **answer)  # the control

    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    ("signed", "given"), [("2026-03-01", False), ("2026-11-20", True)], ids=["old yes", "new yes"]
)
def test_a_list_that_repeats_an_old_yes_does_not_undo_a_noted_no(client, key, signed, given):
    child = make.a_child(consent=True, consent_on="2026-03-01")
    address = at("note_consent", child_id=child.pk)
    act(client, address, key, given=False, given_on="2026-11-02", reason="父亲来电撤回")

    make.deliver(
        [make.a_row(consent=True, consent_on=signed, class_name="三班")], as_of=date(2026, 11, 24)
    )

    told = ask(client, at("read_child", child_id=child.pk), key)
    assert told["consent"]["given"] is given
