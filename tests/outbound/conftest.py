"""A receiver that really listens, and a folder of its own for each test."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone, translation

from qianshou.common import rowsecurity
from qianshou.exchange.actions import egress
from qianshou.outbound.actions import receivers
from qianshou.outbound.models import Receiver
from qianshou.outbound.rules import kinds
from tests import make

SECRET = "ein-langes-geheimnis"


@pytest.fixture(autouse=True)
def _here(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Keep files inside the test, let requests go to this machine, speak the source language."""
    settings.MEDIA_ROOT, settings.EGRESS_LOOPBACK = tmp_path / "files", True
    settings.WHITENOISE_AUTOREFRESH = True
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with translation.override("en"):
        yield


class System:
    """Another system in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        program = Path(__file__).parent / "receiver_server.py"
        self.process = subprocess.Popen(
            [sys.executable, str(program), str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.url = f"http://city.example:{self.port}/hook"

    def does(self, *faults: str) -> None:
        """Do these wrong, one a request."""
        (self.folder / "faults.json").write_text(json.dumps(faults), encoding="utf-8")

    def refuses(self, *subjects: str) -> None:
        """Refuse whatever is about these."""
        (self.folder / "refuses.json").write_text(json.dumps(subjects), encoding="utf-8")

    @property
    def told(self) -> list[dict[str, Any]]:
        """What it took in, with headers and body."""
        log = self.folder / "told.jsonl"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The messages that it took in."""
        return [json.loads(each["body"]) for each in self.told]

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """Return another system that listens."""
    found = System(tmp_path / "system")
    yield found
    found.stop()


def agreed(*told: str, days: int = 100) -> receivers.Agreement:
    """An agreement about these kinds, or about all."""
    until = timezone.localdate() + timedelta(days=days)
    return receivers.Agreement(told or kinds.KINDS, "协议〔2026〕7号", until)


def a_receiver(
    url: str = "", *, code: str = "city", area: str = make.CITY, told: tuple[str, ...] = ()
) -> Receiver:
    """A receiver with its secret; with a URL its way is open."""
    editor = make.a_user("fed_city", area=make.CITY)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        receiver = receivers.make(
            by=editor, code=code, name="市级平台", area_code=area, agreed=agreed(*told), url=url
        )
        receivers.set_secret(receiver, by=editor, secret=SECRET)
        if url:
            way = egress.ask(receiver, by=editor, url=url, addresses=["127.0.0.1"])
            for role in ("sys_admin", "sec_admin"):
                egress.approve(way, by=make.a_user(role, area=make.CITY))
    return receiver
