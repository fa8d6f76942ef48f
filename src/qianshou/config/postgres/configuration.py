"""The configuration files of the private server, written afresh at every start."""

import os
import pwd
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from qianshou.config.postgres import roles
from qianshou.config.postgres.site import PORT, Site

SUPERUSER = "postgres"

_HEAD = "# Written at every start. Put settings of your own into local.conf beside this file.\n"

_SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": 60,
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_parallel_workers_per_gather": 1,
    "random_page_cost": 1.1,
    # Compiling costs more than it saves on short queries.
    "jit": "off",
    "wal_level": "replica",
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # A failing statement and its detail quote the row, and a child's row has no place in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": 0,
    "log_line_prefix": "%m [%p] %u@%d ",
}

_SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# Only for clusters that may be thrown away: a power cut would ruin them.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_WHO_MAY_SIGN_IN = """\
local all all peer map=qianshou
local replication all peer map=qianshou
"""

_SMALL_SHARED_MEMORY_BYTES = 512 * 1024 * 1024
_MIB: Final = 1024 * 1024
# The machine has other work to do: the server keeps a sixteenth of the memory for its pages.
_SHARE: Final = 16
_LEAST, _MOST = 256 * _MIB, 2048 * _MIB
# Where a container's limit stands, by the newer and the older way of setting one.
_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def write(site: Site, *, socket_dir: Path, durable: bool) -> Path:
    """Write settings, who may sign in and who may take which role; return the file of settings.

    They lie in the home and not in the cluster: root never writes into a folder that `nobody` owns.
    """
    settings = {
        **_SETTINGS,
        **(_SAFE if durable else _FAST),
        # A cluster that may be thrown away is one of several on the machine, and holds little.
        **sized(memory() if durable else 0),
        "unix_socket_directories": socket_dir,
        "dynamic_shared_memory_type": _shared_memory(),
        "hba_file": _write(site, "pg_hba.conf", _WHO_MAY_SIGN_IN),
        "ident_file": _write(site, "pg_ident.conf", "".join(_identities(site))),
    }
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    if (site.home / "local.conf").exists():
        lines.append("include 'local.conf'\n")
    return _write(site, "postgresql.conf", "".join(lines))


def sized(bytes_of_memory: int) -> dict[str, str]:
    """Return the settings that go by the memory there is (docs/decisions/0181)."""
    pages = min(max(bytes_of_memory // _SHARE, _LEAST), _MOST)
    # What the system keeps of our files besides: a guess for the planner, nothing is taken.
    cached = max(bytes_of_memory // 4, 4 * _LEAST)
    return {
        "shared_buffers": f"{pages // _MIB}MB",
        "effective_cache_size": f"{cached // _MIB}MB",
    }


def memory(limits: Sequence[Path] = _LIMITS) -> int:
    """Return the bytes of memory of this machine, or those of the container we run in."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in limits:
        # Not there, or "max": without a limit.
        with suppress(OSError, ValueError):
            found.append(int(path.read_text(encoding="ascii")))
    return min(found)


def _identities(site: Site) -> list[str]:
    """Map us and root to every role. `nobody` runs many a program, so it gets none."""
    accounts = {
        pwd.getpwuid(0).pw_name,
        site.account.pw_name if site.run_as is None else _owner(site),
    }
    return [
        f'qianshou "{account}" "{role}"\n'
        for account in sorted(accounts)
        for role in (roles.OWNER, roles.APP, SUPERUSER)
    ]


def _owner(site: Site) -> str:
    return pwd.getpwuid(site.home.stat().st_uid).pw_name


def _shared_memory() -> str:
    """Avoid /dev/shm where it is small, as in many containers: parallel queries would fail."""
    try:
        space = os.statvfs("/dev/shm")  # noqa: S108 - only measured
    except OSError:
        return "mmap"
    return "posix" if space.f_bavail * space.f_frsize > _SMALL_SHARED_MEMORY_BYTES else "mmap"


def _quoted(value: object) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def _write(site: Site, name: str, text: str) -> Path:
    path = site.home / name
    path.write_text(_HEAD + text, encoding="utf-8")
    path.chmod(0o600)
    site.give(path)
    return path
