"""T45 with the database down: a PostgreSQL of its own is stopped, and the report is still taken."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def surroundings():
    """An installation of its own, with a small PostgreSQL that may be stopped."""
    folder = Path(tempfile.mkdtemp(prefix="down-"))
    folder.chmod(0o755)
    yield {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)


def test_a_report_is_taken_while_the_database_is_stopped_and_counts_once_afterwards(surroundings):
    done = subprocess.run(
        [sys.executable, "-m", "tests.protection.without_database"],
        env=surroundings, cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-3000:]

    assert json.loads(done.stdout.splitlines()[-1]) == {
        "before": 200, "shown": 200, "police_first": True, "kept": [202, 202, 202],
        "number_given": True, "foreign": 403, "waiting": 2, "plain_on_disk": False,
        # The controls: everything else is down, and so is this page without its middleware.
        "home": 500, "control": 500,
        "taken": 2, "again": 1, "reports": 2, "left": [0, 0], "words": True, "channel": "SPOOL",
        "reporter": True, "in_time_order": True, "circle": 1,
    }  # fmt: skip
