"""One pass of bench.phones inside its installation; prints one line of JSON."""

# ruff: noqa: E402 - models can be imported only once Django knows its settings

import argparse
import asyncio
import base64
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import django
import httpx
import psycopg

django.setup()

from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from qianshou.accounts.models import Grant, User
from qianshou.areas.models import Area
from qianshou.care.actions import clocks, phones
from qianshou.care.models import Arrival, Contact, Device
from qianshou.common import boxes, rowsecurity
from qianshou.common.identity import new_id
from qianshou.config import database, setup
from qianshou.config.commands import operate, serve
from qianshou.config.postgres import launcher, site
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.plans.actions import opening
from qianshou.plans.models import Tick
from qianshou.registry.models import Child
from qianshou.support.actions import following

COUNTY = "500236000000"
PATIENCE = 60
PROBE = "/care/phone/manifest.webmanifest"
SYNC = "/care/phone/sync/"
CONTROL = 50
# What a phone with forty waiting entries sends in one call, and how much calls overlap.
BATCH, OVERLAP = 25, 5
AT_ONCE = 64


@dataclass
class Phone:
    """One phone: its keys, its pairing, and the batches that it sends."""

    device: UUID
    secret: str
    pairing: UUID
    batches: list[bytes] = field(default_factory=list)


@dataclass
class Heard:
    """What the phones heard."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    calls: int = 0


class Web:
    """The web server as processes."""

    def __init__(self, servers: int, *, application: str = "", probe: str = PROBE) -> None:
        self.application, self.probe = application, probe
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.servers = servers
        self.running = self._start()
        self._await()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _start(self) -> "subprocess.Popen[bytes]":
        command = serve.web_command("127.0.0.1", self.port, self.servers)
        if self.application:
            command[-1] = self.application
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def _await(self) -> None:
        for _ in range(PATIENCE * 2):
            with suppress(httpx.HTTPError):
                httpx.get(f"{self.url}{self.probe}", timeout=20)
                return
            time.sleep(0.5)
        raise SystemExit("the web server does not answer")

    def kill(self) -> None:
        """Kill it with its children, and start it again."""
        self.close()
        self.running = self._start()

    def close(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()


def kill_database() -> None:
    """Kill PostgreSQL and start it again."""
    pid = int(site.find(database.data_dir()).pid_file.read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    launcher.start(database.data_dir())


def people(count: int) -> list[Phone]:
    """Make mothers with a child and a phone each, written in bulk."""
    now, village = timezone.now(), "500236103205"
    area = Area.objects.get(code=COUNTY)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        worker = User.objects.create(username="bench", display_name="bench", password="!")
        made = []
        for number in range(count):
            mother = Mother(
                id=new_id(), area_code=village, name=f"陈{number}", skills=[25] * 8, times=[],
                categories=[], created_at=now, updated_at=now,
            )  # fmt: skip
            child = Child(
                id=new_id(), area_code=village, name=f"张{number}", created_at=now, updated_at=now
            )
            user = User(username=f"m{number}", display_name="m", password="!", person_id=mother.pk)
            made.append((mother, child, user))
        Mother.objects.bulk_create(mother for mother, _, _ in made)
        Child.objects.bulk_create(child for _, child, _ in made)
        User.objects.bulk_create(user for _, _, user in made)
        Grant.objects.bulk_create(
            Grant(user=user, role="mother", area=area, valid_from=date(2026, 1, 1))
            for _, _, user in made
        )
        pairings = Pairing.objects.bulk_create(
            Pairing(
                id=new_id(), child=child, mother=mother, area_code=village, state="ACTIVE",
                started_on=date(2026, 1, 1), active_on=date(2026, 1, 1), by=worker,
            )
            for mother, child, _ in made
        )  # fmt: skip
        keys = [phones.register(user, label="bench", now=now) for _, _, user in made]
    night()
    return [
        Phone(key.device.pk, key.send, pairing.pk)
        for key, pairing in zip(keys, pairings, strict=True)
    ]


def night() -> None:
    """Give the pairings what a first night gives them: checklists, clocks, follow-up."""
    today = timezone.localdate()
    opening.sweep(COUNTY, today=today)
    clocks.reckon(COUNTY)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        following.reckon(COUNTY, today=today)


def entry(phone: Phone, seq: int) -> dict[str, Any]:
    """Make one sealed entry."""
    key = uuid4()
    said = {
        "type": "contact", "pairing": str(phone.pairing), "kind": "CALL", "minutes": 10,
        "at": datetime.now(UTC).isoformat(), "topics": ["STUDY"], "mood": 4,
        "note": "她说数学考了八十五分，很开心", "follow_up": False,
    }  # fmt: skip
    box = boxes.close(json.dumps(said).encode(), bound=f"{phone.device}|{key}|{seq}")
    return {"id": str(key), "seq": seq, "box": base64.b64encode(box).decode()}


def load(all_phones: list[Phone], operations: int) -> set[str]:
    """Give each phone its entries, shuffled, overlapping and repeated; returns the ids."""
    dice, wanted = random.Random(7), set()
    each_has = operations // len(all_phones)
    for phone in all_phones:
        entries = [entry(phone, seq) for seq in range(1, each_has + 1)]
        wanted |= {each["id"] for each in entries}
        dice.shuffle(entries)
        step = BATCH - OVERLAP
        batches = [entries[start : start + BATCH] for start in range(0, each_has, step)]
        batches += dice.sample(batches, max(1, len(batches) // 4))
        dice.shuffle(batches)
        phone.batches = [json.dumps(each).encode() for each in batches]
    return wanted


class Line:
    """One connection to the site, kept open; the client costs as little as it can."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, secret: str) -> int:
        """Post a body; returns the status, or 0 if there was no answer."""
        try:
            async with asyncio.timeout(60):
                return await self._post(body, secret)
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            return 0

    async def _post(self, body: bytes, secret: str) -> int:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        fields = dict(
            line.lower().split(b":", 1) for line in answer.split(b"\r\n")[1:] if b":" in line
        )
        await reader.readexactly(int(fields[b"content-length"]))
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        """Hang up."""
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def send(line: Line, phone: Phone, *, heard: Heard) -> None:
    """Send a phone's batches one after another, each until it is answered."""
    for batch in phone.batches:
        for _ in range(PATIENCE * 4):
            sent_at = datetime.now(UTC).isoformat().encode()
            body = b'{"sent_at": "' + sent_at + b'", "operations": ' + batch + b"}"
            begun = time.perf_counter()
            status = await line.post(body, phone.secret)
            if status:
                heard.calls += 1
                heard.seconds.append(time.perf_counter() - begun)
            if status == 200:
                break
            heard.errors += status >= 500
            await asyncio.sleep(0.25)
        else:
            raise SystemExit("a batch was never answered")


async def send_all(
    port: int, all_phones: list[Phone], *, path: str, kills: Sequence[tuple[float, Any]] = ()
) -> Heard:
    """Let all phones send at once over some lines; with kills, servers die in between."""
    heard, waiting = Heard(), list(all_phones)
    batches = sum(len(each.batches) for each in all_phones)

    async def work() -> None:
        line = Line(port, path)
        while waiting:
            await send(line, waiting.pop(), heard=heard)
        line.close()

    tasks = [asyncio.create_task(work()) for _ in range(AT_ONCE)]
    for share, act in kills:
        while heard.calls < share * batches:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await asyncio.to_thread(act)
    await asyncio.gather(*tasks)
    return heard


class Worker:
    """The worker as a process, which lets the rest of the house hear of what has come."""

    def __init__(self) -> None:
        self.running = self._start()
        for _ in range(PATIENCE * 20):
            if ProcrastinateWorker.objects.exists():
                return
            time.sleep(0.05)
        raise SystemExit("the worker does not begin")

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            serve.worker_command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def kill(self) -> None:
        """Kill it, and start it again."""
        self.close()
        self.running = self._start()

    def close(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()


def timed(
    web: Web, worker: Worker, all_phones: list[Phone], *, kills: bool
) -> tuple[Heard, float, float]:
    """Let the phones hand in everything; returns what they heard, and two times in seconds.

    The first until the last call was answered, the second until the house has heard of every
    contact: its checklists, clocks, follow-up and search for danger words.
    """

    def kill_all() -> None:
        kill_database()
        worker.kill()

    acts = ((0.25, web.kill), (0.5, kill_all), (0.75, web.kill)) if kills else ()
    begun = time.perf_counter()
    heard = asyncio.run(send_all(web.port, all_phones, path=SYNC, kills=acts))
    answered = time.perf_counter() - begun
    connections.close_all()
    while waiting():
        if time.perf_counter() - begun > answered + PATIENCE * 4:
            raise SystemExit("the worker has not heard of every contact")
        time.sleep(0.05)
    return heard, answered, time.perf_counter() - begun


def waiting() -> bool:
    """Tell whether a contact is still to be heard of."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Arrival.objects.exists()


def insert_bare(url: str, rows: int, *, size: int, at_once: int, begin: Any) -> None:
    """Insert rows, so many in a transaction, as one server process of the floor."""
    body = os.urandom(size)
    with psycopg.connect(url) as own, own.cursor() as cursor:
        begin.wait()
        for start in range(0, rows, at_once):
            cursor.executemany(
                "INSERT INTO bare VALUES (%s, %s, %s)",
                [(uuid4(), seq, body) for seq in range(start, min(start + at_once, rows))],
            )
            own.commit()


def floor(rows: int, *, servers: int, size: int, at_once: int) -> float:
    """Return how many rows a second as many processes insert into a table with a key.

    The processes are there and connected before the clock starts, as those of the server are.
    """
    url = setup.owner_url()
    with psycopg.connect(url, autocommit=True) as own:
        own.execute("CREATE TABLE bare (id uuid PRIMARY KEY, seq int, body bytea)")
        context = multiprocessing.get_context("spawn")
        begin = context.Barrier(servers + 1)
        work = [
            context.Process(
                target=insert_bare,
                args=(url, rows // servers),
                kwargs={"size": size, "at_once": at_once, "begin": begin},
            )
            for _ in range(servers)
        ]
        for each in work:
            each.start()
        begin.wait()
        begun = time.perf_counter()
        for each in work:
            each.join()
        taken = time.perf_counter() - begun
        own.execute("DROP TABLE bare")
    return rows / taken


def served_floor(all_phones: list[Phone], rows: int, *, servers: int) -> float:
    """Return how many rows a second the same phones bring into a bare table over the same server.

    Same client, same calls, same server program and number of processes; behind it stands a view
    that inserts each entry of the body by its key, and nothing else (`bench.bare`).
    """
    with psycopg.connect(setup.owner_url(), autocommit=True) as own:
        own.execute("CREATE TABLE bare (id uuid PRIMARY KEY, seq int, body text)")
        web = Web(servers, application="bench.bare:application", probe="/")
        try:
            begun = time.perf_counter()
            asyncio.run(send_all(web.port, all_phones, path="/"))
            taken = time.perf_counter() - begun
        finally:
            web.close()
        found = own.execute("SELECT count(*) FROM bare").fetchone()
        own.execute("DROP TABLE bare")
    if found is None or found[0] != rows:
        raise SystemExit("the bare floor lost rows")
    return rows / taken


def floors(
    all_phones: list[Phone], rows: int, wanted: argparse.Namespace
) -> tuple[float, float, float]:
    """Return what this machine can do at best: rows one by one, rows in batches, bare calls."""
    bare, batched = (
        floor(rows, servers=wanted.servers, size=400, at_once=at_once) for at_once in (1, BATCH)
    )
    return bare, batched, served_floor(all_phones, rows, servers=wanted.servers)


def control(web: Web, phone: Phone) -> int:
    """Send a phone's first entries again under new ids; returns how many contacts doubled."""
    before = counted()
    entries = [entry(phone, 10_000 + number) for number in range(CONTROL)]
    headers = {"Authorization": f"Bearer {phone.secret}"}
    for again in (False, True):
        batch = entries if not again else [entry(phone, each["seq"]) for each in entries]
        httpx.post(
            f"{web.url}{SYNC}", json={"operations": batch}, headers=headers, timeout=60
        ).raise_for_status()
    return counted() - before - CONTROL


def counted() -> int:
    """Return how many contacts there are."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Contact.objects.count()


def first_load(url: str) -> dict[str, Any]:
    """Return how many bytes go over the wire when a browser opens the app the first time."""
    page = httpx.get(f"{url}/care/phone/worker.js", timeout=60)
    files = re.findall(r'"(/[^"]+)"', page.text.split("const FILES", 1)[1].split(";", 1)[0])
    size, encodings = len(page.content), set()
    for file in files:
        with httpx.stream(
            "GET", url + file, headers={"Accept-Encoding": "gzip, br"}, timeout=60
        ) as answer:
            size += sum(map(len, answer.iter_raw()))
            encodings.add(answer.headers.get("content-encoding", "plain"))
    return {"files": len(files) + 1, "bytes": size, "encoding": ", ".join(sorted(encodings))}


def main() -> None:
    """Run the pass and print its figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--phones", type=int)
    parser.add_argument("--operations", type=int)
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--kills", action="store_true")
    parser.add_argument("--no-floors", dest="floors", action="store_false")
    wanted = parser.parse_args()
    operate.prepare()
    all_phones = people(wanted.phones)
    ids = load(all_phones, wanted.operations)
    bare, batched, served = floors(all_phones, len(ids), wanted) if wanted.floors else (0.0,) * 3
    web, worker = Web(wanted.servers), Worker()
    try:
        loaded = first_load(web.url)
        heard, answered, taken = timed(web, worker, all_phones, kills=wanted.kills)
        with rowsecurity.acting(rowsecurity.SYSTEM):
            kept = [str(each) for each in Contact.objects.values_list("client_id", flat=True)]
            missing = sum(each.missing for each in Device.objects.all())
            ticked = Tick.objects.filter(source="CONTACT", item="weekly_contact").count()
        doubled = control(web, all_phones[0])
    finally:
        web.close()
        worker.close()
        launcher.stop(database.data_dir())
    seconds = sorted(heard.seconds)
    found = {
        "phones": wanted.phones, "operations": len(ids), "servers": wanted.servers,
        "kills": wanted.kills, "calls": heard.calls, "errors": heard.errors,
        "rate": len(ids) / taken, "answered": len(ids) / answered, "unticked": len(ids) - ticked,
        "floor": bare, "batched": batched, "served": served,
        "first_load": loaded,
        "p50": seconds[len(seconds) // 2], "p95": seconds[int(len(seconds) * 0.95)],
        "lost": len(ids - set(kept)) + missing, "doubled": len(kept) - len(set(kept)),
        "control": doubled, "control_sent": CONTROL,
    }  # fmt: skip
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
