"""Builders for the hub: invented lists as departments write them, sources, and finished runs."""

import csv
import hashlib
import hmac
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import xlsxwriter

from qianshou.engines.linkage import identity
from qianshou.exchange.actions import egress, processing, receiving, sources, streaming
from qianshou.exchange.connectors.streams.messages import Message
from qianshou.exchange.models import Egress, Feed, ImportRun, Source, StreamMessage
from tests import make

TOWN, OTHER_TOWN, STRANGE_TOWN = "500236001000", "500236112000", "500235001000"
PROFILE: dict[str, Any] = {
    "code": "list",
    "name": "儿童名册",
    "department": "civil_affairs",
    "target": "CHILD",
    "delivery": "full",
    "as_of": "updated_on",
    "columns": {
        "key": "编号",
        "name": "姓名",
        "sex": "性别",
        "id_number": "身份证号",
        "birth_on": {"header": "出生日期", "age": [0, 17]},
        "phone": "联系电话",
        "categories": "儿童类别",
        "area_code": "区划代码",
        "address": "住址",
        "updated_on": "更新日期",
    },
}
HEADERS = [
    "编号", "姓名", "性别", "身份证号", "出生日期", "联系电话",
    "儿童类别", "区划代码", "住址", "更新日期",
]  # fmt: skip
_numbers = count(1)


def an_id(birth: str = "20140717", *, order: int = 313) -> str:
    """An invented ID number with the right check digit; an odd order is a boy's."""
    first = f"500236{birth}{order:03d}"
    return first + identity.check_digit(first)


def a_row(**values: str) -> dict[str, str]:
    """One row of the list, all well, by header; keywords replace cells."""
    number = next(_numbers)
    row = dict(
        zip(
            HEADERS,
            [
                f"K{number:05d}", "张雨桐", "男", an_id(order=1 + 2 * (number % 400)), "2014-07-17",
                "16112345678", "农村留守儿童", TOWN, "3组12号", "2026-09-12",
            ],
            strict=True,
        )
    )  # fmt: skip
    return {**row, **values}


def a_csv(
    rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> bytes:
    """A list as text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEADERS)
    writer.writerows([[row.get(name, "") for name in HEADERS] for row in rows])
    return text.getvalue().encode(encoding)


def a_workbook(
    sheets: Mapping[str, Sequence[Sequence[Any]]], *, merges: Sequence[tuple[Any, ...]] = ()
) -> bytes:
    """A workbook of the given cells; merges are (top, left, bottom, right, text)."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row_no, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell != "":
                        sheet.write(row_no, column, cell)
            for merge in merges:
                sheet.merge_range(*merge)
    return target.getvalue()


def table_of(rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Rows under the heading, as a sheet takes them."""
    return [HEADERS, *[[row.get(name, "") for name in HEADERS] for row in rows]]


def a_profile(**changes: Any) -> dict[str, Any]:
    """The profile of the small list with changes; `columns` are added to its own."""
    columns = {**PROFILE["columns"], **changes.pop("columns", {})}
    return {**PROFILE, "columns": columns, **changes}


def a_source(area: str = make.CITY, **changes: Any) -> Source:
    """A source of the small list."""
    return sources.save_source(a_profile(**changes), by=None, area_code=area)


STREAM = {
    "kind": "stream", "url": "nats://hub@broker.example:4222", "stream": "S", "consumer": "hub",
}  # fmt: skip


def a_kept_message(area: str = make.COUNTY, code: str = "stream", **changes: Any) -> StreamMessage:
    """A message that bears another content than the first one with its mark."""
    source = a_source(area, code=code, delivery="changes", fetch=STREAM | changes)
    feed = Feed.objects.select_related("source").get_or_create(source=source)[0]
    for _time in range(2):
        body = json.dumps(a_row(), ensure_ascii=False).encode()
        streaming.take_in(feed, [Message(body, "m1", None)])
    return StreamMessage.objects.get(source=source, state="KEPT_OUT")


def a_run(
    source: Source,
    content: bytes,
    *,
    name: str = "list.csv",
    area: str = make.COUNTY,
    by: Any = None,
    mends: ImportRun | None = None,
) -> ImportRun:
    """A delivery that has gone through."""
    received = receiving.receive_file(
        source, by=by, file=io.BytesIO(content), name=name, area_code=area, mends=mends
    )
    return processing.process_run(received.pk)


def on_disk(folder: Path, name: str, content: bytes) -> Path:
    """A file with a content."""
    file = folder / name
    file.write_bytes(content)
    return file


PUSH_SECRET = "shared-by-the-department-and-us"


def push_headers(
    path: str,
    body: bytes,
    *,
    sequence: int = 1,
    key: str = "",
    secret: str = PUSH_SECRET,
    algorithm: str = "sha256",
    at: datetime | None = None,
) -> dict[str, str]:
    """The headers of a pushed batch, signed as docs/reference/feeds.md says, by other means."""
    key = key or f"batch-{sequence:08d}"
    stamp = f"{at or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    lines = ["POST", path, stamp, key, str(sequence), hashlib.new(algorithm, body).hexdigest()]
    signature = hmac.new(secret.encode(), "\n".join(lines).encode(), algorithm).hexdigest()
    return {
        "Idempotency-Key": key, "X-Sequence": str(sequence), "X-Timestamp": stamp,
        "X-Signature": f"hmac-{algorithm}={signature}",
    }  # fmt: skip


def an_open_way(source: Source, url: str, addresses: Sequence[str] = ("127.0.0.1",)) -> Egress:
    """A destination of a source that two administrators have approved."""
    editor = make.a_user("fed_city", area=source.area_code)
    way = egress.ask(source, by=editor, url=url, addresses=addresses)
    egress.approve(way, by=make.a_user("sys_admin", area=source.area_code))
    return egress.approve(way, by=make.a_user("sec_admin", area=source.area_code))


class Department:
    """A REST server in a process of its own, told by files what to say and what to do wrong."""

    def __init__(self, folder: Path, *, certificate: Path | None = None) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.says(rows=[])
        program = Path(__file__).parent / "exchange" / "rest_server.py"
        command = [sys.executable, str(program), str(folder)]
        self.process = subprocess.Popen(
            [*command, str(certificate)] if certificate else command,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.url = f"{'https' if certificate else 'http'}://dept.example:{self.port}/children"

    def says(self, **plan: Any) -> None:
        """Answer like this from now on."""
        (self.folder / "script.json").write_text(
            json.dumps(plan, ensure_ascii=False), encoding="utf-8"
        )

    def fails(self, *faults: str) -> None:
        """Do these wrong, one a request."""
        (self.folder / "faults.json").write_text(json.dumps(faults), encoding="utf-8")

    @property
    def asked(self) -> list[dict[str, str]]:
        """What it was asked since the start."""
        log = self.folder / "asked.jsonl"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [json.loads(line) for line in lines]

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
