"""The stage of the matrix, built once per module, and files and pages that need no installation."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Two furnished counties and one person per role; undone after the module."""
    from django.test import override_settings

    from tests.trust import world as stages

    folder = tmp_path_factory.mktemp("files")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=folder / "files", VAR=folder),
        stages.stage() as built,
    ):
        yield built


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Any, tmp_path: Path) -> None:
    """Keep what a test delivers inside the test."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Draw pages without the collected static files, which only an installation has."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


PRINTED: dict[str, list[bytes]] = {}


@pytest.fixture(autouse=True, scope="module")
def _printed_once() -> Iterator[None]:
    """Print a paper once for all who may take it: the same data give the same bytes."""
    from qianshou.common import papers

    print_it = papers._printed

    def printed_before(order: dict[str, Any]) -> Iterator[bytes]:
        wanted = json.dumps(order, sort_keys=True)
        if wanted not in PRINTED:
            PRINTED[wanted] = list(print_it(order))
        return iter(PRINTED[wanted])

    papers._printed = printed_before
    yield
    papers._printed = print_it


@pytest.fixture(scope="module")
def asker(world: Any) -> Iterator[Any]:
    """The whole cast, signed in; twenty thousand refusals are not worth a log line each."""
    from tests.trust import cells

    log = logging.getLogger("django.request")
    log.disabled = True
    yield cells.Asker(world)
    log.disabled = False


@pytest.fixture(scope="module")
def caller(world: Any, asker: Any) -> Any:
    """The cast with their keys to the interface."""
    from tests.trust import interface

    return interface.Caller(world, asker)
