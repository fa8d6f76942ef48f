"""A migrated database that each run and each worker copies, instead of migrating its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

HERE = Path(__file__).resolve().parents[1]
PREFIX = "test_template_"
# Several checkouts may share a server: so many states of the migrations are kept.
KEPT_TEMPLATES = 12
# What a migrated database follows from, besides the migrations themselves.
SOURCES = (
    "tests/template.py", "src/qianshou/common/guards.py", "src/qianshou/common/rowsecurity.py",
    "src/qianshou/config/migrating.py", "src/qianshou/config/setup.py",
    "src/qianshou/config/settings.py", "src/qianshou/config/unscoped.py",
    "src/qianshou/areas/data/**/*", "src/qianshou/**/migrations/*.py", "src/qianshou/*/sql/*",
)  # fmt: skip


def fingerprint() -> str:
    """Return what a migrated database follows from, as a short name."""
    digest = sha256(
        " ".join(map(version, ("django", "procrastinate", "django-pgtrigger"))).encode()
    )
    paths = {path for pattern in SOURCES for path in HERE.glob(pattern) if path.is_file()}
    for path in sorted(paths):
        digest.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def one_at_a_time(conninfo: str) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection while no other worker makes, copies or drops a template."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
        yield connection


def existing(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the templates that are there by fingerprint, the oldest first."""
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [PREFIX]
    )
    return {name.removeprefix(PREFIX): name for (name,) in rows}


def drop(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a database, and end the sessions that a killed run left on it.

    By force only then: force may not end a vacuum of the server's own, asking makes it stop.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        connection.execute(statement)
    except psycopg.errors.ObjectInUse:
        connection.execute(statement + sql.SQL(" WITH (FORCE)"))


def copy(connection: psycopg.Connection[Any], source: str, name: str) -> None:
    """Make a database as a copy of another one."""
    drop(connection, name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    connection.execute(statement.format(*map(sql.Identifier, (name, source))))


def make(connection: psycopg.Connection[Any], *, fill: Any) -> str:
    """Return the template of today's migrations, made and filled if it is not there yet."""
    mark = fingerprint()
    there = existing(connection)
    if mark in there:
        return there[mark]
    draft, name = f"{PREFIX}draft", f"{PREFIX}{mark}"
    copy(connection, "template0", draft)
    fill(draft)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    connection.execute(rename.format(*map(sql.Identifier, (draft, name))))
    there.pop("draft", None)
    for old in list(there.values())[: 1 - KEPT_TEMPLATES]:
        drop(connection, old)
    return name


def conninfo(settings: dict[str, Any]) -> str:
    """Return where the owner connects, by Django's settings, to make databases."""
    names = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {key: str(settings[name]) for key, name in names.items() if settings[name]}
    return make_conninfo("", dbname="postgres", **given)
