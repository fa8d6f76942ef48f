"""The parts of bench.resume that run inside an installation: prepare, work, result."""

# ruff: noqa: E402 - models can be imported only once Django knows its settings

import csv
import hashlib
import io
import json
import os
import sys
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshou.config.settings")
django.setup()

from bench import linkage_rows
from qianshou.common import rowsecurity
from qianshou.config import database
from qianshou.config.commands import operate
from qianshou.config.postgres import launcher
from qianshou.exchange.actions import processing, receiving, sources
from qianshou.exchange.models import ImportRun, Record
from qianshou.registry.models import Child, Link

CITY = "500000000000"
COLUMNS = {
    "key": "编号", "name": "姓名", "sex": "性别", "birth_on": "出生日期", "id_number": "身份证号",
    "phone": "联系电话",
}  # fmt: skip
PROFILE = {
    "code": "resume", "name": "名册", "department": "education", "target": "CHILD",
    "delivery": "changes", "columns": COLUMNS, "limits": {"max_bad_share": 1.0},
}  # fmt: skip


def prepare(rows: int) -> dict[str, str]:
    """Set the installation up and receive the list, unread."""
    operate.prepare()
    frame = linkage_rows.rows(rows * 10 // 28, seed=3)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS.values())
    names = ("row_id", *list(COLUMNS)[1:])
    writer.writerows(frame.select(names).iter_rows())
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = sources.save_source(PROFILE, by=None, area_code=CITY)
        run = receiving.receive_file(
            source, by=None, file=io.BytesIO(text.getvalue().encode("utf-8-sig")),
            name="list.csv", area_code="500236000000",
        )  # fmt: skip
    return {"run": str(run.pk)}


def work(run_id: str) -> dict[str, str]:
    """Take the run to its end."""
    launcher.start(database.data_dir())
    return {"state": processing.process_run(UUID(run_id)).state}


def result(run_id: str) -> dict[str, object]:
    """Return what is on file, with nothing in it that differs from run to run."""
    launcher.start(database.data_dir())
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Record.objects.current().order_by("payload_hash")
        digest = hashlib.sha256()
        for content in rows.values_list("payload_hash", flat=True):
            digest.update(bytes(content))
        return {
            "state": ImportRun.objects.get(pk=run_id).state,
            "rows": rows.count(),
            "content": digest.hexdigest(),
            "links": Link.objects.exclude(state="ENDED").count(),
            "files": Child.objects.on_file().count(),
        }


def main(words: list[str]) -> None:
    """Do one part and print its outcome."""
    parts = {"work": work, "result": result}
    found = prepare(int(words[1])) if words[0] == "prepare" else parts[words[0]](words[1])
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
