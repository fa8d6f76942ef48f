"""A copy of the database restores to the last row, and the drill notices when it does not."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from qianshou.config.postgres import site as sites

DEPLOY = Path(__file__).parents[2] / "deploy"
ROWS = 1000


@pytest.fixture
def run(server):
    """Give a way to run a script of deploy/ against the server, with the server's own programs."""
    programs = sites.package_folder() / "pginstall" / "bin"
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(server.socket_dir),
        "PGDATABASE": server.database,
    }

    def script(name, *arguments, user):
        return subprocess.run(
            [DEPLOY / name, *arguments],
            env={**environment, "PGUSER": user},
            capture_output=True,
            text=True,
            check=False,
        )

    return script


@pytest.fixture
def canaries(server):
    """Put rows into a table that row security hides from all but who may pass it by."""
    with psycopg.connect(server.url("owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE canary (id int, name text, seen_at timestamptz DEFAULT now())")
        owner.execute(
            "INSERT INTO canary SELECT i, '秘' || i FROM generate_series(1, %s) i", [ROWS]
        )
        owner.execute("ALTER TABLE canary ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        yield
        owner.execute("DROP TABLE canary")


@pytest.fixture
def key(tmp_path):
    """Make the pair that seals copies, and give the private half."""
    made = ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "certificate.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=backup", *made],
        capture_output=True,
        check=True,
    )
    return tmp_path / "key.pem"


def test_restore_drill_finds_every_row_of_a_sealed_copy(run, canaries, key, *, tmp_path):
    copied = run("backup", tmp_path, tmp_path / "certificate.pem", user="postgres")
    copy = Path(copied.stdout.strip())

    drilled = run("restore-drill", copy, key, user="postgres")

    assert (drilled.returncode, drilled.stderr) == (0, "")
    assert drilled.stdout.startswith("Every row of ")
    assert f"canary|{ROWS}|" in copy.with_suffix(".list").read_text()
    assert "秘".encode() not in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600


def test_restore_drill_notices_one_changed_row(run, canaries, key, *, tmp_path, server):
    copied = run("backup", tmp_path, tmp_path / "certificate.pem", user="postgres")
    copy = Path(copied.stdout.strip())
    with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
        superuser.execute("UPDATE canary SET name = 'other' WHERE id = 7")
    (tmp_path / "later").mkdir()
    copied = run("backup", tmp_path / "later", tmp_path / "certificate.pem", user="postgres")
    later = Path(copied.stdout.strip())
    copy.with_suffix(".list").write_bytes(later.with_suffix(".list").read_bytes())

    drilled = run("restore-drill", copy, key, user="postgres")

    assert drilled.returncode == 1
    assert f"< canary|{ROWS}|" in drilled.stdout


def test_backup_by_a_role_that_sees_too_little_keeps_nothing(run, canaries, key, *, tmp_path):
    copied = run("backup", tmp_path, tmp_path / "certificate.pem", user="app")

    assert copied.returncode == 1
    assert "nothing was kept" in copied.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["certificate.pem", "key.pem"]
