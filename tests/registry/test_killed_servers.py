"""Web server and PostgreSQL killed between pushes: 0 lost, 0 doubled (T40, T51)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Few rows, but each kill falls between two batches. That a worker dies is shown in test_kill.py.
WORDS = [
    "--rate",
    "10",
    "--seconds",
    "5",
    "--every",
    "0.5",
    "--base",
    "none",
    "--kills",
    "--inline",
]


@pytest.fixture
def surroundings():
    """An installation of its own, with a small PostgreSQL that may be killed."""
    # The socket's path has to be short, and the server's user has to come in.
    folder = Path(tempfile.mkdtemp(prefix="kill-"))
    folder.chmod(0o755)
    yield {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)


def test_killed_servers_lose_nothing_and_double_nothing(surroundings):
    done = subprocess.run(
        [sys.executable, "-m", "bench.live_run", *WORDS],
        env=surroundings, cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])

    assert found["rows"] >= 40
    assert (found["lost"], found["doubled"]) == (0, 0)
    # The control: a sender that forgets its key delivers twice.
    assert found["control"] == 1
