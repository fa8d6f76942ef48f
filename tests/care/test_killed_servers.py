"""PostgreSQL and web server killed while phones hand in entries: 0 lost, 0 doubled (T40, T42)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = ["--phones", "12", "--operations", "480", "--servers", "1", "--kills", "--no-floors"]


@pytest.fixture
def surroundings():
    """An installation of its own, with a small PostgreSQL that may be killed."""
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
        [sys.executable, "-m", "bench.phones_run", *WORDS],
        env=surroundings, cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])

    assert found["operations"] == 480
    assert (found["lost"], found["doubled"]) == (0, 0)
    # And the worker, killed too, has let the checklists hear of each contact exactly once.
    assert found["unticked"] == 0
    # The control: a phone that forgets its keys doubles all that it repeats.
    assert found["control"] == found["control_sent"] == 50
    # The whole app, over the wire, the first time.
    assert found["first_load"]["bytes"] <= 200_000
