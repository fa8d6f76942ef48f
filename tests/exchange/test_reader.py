"""Opening what came from outside: encodings, delimiters, cell types, and what is not a list."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from qianshou.exchange.connectors import containers, reader, sandbox
from qianshou.exchange.rules.problems import REFUSALS, FileRefused
from tests import make_exchange as make

LIMITS = containers.Limits()


def opened(
    tmp_path: Path, name: str, content: bytes, **options: Any
) -> tuple[Any, list[list[str]]]:
    file = make.on_disk(tmp_path, name, content)
    limits = options.pop("limits", LIMITS)
    found = reader.read(
        file, tmp_path, name=name, encoding=options.pop("encoding", "auto"), limits=limits
    )
    return found, sandbox.top_rows(found.sheets[0], tmp_path, 1000) if found.sheets else []


def refused(tmp_path: Path, name: str, content: bytes, **options: Any) -> str:
    with pytest.raises(FileRefused) as caught:
        opened(tmp_path, name, content, **options)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("encoding", "found_as"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_read_finds_the_encoding_by_which_every_byte_can_be_read(tmp_path, encoding, found_as):
    found, rows = opened(tmp_path, "list.csv", "编号,姓名\r\nK1,張雨桐·㐂\r\n".encode(encoding))

    assert found.encoding == found_as
    assert rows == [["编号", "姓名", ""], ["K1", "張雨桐·㐂", ""]]


def test_read_does_not_guess_an_encoding(tmp_path):
    content = "编号,姓名\nK1,".encode() + b"\xff\xff\xff\n"

    assert refused(tmp_path, "list.csv", content) == "ENCODING"


def test_read_keeps_to_the_encoding_a_profile_names(tmp_path):
    assert refused(tmp_path, "a.csv", "姓名".encode("gb18030"), encoding="utf-8") == "ENCODING"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_read_finds_the_delimiter(tmp_path, delimiter):
    content = delimiter.join(['"编号"', '"姓, 名; x"']).encode()

    found, rows = opened(tmp_path, "list.csv", content)

    assert (found.delimiter, rows) == (delimiter, [["编号", "姓, 名; x", ""]])


def test_read_takes_quotes_breaks_and_doubled_quotes_as_excel_writes_them(tmp_path):
    content = b'a,b\r\n"x ""y"", z","two\r\nlines"\r\n\r\nc,d\r\n'

    _found, rows = opened(tmp_path, "list.csv", content)

    assert rows == [["a", "b", ""], ['x "y", z', "two\r\nlines", ""], ["", "", ""], ["c", "d", ""]]


def test_read_loses_nothing_of_a_row_that_is_longer_than_those_before_it(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "CHUNK_ROWS", 2)

    _found, rows = opened(tmp_path, "list.csv", b"a,b\nc,d\ne,f,g,h\n")
    later = list(sandbox.batches(_found.sheets[0], tmp_path))[1]

    assert rows == [["a", "b", ""], ["c", "d", ""]]
    assert [column[0] for column in later.columns] == ["e", "f", "g h"]


def test_read_shows_workbook_cells_as_a_person_sees_them(tmp_path):
    rows = [["", "", ""], ["", 7.0, 1.5], ["", True, "文"], ["", "日", ""]]

    found, shown = opened(tmp_path, "list.xlsx", make.a_workbook({"表": rows}))

    assert (found.kind, found.sheets[0].name) == ("xlsx", "表")
    assert shown == [["", "", ""], ["", "7", "1.5"], ["", "1", "文"], ["", "日", ""]]


def test_read_marks_numbers_that_a_spreadsheet_cannot_hold(tmp_path):
    content = make.a_workbook({"表": [["", "编号"], ["", 500101201407173132], ["", 13812345678]]})

    found, rows = opened(tmp_path, "list.xlsx", content)
    (batch,) = sandbox.batches(found.sheets[0], tmp_path)

    assert rows[1][1] == "500101201407173120"
    assert batch.lossy == ["", "1", ""]


def test_read_hands_over_merged_cells_and_only_visible_sheets(tmp_path):
    content = make.a_workbook({"甲": [["", "", "x"]], "乙": [["y"]]}, merges=[(0, 0, 0, 1, "组")])

    found, _rows = opened(tmp_path, "list.xlsx", content)

    assert [sheet.name for sheet in found.sheets] == ["甲", "乙"]
    assert found.sheets[0].merges == [(0, 0, 0, 1)]


OLE = containers.OLE + b"\0" * 600
WRONG = {
    "empty.csv": (b"", "EMPTY"),
    "blank.csv": (b" \r\n\r\n", "EMPTY"),
    "scan.csv": (b"%PDF-1.7 ...", "KIND"),
    "photo.xlsx": (b"\x89PNG\r\n\x1a\n", "KIND"),
    "page.xls": (b"<html><table><tr><td>1</td></tr></table></html>", "KIND"),
    "mark.csv": (b"<?xml version='1.0'?><a/>", "KIND"),
    "picture.csv": (b"<svg onload='alert(1)'/>", "KIND"),
    "json.csv": (b'{"a": 1}', "KIND"),
    "program.csv": (b"MZ\x90\0", "KIND"),
    "packed.csv": (b"\x1f\x8b\x08", "KIND"),
    "packed.rar": (b"Rar!\x1a", "KIND"),
    "binary.csv": (b"a,b\0\0\x01", "KIND"),
    "old.xls": (OLE, "OLD_EXCEL"),
    "locked.xlsx": (OLE + "EncryptedPackage".encode("utf-16-le"), "PASSWORD"),
    "cut.xlsx": (b"PK\x03\x04 and nothing more", "BROKEN"),
    "text.xlsx": (b"a,b\n1,2\n", "WRONG_NAME"),
    "text.xls": (b"a,b\n1,2\n", "WRONG_NAME"),
    "quote.csv": (b'a,b\n"open' + b"\nx,y" * 3000, "QUOTE"),
    "late.csv": (b"a,b\n" * 5000 + b"x\0y\n", "NUL"),
}


@pytest.mark.parametrize("name", WRONG)
def test_read_refuses_what_is_not_a_list(tmp_path, name):
    content, code = WRONG[name]

    assert refused(tmp_path, name, content) == code


def zipped(entries: dict[str, bytes]) -> bytes:
    import io

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ({"xl/workbook.xml": b"<a/>", "xl/vbaProject.bin": b"x"}, "MACROS"),
        ({"xl/workbook.xml": b"<a/>", "xl/macrosheets/sheet1.xml": b"x"}, "MACROS"),
        ({"word/document.xml": b"<a/>"}, "KIND"),
        ({"mimetype": b"a", "content.xml": b"<a/>"}, "KIND"),
        ({"xl/workbook.bin": b"x"}, "KIND"),
        ({"a.csv": b"x"}, "KIND"),
        ({"../../etc/passwd": b"x", "xl/workbook.xml": b"<a/>"}, "PATHS"),
        ({"/etc/passwd": b"x"}, "PATHS"),
        ({"..\\x": b"x"}, "PATHS"),
        ({"c:x": b"x"}, "PATHS"),
    ],
)
def test_read_refuses_workbooks_that_are_more_than_a_list(tmp_path, entries, code):
    assert refused(tmp_path, "list.xlsx", zipped(entries)) == code


def test_read_refuses_a_workbook_named_as_text(tmp_path):
    assert refused(tmp_path, "list.csv", make.a_workbook({"a": [["x"]]})) == "WRONG_NAME"


@pytest.mark.parametrize(
    ("limit", "code"), [("size", "TOO_BIG"), ("rows", "TOO_LONG"), ("columns", "TOO_WIDE")]
)
def test_read_keeps_to_its_limits(tmp_path, limit, code):
    content = b"a,b,c,d\n" * 5
    limits = LIMITS._replace(**{limit: 3})

    assert refused(tmp_path, "list.csv", content, limits=limits) == code


def test_read_file_works_in_a_process_of_its_own_without_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere")
    file = make.on_disk(tmp_path, "list.csv", "编号,姓名\nK1,张".encode())

    found, memory = sandbox.read_file(file, tmp_path, name="list.csv")
    passed = sandbox._environment()

    assert found.sheets[0].rows == 2
    assert memory < LIMITS.memory >> 10
    assert not {"SECRET_KEY", "DATABASE_URL", "QIANSHOU_VAR"} & set(passed)


def test_reader_loads_neither_the_framework_nor_a_database_driver(tmp_path):
    program = (
        "import sys; import qianshou.exchange.connectors.reader;"
        "print([n for n in ('django', 'psycopg', 'socket') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=sandbox._environment(), capture_output=True, check=True
    )

    assert json.loads(done.stdout.decode().replace("'", '"')) in ([], ["socket"])


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "TIME"),
        ("import os; os.abort()", "MEMORY"),
        ("raise MemoryError", "MEMORY"),
        ("raise SystemExit(3)", "CRASHED"),
    ],
)
def test_answer_turns_a_dead_reader_into_a_refusal(program, code):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    with pytest.raises(FileRefused) as caught:
        sandbox._answer(done)

    assert caught.value.code == code


def test_every_refusal_has_words_that_fill():
    params = dict.fromkeys(
        ("limit", "name", "kind", "expected", "detail", "packed", "row", "byte", "missing"), "x"
    )

    for code in REFUSALS:
        assert "%(" not in str(FileRefused(code, **params))


def test_sandbox_source_root_holds_the_package():
    assert (sandbox.SOURCE_ROOT / "qianshou").is_dir()
