"""The private server: made once, started from any state, shared by many processes, stopped."""

import contextlib
import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from qianshou.config.postgres import configuration, launcher
from qianshou.config.postgres import site as sites

AS_ROOT = os.geteuid() == 0


def ask(server: launcher.Server, query: str, *, role: str = "owner") -> list[tuple]:
    with psycopg.connect(server.url(role)) as connection:
        return connection.execute(query).fetchall()


def owner_of(path: Path) -> str:
    return pwd.getpwuid(path.lstat().st_uid).pw_name


def open_ports(pid: int) -> set[str]:
    """Return the local addresses on which a process has an internet socket."""
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # The one that lists the folder itself.
            sockets.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
    rows = []
    for family in ("tcp", "tcp6"):
        rows += Path(f"/proc/{pid}/net/{family}").read_text().splitlines()[1:]
    return {row.split()[1] for row in rows if row.split()[9] in sockets}


def test_start_answers_with_the_server_that_already_runs(server, shared_folder):
    again = launcher.start(shared_folder / "postgres", durable=False)

    assert again == server
    assert ask(again, "SELECT current_user, current_database()") == [("owner", "qianshou")]


def test_start_makes_another_database_on_the_running_server(server, shared_folder):
    other = launcher.start(shared_folder / "postgres", name="另一个", durable=False)

    assert other.pid == server.pid
    assert ask(other, "SELECT current_database()", role="app") == [("另一个",)]


def test_start_orders_text_by_code_point_in_utf8(server):
    answer = ask(
        server,
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
        "WHERE datname = 'qianshou'",
    )

    assert answer == [("UTF8", "C", "C")]


def test_start_opens_no_port(server):
    with socket.socket() as control:
        control.bind(("127.0.0.1", 0))
        control.listen()

        assert open_ports(os.getpid()) >= {f"0100007F:{control.getsockname()[1]:04X}"}
    assert open_ports(server.pid) == set()


def test_start_runs_as_nobody_for_root_and_as_oneself_otherwise(server):
    expected = "nobody" if AS_ROOT else pwd.getpwuid(os.geteuid()).pw_name

    assert owner_of(Path(f"/proc/{server.pid}")) == expected
    assert owner_of(server.socket_dir) == expected


def test_start_keeps_socket_cluster_and_log_from_other_accounts(server, shared_folder):
    home = shared_folder / "postgres"

    modes = [path.stat().st_mode & 0o777 for path in (server.socket_dir, home / "cluster")]

    assert modes == [0o700, 0o700]
    assert server.log.stat().st_mode & 0o777 == 0o600


def test_start_lets_only_the_named_roles_sign_in(server):
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN SUPERUSER")

        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            psycopg.connect(server.url("app"), user="stranger")
        connection.execute("DROP ROLE stranger")

    assert ask(server, "SELECT current_user", role="app") == [("app",)]


def test_start_works_in_a_deep_folder_with_any_name(open_folder):
    data_dir = (
        open_folder
        / "一个很长很长的文件夹名字"
        / "with spaces, commas and 'quotes'"
        / "深"
        / ("x" * 40)
    )

    try:
        server = launcher.start(data_dir, durable=False)

        assert not server.socket_dir.is_relative_to(data_dir)
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert ask(server, "SELECT 1", role="app") == [(1,)]
    finally:
        launcher.remove(data_dir)
    assert not server.socket_dir.exists()


def test_start_refuses_a_socket_folder_that_someone_else_put_there(open_folder):
    data_dir = open_folder / ("x" * 100)
    socket_dir = sites.socket_folder(sites.find(data_dir))
    socket_dir.symlink_to(open_folder)

    try:
        with pytest.raises(launcher.LaunchError, match="not a folder of the account"):
            launcher.start(data_dir, durable=False)
    finally:
        socket_dir.unlink()
        launcher.remove(data_dir)


def test_start_by_several_processes_at_once_makes_one_server(data_dir):
    command = [sys.executable, "-m", "qianshou.config.postgres", "start", str(data_dir)]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}  # Not even a locale is set.

    crowd = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [process.communicate()[0] for process in crowd]

    server = launcher.start(data_dir)
    assert [process.returncode for process in crowd] == [0, 0, 0]
    assert answers == [f"{server.url('app')}\n{server.url('owner')}\n"] * 3
    assert server.log.read_text().count("starting PostgreSQL") == 1


def test_start_recovers_what_was_committed_before_a_crash(made_dir):
    crashed = launcher.start(made_dir)  # Durable, so that the commit below is a promise.
    with psycopg.connect(crashed.url("owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(crashed.pid, 9)

    server = launcher.start(made_dir)

    assert server.pid != crashed.pid
    assert ask(server, "SELECT number FROM kept", role="app") == [(7,)]


def test_start_takes_no_stranger_for_its_server(made_dir):
    launcher.start(made_dir, durable=False)
    launcher.stop(made_dir)
    pid_file = made_dir / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{made_dir}/cluster\n0\n5432\n\n\n\nready\n")

    assert not launcher.status(made_dir).running
    assert launcher.stop(made_dir) is False
    assert ask(launcher.start(made_dir, durable=False), "SELECT 1") == [(1,)]


def test_start_replaces_a_cluster_whose_making_was_cut_short(data_dir):
    (data_dir / "cluster.half").mkdir(parents=True)
    (data_dir / "cluster.half" / "PG_VERSION").write_text("18\n")

    server = launcher.start(data_dir, durable=False)

    assert ask(server, "SELECT 1") == [(1,)]
    assert not (data_dir / "cluster.half").exists()


def test_start_restarts_a_server_whose_socket_was_cleaned_away(made_dir):
    unreachable = launcher.start(made_dir, durable=False)
    (unreachable.socket_dir / ".s.PGSQL.5432").unlink()

    server = launcher.start(made_dir, durable=False)

    assert server.pid != unreachable.pid
    assert ask(server, "SELECT 1") == [(1,)]


def test_start_says_what_the_server_said_and_how_to_mend_it(made_dir):
    (made_dir / "local.conf").write_text("shared_bufers = '1GB'\n")

    with pytest.raises(launcher.LaunchError) as refusal:
        launcher.start(made_dir, durable=False)
    (made_dir / "local.conf").write_text("work_mem = '17MB'\n")
    server = launcher.start(made_dir, durable=False)

    assert 'unrecognized configuration parameter "shared_bufers"' in str(refusal.value)
    assert "Correct local.conf" in str(refusal.value)
    assert str(made_dir / "server.log") in str(refusal.value)
    assert ask(server, "SHOW work_mem") == [("17MB",)]


def test_start_refuses_a_cluster_of_another_major_version(data_dir):
    (data_dir / "cluster").mkdir(parents=True)
    (data_dir / "cluster" / "PG_VERSION").write_text("17\n")

    with pytest.raises(launcher.LaunchError, match=r"made by PostgreSQL 17; installed is 18\."):
        launcher.start(data_dir)

    assert (data_dir / "cluster" / "PG_VERSION").read_text() == "17\n"


def test_start_finds_a_place_for_root_when_nobody_cannot_enter(tmp_path, open_folder, monkeypatch):
    monkeypatch.setattr(sites, "_SHELTER", open_folder / "shelter")
    data_dir = tmp_path / "postgres"
    tmp_path.chmod(0o700)

    try:
        server = launcher.start(data_dir, durable=False)

        home = launcher.status(data_dir).home
        assert home.parent == (open_folder / "shelter" if AS_ROOT else tmp_path)
        assert ask(server, "SELECT 1") == [(1,)]
    finally:
        launcher.remove(data_dir)
    assert not home.exists()


def test_start_refuses_the_cluster_of_another_account(server, shared_folder, monkeypatch):
    with monkeypatch.context() as disguise:
        disguise.setattr(os, "geteuid", lambda: 12_345)

        with pytest.raises(launcher.LaunchError, match="belongs to the account"):
            launcher.start(shared_folder / "postgres")


def test_start_refuses_an_account_without_a_name(data_dir, monkeypatch):
    with monkeypatch.context() as disguise:
        disguise.setattr(os, "geteuid", lambda: 12_345)

        with pytest.raises(launcher.LaunchError, match=r"12345 is not in /etc/passwd"):
            launcher.start(data_dir / "new")


def test_start_refuses_a_folder_that_cannot_be(open_folder):
    (open_folder / "file").touch()
    (open_folder / "loop").symlink_to("loop")

    for place in ("file", "loop"):
        with pytest.raises(launcher.LaunchError, match=str(open_folder / place)):
            launcher.start(open_folder / place / "postgres")


def test_start_names_the_missing_package(data_dir, monkeypatch):
    monkeypatch.setattr(sites, "_PACKAGE", "absent-postgres")

    with pytest.raises(launcher.LaunchError, match=r"absent-postgres.*not installed.*DATABASE_URL"):
        launcher.start(data_dir)


@pytest.mark.parametrize(("free_mb", "expected"), [(64, "mmap"), (4096, "posix")])
def test_configuration_avoids_a_small_shared_memory(data_dir, monkeypatch, *, free_mb, expected):
    size = os.statvfs_result((1 << 20, 1 << 20, free_mb, free_mb, free_mb, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: size)

    written = configuration.write(sites.find(data_dir), socket_dir=data_dir, durable=True)

    assert f"dynamic_shared_memory_type = '{expected}'" in written.read_text()


@pytest.mark.parametrize(("durable", "expected"), [(True, "on"), (False, "off")])
def test_configuration_gives_up_safety_only_when_told(data_dir, durable, expected):

    written = configuration.write(sites.find(data_dir), socket_dir=data_dir, durable=durable)

    assert f"fsync = '{expected}'\nsynchronous_commit = '{expected}'" in written.read_text()


GIB = 1024**3


@pytest.mark.parametrize(
    ("there_is", "pages", "cached"),
    [(0, "256MB", "1024MB"), (2 * GIB, "256MB", "1024MB"), (8 * GIB, "512MB", "2048MB"),
     (24 * GIB, "1536MB", "6144MB"), (256 * GIB, "2048MB", "65536MB")],
)  # fmt: skip
def test_pages_kept_go_by_the_memory_there_is(there_is, pages, cached):
    assert configuration.sized(there_is) == {
        "shared_buffers": pages,
        "effective_cache_size": cached,
    }


@pytest.mark.parametrize(
    ("told", "holds"), [(str(GIB), GIB), ("max\n", None), ("", None), (str(2**62), None)]
)
def test_the_limit_of_a_container_is_its_memory(tmp_path, told, holds):
    limit = tmp_path / "memory.max"
    limit.write_text(told, encoding="ascii")
    machine = configuration.memory([tmp_path / "none"])

    assert configuration.memory([limit]) == (holds or machine)
    assert machine > GIB


def test_a_cluster_that_may_be_thrown_away_keeps_few_pages(data_dir, monkeypatch):
    monkeypatch.setattr(configuration, "memory", lambda: 24 * GIB)
    site = sites.find(data_dir)

    thrown = configuration.write(site, socket_dir=data_dir, durable=False).read_text()
    lasting = configuration.write(site, socket_dir=data_dir, durable=True).read_text()

    assert "shared_buffers = '256MB'" in thrown
    assert "shared_buffers = '1536MB'" in lasting


def test_log_names_the_error_but_never_quotes_the_row(server):
    with psycopg.connect(server.url("owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE private_row (id_number text PRIMARY KEY)")
        insert = "INSERT INTO private_row VALUES ('secret-500101')"
        connection.execute(insert)

        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert)

    log = server.log.read_text()
    assert 'duplicate key value violates unique constraint "private_row_pkey"' in log
    assert "secret-500101" not in log


def test_url_refuses_a_role_that_does_not_exist(server):
    with pytest.raises(ValueError, match="no role 'admin'"):
        server.url("admin")


def test_stop_ends_the_server_and_keeps_its_data(made_dir):
    first = launcher.start(made_dir, durable=False)
    with psycopg.connect(first.url("owner")) as connection:
        connection.execute("CREATE TABLE stored AS SELECT 1 AS number")

    stopped = launcher.stop(made_dir)

    assert stopped is True
    with pytest.raises(psycopg.OperationalError):
        ask(first, "SELECT 1")
    assert launcher.stop(made_dir) is False
    assert ask(launcher.start(made_dir, durable=False), "SELECT number FROM stored") == [(1,)]


def test_status_describes_a_server_without_starting_it(made_dir):
    before = launcher.status(made_dir)
    server = launcher.start(made_dir, durable=False)

    after = launcher.status(made_dir)

    assert (before.running, before.pid, before.socket_dir) == (False, None, None)
    assert (after.running, after.pid, after.socket_dir) == (True, server.pid, server.socket_dir)
    assert after.version.startswith("18.")


def test_remove_leaves_what_it_did_not_make(data_dir):
    (data_dir / "cluster").mkdir()
    for name in ("server.log", "postgresql.conf", "my notes.txt"):
        (data_dir / name).touch()

    launcher.remove(data_dir)

    assert [path.name for path in data_dir.iterdir()] == ["my notes.txt"]
