"""Pulling from a REST interface in another process that fails, stalls, repeats and lies."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection

from qianshou.common import rowsecurity
from qianshou.exchange.actions import connecting, fetching, processing, pulling, receiving
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.connectors import egress, files, rest, spool
from qianshou.exchange.models import Feed, ImportRun, Record, Source
from tests import make
from tests import make_exchange as making
from tests.make_exchange import Department

pytestmark = pytest.mark.usefixtures("committed")
SECRET = "only-the-department-and-we-know-this"
CURSOR = {"paging": "cursor", "cursor_at": "data.next", "total": "data.total", "size": 10}


@pytest.fixture
def department(tmp_path: Path, settings: Any) -> Iterator[Department]:
    settings.EGRESS_LOOPBACK = True
    server = Department(tmp_path / "department")
    yield server
    server.stop()


def a_rest_source(department: Department, *, secret: str = "", **fetch: Any) -> Source:
    """A source that is pulled from a server, its way opened by two administrators."""
    delivery = fetch.pop("delivery", "changes")
    given = {"kind": "rest", "url": department.url, "rows": "data.items", **fetch}
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = making.a_source(make.COUNTY, fetch=given, delivery=delivery)
        making.an_open_way(source, department.url)
        if secret:
            ways.set_secret(source, by=make.a_user("fed_city", area=make.CITY), secret=secret)
    return source


def people(count: int) -> list[dict[str, Any]]:
    return [making.a_row() for _row in range(count)]


def feed_of(source: Source) -> Feed:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Feed.objects.get(source=source)


def pull(source: Source) -> ImportRun | None:
    """One attempt, and the run it brought taken through the hub."""
    found = fetching.fetch(source.pk)
    return processing.process_run(found[0].pk) if found else None


def on_file() -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Record.objects.current().count()


def problem_of(source: Source) -> str:
    return str(feed_of(source).problem.get("code", ""))


def test_pages_become_one_delivery_in_their_order(department):
    department.says(rows=people(35))
    source = a_rest_source(department, **CURSOR)

    run = pull(source)

    assert run is not None
    assert (run.state, run.counts["new"], run.area_code) == ("DONE", 35, make.COUNTY)
    asked = [each["path"] for each in department.asked]
    assert asked == ["/children?size=10"] + [
        f"/children?size=10&cursor={number}" for number in (10, 20, 30)
    ]
    assert department.asked[0]["Host"] == f"dept.example:{department.port}"
    assert list(files.folder().glob(f"{spool.MARK}*")) == []


def test_a_server_that_cuts_pages_short_loses_nothing(department):
    department.says(rows=people(23), most=10)
    source = a_rest_source(department, paging="page", size=10)
    department.says(rows=people(23), most=7)

    run = pull(source)

    assert run is not None
    assert run.counts["read"] == 23


def test_an_id_number_written_as_a_number_keeps_its_digits(department):
    row = making.a_row()
    department.says(rows=[{**row, "身份证号": int(row["身份证号"].replace("X", "0"))}])
    run = pull(a_rest_source(department))

    with rowsecurity.acting(rowsecurity.SYSTEM):
        payload = Record.objects.get().payload.open()
    assert run is not None
    assert row["身份证号"][:17] in payload


def test_columns_that_the_profile_does_not_name_never_reach_the_disk(department, monkeypatch):
    department.says(rows=[making.a_row(宗教="不应存储")])
    run = pull(a_rest_source(department))

    assert run is not None
    kept = (files.folder() / run.file_path).read_text(encoding="utf-8-sig")
    assert "张雨桐" in kept
    assert "不应存储" not in kept
    assert "宗教" not in kept


FAULTS = [
    ("500", "BUSY"), ("503 120", "BUSY"), ("429 7", "BUSY"), ("404", "CURSOR"), ("401", "KEY"),
    ("403", "KEY"), ("cut", "BROKEN"), ("body <html>", "NOT_JSON"), ("body [1]", "NOT_JSON"),
    ('body {"data":{"items":{}}}', "NOT_JSON"), ('body {"data":{"items":[NaN]}}', "NOT_JSON"),
    ('body {"data":{"items":[],"items":[]}}', "NOT_JSON"), ("body " + "[" * 5000, "NOT_JSON"),
    ("zip", "BROKEN"), ("redirect http://169.254.169.254/", "REDIRECT"), ("204", "STATUS"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=[each[0][:20] for each in FAULTS])
def test_a_fault_in_the_middle_is_told_and_the_next_attempt_goes_on_there(department, fault, code):
    department.says(rows=people(30))
    source = a_rest_source(department, **CURSOR)
    department.fails("", fault)

    assert pull(source) is None
    assert (problem_of(source), feed_of(source).failures) == (code, 1)
    before = len(department.asked)
    run = pull(source)

    again = code == "CURSOR"
    assert run is not None
    assert (run.counts["new"], problem_of(source)) == (30, "")
    assert len(department.asked) - before == (3 if again else 2)


def test_a_server_that_asks_for_rest_gets_it_within_reason(department):
    department.says(rows=people(1))
    source = a_rest_source(department)
    pauses = []
    for fault in ("503 3000", "503 99999999", "503 soon"):
        department.fails(fault)
        pull(source)
        feed = feed_of(source)
        assert feed.next_at
        assert feed.looked_at
        pauses.append(round((feed.next_at - feed.looked_at).total_seconds()))

    assert pauses[0] == 3000
    assert pauses[1] < 200
    assert pauses[2] < 400


def test_a_server_that_stalls_or_trickles_is_left(department, monkeypatch):
    monkeypatch.setattr(egress, "TIMES", egress.httpx.Timeout(0.3))
    department.says(rows=people(3))
    source = a_rest_source(department)
    department.fails("stall 1.0")
    pull(source)
    first = problem_of(source)
    monkeypatch.setattr(egress, "LONGEST", 0.4)
    monkeypatch.setattr(egress.Client.__init__, "__kwdefaults__", {"largest": 1000, "longest": 0.4})
    department.fails("trickle 40")
    pull(source)
    second = problem_of(source)
    department.fails("huge 5000")
    pull(source)

    assert (first, second, problem_of(source)) == ("STALLED", "STALLED", "TOO_BIG")


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (["", "same cursor"], "REPEATS"),
        (["", "first again"], "REPEATS"),
        (["", "", "total"], "TOTAL"),
        (["", "nothing", ""], "TOTAL"),
    ],
    ids=["same cursor", "first page again", "declares more", "leaves a page out"],
)
def test_a_lie_brings_no_delivery_and_the_next_pull_begins_anew(department, faults, code):
    department.says(rows=people(30))
    source = a_rest_source(department, delivery="full", **CURSOR)
    department.fails(*faults)

    assert pull(source) is None
    assert (problem_of(source), feed_of(source).position["pull"], on_file()) == (code, None, 0)
    run = pull(source)

    assert run is not None
    assert (run.state, run.counts["new"], on_file()) == ("DONE", 30, 30)


def test_without_the_count_a_left_out_page_goes_unseen(department, monkeypatch):
    """Negative control for the declared total."""
    monkeypatch.setattr(pulling, "_check_total", lambda _state: None)
    department.says(rows=people(30))
    source = a_rest_source(department, delivery="full", **CURSOR)
    department.fails("", "nothing", "")

    run = pull(source)

    assert run is not None
    assert run.counts["new"] == 20


def test_an_empty_full_list_withdraws_nobody(department):
    department.says(rows=people(25))
    source = a_rest_source(department, delivery="full")
    pull(source)
    department.says(rows=[])

    run = pull(source)

    assert run is not None
    assert (run.state, on_file()) == ("REFUSED", 25)


def test_a_full_list_that_lacks_many_waits_for_a_person(department):
    rows = people(40)
    department.says(rows=rows)
    source = a_rest_source(department, delivery="full")
    pull(source)
    department.says(rows=rows[:20])

    run = pull(source)

    assert run is not None
    assert (run.state, on_file()) == ("WAITING", 40)


def test_unchanged_content_brings_no_run(department):
    department.says(rows=people(3), etag='"v1"')
    source = a_rest_source(department)
    pull(source)

    assert pull(source) is None
    assert (problem_of(source), department.asked[1]["If-None-Match"]) == ("", '"v1"')
    department.says(rows=people(3), etag='"v2"')
    assert pull(source) is not None


def test_the_next_pull_asks_from_before_the_last_one_began(department):
    department.says(rows=people(2))
    source = a_rest_source(department, since_param="after", overlap=30)
    pull(source)
    pull(source)

    first, second = [each["path"] for each in department.asked]
    assert "after" not in first
    assert "after=20" in second


@pytest.mark.parametrize("clock", [0, 7200, -7200, -90_000])
def test_a_clock_that_is_behind_ours_is_followed(department, clock):
    """A clock that is ahead changes nothing; one that is behind would hide what comes next."""
    department.says(rows=people(2), clock=clock)
    source = a_rest_source(department, since_param="after", overlap=30)
    begun = datetime.now(UTC)
    pull(source)
    ended = datetime.now(UTC)
    pull(source)

    path = unquote(department.asked[1]["path"].partition("after=")[2])
    back = timedelta(minutes=30, seconds=max(0, -clock))
    # Clocks in headers have no fractions of seconds.
    assert begun - timedelta(seconds=5) <= datetime.fromisoformat(path) + back <= ended


@pytest.mark.parametrize(("hours", "asks"), [(24, [0, 1, 0, 1]), (0, [0, 1, 1, 1])])
def test_once_a_day_everything_is_asked_for(department, hours, asks):
    """What changed without its time being written, a question for changes never finds."""
    department.says(rows=people(2))
    source = a_rest_source(department, since_param="after", whole_every=hours)
    pull(source)
    pull(source)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed = feed_of(source)
        feed.position["whole"] = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
        feed.save()
    pull(source)
    pull(source)

    assert ["after" in each["path"] for each in department.asked] == list(map(bool, asks))


def test_another_time_for_reading_everything_does_not_begin_anew(department):
    department.says(rows=people(2))
    source = a_rest_source(department, since_param="after", every=15)
    pull(source)
    before, editor = feed_of(source).position["whole"], make.a_user("fed_city", area=make.CITY)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        connecting.bound(source, {"fetch": {"whole_every": 168}}, by=editor)
    pull(source)

    assert ["after" in each["path"] for each in department.asked] == [False, True]
    assert feed_of(source).position["whole"] == before


def test_a_client_gets_its_token_and_a_new_one_when_it_has_run_out(department):
    pair = base64.b64encode(f"hub:{SECRET}".encode()).decode()
    department.says(rows=people(20), token="t1", basic=pair)
    source = a_rest_source(
        department, auth="oauth2", client_id="hub", secret=SECRET, **CURSOR,
        token_url=department.url.replace("children", "token"),
    )  # fmt: skip
    department.fails("", "401")
    run = pull(source)
    kinds = [each["path"].partition("?")[0] for each in department.asked]
    department.says(rows=people(20), token="t1", basic="wrong")

    assert run is not None
    assert run.counts["new"] == 20
    assert kinds == ["/token", "/children", "/children", "/token", "/children"]
    assert pull(source) is None
    assert problem_of(source) == "KEY"


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "hmac-sm3"])
def test_signed_requests_hold_for_whoever_checks_them(department, algorithm):
    department.says(rows=people(2))
    source = a_rest_source(
        department, auth="signed", key_id="hub-1", algorithm=algorithm, secret=SECRET
    )
    pull(source)

    (asked,) = department.asked
    name, _, given = asked["X-Signature"].partition("=")
    said = ["GET", asked["path"], asked["X-Timestamp"], asked["X-Nonce"]]
    kind = {"hmac-sha256": "sha256", "hmac-sm3": "sm3"}[algorithm]
    said.append(hashlib.new(kind, b"").hexdigest())
    right = hmac.new(SECRET.encode(), "\n".join(said).encode(), kind).hexdigest()
    assert (name, given, asked["X-Key-Id"]) == (algorithm, right, "hub-1")


def test_the_secret_is_sealed_and_in_no_log(department, caplog):
    department.says(rows=people(2))
    caplog.set_level(logging.DEBUG)
    source = a_rest_source(department, auth="header", header="X-Api-Key", secret=SECRET)
    pull(source)
    department.fails("401")
    pull(source)

    assert department.asked[0]["X-Api-Key"] == SECRET
    assert SECRET not in caplog.text
    for table in ("exchange_feed", "exchange_source", "exchange_importrun", "audit_entry"):
        with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
            cursor.execute(f"SELECT x::text FROM {table} AS x")
            rows = cursor.fetchall()
        assert rows
        assert all(SECRET not in text and SECRET.encode().hex() not in text for (text,) in rows)


class Killed(BaseException):
    """The worker dies here; nothing after it runs."""


STEPS = [
    (rest.Rest, "page"), (spool, "write"), (pulling, "_commit"), (spool, "table"),
    (receiving, "receive_file"), (receiving, "start"), (spool, "drop"),
]  # fmt: skip


@pytest.mark.parametrize(("home", "name"), STEPS, ids=[name for _home, name in STEPS])
@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_at_any_step_ends_with_the_same_one_delivery(
    department, monkeypatch, home, name, turn, when
):
    rows = people(30)
    department.says(rows=rows)
    source = a_rest_source(department, **CURSOR)
    step, calls = getattr(home, name), []

    def dies(*args: Any, **values: Any) -> Any:
        calls.append(name)
        if len(calls) == turn and when == "before":
            raise Killed
        done = step(*args, **values)
        if len(calls) == turn:
            raise Killed
        return done

    monkeypatch.setattr(home, name, dies)
    try:
        fetching.fetch(source.pk)
    except Killed:
        monkeypatch.setattr(home, name, step)
        before = feed_of(source).position.get("pull")
        asked = len(department.asked)
        fetching.fetch(source.pk)
        if before:
            left = 3 - before["pages"]
            assert len(department.asked) - asked == left
    with rowsecurity.acting(rowsecurity.SYSTEM):
        runs = list(ImportRun.objects.order_by("created_at"))
    ended = [processing.process_run(run.pk) for run in runs]

    assert ended[0].counts["new"] == 30
    # A second pull after the first delivery was committed finds nothing new.
    assert len(ended) == 1
    assert on_file() == 30
