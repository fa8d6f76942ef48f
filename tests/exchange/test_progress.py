"""Progress is seen by others while the run's own transaction is still open."""

import io
import threading
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from qianshou.common import bus, rowsecurity
from qianshou.exchange.actions import processing, receiving
from qianshou.exchange.connectors import progress
from qianshou.exchange.events import RowsReady
from qianshou.exchange.models import ImportRun
from tests import make
from tests import make_exchange as making

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(autouse=True)
def _every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every word is told, however quickly the next one follows."""
    monkeypatch.setattr(progress, "PAUSE", 0.0)


def a_committed_run(rows: int = 3) -> ImportRun:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = making.a_source()
        content = making.a_csv([making.a_row() for _row in range(rows)])
        return receiving.receive_file(
            source, by=None, file=io.BytesIO(content), name="list.csv", area_code=make.COUNTY
        )


def seen_by_another(run: ImportRun) -> tuple[str, int, str, int]:
    """What a second connection reads at this moment."""
    values = connection.get_connection_params()
    wanted = {
        key: values[key] for key in ("dbname", "user", "password", "host", "port") if key in values
    }
    with psycopg.connect(**wanted) as other:
        scope = rowsecurity.token(rowsecurity.SYSTEM)
        other.execute("SELECT set_config(%s, %s, true)", [rowsecurity.SETTING, scope])
        state, progress, message = other.execute(
            "SELECT state, progress, message FROM exchange_importrun WHERE id = %s", [run.pk]
        ).fetchone()  # type: ignore[misc]
        rows = other.execute("SELECT count(*) FROM exchange_record").fetchone()[0]  # type: ignore[index]
        return state, progress, message, rows


def test_process_run_is_followed_by_others_while_it_stores(monkeypatch):
    run, seen = a_committed_run(), []

    def react(event: RowsReady) -> None:
        event.progress(50, "linking rows")
        seen.append(seen_by_another(run))

    monkeypatch.setitem(bus._handlers, RowsReady, [react])

    done = processing.process_run(run.pk)

    assert seen == [("LINKING", 74, "linking rows", 0)]
    assert done.state == "DONE"
    assert seen_by_another(run)[3] == 3


def test_process_run_is_taken_by_one_of_two_workers(monkeypatch):
    run, applied = a_committed_run(), []
    monkeypatch.setitem(bus._handlers, RowsReady, [applied.append])

    def work() -> None:
        try:
            processing.process_run(run.pk)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(applied) == 1
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert ImportRun.objects.get(pk=run.pk).state == "DONE"


def test_killed_worker_leaves_a_run_that_starts_again(monkeypatch):
    run = a_committed_run()

    class Killed(BaseException):
        """Ends the worker without a word, as a signal does."""

    def die(_event: RowsReady) -> Any:
        raise Killed

    monkeypatch.setitem(bus._handlers, RowsReady, [die])
    with pytest.raises(Killed):
        processing.process_run(run.pk)
    state, *_more, rows = seen_by_another(run)
    monkeypatch.setitem(bus._handlers, RowsReady, [])

    free = processing.resume_runs(older_than=make.timezone.timedelta(0))
    done = processing.process_run(run.pk)

    assert (state, rows, free) == ("LINKING", 0, [run.pk])
    assert (done.state, done.counts["new"]) == ("DONE", 3)


def test_process_run_reads_in_a_process_of_its_own(own_process):
    run = processing.process_run(a_committed_run().pk)

    assert (run.state, run.counts["new"]) == ("DONE", 3)
    assert 0 < run.timings["read_memory_mb"] < 1024
