"""Delivered files go to a folder of the test; the announcements of the hub are captured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from qianshou.common import bus
from qianshou.exchange.events import RowsReady, RunRolledBack


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Any, tmp_path: Path) -> None:
    """Keep delivered files inside the test."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Return what the hub announces; the rooms above do not react in these tests."""
    heard: list[Any] = []
    for kind in (RowsReady, RunRolledBack):
        monkeypatch.setitem(bus._handlers, kind, [heard.append])
    return heard


@pytest.fixture(autouse=True)
def _read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process, to be quick; the tests of the reader's own process do not."""
    wanted = {"db", "committed"} & set(request.fixturenames)
    if not wanted or "own_process" in request.fixturenames:
        return
    from qianshou.exchange.connectors import reader, sandbox
    from qianshou.exchange.connectors.containers import Limits

    def read_file(path: Path, folder: Path, *, name: str, encoding: str = "auto") -> Any:
        return reader.read(path, folder, name=name, encoding=encoding, limits=Limits()), 0

    monkeypatch.setattr(sandbox, "read_file", read_file)


@pytest.fixture
def own_process() -> None:
    """Let this test read in a process of its own, as an installation does."""


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Draw pages without the collected static files, which only an installation has."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Speak the source language, so that tests compare sentences and not translations."""
    with translation.override("en"):
        yield
