"""Clusters for the launcher's tests, in folders of their own that any account may enter."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qianshou.config.postgres import launcher


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give an empty folder that `nobody` can reach, unlike pytest's own, for tests run by root."""
    yield from _open_folder()


@pytest.fixture
def data_dir(open_folder: Path, server: launcher.Server) -> Iterator[Path]:
    """Give the place of a cluster not yet made, and remove whatever the test made there."""
    (open_folder / "postgres").mkdir()
    (open_folder / "postgres").chmod(0o755)
    for copied in server.log.parent.glob("binaries-*"):  # Made for root only, which takes a while.
        (open_folder / "postgres" / copied.name).symlink_to(copied)
    yield open_folder / "postgres"
    launcher.remove(open_folder / "postgres")


@pytest.fixture
def made_dir(used_dir: Path) -> Iterator[Path]:
    """Give a cluster made earlier and stopped, so that a test need not wait for a new one."""
    launcher.stop(used_dir)
    yield used_dir
    (used_dir / "local.conf").unlink(missing_ok=True)
    launcher.stop(used_dir)


@pytest.fixture(scope="session")
def used_dir() -> Iterator[Path]:
    """Give the cluster behind `made_dir`."""
    for folder in _open_folder():
        launcher.start(folder / "postgres", durable=False)
        yield folder / "postgres"
        launcher.remove(folder / "postgres")


@pytest.fixture(scope="session")
def shared_folder() -> Iterator[Path]:
    """Give a folder for the cluster that all tests share."""
    yield from _open_folder()


@pytest.fixture(scope="session")
def server(shared_folder: Path) -> Iterator[launcher.Server]:
    """Give a running server that tests may use but neither stop nor break."""
    yield launcher.start(shared_folder / "postgres", durable=False)
    launcher.remove(shared_folder / "postgres")


def _open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="qianshou-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
