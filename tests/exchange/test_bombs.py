"""T26: files made to exhaust memory or time are refused at a bounded cost (trust.md)."""

import io
import zipfile
from pathlib import Path

import pytest

from qianshou.exchange.connectors import containers, sandbox
from qianshou.exchange.rules.problems import FileRefused
from tests import make_exchange as make

LIMITS = containers.Limits()
# The bound of the control runs: far above the limit, far below what the bomb would take.
OPEN = LIMITS._replace(inflated=1 << 40, ratio=1 << 30, memory=3 << 30)
MEGABYTE = 1 << 20


def bomb(megabytes: int, *, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook whose one sheet inflates to so many megabytes of empty rows."""
    book = make.a_workbook({"表": [["x"]]})
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        with new.open(name, "w", force_zip64=True) as part:
            part.write(b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/'
                       b'spreadsheetml/2006/main"><sheetData>')  # fmt: skip
            for _block in range(megabytes):
                part.write(b"<row></row>" * (MEGABYTE // 11))
            part.write(b"</sheetData></worksheet>")
    return target.getvalue()


def cost(folder: Path, name: str, content: bytes, limits: containers.Limits = LIMITS) -> str:
    file = make.on_disk(folder, name, content)
    try:
        sandbox.read_file(file, folder, name=name, limits=limits)
    except FileRefused as refusal:
        return refusal.code
    return "READ"


def test_read_file_refuses_a_workbook_that_inflates_beyond_measure(tmp_path):
    content = bomb(250)
    assert len(content) < 3 * MEGABYTE

    assert cost(tmp_path, "list.xlsx", content) == "BOMB"


def test_read_file_would_open_the_bomb_without_the_count(tmp_path):
    """The control: with the count off, the very file is inflated to its end."""
    assert cost(tmp_path, "list.xlsx", bomb(30), OPEN) == "READ"
    assert cost(tmp_path, "list.xlsx", bomb(30), LIMITS._replace(inflated=20 * MEGABYTE)) == "BOMB"


def test_check_workbook_counts_what_comes_out_not_what_is_declared(tmp_path):
    content = bytearray(bomb(30))
    # Both headers of an entry carry its declared size; a liar writes a small one.
    for mark, offset in ((b"PK\x01\x02", 24),):
        at = content.rfind(mark)
        content[at + offset : at + offset + 4] = (1000).to_bytes(4, "little")
    file = make.on_disk(tmp_path, "list.xlsx", bytes(content))

    with pytest.raises(FileRefused) as caught:
        containers.check_workbook(file, LIMITS._replace(inflated=20 * MEGABYTE))

    assert caught.value.code in ("BOMB", "BROKEN")


def test_check_workbook_does_not_unpack_what_is_packed_inside(tmp_path):
    inner = bomb(40, name="xl/media/inner.xml")
    target = io.BytesIO(make.a_workbook({"表": [["x"]]}))
    with zipfile.ZipFile(target, "a") as book:
        for number in range(8):
            book.writestr(f"xl/embeddings/{number}.xlsx", inner)

    assert cost(tmp_path, "list.xlsx", target.getvalue()) == "READ"


def test_check_workbook_refuses_too_many_parts(tmp_path):
    target = io.BytesIO(make.a_workbook({"表": [["x"]]}))
    with zipfile.ZipFile(target, "a") as book:
        for number in range(2000):
            book.writestr(f"xl/media/{number}", b"")

    assert cost(tmp_path, "list.xlsx", target.getvalue()) == "ENTRIES"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = {
    "laughs": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><x>&l9;</x>',
    "outside": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
}


@pytest.mark.parametrize("kind", DOCTYPES)
def test_check_workbook_refuses_document_types(tmp_path, kind):
    book = make.a_workbook({"表": [["x"]]})
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            text = DOCTYPES[kind].encode() if "sharedStrings" in entry.filename else old.read(entry)
            new.writestr(entry.filename, text)

    assert cost(tmp_path, "list.xlsx", target.getvalue()) == "ENTITIES"


def sparse(folder: Path, megabytes: int) -> Path:
    """A text file of one line, mostly a hole on the disk."""
    file = folder / "list.csv"
    with file.open("wb") as handle:
        handle.write(b"a" * MEGABYTE)
        handle.seek(megabytes * MEGABYTE)
        handle.write(b"a")
    return file


def test_read_file_refuses_a_line_without_end(tmp_path):
    file = tmp_path / "list.csv"
    with file.open("wb") as handle:
        for _block in range(150):
            handle.write(b"a" * MEGABYTE)

    with pytest.raises(FileRefused) as caught:
        sandbox.read_file(file, tmp_path, name="list.csv")

    assert caught.value.code == "LINE"


def test_read_file_refuses_a_file_above_its_size_at_once(tmp_path):
    with pytest.raises(FileRefused) as caught:
        sandbox.read_file(sparse(tmp_path, 300), tmp_path, name="list.csv")

    assert caught.value.code == "TOO_BIG"


def test_read_file_is_ended_by_its_memory_limit(tmp_path):
    """A sheet of very many cells passes every count of bytes, and meets the limit of memory."""
    rows = [["x"] * 300 for _row in range(3000)]
    content = make.a_workbook({"表": rows})

    assert cost(tmp_path, "list.xlsx", content, LIMITS._replace(memory=900 * MEGABYTE)) == "READ"
    assert cost(tmp_path, "list.xlsx", content, LIMITS._replace(memory=290 * MEGABYTE)) == "MEMORY"


def test_read_file_is_ended_by_its_time_limit(tmp_path):
    content = make.a_csv([make.a_row() for _row in range(60_000)])
    limits = LIMITS._replace(seconds=0, bytes_per_second=1 << 40)

    assert cost(tmp_path, "list.csv", content, limits) == "TIME"


def test_read_file_stays_far_below_its_memory_on_a_long_list(tmp_path):
    content = make.a_csv([make.a_row()] * 60_000)
    file = make.on_disk(tmp_path, "list.csv", content)

    found, memory = sandbox.read_file(file, tmp_path, name="list.csv")

    assert found.sheets[0].rows == 60_001
    assert memory << 10 < LIMITS.memory // 2
