"""A watched folder: each file is taken in exactly once, whatever happens in between."""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connections

from qianshou.common import rowsecurity
from qianshou.exchange import tasks
from qianshou.exchange.actions import collecting, fetching, processing, receiving
from qianshou.exchange.connectors import files, folder
from qianshou.exchange.models import Feed, ImportRun, Source
from tests import make
from tests import make_exchange as making

pytestmark = pytest.mark.usefixtures("committed")


def a_watched_source(**changes: Any) -> Source:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return making.a_source(make.COUNTY, fetch={"kind": "folder"}, **changes)


def dropped(source: Source, name: str = "list.csv", *, under: str = "", rows: int = 3) -> Path:
    place = folder.place(source.code) / under
    place.mkdir(exist_ok=True)
    return making.on_disk(place, name, making.a_csv([making.a_row() for _row in range(rows)]))


def runs() -> list[ImportRun]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return list(ImportRun.objects.select_related("source").order_by("created_at"))


def lying(source: Source, where: str = "") -> list[str]:
    place = folder.place(source.code) / where
    return sorted(each.name for each in place.iterdir() if each.is_file())


def look(source: Source, times: int = 1) -> list[ImportRun]:
    return [run for _time in range(times) for run in fetching.fetch(source.pk)]


def test_a_file_is_taken_when_two_looks_find_it_unchanged():
    source = a_watched_source()
    file = dropped(source)

    assert look(source) == []
    file.write_bytes(file.read_bytes() + making.a_csv([making.a_row()]).partition(b"\r\n")[2])
    assert look(source) == []
    (run,) = look(source)

    assert (run.file_name, run.area_code, run.by) == ("list.csv", make.COUNTY, None)
    assert (lying(source), len(lying(source, folder.TAKEN))) == ([], 1)
    processing.process_run(run.pk)
    assert look(source, 2) == []
    assert [(each.state, each.counts["new"]) for each in runs()] == [("DONE", 4)]
    assert (lying(source, folder.TAKEN), len(lying(source, folder.DONE))) == ([], 1)


def test_unfinished_empty_and_linked_files_stay_where_they_are(tmp_path):
    source = a_watched_source()
    names = [".list.csv", "~$list.xlsx", "list.csv.part", "list.csv.filepart"]
    for name in names:
        dropped(source, name)
    (folder.place(source.code) / "empty.csv").touch()
    secret = making.on_disk(tmp_path, "secret.csv", making.a_csv([making.a_row()]))
    (folder.place(source.code) / "link.csv").symlink_to(secret)

    assert look(source, 3) == []
    assert lying(source) == sorted([*names, "empty.csv", "link.csv"])


def test_a_refused_file_lies_beside_the_reason():
    source = a_watched_source()
    making.on_disk(folder.place(source.code), "list.csv", b"%PDF-1.7 not a list")
    (run,) = look(source, 2)
    processing.process_run(run.pk)
    look(source)

    refused, why = lying(source, folder.REFUSED)
    assert why == f"{refused}.txt"
    text = (folder.place(source.code) / folder.REFUSED / why).read_text(encoding="utf-8")
    assert "PDF" in text
    assert ".xlsx" in text
    assert runs()[0].state == "REFUSED"


def test_a_folder_of_another_area_than_the_sources_is_refused():
    source = a_watched_source()
    dropped(source, under=make.OTHER_COUNTY)
    dropped(source, under="500236001000")

    (run,) = look(source, 2)

    assert run.area_code == "500236001000"
    refused = [name.split(" ", 1)[1] for name in lying(source, folder.REFUSED)]
    assert refused == [f"{make.OTHER_COUNTY} list.csv", f"{make.OTHER_COUNTY} list.csv.txt"]


def test_a_file_too_big_is_refused_and_no_run_is_left(settings):
    settings.UPLOAD_MAX_BYTES = 100
    source = a_watched_source()
    dropped(source)

    assert look(source, 2) == []
    assert (runs(), len(lying(source, folder.REFUSED))) == ([], 2)
    assert list(files.folder().glob("*.csv")) == []


def test_a_file_that_is_still_written_while_it_is_copied_is_given_back(monkeypatch):
    source = a_watched_source()
    dropped(source)
    look(source)
    receive = receiving.receive_file

    def slow_sender(*args: Any, **values: Any) -> ImportRun:
        run = receive(*args, **values)
        with folder.claimed(source.code)[0].path.open("ab") as handle:
            handle.write(b"K9,more\r\n")
        return run

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "receive_file", slow_sender)
        assert look(source) == []
    assert (runs(), lying(source), lying(source, folder.TAKEN)) == ([], ["list.csv"], [])
    assert len(look(source, 2)) == 1


class Killed(BaseException):
    """The worker dies here; nothing after it runs."""


STEPS = [
    (folder, "claim"),
    (receiving, "receive_file"),
    (folder, "check_rest"),
    (receiving, "start"),
    (folder, "put_away"),
    (Feed, "save"),
]


@pytest.mark.parametrize(("home", "name"), STEPS, ids=[name for _home, name in STEPS])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_at_any_step_neither_loses_nor_doubles_a_file(
    monkeypatch, home, name, when
):
    source = a_watched_source()
    dropped(source, "a.csv", rows=2)
    dropped(source, "b.csv", rows=3)
    step, died = getattr(home, name), []

    def dies(*args: Any, **values: Any) -> Any:
        if when == "before" and not died:
            died.append(True)
            raise Killed
        done = step(*args, **values)
        if not died:
            died.append(True)
            raise Killed
        return done

    monkeypatch.setattr(home, name, dies)
    for _look in range(5):
        try:
            fetching.fetch(source.pk)
        except Killed:
            continue
        for run in runs():
            processing.process_run(run.pk)

    assert died
    assert sorted((run.file_name, run.state) for run in runs()) == [
        ("a.csv", "DONE"), ("b.csv", "DONE"),
    ]  # fmt: skip
    assert (lying(source), lying(source, folder.TAKEN)) == ([], [])
    assert len(lying(source, folder.DONE)) == 2


def test_two_workers_take_a_file_once():
    source = a_watched_source()
    for number in range(8):
        dropped(source, f"{number}.csv", rows=1)
    look(source)
    gate, problems = threading.Barrier(4), []

    def work() -> None:
        try:
            gate.wait(10)
            fetching.fetch(source.pk)
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _worker in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert problems == []
    assert sorted(run.file_name for run in runs()) == [f"{number}.csv" for number in range(8)]


def test_without_the_claim_a_crash_doubles_a_file(monkeypatch):
    """Negative control: the run's id is not kept in the name, so nothing tells what was done."""
    source = a_watched_source()
    dropped(source)
    look(source)
    claimed = folder.claimed

    def nameless(code: str) -> list[folder.Claimed]:
        return [each._replace(run_id=folder.new_id()) for each in claimed(code)]

    monkeypatch.setattr(folder, "claimed", nameless)
    look(source, 2)

    assert len(runs()) == 2


def test_the_workers_task_hands_a_due_source_out_once():
    source = a_watched_source()

    assert (fetching.hand_out(), fetching.hand_out()) == (1, 0)
    tasks.fetch(str(source.pk))
    assert fetching.due() == []
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=58), tick=False):
        assert fetching.due() == [source.pk]


def test_an_error_of_ours_is_noted_and_the_pauses_grow(monkeypatch):
    source = a_watched_source()

    def broken(_feed: Feed) -> list[ImportRun]:
        raise OSError(5, "disk")

    monkeypatch.setitem(fetching.ATTEMPTS, "folder", broken)
    pauses = []
    for _attempt in range(12):
        with pytest.raises(OSError, match="disk"):
            fetching.fetch(source.pk)
        with rowsecurity.acting(rowsecurity.SYSTEM):
            feed = Feed.objects.get(source=source)
        assert feed.next_at
        assert feed.looked_at
        pauses.append((feed.next_at - feed.looked_at).total_seconds() / 60)

    assert feed.problem == {"code": "UNKNOWN", "value": "OSError"}
    assert [0.7 < pause / min(360, 2**number) < 1.3 for number, pause in enumerate(pauses)]
    assert pauses[0] < 2
    assert 200 < pauses[-1] < 450
    monkeypatch.setitem(fetching.ATTEMPTS, "folder", collecting.collect)
    look(source)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Feed.objects.get(source=source).failures == 0


def test_old_files_are_deleted_after_their_time():
    source = a_watched_source()
    dropped(source)
    (run,) = look(source, 2)
    processing.process_run(run.pk)
    look(source)
    (name,) = lying(source, folder.DONE)

    assert folder.forget() == 0
    os.utime(folder.place(source.code) / folder.DONE / name, (0, 0))
    assert folder.forget() == 1
