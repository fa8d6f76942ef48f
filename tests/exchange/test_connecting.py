"""Connecting a department on pages, and the order of what it sends."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.exchange.actions import deciding, egress, fetching, processing
from qianshou.exchange.connectors import samples
from qianshou.exchange.models import Feed, ImportRun, Record, Source
from tests import make
from tests import make_exchange as making
from tests.exchange.test_push import a_body, a_key, a_pushed_source, push

MAPPING = {"编号": "key", "姓名": "name", "出生日期": "birth_on", "区划代码": "area_code",
           "住址": "address"}  # fmt: skip


@pytest.fixture
def department(tmp_path: Path, settings: Any) -> Iterator[making.Department]:
    settings.EGRESS_LOOPBACK = True
    found = making.Department(tmp_path / "department")
    yield found
    found.stop()


@pytest.fixture
def editor(client: Any) -> Any:
    """An editor of sources at a browser that speaks English."""
    user = make.a_user("fed_city", area=make.CITY)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def post(client: Any, page: str, source: Source | None = None, **values: Any) -> Any:
    kwargs = {"source_id": source.pk} if source else {}
    answer = client.post(reverse(f"exchange:{page}", kwargs=kwargs), values)
    assert answer.status_code in (200, 302), answer.content.decode()[:3000]
    return answer


def shown(client: Any, name: str, source: Source) -> str:
    answer = client.get(reverse(f"exchange:{name}", kwargs={"source_id": source.pk}))
    assert answer.status_code == 200
    return str(answer.content.decode())


def begun(client: Any, **values: str) -> Source:
    given = {"kind": "rest", "name": "学籍接口", "code": "school", "department": "education",
             "target": "CHILD", "delivery": "changes"}  # fmt: skip
    post(client, "connect", **(given | values))
    return Source.objects.get(code=values.get("code", "school"))


def open_ways(source: Source) -> None:
    for way in source.egress.all():
        egress.approve(way, by=make.a_user("sys_admin", area=make.CITY))
        egress.approve(way, by=make.a_user("sec_admin", area=make.CITY))


def as_posted(names: list[str]) -> dict[str, str]:
    return {f"map-{at}": MAPPING[name] for at, name in enumerate(names) if name in MAPPING}


def test_columns_of_a_source_that_is_not_connected_yet_are_asked_for_later(db, client, editor):
    for kind in ("rest", "view"):
        source = begun(client, kind=kind, code=f"school-{kind}")

        assert "Say first where its rows come from" in shown(client, "columns", source)


def test_an_interface_is_connected_on_pages_and_rows_arrive(db, client, editor, department):
    rows = [making.a_row(宗教="不应存储") for _row in range(3)]
    department.says(rows=rows)
    source = begun(client)
    assert not source.is_active
    post(client, "connection", source, url=department.url, auth="header", header="X-Api-Key",
         secret="given-by-them", addresses="127.0.0.1", rows="data.items", paging="none",
         every="15")  # fmt: skip
    assert "is not approved" in post(client, "test-connection", source).content.decode()
    open_ways(source)
    tested = post(client, "test-connection", source).content.decode()
    assert "The first 3 rows came" in tested
    assert "宗教" in tested
    assert shown(client, "columns", source).count("<select") == len(rows[0])
    names = list(rows[0])
    tried = post(client, "columns", source, **as_posted(names)).content.decode()
    assert "Of the first rows 3 would enter" in tried
    post(client, "columns", source, save="1", **as_posted(names), **{"need-4": "1"})
    source.refresh_from_db()
    assert source.profile["columns"]["birth_on"] == {"header": "出生日期", "required": True}
    post(client, "agreement", source, number="函3号", basis="DUTY", purposes=["FILE"],
         fields_allowed=["name", "birth_on", "area_code"], valid_from="2026-01-01",
         valid_until="2099-01-01")  # fmt: skip
    assert "address" in shown(client, "source", source)
    post(client, "switch", source, on="1")
    source.refresh_from_db()

    (run,) = fetching.fetch(source.pk)
    done = processing.process_run(run.pk)

    assert (done.state, done.counts["new"]) == ("DONE", 3)
    payload = json.loads(Record.objects.first().payload.open())
    assert set(payload) == {"key", "name", "birth_on", "area_code"}
    assert department.asked[-1]["X-Api-Key"] == "given-by-them"


@pytest.mark.parametrize(
    ("fault", "words"),
    [("401", "does not accept our key"), ("503", "busy or out of order"),
     ("body <html>", "not what the profile says"), ("redirect http://x.example/", "elsewhere"),
     ("nothing", "with no row")],
)  # fmt: skip
def test_the_test_says_in_words_what_is_wrong(db, client, editor, department, fault, words):
    source = begun(client)
    post(client, "connection", source, url=department.url, auth="none", addresses="127.0.0.1",
         rows="data.items", paging="none", every="15")  # fmt: skip
    open_ways(source)
    department.fails(fault)

    assert words in post(client, "test-connection", source).content.decode()


def test_a_wrong_way_is_told_at_the_form_and_nothing_is_kept(db, client, editor):
    source = begun(client)
    answer = client.post(
        reverse("exchange:connection", kwargs={"source_id": source.pk}),
        {"url": "https://dept.example/x?y", "auth": "none", "paging": "cursor", "every": "15"},
    )

    assert answer.status_code == 422
    assert Source.objects.get().profile["fetch"] == {"kind": "rest"}


def test_a_code_is_taken_once_and_nothing_is_switched_on_unmapped(db, client, editor):
    source = begun(client)
    again = client.post(
        reverse("exchange:connect"),
        {"kind": "push", "name": "x", "code": "school", "department": "education",
         "target": "CHILD", "delivery": "changes"},
    )  # fmt: skip
    assert again.status_code == 422
    post(client, "switch", source, on="1")

    source.refresh_from_db()
    assert not source.is_active


def test_a_view_is_written_as_one_address(db, client, editor):
    source = begun(client, kind="view", code="household")
    post(client, "connection", source, kind="mariadb", host="db.example", database="户籍",
         user="reader", view="children", key="编号", watermark="改于", secret="let-me-read",
         addresses="10.0.0.9", every="5")  # fmt: skip

    source.refresh_from_db()
    fetch = source.profile["fetch"]
    assert fetch["url"] == "mariadb+pymysql://reader@db.example:3306/%E6%88%B7%E7%B1%8D"
    assert source.egress.get().host == "db.example"
    assert source.feed.secret.open() == "let-me-read"
    page = shown(client, "connection", source)
    assert 'value="db.example"' in page
    assert "let-me-read" not in page


BROKER = {"url": "natss://hub@broker.example:4222", "secret": "let-me-read", "every": "1",
          "addresses": "10.0.0.8"}  # fmt: skip


def test_a_broker_is_named_on_a_page_and_opened_by_two(db, client, editor):
    source = begun(client, kind="stream", code="moves")
    wrong = client.post(
        reverse("exchange:connection", args=[source.pk]), {**BROKER, "stream": "A.*"}
    )
    post(client, "connection", source, **BROKER, stream="CHILDREN", consumer="hub", queue="")

    source.refresh_from_db()
    fetch = source.profile["fetch"]
    way = source.egress.get()
    page = shown(client, "connection", source)
    assert wrong.status_code == 422
    assert "no name that nats knows" in wrong.content.decode()
    assert {name: fetch[name] for name in ("kind", "url", "stream", "consumer")} == {
        "kind": "stream", "url": BROKER["url"], "stream": "CHILDREN", "consumer": "hub",
    }  # fmt: skip
    assert "queue" not in fetch
    assert (way.host, way.port, way.is_open) == ("broker.example", 4222, False)
    assert source.feed.secret.open() == "let-me-read"
    assert 'value="CHILDREN"' in page
    assert "waiting for approval" in page
    assert "let-me-read" not in page
    open_ways(source)
    assert "open for requests" in shown(client, "connection", source)


def test_a_broker_brings_no_whole_list(db, client, editor):
    given = {"kind": "stream", "name": "户籍消息", "code": "whole", "department": "police",
             "target": "CHILD", "delivery": "full"}  # fmt: skip

    answer = client.post(reverse("exchange:connect"), given)

    assert answer.status_code == 422
    assert "no whole list" in answer.content.decode()
    assert not Source.objects.filter(code="whole").exists()


def test_a_source_that_is_asked_about_one_person_has_no_such_page(db, client, editor):
    source = begun(client, kind="push", code="custody")
    Source.objects.filter(pk=source.pk).update(profile={**source.profile, "fetch": {"kind": "ask"}})
    address = reverse("exchange:connection", args=[source.pk])

    assert client.get(address).status_code == 404
    assert address not in shown(client, "source", source)


@pytest.mark.parametrize("kind", ["folder", "push", "stream"])
def test_a_source_that_sends_is_mapped_on_a_sample(db, client, editor, kind, tmp_path):
    source = begun(client, kind=kind, code="sends")
    more = {**BROKER, "queue": "moves", "url": "amqps://hub@broker.example/"}
    post(
        client,
        "connection",
        source,
        open_runs="20",
        **(more if kind == "stream" else {"every": "1"}),
    )
    place = reverse("exchange:columns", kwargs={"source_id": source.pk})
    file = making.on_disk(tmp_path, "a.csv", making.a_csv([making.a_row(), making.a_row()]))
    with file.open("rb") as handle:
        answer = client.post(place, {"sample": "1", "file": handle})
    assert answer.status_code == 302
    there = answer["Location"]
    posted = as_posted(making.HEADERS)
    assert "would enter" in client.post(there, posted).content.decode()
    assert client.post(there, {**posted, "save": "1"}).status_code == 302

    source.refresh_from_db()
    assert set(source.profile["columns"]) == set(MAPPING.values())
    from qianshou.exchange.connectors import files

    assert not list(files.folder().glob("sample-*"))


def test_bounds_and_schedule_are_set_on_a_page(db, client, editor):
    source = making.a_source(fetch={"kind": "folder"})
    post(client, "bounds", source, every="7", silent_after="48", trust="70",
         max_changed_share="12.5", max_removed_share="1", max_swapped_share="0",
         max_bad_share="20")  # fmt: skip

    source.refresh_from_db()
    assert source.profile["limits"]["max_changed_share"] == 0.125
    assert source.profile["fetch"] == {"kind": "folder", "every": 7}
    assert (source.profile["silent_after"], source.profile["trust"]["default"]) == (48, 70)
    assert source.max_changed_share == 0.125


def test_what_is_wrong_with_a_connection_is_said_at_its_field(db, client, editor):
    source = begun(client)
    place = reverse("exchange:connection", kwargs={"source_id": source.pk})
    given = {"url": "ftp://school.example/", "auth": "none", "paging": "none", "every": "15"}

    answer = client.post(place, given)

    assert answer.context["form"].errors == {"url": ["must begin with one of: https, http."]}


def bounds(**values: str) -> dict[str, str]:
    return {"silent_after": "0", "trust": "50", "max_changed_share": "30", "max_removed_share": "5",
            "max_swapped_share": "20", "max_bad_share": "50", **values}  # fmt: skip


ASKED = {"kind": "rest", "url": "https://school.example/children", "since_param": "after"}


def test_how_often_everything_is_read_anew_is_set_on_a_page_and_shown(db, client, editor):
    source = making.a_source(fetch=ASKED, delivery="changes", as_of="")
    assert "once a day" in shown(client, "source", source)

    post(client, "bounds", source, **bounds(every="30", whole_every="168"))

    source.refresh_from_db()
    assert source.profile["fetch"] == {**ASKED, "every": 30, "whole_every": 168}
    with rowsecurity.acting(rowsecurity.SYSTEM):
        Feed.objects.filter(source=source).update(position={"whole": "2026-11-19T08:00:00+00:00"})
    page = shown(client, "source", source)
    assert "once a week" in page
    assert "2026-11-19" in page or "19 Nov 2026" in page


def test_what_a_profile_says_in_hours_stays_as_it_is(db, client, editor):
    source = making.a_source(fetch={**ASKED, "whole_every": 36}, delivery="changes", as_of="")
    assert "every 36 hours" in shown(client, "bounds", source)

    post(client, "bounds", source, **bounds(every="15", whole_every="36"))

    source.refresh_from_db()
    assert source.profile["fetch"]["whole_every"] == 36


@pytest.mark.parametrize(
    ("fetch", "has_minutes"),
    [({**ASKED, "since_param": ""}, True), ({"kind": "folder"}, True), ({"kind": "push"}, False)],
)
def test_a_way_that_always_brings_everything_is_not_asked_how_often(
    db, client, editor, fetch, has_minutes
):
    source = making.a_source(fetch=fetch, delivery="changes", as_of="")
    page = shown(client, "bounds", source)
    assert 'name="whole_every"' not in page
    assert ('name="every"' in page) is has_minutes

    post(client, "bounds", source, **bounds(every="9", whole_every="6"))

    source.refresh_from_db()
    assert source.profile["fetch"] == fetch | ({"every": 9} if has_minutes else {})


def test_mapping_on_pages_keeps_what_a_toml_file_said(db, client, editor, department):
    department.says(rows=[making.a_row()])
    source = making.a_source(
        delivery="changes", as_of="",
        fetch={"kind": "rest", "url": department.url, "rows": "data.items", "every": 15},
    )  # fmt: skip
    making.an_open_way(source, department.url)
    names = list(making.a_row())
    post(client, "columns", source, save="1", **as_posted(names))

    source.refresh_from_db()
    assert source.profile["columns"]["birth_on"] == {"header": "出生日期", "age": [0, 17]}
    assert source.profile["name"] == "儿童名册"


# The order of a source that sends changes


@pytest.mark.usefixtures("committed")
def test_batches_behind_one_that_waits_queue_in_sequence_and_say_so(client):
    from qianshou.common import rowsecurity

    source, token = a_pushed_source(open_runs=2), a_key()
    first = [making.a_row(编号=f"K{n}", 更新日期="") for n in range(30)]
    answers = [push(token, a_body(*first))]
    processing.process_run(run_id(answers[0]))
    changed = [row | {"住址": "2组"} for row in first]
    answers.append(push(token, a_body(*changed), sequence=2))
    assert processing.process_run(run_id(answers[1])).state == "WAITING"
    for number in (3, 4, 5, 6):
        row = first[0] | {"住址": f"{number}组"}
        answers.append(push(token, a_body(row), sequence=number))
    for each in answers[2:]:
        assert processing.process_run(run_id(each)).state == "RECEIVED"

    assert [each.status_code for each in answers] == [202] * 6
    assert answers[2].json()["notes"][0]["code"] == "QUEUED"
    state = client.get(
        f"/api/v1/push/{source.code}", headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert (state["waits_for"], state["next_sequence"]) == (answers[1].json()["id"], 7)
    assert state["room"] > 900
    with rowsecurity.acting(rowsecurity.SYSTEM):
        deciding.approve_run(ImportRun.objects.get(pk=run_id(answers[1])),
                             by=make.a_worker())  # fmt: skip
    for each in answers[1:]:
        processing.process_run(run_id(each))
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = [json.loads(each.payload.open()) for each in Record.objects.current()]
    assert next(row["address"] for row in rows if row["key"] == "K0") == "6组"


def run_id(answer: Any) -> Any:
    from uuid import UUID

    return UUID(answer.json()["id"])


def test_turning_the_first_away_lets_the_next_begin(db, monkeypatch):
    started: list[Any] = []
    monkeypatch.setattr(
        "qianshou.exchange.actions.receiving.start", lambda run: started.append(run.pk)
    )
    source = making.a_source(delivery="changes", fetch={"kind": "push"})
    held, next_one = (
        ImportRun.objects.create(
            source=source, area_code=make.COUNTY, file_name=f"{state}.csv", size=1, state=state,
            sha256=state.ljust(64, "0"), notes=[{"code": "QUEUED", "value": "x"}],
        )
        for state in ("WAITING", "RECEIVED")
    )  # fmt: skip
    ImportRun.objects.filter(pk=held.pk).update(created_at=timezone.now() - timedelta(hours=1))

    deciding.refuse_run(held, by=make.a_worker(), reason="wrong month")

    assert started == [next_one.pk]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("500236201407170092", "5002362014********"),
        ("50023620140717001X", "5002362014********"),
        ("500236140717001", "5002361407*****"),
        ("16112345678", "161********"),
        ("王芳 16112345678", "王芳 161********"),
        ("500236001000", "500236001000"),
        ("2014-07-17", "2014-07-17"),
        ("G50023620140717001X", "G5002362014********"),
    ],
)
def test_numbers_of_people_are_covered_on_the_page_of_columns(cell, shown):
    assert samples.covered(cell) == shown
