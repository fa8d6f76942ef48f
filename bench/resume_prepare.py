"""The part of bench.resume that sets an installation up: what no worker ever loads."""

# ruff: noqa: E402 - models can be imported only once Django knows its settings

import csv
import io
import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshou.config.settings")
django.setup()

from bench import linkage_rows
from qianshou.common import rowsecurity
from qianshou.config.commands import operate
from qianshou.exchange.actions import receiving, sources

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


if __name__ == "__main__":
    print(json.dumps(prepare(int(sys.argv[1]))))
