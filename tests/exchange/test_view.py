"""Reading a view of a department's PostgreSQL and MariaDB, over the network, as their user."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sql

from qianshou.common import rowsecurity
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.actions import fetching, processing, undoing
from qianshou.exchange.connectors import spool, view
from qianshou.exchange.models import Feed, ImportRun, Record, Source
from tests import make
from tests import make_exchange as making
from tests.exchange import databases

pytestmark = pytest.mark.usefixtures("committed")
SECRET = databases.SECRET


class Gate:
    """A port of this machine that leads to the other server's socket, and can be cut."""

    def __init__(self, target: str) -> None:
        self.target, self.open = target, True
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.pairs: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _address = self.server.accept()
            except OSError:
                return
            if not self.open:
                caller.close()
                continue
            other = socket.socket(socket.AF_UNIX)
            other.connect(self.target)
            self.pairs += [caller, other]
            for one, two in ((caller, other), (other, caller)):
                threading.Thread(target=self._copy, args=(one, two), daemon=True).start()

    @staticmethod
    def _copy(one: socket.socket, two: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                two.sendall(data)
        for each in (one, two):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Break every connection and take no further one."""
        self.open = False
        for each in self.pairs:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it, and leave no socket for a later test to be told of."""
        self.cut()
        # Closed alone, it would stay open for the thread that waits at it.
        self.server.shutdown(socket.SHUT_RDWR)
        for each in (self.server, *self.pairs):
            each.close()


Server = databases.Postgres | databases.MariaDb


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(databases.Postgres, id="postgresql"),
        pytest.param(
            databases.MariaDb,
            id="mariadb",
            marks=pytest.mark.needs("mariadbd", "mariadb-install-db"),
        ),
    ],
)
def server(request: Any, tmp_path_factory: Any) -> Iterator[Server]:
    """The department's database, whose user `reader` has a password and may read one view."""
    started = request.param(tmp_path_factory.mktemp("department"))
    yield started
    started.stop()


@pytest.fixture
def gate(server: Server, settings: Any) -> Iterator[Gate]:
    settings.EGRESS_LOOPBACK = True
    server.do("DELETE FROM people")
    found = Gate(server.socket)
    yield found
    found.close()


def write(server: Server, rows: list[dict[str, str]], changed: str | None) -> None:
    """Put rows into the department's table, in the place of those with the same key."""
    for row in rows:
        server.do(f"DELETE FROM people WHERE {server.quoted('编号')} = %s", [row["编号"]])
        values = [row[name] for name in making.HEADERS]
        marks = ", ".join(["%s"] * (len(values) + 2))
        server.do(f"INSERT INTO people VALUES ({marks})", [*values, changed, "x"])


def a_view_source(server: Server, gate: Gate, *, secret: str = SECRET, **given: Any) -> Any:
    url = server.url(gate.port)
    delivery = given.pop("delivery", "changes")
    fetch = {"kind": "view", "url": url, "view": "v_children", "key": "编号", "size": 10, **given}
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = making.a_source(make.COUNTY, fetch=fetch, delivery=delivery)
        making.an_open_way(source, url)
        ways.set_secret(source, by=make.a_user("fed_city", area=make.CITY), secret=secret)
    return source


def people(count: int) -> list[dict[str, str]]:
    return [making.a_row() for _row in range(count)]


def pull(source: Source) -> ImportRun | None:
    found = fetching.fetch(source.pk)
    return processing.process_run(found[0].pk) if found else None


def problem_of(source: Source) -> dict[str, Any]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return dict(Feed.objects.get(source=source).problem)


def on_file() -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Record.objects.current().count()


def test_a_whole_list_is_read_by_its_key(server, gate):
    rows = people(35)
    write(server, rows, None)
    source = a_view_source(server, gate, delivery="full")

    run = pull(source)
    assert run is not None
    assert (run.state, run.counts["new"]) == ("DONE", 35)
    assert pull(source) is None
    assert problem_of(source) == {}
    kept = (spool.files.folder() / run.file_path).read_text(encoding="utf-8-sig")
    assert "secret" not in kept
    write(server, [rows[3] | {"住址": "新址"}], None)
    changed = pull(source)
    assert changed is not None
    assert (changed.counts["changed"], changed.counts["removed"]) == (1, 0)


def test_only_what_changed_is_read_with_an_overlap(server, gate):
    rows = people(25)
    write(server, rows[:20], "2026-11-20 08:00:00")
    write(server, rows[20:], "2026-11-20 12:00:00")
    source = a_view_source(server, gate, watermark="changed", overlap=60)
    first = pull(source)
    late, early = people(2)
    # Written within the overlap before the last time seen, and far before it.
    write(server, [late], "2026-11-20 11:30:00")
    write(server, [early], "2026-11-20 09:00:00")
    write(server, [rows[0] | {"住址": "新址"}], "2026-11-21 10:00:00")
    second = pull(source)

    assert first is not None
    assert second is not None
    assert first.counts["new"] == 25
    assert (second.counts["read"], second.counts["new"]) == (7, 1)
    assert (second.counts["changed"], second.counts["same"]) == (1, 5)
    assert pull(source) is not None
    assert pull(source) is None


def test_without_the_overlap_a_late_row_is_missed(server, gate):
    """Negative control: a row committed late, with a time before the last one seen."""
    write(server, people(5), "2026-11-20 12:00:00")
    source = a_view_source(server, gate, watermark="changed", overlap=0)
    pull(source)
    write(server, people(1), "2026-11-20 11:59:00")
    pull(source)

    assert on_file() == 5


def test_a_view_whose_clock_was_set_back_is_read_anew(server, gate):
    rows = people(6)
    write(server, rows, "2026-11-20 12:00:00")
    source = a_view_source(server, gate, watermark="changed", whole_every=0)
    pull(source)
    write(server, [*rows, *people(1)], "2026-11-19 08:00:00")
    run = pull(source)

    assert run is not None
    assert (run.counts["read"], run.counts["new"], run.counts["same"]) == (7, 1, 6)


@pytest.mark.parametrize(("hours", "found"), [(24, 7), (0, 6)])
def test_a_row_from_before_the_last_time_seen_is_found_within_a_day(server, gate, hours, found):
    """The clock was set back while later rows stand: only reading everything finds it."""
    write(server, people(6), "2026-11-20 12:00:00")
    source = a_view_source(server, gate, watermark="changed", whole_every=hours)
    pull(source)
    write(server, people(1), "2026-11-19 08:00:00")
    pull(source)
    assert on_file() == 6

    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed = Feed.objects.get(source=source)
        feed.position["whole"] = "2026-11-19T08:00:00+00:00"
        feed.save()
    pull(source)

    assert on_file() == found


def test_many_rows_of_one_moment_are_all_read(server, gate):
    write(server, people(47), "2026-11-20 12:00:00")
    run = pull(a_view_source(server, gate, watermark="changed"))

    assert run is not None
    assert run.counts["new"] == 47


def test_rows_without_time_or_key_are_not_passed_over(server, gate):
    write(server, people(12), None)
    write(server, [making.a_row(编号="")], "2026-11-20 12:00:00")
    key = server.quoted("编号")
    server.do(f"UPDATE people SET {key} = NULL WHERE {key} = ''")
    run = pull(a_view_source(server, gate, watermark="changed"))

    assert run is not None
    assert (run.counts["new"], run.counts["bad:KEY_MISSING"]) == (12, 1)


def test_a_cut_line_is_told_and_the_next_attempt_goes_on_there(server, gate, monkeypatch):
    write(server, people(35), "2026-11-20 12:00:00")
    source = a_view_source(server, gate, watermark="changed")
    read, asked = view.View._rows_after, []

    def cut(self: Any, at: Any) -> Any:
        asked.append(at)
        if len(asked) == 3:
            gate.cut()
        return read(self, at)

    monkeypatch.setattr(view.View, "_rows_after", cut)
    assert pull(source) is None
    assert problem_of(source)["code"] == "UNREACHABLE"
    assert pull(source) is None
    gate.open = True
    run = pull(source)

    assert run is not None
    assert run.counts["new"] == 35
    assert len(asked) == 3 + 3


def test_a_session_that_tries_to_write_is_refused_by_the_database(server, gate):
    write(server, people(1), None)
    source = a_view_source(server, gate)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed = Feed.objects.select_related("source").get(source=source)
    found = fetching.profiles.parse(source.profile, "x").fetch
    assert found is not None
    reader = view.View(feed, found, since=None, etag="")
    reader.page(None)
    connection = reader._connection
    assert connection is not None
    insert = f"INSERT INTO people ({server.quoted('编号')}) VALUES (1)"
    for statement in ("DELETE FROM people", insert):
        with pytest.raises(sql.exc.SQLAlchemyError, match=server.refuses), connection.begin():
            connection.execute(sql.text(statement))
    reader.close()
    # Negative control: the user itself may write, only our sessions may not.
    assert server.delete_as_reader(gate.port) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "not-the-right-one"}, "KEY"),
        ({"view": "v_missing"}, "COLUMNS"),
        ({"key": "missing"}, "COLUMNS"),
        ({"watermark": "missing"}, "COLUMNS"),
        ({"view": 'v_children"; DROP TABLE people; --'}, "COLUMNS"),
    ],
    ids=["password", "view", "key", "watermark", "injection"],
)
def test_what_is_wrong_is_told_without_values(server, gate, changes, code, caplog):
    write(server, people(1), None)
    source = a_view_source(server, gate, **changes)

    # A MariaDB hides from a user what it may not read, so a missing view reads like a kept one.
    if isinstance(server, databases.MariaDb) and "view" in changes:
        code = "RIGHTS"
    assert pull(source) is None
    assert problem_of(source)["code"] == code
    assert SECRET not in caplog.text + str(problem_of(source))


def test_a_view_that_is_not_approved_is_not_asked(server, gate):
    source = a_view_source(server, gate)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        way = source.egress.get()
        ways.end(way, by=way.asked_by)

    assert pull(source) is None
    assert problem_of(source)["code"] == "NOT_APPROVED"
    assert gate.pairs == []


def test_a_delivery_that_was_undone_comes_again(server, gate):
    write(server, people(3), None)
    source = a_view_source(server, gate, delivery="full")
    run = pull(source)
    assert run is not None
    with rowsecurity.acting(rowsecurity.SYSTEM):
        undoing.roll_back_run(run, by=make.a_user("fed_county"), reason="wrong list")
    assert on_file() == 0

    assert pull(source) is not None
    assert on_file() == 3


@pytest.mark.parametrize(
    "value", [view.datetime(2026, 11, 20, 12, 0, 0, 5), view.date(2026, 1, 2), 7, "甲-1",
              view.Decimal("12.50")],
)  # fmt: skip
def test_a_place_in_the_order_survives_being_kept(value):
    assert view.unpacked(view.packed(value)) == value
