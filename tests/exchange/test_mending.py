"""Rows that were kept out: handed out as a workbook, mended, sent back, or put aside."""

import io
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.exchange import queries
from qianshou.exchange.actions import mending, processing, undoing
from qianshou.exchange.connectors import files, intake, workbook
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record
from tests import make
from tests import make_exchange as making


def a_run_with_bad_rows() -> ImportRun:
    rows = [
        making.a_row(编号="K1"), making.a_row(编号="K2", 姓名=""),
        making.a_row(编号="K3", 出生日期="2014-02-30"),
    ]  # fmt: skip
    return making.a_run(making.a_source(), making.a_csv(rows))


def table_in(content: bytes) -> list[list[Any]]:
    book = python_calamine.load_workbook(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def mended(content: bytes, **changes: dict[str, str]) -> bytes:
    """The workbook with cells corrected: key -> header -> text."""
    head, *rows = table_in(content)
    for row in rows:
        for header, text in changes.get(row[head.index("编号")], {}).items():
            row[head.index(header)] = text
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, workbook.SAFE) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([head, *rows]):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def test_bad_rows_workbook_says_for_each_row_what_and_how(db):
    run = a_run_with_bad_rows()

    head, first, second = table_in(mending.bad_rows_workbook(run, by=None))

    assert head == [intake.MEND_HEADER, "Sheet", "Row", "Reason", "How to mend it", *making.HEADERS]
    assert first[2:5] == ["3", "姓名: The name is missing", "Write the full name in 姓名."]
    assert second[3] == "出生日期: This date does not exist"
    assert second[5:8] == ["K3", "张雨桐", "男"]


def test_mend_rows_takes_the_corrected_workbook_as_it_is(db):
    run = a_run_with_bad_rows()
    content = mended(
        mending.bad_rows_workbook(run, by=None),
        K2={"姓名": "李一诺"},
        K3={"出生日期": "2014-07-17"},
    )

    received = mending.mend_rows(run, by=None, file=io.BytesIO(content), name="mended.xlsx")
    done = processing.process_run(received.pk)

    assert (done.state, done.mends, done.counts["new"], done.counts["bad"]) == ("DONE", run, 2, 0)
    assert (done.counts["removed"], Record.objects.current().count()) == (0, 3)
    assert set(QuarantinedRow.objects.values_list("state", "closed_by_run")) == {
        ("MENDED", done.pk)
    }


@pytest.mark.parametrize(
    "changes",
    [{"formats": ["csv"]}, {"sheets": ["名册"]}, {"header_rows": [3]}, {"encoding": "gb18030"}],
    ids=lambda changes: next(iter(changes)),
)
def test_mend_rows_takes_its_own_workbook_whatever_the_sender_sends(db, changes):
    source = making.a_source(**changes)
    row = making.a_row(编号="K2", 姓名="")
    if "sheets" in changes:
        content, name = making.a_workbook({"名册": making.table_of([row])}), "list.xlsx"
    elif "header_rows" in changes:
        table = [["儿童名册"], [""], *making.table_of([row])]
        content, name = making.a_workbook({"表": table}), "list.xlsx"
    else:
        encoding = changes.get("encoding", "utf-8")
        content, name = making.a_csv([row], encoding=encoding), "list.csv"
    run = making.a_run(source, content, name=name)
    assert (run.state, run.counts["bad"]) == ("DONE", 1)

    content = mended(mending.bad_rows_workbook(run, by=None), K2={"姓名": "李一诺"})
    received = mending.mend_rows(run, by=None, file=io.BytesIO(content), name="mended.xlsx")

    done = processing.process_run(received.pk)
    assert (done.state, done.counts["new"]) == ("DONE", 1)


def test_mend_row_sends_one_row_with_its_corrected_cells(db):
    run, clerk = a_run_with_bad_rows(), make.a_user("clerk")
    row = run.bad_rows.get(row_no=3)
    position = making.HEADERS.index("姓名")

    received = mending.mend_row(row, by=clerk, texts={position: "李一诺", 99: "no such cell"})
    done = processing.process_run(received.pk)

    assert (done.state, done.mends, done.counts["new"], done.counts["bad"]) == ("DONE", run, 1, 0)
    row.refresh_from_db()
    assert (row.state, row.closed_by_run) == ("MENDED", done)
    assert run.bad_rows.get(row_no=4).state == "OPEN"
    with pytest.raises(mending.RowClosed):
        mending.mend_row(row, by=clerk, texts={})


def test_mend_row_refuses_a_stranger(db):
    row = a_run_with_bad_rows().bad_rows.first()

    with pytest.raises(NotAllowed):
        mending.mend_row(row, by=make.a_worker(make.OTHER_COUNTY), texts={})

    assert ImportRun.objects.count() == 1


def test_mend_rows_keeps_what_is_still_wrong_open_under_the_new_run(db):
    run = a_run_with_bad_rows()
    content = mended(mending.bad_rows_workbook(run, by=None), K2={"姓名": "李一诺"})

    received = mending.mend_rows(run, by=None, file=io.BytesIO(content), name="mended.xlsx")
    done = processing.process_run(received.pk)

    still = QuarantinedRow.objects.get(state="OPEN")
    assert (done.counts["new"], done.counts["bad"], still.run) == (1, 1, done)
    assert run.bad_rows.filter(state="OPEN").count() == 0
    assert list(queries.opened(still)["cells"]) == making.HEADERS


def test_mend_rows_closes_a_row_whose_key_was_missing(db):
    run = making.a_run(making.a_source(), making.a_csv([making.a_row(编号="")]))
    content = mending.bad_rows_workbook(run, by=None)
    head, row = table_in(content)
    row[head.index("编号")] = "K9"
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, head)
        sheet.write_row(1, 0, row)

    received = mending.mend_rows(run, by=None, file=io.BytesIO(target.getvalue()), name="m.xlsx")
    processing.process_run(received.pk)

    assert QuarantinedRow.objects.get().state == "MENDED"


def test_a_later_delivery_closes_the_rows_it_brings_in_order(db):
    source, row = making.a_source(), making.a_row(编号="K1")
    making.a_run(source, making.a_csv([{**row, "姓名": ""}]))

    run = making.a_run(source, making.a_csv([row]))

    assert (run.counts["mended"], QuarantinedRow.objects.get().state) == (1, "MENDED")


def test_roll_back_run_opens_the_rows_it_had_mended(db):
    source, row = making.a_source(), making.a_row(编号="K1")
    making.a_run(source, making.a_csv([{**row, "姓名": ""}]))
    run = making.a_run(source, making.a_csv([row]))

    undoing.roll_back_run(run, by=None)

    assert QuarantinedRow.objects.get().state == "OPEN"


def test_mending_one_run_does_not_close_rows_named_from_another(db):
    run = a_run_with_bad_rows()
    other = making.a_run(
        making.a_source(code="other"), making.a_csv([making.a_row(编号="", 姓名="")])
    )
    strange = other.bad_rows.get()
    content = making.a_workbook(
        {"a": [[intake.MEND_HEADER, *making.HEADERS], [str(strange.pk), *making.a_row().values()],
               ["not-an-id", *making.a_row().values()]]}
    )  # fmt: skip

    received = mending.mend_rows(run, by=None, file=io.BytesIO(content), name="m.xlsx")
    processing.process_run(received.pk)

    strange.refresh_from_db()
    assert strange.state == "OPEN"


# Spreadsheets must never run what a department wrote (T23).

PAYLOADS = [
    *(f"{lead}{start}1+1" for start in "=+-@" for lead in ("", " ", "\ufeff", "\t", "\n", "\x01")),
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","y")', "=IMPORTXML(1)",
    "＝1+1", "＋1", "－1",
    "＠SUM(1)", "|calc", "%0A=1", "http://x.example", "mailto:a@b.example", "internal:Sheet!A1",
    "external:c:\\a.xlsx", "{=1+1}", "ftp://x.example", "=1", "+86 161", "-5", "@x", "'=1", "1e5",
]  # fmt: skip


def formulas_in(content: bytes) -> int:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = [book.read(name) for name in book.namelist()]
    return sum(part.count(b"<f>") + part.count(b"<hyperlink ") for part in parts)


def test_bad_rows_writes_no_formula_and_no_link():
    rows = [(["id", "表", "1", payload, payload], {"姓名": payload}, set()) for payload in PAYLOADS]

    content = workbook.bad_rows(["Sheet", "Row", "Reason", "Mend"], rows)

    assert formulas_in(content) == 0
    shown = [row[5] for row in table_in(content)[1:]]
    assert [text.strip("\x01") for text in shown] == [payload.strip("\x01") for payload in PAYLOADS]


def test_formulas_in_notices_a_live_formula():
    """The control: the writer's own default makes formulas and links of the same texts."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, payload in enumerate(PAYLOADS):
            sheet.write(number, 0, payload)

    assert formulas_in(target.getvalue()) > 0


# Reading and putting aside


def test_reveal_row_is_on_record_with_its_reason(db):
    row = a_run_with_bad_rows().bad_rows.first()
    clerk = make.a_user("clerk")

    content = mending.reveal_row(row, by=clerk, reason="calling the village")

    entry = Entry.objects.get(act="exchange.row.read")
    assert content["cells"]["编号"] == "K2"
    assert (entry.actor_id, entry.reason, entry.subject_id) == (
        clerk.pk, "calling the village", str(row.pk),
    )  # fmt: skip
    assert "K2" not in entry.details


def test_bad_rows_workbook_is_on_record_once_and_only_for_its_county(db):
    run = a_run_with_bad_rows()

    mending.bad_rows_workbook(run, by=make.a_user("clerk"))
    with pytest.raises(NotFound):
        mending.bad_rows_workbook(run, by=make.a_worker(make.OTHER_COUNTY))

    assert Entry.objects.filter(act="exchange.run.bad_rows_read").count() == 1


def test_dismiss_row_closes_it_for_good(db):
    row = a_run_with_bad_rows().bad_rows.first()
    clerk = make.a_user("clerk")

    mending.dismiss_row(row, by=clerk, reason="has moved away")

    row.refresh_from_db()
    assert (row.state, row.closed_by) == ("DISMISSED", clerk)
    with pytest.raises(mending.RowClosed):
        mending.dismiss_row(row, by=clerk, reason="once more")


def test_dismiss_row_refuses_a_stranger(db):
    row = a_run_with_bad_rows().bad_rows.first()

    with pytest.raises(NotAllowed):
        mending.dismiss_row(row, by=make.a_worker(make.OTHER_COUNTY), reason="mine")

    row.refresh_from_db()
    assert row.state == "OPEN"


def test_forget_deletes_files_after_their_time(db):
    import os

    run = a_run_with_bad_rows()
    path, sample = files.folder() / run.file_path, files.folder() / "sample-x.csv"
    sample.write_bytes(b"x")
    two_days = path.stat().st_mtime - 2 * 86_400
    os.utime(sample, (two_days, two_days))
    os.utime(path, (two_days, two_days))

    assert (files.forget(), sample.exists(), path.exists()) == (1, False, True)
    assert (files.forget(days=1), path.exists()) == (1, False)
