"""What a delivery changes in what is on file: new, same, changed, withdrawn, and nothing twice."""

import json

import pytest

from qianshou.audit.models import Entry
from qianshou.common import bus
from qianshou.common.errors import NotAllowed
from qianshou.exchange import queries
from qianshou.exchange.actions import deciding, processing, receiving, undoing
from qianshou.exchange.connectors import files, progress, storing
from qianshou.exchange.events import RowsReady, RunRolledBack
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record
from tests import make
from tests import make_exchange as making


def current() -> dict[str, dict[str, object]]:
    """What is on file: key -> payload."""
    payloads = [json.loads(each.payload.open()) for each in Record.objects.current()]
    return {str(payload["key"]): payload for payload in payloads}


def test_process_run_stores_every_good_row_and_announces_it(db, announced):
    source = making.a_source(trust={"default": 80})

    run = making.a_run(source, making.a_csv([making.a_row(编号="K1"), making.a_row(编号="K2")]))

    (event,) = announced
    assert (run.state, run.counts["read"], run.counts["new"], run.counts["bad"]) == (
        "DONE",
        2,
        2,
        0,
    )
    assert set(current()) == {"K1", "K2"}
    assert (event.run_id, event.target, event.department) == (run.pk, "CHILD", "civil_affairs")
    assert event.trust == {"default": 80}
    assert [(area, row["key"]) for _id, area, row in event.arrived] == [
        (making.TOWN, "K1"), (making.TOWN, "K2"),
    ]  # fmt: skip
    assert set(Record.objects.values_list("pk", flat=True)) == {each[0] for each in event.arrived}


def test_process_run_adds_what_the_rooms_above_did(db, monkeypatch):
    def react(event: RowsReady) -> None:
        event.progress(50, "linking")
        event.counts["children_new"] = len(event.arrived)
        event.timings["link"] = 0.5

    monkeypatch.setitem(bus._handlers, RowsReady, [react])

    run = making.a_run(making.a_source(), making.a_csv([making.a_row()]))

    assert (run.counts["children_new"], run.timings["link"]) == (1, 0.5)


def test_process_run_changes_nothing_for_the_same_file(db, announced):
    source, content = making.a_source(), making.a_csv([making.a_row()])
    first = making.a_run(source, content)

    second = making.a_run(source, content, name="again.csv")

    assert (second.state, second.repeats) == ("DONE", first)
    assert (second.counts["same"], second.counts["new"]) == (1, 0)
    assert "Nothing has changed" in queries.summary_of(second)["message"]
    assert len(announced) == 1
    assert Record.objects.count() == 1


def test_process_run_reads_the_same_file_anew_for_a_new_version_of_its_source(db):
    source, content = making.a_source(), making.a_csv([making.a_row()])
    making.a_run(source, content)

    changed = making.a_source(name="another name")
    second = making.a_run(changed, content)

    assert (changed.version, second.repeats, second.counts["same"]) == (2, None, 1)


def test_process_run_ends_the_version_before_a_changed_row(db, announced):
    source, row = making.a_source(), making.a_row(编号="K1")
    making.a_run(source, making.a_csv([row, making.a_row(编号="K2")]))

    run = making.a_run(source, making.a_csv([{**row, "姓名": "张雨桦"}, making.a_row(编号="K2")]))

    assert (run.counts["changed"], run.counts["new"], run.counts["removed"]) == (2, 0, 0)
    assert current()["K1"]["name"] == "张雨桦"
    old = Record.objects.filter(state="SUPERSEDED").first()
    assert (old.ended_run, old.version) == (run, 1)
    assert set(announced[1].superseded.values()) == set(
        Record.objects.filter(state="SUPERSEDED").values_list("pk", flat=True)
    )


def test_process_run_withdraws_what_a_full_list_no_longer_holds(db, announced):
    source, stays = making.a_source(), making.a_row(编号="K1")
    making.a_run(source, making.a_csv([stays, making.a_row(编号="K2")]))

    run = making.a_run(source, making.a_csv([stays]))

    assert (run.counts["same"], run.counts["removed"]) == (1, 1)
    assert set(current()) == {"K1"}
    assert announced[1].withdrawn == [Record.objects.get(state="WITHDRAWN").pk]


def test_process_run_withdraws_nothing_for_a_list_of_changes(db):
    source = making.a_source(delivery="changes")
    making.a_run(source, making.a_csv([making.a_row(编号="K1")]))

    run = making.a_run(source, making.a_csv([making.a_row(编号="K2")]))

    assert (run.counts["removed"], set(current())) == (0, {"K1", "K2"})


def test_process_run_withdraws_only_inside_the_area_that_delivers(db):
    source = making.a_source()
    making.a_run(source, making.a_csv([making.a_row(编号="K1")]))
    strange = making.a_row(编号="K2", 区划代码=making.STRANGE_TOWN)

    run = making.a_run(source, making.a_csv([strange]), area=make.OTHER_COUNTY)

    assert (run.counts["removed"], set(current())) == (0, {"K1", "K2"})


def test_process_run_keeps_the_version_of_a_row_that_is_bad_this_time(db):
    source, row = making.a_source(), making.a_row(编号="K1")
    making.a_run(source, making.a_csv([row]))

    run = making.a_run(source, making.a_csv([{**row, "出生日期": "2014-02-30"}]))

    assert (run.counts["bad"], run.counts["removed"]) == (1, 0)
    assert current()["K1"]["birth_on"] == "2014-07-17"


def test_process_run_keeps_out_a_row_that_is_older_than_the_one_on_file(db):
    source, row = making.a_source(), making.a_row(编号="K1", 更新日期="2026-09-12")
    making.a_run(source, making.a_csv([row]))

    run = making.a_run(source, making.a_csv([{**row, "姓名": "张旧名", "更新日期": "2026-08-01"}]))

    assert (run.counts["changed"], run.counts["bad:OLDER_THAN_KNOWN"]) == (0, 1)
    assert current()["K1"]["name"] == "张雨桐"
    assert QuarantinedRow.objects.get(run=run).rules == [
        {"rule": "OLDER_THAN_KNOWN", "column": "更新日期"}
    ]


def test_process_run_refuses_a_file_that_is_not_what_it_says(db, announced):
    run = making.a_run(making.a_source(), b"%PDF-1.7", name="list.csv")

    assert (run.state, announced) == ("REFUSED", [])
    assert queries.summary_of(run)["message"].startswith("This is a PDF document, not a list.")


def test_process_run_takes_the_county_found_in_a_list_of_the_city(db):
    rows = [making.a_row() for _ in range(9)] + [making.a_row(区划代码=making.STRANGE_TOWN)]

    run = making.a_run(making.a_source(sender="county"), making.a_csv(rows), area=make.CITY)

    assert (run.area_code, run.counts["new"], run.counts["bad"]) == (make.COUNTY, 9, 1)
    assert "AREA_FOUND" in {note["code"] for note in run.notes}


def test_process_run_tells_which_columns_and_sheets_it_did_not_read(db):
    table = [row[:9] for row in making.table_of([making.a_row()])]
    book = making.a_workbook({"名册": table, "说明": [["填表说明"]]})

    run = making.a_run(making.a_source(), book, name="list.xlsx")

    found = {note["code"]: note["value"] for note in run.notes}
    assert found == {"SHEETS_LEFT": "说明", "COLUMNS_MISSING": "更新日期"}


def test_process_run_reads_every_sheet_with_the_heading(db):
    sheets = {"一村": making.table_of([making.a_row()]), "二村": making.table_of([making.a_row()])}

    run = making.a_run(making.a_source(), making.a_workbook(sheets), name="list.xlsx")

    assert run.counts["new"] == 2
    assert set(Record.objects.values_list("sheet", flat=True)) == {"一村", "二村"}


def test_process_run_seals_rows_and_keeps_no_key_in_the_clear(db):
    row = making.a_row(编号="MZ500236000123", 姓名="张雨桐")

    making.a_run(making.a_source(), making.a_csv([row, making.a_row(姓名="")]))

    record, bad = Record.objects.get(), QuarantinedRow.objects.get()
    raw = b"".join(bytes(part) for part in (
        record.__dict__["payload"], record.key_token, bad.__dict__["content"], bad.key_token,
    ))  # fmt: skip
    for secret in ("张雨桐", "MZ500236000123", row["身份证号"]):
        assert secret.encode() not in raw
    assert json.loads(record.payload.open())["name"] == "张雨桐"


# Blast radius


def thirty(**changes: str) -> list[dict[str, str]]:
    return [
        making.a_row(编号=f"K{number}", 身份证号="", **(changes if number < 12 else {}))
        for number in range(30)
    ]


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        (thirty(姓名="换了人"), "MAX_CHANGED_SHARE"),
        (thirty()[:20], "MAX_REMOVED_SHARE"),
        ([*thirty()[:9], *[{**row, "姓名": ""} for row in thirty()[9:]]], "MAX_BAD_SHARE"),
    ],
)
def test_process_run_waits_for_a_person_when_it_would_touch_too_much(db, announced, rows, note):
    source = making.a_source()
    making.a_run(source, making.a_csv(thirty()))
    before = current()

    run = making.a_run(source, making.a_csv(rows))

    assert (run.state, len(announced)) == ("WAITING", 1)
    assert note in {each["code"] for each in run.notes}
    assert current() == before


def test_process_run_lets_the_same_delivery_through_without_the_limit(db):
    """The control: with the limit off, the poisoned list is applied."""
    source = making.a_source(limits={"max_changed_share": 1})
    making.a_run(source, making.a_csv(thirty()))

    run = making.a_run(source, making.a_csv(thirty(姓名="换了人")))

    assert (run.state, run.counts["changed"]) == ("DONE", 12)


def test_process_run_does_not_hold_up_a_short_list(db):
    source = making.a_source()
    making.a_run(source, making.a_csv(thirty()[:10]))

    run = making.a_run(source, making.a_csv([{**row, "姓名": "换了人"} for row in thirty()[:10]]))

    assert run.state == "DONE"


def test_process_run_does_not_apply_an_old_file_sent_again(db):
    """T32: a replayed file neither brings old values back nor removes later rows."""
    source = making.a_source()
    old = making.a_csv([making.a_row(编号="K1", 更新日期="2026-08-01")])
    making.a_run(source, old)
    making.a_run(
        source, making.a_csv([making.a_row(编号="K1", 姓名="张新名"), making.a_row(编号="K2")])
    )

    replayed = making.a_run(source, old)

    assert replayed.repeats is not None
    assert (set(current()), current()["K1"]["name"]) == ({"K1", "K2"}, "张新名")


def waiting_run() -> ImportRun:
    source = making.a_source()
    making.a_run(source, making.a_csv(thirty()))
    return making.a_run(source, making.a_csv(thirty(姓名="换了人")))


def test_approve_run_lets_it_through(db):
    run, worker = waiting_run(), make.a_worker()

    deciding.approve_run(run, by=worker)
    done = processing.process_run(run.pk)

    assert (done.state, done.approved_by, done.counts["changed"]) == ("DONE", worker, 12)
    assert Entry.objects.filter(act="exchange.run.approved", actor_id=worker.pk).count() == 1


def test_refuse_run_keeps_nothing_of_it(db):
    run, worker = waiting_run(), make.a_worker()

    refused = deciding.refuse_run(run, by=worker, reason="wrong month")

    assert refused.state == "REFUSED"
    assert processing.process_run(run.pk).state == "REFUSED"
    assert "换了人" not in {row["name"] for row in current().values()}


def test_approve_run_refuses_who_may_not_and_what_does_not_wait(db):
    run = waiting_run()
    clerk, stranger = make.a_user("clerk"), make.a_worker(make.OTHER_COUNTY)

    for person in (clerk, stranger):
        with pytest.raises(NotAllowed):
            deciding.approve_run(run, by=person)
    deciding.approve_run(run, by=make.a_worker())
    with pytest.raises(deciding.NotWaiting):
        deciding.approve_run(run, by=make.a_worker())


# Undoing


def test_roll_back_run_brings_the_versions_before_it_back(db, announced):
    source = making.a_source()
    making.a_run(source, making.a_csv([making.a_row(编号="K1"), making.a_row(编号="K2")]))
    before = current()
    run = making.a_run(
        source, making.a_csv([making.a_row(编号="K1", 姓名="张雨桦"), making.a_row(编号="K3")])
    )

    undoing.roll_back_run(run, by=make.a_worker(), reason="wrong month")

    event = announced[-1]
    assert isinstance(event, RunRolledBack)
    assert (len(event.removed), len(event.restored)) == (2, 2)
    assert current() == before
    run.refresh_from_db()
    assert run.state == "ROLLED_BACK"


def test_roll_back_run_lets_the_same_file_in_again(db):
    source, content = making.a_source(), making.a_csv([making.a_row()])
    run = making.a_run(source, content)
    undoing.roll_back_run(run, by=None)

    again = making.a_run(source, content)

    assert (again.state, again.repeats, len(current())) == ("DONE", None, 1)


def test_roll_back_run_refuses_a_repeat_and_a_stranger(db):
    source, content = making.a_source(), making.a_csv([making.a_row()])
    run = making.a_run(source, content)

    with pytest.raises(undoing.NothingToUndo):
        undoing.roll_back_run(making.a_run(source, content), by=None)
    with pytest.raises(NotAllowed):
        undoing.roll_back_run(run, by=make.a_user("clerk"))


# Crashes


def test_process_run_starts_again_after_a_crash_and_ends_the_same(db, monkeypatch):
    source = making.a_source()
    making.a_run(source, making.a_csv([making.a_row(编号="K1"), making.a_row(编号="K2")]))
    content = making.a_csv([making.a_row(编号="K1", 姓名="张雨桦"), making.a_row(姓名="")])
    before = current()
    with monkeypatch.context() as patch:
        patch.setitem(bus._handlers, RowsReady, [lambda _event: 1 / 0])
        with pytest.raises(ZeroDivisionError):
            making.a_run(source, content)
    crashed = ImportRun.objects.get(state="FAILED")
    unchanged, kept = current(), QuarantinedRow.objects.count()

    again = processing.process_run(crashed.pk)

    assert (unchanged, kept) == (before, 0)
    assert (again.state, again.counts["changed"], again.counts["removed"]) == ("DONE", 1, 1)
    assert set(current()) == {"K1"}
    assert QuarantinedRow.objects.count() == 1


def test_process_run_leaves_a_finished_run_alone(db, announced):
    run = making.a_run(making.a_source(), making.a_csv([making.a_row()]))

    processing.process_run(run.pk)

    assert len(announced) == 1


def test_process_run_leaves_a_run_to_the_worker_that_holds_it(db):
    source = making.a_source()
    with (files.folder() / "x.csv").open("w+b") as file:
        received = receiving.receive_file(
            source, by=None, file=file, name="x.csv", area_code=make.COUNTY
        )

    with progress.held(received.pk):
        run = processing.process_run(received.pk)
        held = processing.resume_runs(older_than=make.timezone.timedelta(0))
    free = processing.resume_runs(older_than=make.timezone.timedelta(0))

    assert run.state == "RECEIVED"
    assert (held, free) == ([], [received.pk])


def test_process_run_says_when_the_file_is_no_longer_kept(db):
    source = making.a_source()
    run = making.a_run(source, making.a_csv([making.a_row()]))
    ImportRun.objects.update(state="RECEIVED")
    (files.folder() / run.file_path).unlink()

    again = processing.process_run(run.pk)

    assert again.state == "REFUSED"
    assert [note["tone"] for note in queries.notes_of(again)] == ["bad"]


# The trail


def test_each_act_leaves_one_entry(db):
    worker = make.a_worker()

    making.a_run(making.a_source(), making.a_csv([making.a_row()]), by=worker)

    acts = list(Entry.objects.order_by("id").values_list("act", flat=True))
    assert acts == ["exchange.source.saved", "exchange.file.received", "exchange.run.done"]
    details = Entry.objects.get(act="exchange.run.done").details
    assert "张" not in details


def test_receive_file_refuses_a_stranger_another_area_and_too_much(db, settings):
    source, content = making.a_source(make.COUNTY), making.a_csv([making.a_row()])

    with pytest.raises(NotAllowed):
        making.a_run(source, content, by=make.a_worker(make.OTHER_COUNTY))
    with pytest.raises(receiving.OutsideSource):
        making.a_run(source, content, area=make.OTHER_COUNTY)
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(files.FileTooBig):
        making.a_run(source, content)

    assert not ImportRun.objects.exists()
    assert list(files.folder().iterdir()) == []


@pytest.mark.parametrize(("on_file", "state"), [(200, "DONE"), (60, "WAITING")])
def test_a_list_of_changes_is_weighed_against_everything_on_file(db, on_file, state):
    """A list of nothing but changes is usual; unusual is one that changes much of the feed."""
    source = making.a_source(delivery="changes")
    rows = [making.a_row() for _number in range(on_file)]
    making.a_run(source, making.a_csv(rows))

    changed = [{**row, "联系电话": "16112345699"} for row in rows[:25]]
    run = making.a_run(source, making.a_csv(changed))

    assert (run.state, run.counts["changed"], run.counts["standing"]) == (state, 25, on_file)


@pytest.mark.parametrize("delivery", ["full", "changes"])
def test_compare_fetches_no_row_of_other_counties(db, monkeypatch, delivery):
    """One county's list must not cost what every county has sent."""
    source = making.a_source(delivery=delivery, sender="county")
    strange = [making.a_row(区划代码=making.STRANGE_TOWN) for _number in range(30)]
    making.a_run(source, making.a_csv(strange), area=make.OTHER_COUNTY)
    ours = thirty()
    making.a_run(source, making.a_csv(ours))
    fetched = []
    known = storing.Known
    monkeypatch.setattr(storing, "Known", lambda *row: fetched.append(row) or known(*row))

    run = making.a_run(source, making.a_csv([*ours, making.a_row()]))

    assert (run.counts["same"], run.counts["new"]) == (30, 1)
    assert {row[4][:6] for row in fetched} == {making.TOWN[:6]}
    assert len(fetched) == 30
