"""T25: ten thousand damaged files give a list or a refusal, never an error of ours (trust.md).

`DAMAGED_FILES` is another number of them.
"""

import io
import json
import os
import random
import time
import zipfile
from pathlib import Path

import pytest

from qianshou.exchange.connectors import containers, reader, sandbox
from qianshou.exchange.rules.problems import FileRefused
from tests import make_exchange as make

LIMITS = containers.Limits(size=4 << 20, inflated=8 << 20)
FILES, SEEDS = int(os.environ.get("DAMAGED_FILES", "10000")), 4
PIECES = (
    b"\0",
    b"\xff",
    b'"',
    b"\r",
    b"\n",
    b",",
    b"PK\x03\x04",
    b"<",
    b"&",
    b"\xef\xbb\xbf",
    b"=",
)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Damage a file: flipped bits, cut ends, doubled and swapped stretches, foreign pieces."""
    damaged = bytearray(content)
    for _step in range(chance.randint(1, 6)):
        at = chance.randrange(max(1, len(damaged)))
        match chance.randrange(6):
            case 0:
                if damaged:
                    damaged[min(at, len(damaged) - 1)] ^= 1 << chance.randrange(8)
            case 1:
                del damaged[at:]
            case 2:
                del damaged[at : at + chance.randint(1, 64)]
            case 3:
                damaged[at:at] = damaged[at : at + chance.randint(1, 256)]
            case 4:
                damaged[at:at] = chance.choice(PIECES) * chance.randint(1, 40)
            case _:
                damaged[at : at + 8] = chance.randbytes(8)
    return bytes(damaged)


def mutated_inside(book: bytes, chance: random.Random) -> bytes:
    """Damage one part of a workbook and pack it anew, so that its check sums hold."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w") as new:
        chosen = chance.choice(old.namelist())
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, mutated(content, chance) if entry == chosen else content)
    return target.getvalue()


def outcome(folder: Path, name: str, content: bytes) -> str:
    """Read one file at the module boundary; anything but a list or a refusal fails the test."""
    file = make.on_disk(folder, name, content)
    try:
        found = reader.read(file, folder, name=name, encoding="auto", limits=LIMITS)
    except FileRefused as refusal:
        return str(refusal) and refusal.code
    for sheet in found.sheets:
        for batch in sandbox.batches(sheet, folder):
            assert len(batch.rows) == len(batch.lossy)
    return "READ"


def in_its_own_process(file: Path, folder: Path, name: str) -> str:
    """Read one file as an installation does."""
    try:
        sandbox.read_file(file, folder, name=name, limits=LIMITS)
    except FileRefused as refusal:
        return refusal.code
    return "READ"


def originals() -> list[tuple[str, bytes]]:
    rows = [make.a_row() for _number in range(12)]
    return [
        ("list.csv", make.a_csv(rows)),
        ("list.csv", make.a_csv(rows, encoding="gb18030", delimiter=";")),
        (
            "list.xlsx",
            make.a_workbook({"表": make.table_of(rows)}, merges=[(20, 0, 20, 3, "合并")]),
        ),
        ("list.csv", json.dumps(rows, ensure_ascii=False).encode()),
    ]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_read_survives_damaged_files(tmp_path, seed):
    chance = random.Random(seed)
    kinds = originals()

    outcomes, worst = [], 0.0
    for number in range(FILES // SEEDS):
        name, content = kinds[number % 4]
        damage = mutated_inside if number % 8 == 2 else mutated
        damaged = damage(content, chance)
        begun = time.process_time()
        outcomes.append(outcome(tmp_path, name, damaged))
        worst = max(worst, time.process_time() - begun)

    assert outcomes.count("READ") > FILES // 50
    assert len(set(outcomes)) >= 5
    assert worst < 1


def test_read_file_survives_damaged_files_in_its_own_process(tmp_path):
    chance = random.Random(11)
    (name, text), _other, (book_name, book), _json = originals()
    outcomes = []
    damaged = [(name, mutated(text, chance)), (book_name, mutated(book, chance))]

    for number, (each, content) in enumerate(damaged):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = make.on_disk(folder, each, content)
        outcomes.append(in_its_own_process(file, folder, each))

    assert "CRASHED" not in outcomes


def test_outcome_notices_an_error_of_ours(tmp_path, monkeypatch):
    """The control: were the reader to leak an exception, the tests above would fail."""
    monkeypatch.setattr(containers, "kind_of", lambda _path: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        outcome(tmp_path, "list.csv", b"a,b")
