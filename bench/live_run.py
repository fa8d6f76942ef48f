"""One pass of bench.live inside its installation; prints one line of JSON."""

# ruff: noqa: E402, TC003 - models can be imported only once Django knows its settings

import argparse
import hashlib
import hmac
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import django
import httpx
import psycopg

django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench import spending
from qianshou.accounts import actions as accounts
from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.areas.models import Area
from qianshou.common import rowsecurity
from qianshou.config import database, setup
from qianshou.config.commands import demo, operate, people, serve
from qianshou.config.postgres import launcher, site
from qianshou.engines.city.generate import generate
from qianshou.exchange.actions import egress, sources
from qianshou.exchange.actions import processing as exchange
from qianshou.exchange.models import ImportRun, PushBatch, Record
from qianshou.registry.actions import filing, neighbours
from qianshou.registry.models import Link

SECRET, CODE, COUNTY, CITY = "live-bench", "live", "500236000000", "500000000000"
PROFILE: dict[str, Any] = {
    "code": CODE, "name": "实时名册", "department": "education", "target": "CHILD",
    "delivery": "changes", "fetch": {"kind": "push", "open_runs": 100},
    "limits": {"max_changed_share": 1.0, "max_bad_share": 1.0},
    "columns": {
        "key": "编号", "name": "姓名", "sex": "性别", "birth_on": "出生日期",
        "area_code": "区划代码", "address": "住址", "school": "学校名称",
    },
}  # fmt: skip
SURNAMES = "张王李赵刘陈杨黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "雨桐浩宇欣怡子墨梓涵诗语沐宸若汐奕辰一诺思远清扬景行嘉木"
PATIENCE = 240


def say(text: str) -> None:
    """Tell how far it is, beside the figures."""
    sys.stderr.write(f"{text}\n")


class Programs:
    """The web server and the worker as processes, and the private database."""

    def __init__(self, *, inline: bool = False) -> None:
        self.inline = inline
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.web = self._web()
        self.worker = None if inline else self._worker()

    @property
    def url(self) -> str:
        """Return where the web server listens."""
        return f"http://127.0.0.1:{self.port}"

    def _web(self) -> "subprocess.Popen[bytes]":

        return self._start(serve.web_command("127.0.0.1", self.port, 1))

    def _worker(self) -> "subprocess.Popen[bytes]":

        return self._start(serve.worker_command())

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        # A session of its own, so that a kill takes the children of a program with it.
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def kill_worker(self) -> None:
        """Kill the worker and start another one."""
        end(self.worker)
        self.worker = None if self.inline else self._worker()

    def kill_web(self) -> None:
        """Kill the web server and start it again."""
        end(self.web)
        self.web = self._web()

    def kill_database(self) -> None:
        """Kill PostgreSQL and start it again; what hung on it is started anew as a site would."""
        pid = int(site.find(database.data_dir()).pid_file.read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        time.sleep(1)
        launcher.start(database.data_dir())
        self.kill_worker()

    def spent(self, watchers: set[int]) -> dict[str, float]:
        """Return the processor seconds so far of web server, worker and database.

        `watchers` are the processes of the database that only serve this program.
        """
        home = site.find(database.data_dir())
        return {
            "web": spending.of_session(self.web.pid),
            "worker": spending.of_session(self.worker.pid) if self.worker else time.process_time(),
            "database": spending.of_children(
                int(home.pid_file.read_text().split()[0]), without=watchers
            ),
        }

    def close(self) -> None:
        """End everything that was started."""
        end(self.web)
        end(self.worker)
        launcher.stop(database.data_dir())


def end(program: "subprocess.Popen[bytes] | None") -> None:
    """Kill a program with all its children."""
    if program is None:
        return
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


@dataclass
class Sent:
    """What was sent: the last version of each row, and when each batch arrived."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    arrived: dict[int, float] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    visible: dict[int, float] = field(default_factory=dict)
    pages: list[float] = field(default_factory=list)
    newest: tuple[float, str] = (0.0, "")
    villages: list[str] = field(default_factory=list)
    # the database's processes that serve the watching alone
    watchers: set[int] = field(default_factory=set)
    # processor seconds of each program before the first batch
    spent: dict[str, float] = field(default_factory=dict)


def batch_of(size: int, sent: Sent, chance: random.Random) -> list[dict[str, str]]:
    """Make one batch: three new children, then two rows that changed, and so on."""
    known, rows = list(sent.rows), []
    for number in range(size):
        if known and number % 5 > 2:
            row = {**sent.rows[chance.choice(known)], "住址": f"{chance.randint(1, 999)}组"}
        else:
            row = {
                "编号": f"L{len(sent.rows) + 1:07d}",
                "姓名": chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2)),
                "性别": chance.choice("男女"),
                "出生日期": f"20{chance.randint(11, 19)}-{chance.randint(1, 12):02d}-"
                f"{chance.randint(1, 28):02d}",
                "区划代码": chance.choice(sent.villages), "住址": f"{chance.randint(1, 999)}组",
                "学校名称": "竹园镇中心小学校",
            }  # fmt: skip
        sent.rows[row["编号"]] = row
        rows.append(row)
    return list({row["编号"]: row for row in rows}.values())


def push(url: str, token: str, *, body: bytes, sequence: int, key: str = "") -> None:
    """Push a batch until it is answered, with one idempotency key."""
    path = f"/api/v1/push/{CODE}"
    for _attempt in range(PATIENCE * 2):
        stamp, key = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", key or f"batch-{sequence:08d}"
        digest = hashlib.sha256(body).hexdigest()
        signed = "\n".join(["POST", path, stamp, key, str(sequence), digest])
        signature = hmac.digest(SECRET.encode(), signed.encode(), "sha256").hex()
        headers = {
            "Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type":
            "application/json", "X-Sequence": str(sequence), "X-Timestamp": stamp,
            "X-Signature": f"hmac-sha256={signature}",
        }  # fmt: skip
        with suppress(httpx.HTTPError):
            answer = httpx.post(url + path, content=body, headers=headers, timeout=20)
            if answer.status_code in (200, 202):
                return
            if answer.status_code not in (429, 500, 502, 503):
                raise SystemExit(f"push answered {answer.status_code}: {answer.text[:300]}")
        time.sleep(0.5)
    raise SystemExit("the batch was not taken in")


def prepared(base: str) -> tuple[str, str]:
    """Set the installation up; returns a key for the push and a session of a coordinator."""
    operate.prepare()
    if base != "none":
        city = Path(settings.VAR) / "city"
        generate(base, 1, city)
        manifest = json.loads((city / "manifest.json").read_text(encoding="utf-8"))
        for files in demo.deliveries(manifest).values():
            for file in files:
                exchange.import_file(file["profile"], city / file["path"], area_code=file["area"])
    with rowsecurity.acting(rowsecurity.SYSTEM):
        people.make_cast(demo.DEMO_COUNTY, demo.NEIGHBOUR)
        source = sources.save_source(PROFILE, by=None, area_code=CITY)
        egress.set_secret(source, by=User.objects.get(username="city"), secret=SECRET)
        worker = User.objects.get(username="county")
        token = accounts.create_token(
            worker, by=worker, name="push", powers=sorted(permissions.powers_of(worker)),
            today=timezone.localdate(),
        )  # fmt: skip
    client = Client()
    client.force_login(worker)
    return token, client.cookies[settings.SESSION_COOKIE_NAME].value


def codes_in(county: str) -> list[str]:
    """Return the codes of a county's towns and villages."""
    inside = Area.objects.filter(code__startswith=county[:6])
    return list(inside.order_by("code").values_list("code", flat=True))


def floor(rows: list[dict[str, str]], rounds: int = 40) -> float:
    """Return the median seconds of a bare insert of one batch, committed."""
    taken = []
    with psycopg.connect(setup.owner_url()) as own:
        own.execute("CREATE TABLE bare (key text, name text, content jsonb)")
        own.commit()
        for _round in range(rounds):
            begun = time.perf_counter()
            with own.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO bare VALUES (%s, %s, %s)",
                    [(row["编号"], row["姓名"], json.dumps(row)) for row in rows],
                )
            own.commit()
            taken.append(time.perf_counter() - begun)
        own.execute("DROP TABLE bare")
    return statistics.median(taken)


def watch(sent: Sent, stop: threading.Event) -> None:
    """Note when the deliveries are committed: from then on every page shows their rows."""
    while not stop.is_set():
        try:
            for name in finished():
                sent.watchers.add(connection.connection.info.backend_pid)
                sent.visible.setdefault(int(name.split("-")[1][:9]), time.time())
        except Exception:  # noqa: BLE001 - the database is being killed
            with suppress(Exception):
                connection.close()
            time.sleep(0.2)
        time.sleep(0.02)


def finished() -> list[str]:
    """Return the names of the deliveries that are done."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = ImportRun.objects.filter(source__code=CODE, state="DONE")
        return list(rows.values_list("file_name", flat=True))


def look(url: str, session: str, *, sent: Sent, stop: threading.Event) -> None:
    """Ask a page about the newest child again and again, as somebody who waits for it."""
    cookies = {settings.SESSION_COOKIE_NAME: session}
    with httpx.Client(base_url=url, cookies=cookies, timeout=10) as browser:
        while not stop.is_set():
            at, name = sent.newest
            while name and not stop.is_set() and time.time() - at < 10:
                with suppress(httpx.HTTPError):
                    page = browser.get("/children/", params={"q": name, "sort": "-changed"})
                    if f">{name}<" in page.text:
                        sent.pages.append(time.time() - at)
                        break
                time.sleep(0.05)
            time.sleep(0.5)


def send(programs: Programs, token: str, *, sent: Sent, wanted: argparse.Namespace) -> None:
    """Push batches at a steady rate; with kills, one program after another dies in between."""
    chance = random.Random(7)
    batches = int(wanted.seconds / wanted.every)
    kills: dict[int, Callable[[], None]] = {}
    if wanted.kills:
        kills = {
            batches // 5: programs.kill_worker, batches * 2 // 5: programs.kill_web,
            batches * 3 // 5: programs.kill_database, batches * 4 // 5: programs.kill_worker,
        }  # fmt: skip
    if not wanted.inline:
        warm_up(programs, token, sent=sent)
    sent.spent = programs.spent(sent.watchers)
    begun = time.time()
    first = 1 if wanted.inline else 2
    for number in range(first, first + batches):
        time.sleep(max(0.0, begun + (number - first) * wanted.every - time.time()))
        rows = batch_of(round(wanted.rate * wanted.every), sent, chance)
        body = json.dumps({"rows": rows}, ensure_ascii=False).encode()
        sent.arrived[number], sent.sizes[number] = time.time(), len(rows)
        push(programs.url, token, body=body, sequence=number)
        sent.newest = (sent.arrived[number], rows[0]["姓名"])
        if number in kills:
            say(f"… {kills[number].__name__} after batch {number}")
            threading.Timer(wanted.every / 3, kills[number]).start()


def take_in_here() -> None:
    """Take in what was pushed, in its order, as a worker would."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        runs = list(
            ImportRun.objects.filter(source__code=CODE).order_by("created_at").values_list("pk")
        )
    for (run,) in runs:
        exchange.process_run(run)


def warm_up(programs: Programs, token: str, *, sent: Sent) -> None:
    """Push a first batch and wait for it: a worker reads its model when it has its first row."""
    body = json.dumps({"rows": batch_of(20, sent, random.Random(5))}, ensure_ascii=False).encode()
    push(programs.url, token, body=body, sequence=1)
    until = time.time() + PATIENCE
    while 1 not in sent.visible and time.time() < until:
        time.sleep(0.05)
    sent.visible.pop(1, None)


def doubled_without_a_key(programs: Programs, token: str, *, sent: Sent) -> int:
    """Return how many deliveries too many there are if a sender forgets its key (the control)."""
    number = deliveries() + 1
    body = json.dumps({"rows": [next(iter(sent.rows.values()))]}, ensure_ascii=False).encode()
    push(programs.url, token, body=body, sequence=number)
    push(programs.url, token, body=body, sequence=number)
    taken = deliveries()
    push(programs.url, token, body=body, sequence=number + 1, key="another-key")
    return deliveries() - taken


def deliveries() -> int:
    """Return how many batches were taken in."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return PushBatch.objects.count()


def wait_until_done(sent: Sent) -> None:
    """Wait until every batch is visible."""
    until = time.time() + PATIENCE
    # The first batch, which woke the worker, is visible too and was not counted as sent.
    while sent.arrived.keys() - sent.visible.keys() and time.time() < until:
        time.sleep(0.2)


def count(sent: Sent) -> dict[str, int]:
    """Compare what was sent with what is on file: every row once, in its last version."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = list(Record.objects.filter(source__code=CODE, state="CURRENT"))
        held: dict[str, list[UUID]] = {}
        lost = 0
        for row in rows:
            values = filing.opened(row.payload.raw, row.pk)
            held.setdefault(values["key"], []).append(row.pk)
            lost += values["address"] != sent.rows[values["key"]]["住址"]
        links = Link.objects.filter(record__in=rows).exclude(state="ENDED").count()
        undone = list(
            ImportRun.objects.filter(source__code=CODE).exclude(state="DONE")
            .values_list("file_name", "state", "message")
        )  # fmt: skip
    if undone:
        say(f"… not done: {undone}")
    missing, unlinked = len(sent.rows.keys() - held.keys()), max(0, len(rows) - links)
    if lost or missing or unlinked:
        say(f"… {lost} in an old version, {missing} not on file, {unlinked} without a child")
    lost += missing + unlinked
    doubled = sum(len(each) - 1 for each in held.values()) + max(0, links - len(rows))
    doubled += deliveries() - max(sent.arrived)
    return {"lost": lost, "doubled": doubled}


def figures(sent: Sent, wanted: argparse.Namespace) -> dict[str, Any]:
    """Return the percentiles over rows, and the share of linkage in the whole way."""
    seconds = [
        sent.visible[number] - at
        for number, at in sent.arrived.items()
        if number in sent.visible
        for _row in range(sent.sizes[number])
    ]
    with rowsecurity.acting(rowsecurity.SYSTEM):
        timings = list(
            ImportRun.objects.filter(source__code=CODE, state="DONE").values_list("timings")
        )
    link = sum(each.get("link", 0) for (each,) in timings)
    whole = sum(
        sent.visible[each] - at for each, at in sent.arrived.items() if each in sent.visible
    )
    pages = sent.pages or [float("nan")]
    return {
        "rate": wanted.rate, "kills": wanted.kills, "rows": len(seconds),
        "p50": at_share(seconds, 0.5), "p95": at_share(seconds, 0.95),
        "page_p50": at_share(pages, 0.5), "page_p95": at_share(pages, 0.95),
        "looks": len(sent.pages), "linkage": link / whole if whole else 0.0,
        "timings": {
            name: round(statistics.mean(each.get(name, 0) for (each,) in timings), 4)
            for name in ("read", "check", "compare", "store", "link", "apply")
        },
    }  # fmt: skip


def at_share(values: list[float], share: float) -> float:
    """Return the value below which a share of all lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def asked() -> argparse.Namespace:
    """Return what the arguments ask for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--every", type=float)
    parser.add_argument("--base")
    parser.add_argument("--kills", action="store_true")
    parser.add_argument("--inline", action="store_true", help="no worker; this program takes in")
    return parser.parse_args()


def main() -> None:
    """Run the pass and print its figures."""
    wanted = asked()
    token, session = prepared(wanted.base)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        before = neighbours.rows_on_file()
    villages = [code for code in codes_in(COUNTY) if not code.endswith("000")]
    size, chance = round(wanted.rate * wanted.every), random.Random(1)
    bare = floor(batch_of(size, Sent(villages=villages), chance))
    programs, sent, stop = (
        Programs(inline=wanted.inline),
        Sent(villages=villages),
        threading.Event(),
    )
    try:
        time.sleep(4)
        threads = [
            threading.Thread(target=watch, args=(sent, stop), daemon=True),
            threading.Thread(
                target=look,
                args=(programs.url, session),
                kwargs={"sent": sent, "stop": stop},
                daemon=True,
            ),
        ]
        for thread in threads:
            thread.start()
        send(programs, token, sent=sent, wanted=wanted)
        if wanted.inline:
            connection.close()
            take_in_here()
        wait_until_done(sent)
        spent = programs.spent(sent.watchers)
        stop.set()
        for thread in threads:
            thread.join(15)
        connection.close()
        found = {**figures(sent, wanted), **count(sent), "before": before, "floor_p50": bare}
        found["spent_ms"] = {
            name: 1000 * (seconds - sent.spent.get(name, 0)) / max(found["rows"], 1)
            for name, seconds in spent.items()
        }
        found["control"] = doubled_without_a_key(programs, token, sent=sent)
    finally:
        programs.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
