"""The private PostgreSQL server: made, started and stopped from the binaries of a Python package.

It listens on a socket in a folder of its own and never on the network. Whoever starts it (and root)
signs in without a password as `owner`, `app` or `postgres`; nobody else does.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from qianshou.config.postgres import configuration, roles
from qianshou.config.postgres import site as sites
from qianshou.config.postgres.configuration import SUPERUSER
from qianshou.config.postgres.site import PORT, LaunchError, Site

__all__ = ["LaunchError", "Server", "Status", "remove", "start", "status", "stop"]

_START_SECONDS = 300  # After a power cut the server first replays its log.
_STOP_SECONDS = 120
_ORPHANS_SECONDS = 20  # Workers of a killed server notice and leave within this time.
_POLL_SECONDS = 0.01
_LOG_LIMIT_BYTES = 10_000_000

# What the log says, and what a person can do about it.
_REMEDIES = {
    "No space left on device": "Free some space on the disk, then start again.",
    "Permission denied": "Check that the account above may use the folder and those above it.",
    "Cannot allocate memory": "Close other programs, or lower shared_buffers in local.conf.",
    "shared memory": "Another server still uses this folder. Stop it, then start again.",
    "syntax error in file": "Correct local.conf, then start again.",
    "unrecognized configuration parameter": "Correct local.conf, then start again.",
}
_ANY_REMEDY = "Mend what it says, or set DATABASE_URL to a server of your own."


@dataclass(frozen=True)
class Server:
    """A running private server and the one of its databases that was asked for."""

    database: str
    socket_dir: Path
    port: int
    pid: int
    log: Path

    def url(self, role: str) -> str:
        """Return the address that psycopg and libpq take, for `owner`, `app` or `postgres`."""
        if role not in (roles.OWNER, roles.APP, SUPERUSER):
            raise ValueError(f"The private server has no role {role!r}.")
        host = quote(os.fsencode(self.socket_dir), safe="")
        return f"postgresql://{role}@/{quote(self.database)}?host={host}&port={self.port}"


@dataclass(frozen=True)
class Status:
    """What is known of a cluster; `pid` and `socket_dir` are None while its server is down."""

    running: bool
    home: Path
    log: Path
    version: str
    pid: int | None
    socket_dir: Path | None


@dataclass(frozen=True)
class _Postmaster:
    """The server's own word about itself, from its pid file."""

    pid: int
    socket_dir: Path
    ready: bool


def start(data_dir: Path, *, name: str = "qianshou", durable: bool = True) -> Server:
    """Return the server of `data_dir` with a database `name`, making and starting both if need be.

    Any number of processes may call this at once. `durable=False` trades safety against a power cut
    for speed and is for tests. Raises LaunchError.
    """
    site = sites.find(data_dir)
    postmaster = _postmaster(site)
    if postmaster and postmaster.ready and _answers(_server(site, postmaster, name)):
        return _server(site, postmaster, name)
    with _explained(site), _lock(site):
        postmaster = _settled(site) or _launch(site, durable=durable)
        server = _server(site, postmaster, name)
        _prepare(server)
    return server


def stop(data_dir: Path) -> bool:
    """Stop the server of `data_dir`, ending open transactions; False when none was running."""
    site = sites.find(data_dir)
    if not site.home.is_dir():
        return False
    with _explained(site), _lock(site):
        postmaster = _postmaster(site)
        if postmaster:
            _stop(site, postmaster)
    return postmaster is not None


def status(data_dir: Path) -> Status:
    """Tell whether the server of `data_dir` runs, and where its things are; changes nothing."""
    site = sites.find(data_dir)
    postmaster = _postmaster(site)
    return Status(
        running=postmaster is not None and postmaster.ready,
        home=site.home,
        log=site.log,
        version=sites.version(),
        pid=postmaster.pid if postmaster else None,
        socket_dir=postmaster.socket_dir if postmaster else None,
    )


def remove(data_dir: Path) -> None:
    """Stop the server of `data_dir` and delete its databases for good."""
    site = sites.find(data_dir)
    stop(data_dir)
    if not site.home.is_dir():
        return
    socket_dir = sites.socket_folder(site)
    ours = ("cluster", "cluster.half", "server.log*", "binaries-*", "*.conf", "lock")
    for path in (socket_dir, *(path for name in ours for path in site.home.glob(name))):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # Something of the person's own lies there: leave it.
        site.home.rmdir()


def _server(site: Site, postmaster: _Postmaster, name: str) -> Server:
    return Server(
        database=name,
        socket_dir=postmaster.socket_dir,
        port=PORT,
        pid=postmaster.pid,
        log=site.log,
    )


def _postmaster(site: Site) -> _Postmaster | None:
    """Return the server that runs on this cluster, None when the pid file is absent or stale."""
    try:
        lines = site.pid_file.read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    if not _serves(pid, site):
        return None
    # Lines: pid, data folder, start time, port, socket folder, TCP address, memory key, state.
    lines += [""] * (8 - len(lines))
    return _Postmaster(pid=pid, socket_dir=Path(lines[4]), ready=lines[7].strip() == "ready")


def _serves(pid: int, site: Site) -> bool:
    """Tell whether process `pid` was started for our cluster: numbers of dead processes return."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return os.fsencode(site.cluster) in arguments


def _answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url(roles.OWNER), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _settled(site: Site) -> _Postmaster | None:
    """Wait for a server that is just coming or going, and return it if it stays usable."""
    deadline = time.monotonic() + _START_SECONDS
    postmaster = _postmaster(site)
    while postmaster and not postmaster.ready:
        if time.monotonic() > deadline:
            raise LaunchError(
                f"The database in {site.home} has not become ready within {_START_SECONDS} s; it "
                f"may still be recovering. Its log is {site.log}. Wait, then start again."
            )
        time.sleep(_POLL_SECONDS)
        postmaster = _postmaster(site)
    if postmaster and not (postmaster.socket_dir / f".s.PGSQL.{PORT}").exists():
        _stop(site, postmaster)  # A cleaner of temporary folders took its socket away.
        return None
    return postmaster


def _launch(site: Site, *, durable: bool) -> _Postmaster:
    programs = sites.binaries(site)
    if not site.cluster.is_dir():
        _initialise(site, programs, durable=durable)
    _require_same_major(site)
    socket_dir = sites.socket_folder(site)
    sites.make_private_folder(site, socket_dir)
    settings = configuration.write(site, socket_dir=socket_dir, durable=durable)
    give_up = time.monotonic() + _ORPHANS_SECONDS
    while True:
        written = _fresh_log(site)
        _forget_stale(site, socket_dir)
        pid = _spawn(
            site, [programs / "postgres", "-D", site.cluster, "-c", f"config_file={settings}"]
        )
        postmaster = _coming(site, pid)
        if postmaster:
            return postmaster
        said = site.log.read_bytes()[written:].decode(errors="replace")
        if "pre-existing shared memory block" not in said or time.monotonic() > give_up:
            raise _failure(site, "start", said)
        time.sleep(_ORPHANS_SECONDS / 50)


def _initialise(site: Site, programs: Path, *, durable: bool) -> None:
    """Make a cluster under another name first, so that one cut short is not taken for whole."""
    half = site.home / "cluster.half"
    shutil.rmtree(half, ignore_errors=True)
    sites.make_private_folder(site, half)
    # Collation C orders by code point on every machine, and its indexes serve prefix searches.
    choices = ["--encoding=UTF8", "--locale=C", "--auth=peer", f"--username={SUPERUSER}"]
    done = subprocess.run(  # noqa: S603 - our own program and arguments
        [programs / "initdb", "-D", half, *choices, *([] if durable else ["--no-sync"])],
        user=site.run_as,
        group=_group(site),
        extra_groups=_groups(site),
        cwd=site.home,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise _failure(site, "be made", done.stdout)
    half.rename(site.cluster)


def _spawn(site: Site, command: list[str | Path]) -> int:
    """Start the server detached from us, and return its process number.

    The shell between us lets the server belong to nobody once it has gone: no zombie, no waiting.
    """
    detach = '"$@" </dev/null >>server.log 2>&1 & echo $!'
    done = subprocess.run(  # noqa: S603 - our own program and arguments
        ["/bin/sh", "-c", detach, "sh", *command],
        user=site.run_as,
        group=_group(site),
        extra_groups=_groups(site),
        cwd=site.home,
        env=_environment(),
        umask=0o077,
        start_new_session=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)


def _environment() -> dict[str, str]:
    # PostgreSQL takes a pid file with this number for its own family's, hence for stale.
    return {"PATH": os.defpath, "LC_ALL": "C", "PG_GRANDPARENT_PID": str(os.getpid())}


def _group(site: Site) -> int | None:
    return site.account.pw_gid if site.run_as else None


def _groups(site: Site) -> list[int] | None:
    return [] if site.run_as else None


def _coming(site: Site, pid: int) -> _Postmaster | None:
    """Wait until the server just started is ready, None when it died on the way."""
    while _serves(pid, site):
        postmaster = _settled(site)
        if postmaster and postmaster.pid == pid:
            return postmaster
        time.sleep(_POLL_SECONDS)
    return None


def _forget_stale(site: Site, socket_dir: Path) -> None:
    """Let a start succeed after a crash, even if the dead server's number is in use again.

    The pid file itself stays: through it PostgreSQL finds workers that outlived their server.
    """
    for leftover in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (socket_dir / leftover).unlink(missing_ok=True)
    if site.pid_file.exists():
        _, _, rest = site.pid_file.read_text().partition("\n")
        # The folder is the server's account's, so a link there must not lead us astray.
        handle = os.open(site.pid_file, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
        with os.fdopen(handle, "w") as pid_file:
            pid_file.write(f"{os.getpid()}\n{rest}")


def _fresh_log(site: Site) -> int:
    """Provide a log that the server may write and no stranger read; return its length."""
    if site.log.exists() and site.log.stat().st_size > _LOG_LIMIT_BYTES:
        site.log.replace(site.log.with_name("server.log.1"))
    site.log.touch(mode=0o600)
    site.give(site.log)
    return site.log.stat().st_size


def _stop(site: Site, postmaster: _Postmaster) -> None:
    os.kill(postmaster.pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown.
    deadline = time.monotonic() + _STOP_SECONDS
    while _serves(postmaster.pid, site):
        if time.monotonic() > deadline:
            raise _failure(site, f"stop within {_STOP_SECONDS} s", _tail(site))
        time.sleep(_POLL_SECONDS)


def _prepare(server: Server) -> None:
    with psycopg.connect(server.url(SUPERUSER), dbname=SUPERUSER, autocommit=True) as connection:
        known = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", [server.database]
        ).fetchone()
        if known is None:
            database = sql.Identifier(server.database)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
    roles.prepare(server.url(SUPERUSER), createdb=True)


def _require_same_major(site: Site) -> None:
    made_by = (site.cluster / "PG_VERSION").read_text().strip()
    if made_by != sites.version().partition(".")[0]:
        raise LaunchError(
            f"The database in {site.home} was made by PostgreSQL {made_by}; installed is "
            f"{sites.version()}. Dump it with the former release and load it with this one "
            f"(deploy/postgresql.md), or remove the folder to begin anew."
        )


@contextlib.contextmanager
def _lock(site: Site) -> Iterator[None]:
    """Let one process at a time make, start or stop this cluster."""
    sites.make_home(site)
    path = site.home / "lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        site.give(path)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _explained(site: Site) -> Iterator[None]:
    """Turn what the system or the server refuses into words that name the folder and the remedy."""
    try:
        yield
    except (OSError, subprocess.SubprocessError, psycopg.Error) as trouble:
        raise _failure(site, "be used", f"{trouble}\n") from trouble


def _failure(site: Site, act: str, said: str) -> LaunchError:
    lines = [line for line in said.splitlines() if line.strip()][-12:]
    quoted = "\n".join(f"    {line}" for line in lines) or "    (nothing)"
    remedy = next((cure for sign, cure in _REMEDIES.items() if sign in said), _ANY_REMEDY)
    return LaunchError(
        f"The private database in {site.home} (account {site.account.pw_name}) could not {act}. "
        f"PostgreSQL says:\n{quoted}\n{remedy} The whole log is {site.log}."
    )


def _tail(site: Site) -> str:
    return site.log.read_text(errors="replace")[-4000:] if site.log.exists() else ""
