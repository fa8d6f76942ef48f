"""The test database: made by the owner, used as the application, under row-level security."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from xdist.scheduler import LoadScopeScheduling

from qianshou.config.postgres.configuration import SUPERUSER
from tests import template

HERE = Path(__file__).resolve().parents[1]
os.environ.setdefault("QIANSHOU_VAR", str(HERE / "var" / "test"))
os.environ.setdefault("NUMBA_CACHE_DIR", str(HERE / "var" / "numba"))


# Where Debian keeps programs that only root has on the path.
SYSTEM_PATH = os.pathsep.join(
    filter(None, (os.environ.get("PATH"), "/usr/sbin", "/usr/local/sbin"))
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, aloud, what needs a program that is not here; on CI it fails instead."""
    if os.environ.get("CI"):
        return
    left_out = [
        item
        for item in items
        for marker in item.iter_markers("needs")
        if not all(shutil.which(program, path=SYSTEM_PATH) for program in marker.args)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


JOURNEYS = "tests/journeys/"
# Few tests, each long: begun last, one worker would be at them while the others have nothing left.
LONG = (
    "tests/care/test_killed_servers.py", "tests/registry/test_killed_servers.py",
    "tests/trust/test_completeness.py", "tests/engines/linkage/test_backends.py",
    "tests/engines/matching/test_spark.py", "tests/trust/test_hidden.py",
    "tests/trust/test_enumeration.py",
)  # fmt: skip


class FilesTogether(LoadScopeScheduling):
    """Give a worker whole files, so that what a file sets up is set up once.

    The journeys share one served site and are the longest of all: they begin, on one worker; then
    come the other files whose tests are long.
    """

    def _split_scope(self, nodeid: str) -> str:
        return JOURNEYS if nodeid.startswith(JOURNEYS) else nodeid.partition("::")[0]

    def _assign_work_unit(self, node: Any) -> None:
        for first in reversed((JOURNEYS, *LONG)):
            if first in self.workqueue:
                self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    """Choose how tests are spread over workers: files of many tests first."""
    return FilesTogether(config, log)


def pytest_report_header() -> list[str]:
    """Say which programs of Debian are missing, so that nobody wonders what was left out."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=SYSTEM_PATH)]
    return [f"left out for want of a program: {', '.join(missing)}"] if missing else []


# Real counterparts that some tests start; `.ci/run` installs them all.
PROGRAMS = ("java", "mariadbd", "nats-server", "rabbitmq-server")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Let each worker, and each run of its own name, have its own database."""
    from django.db import connections

    suffix = os.environ.get("PYTEST_XDIST_WORKER", "") + os.environ.get("TEST_NAME", "")
    for alias in ("default", "owner"):
        connections[alias].settings_dict["TEST"]["NAME"] = f"test_qianshou{suffix}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: None, django_db_blocker: Any) -> Iterator[None]:
    """Copy the migrated database, made by the owner, and use it as the application's role."""
    from django.db import connections

    default, owner = connections["default"], connections["owner"]
    name, test_name = default.settings_dict["NAME"], default.settings_dict["TEST"]["NAME"]
    server = template.conninfo(owner.settings_dict)

    def use(database: str) -> None:
        for connection in (default, owner):
            connection.close()
            connection.settings_dict["NAME"] = database

    with django_db_blocker.unblock():
        with template.one_at_a_time(server) as making:
            migrated = template.make(making, fill=lambda draft: (use(draft), migrate(), use(name)))
            template.copy(making, migrated, test_name)
        use(test_name)
        own_the_copy(owner)
        yield
        use(name)
        # A page or a thread just ended may still hold a session, which the owner may not end; the
        # next run drops it then.
        with suppress(psycopg.Error), template.one_at_a_time(server) as dropping:
            template.drop(dropping, test_name)


def migrate() -> None:
    """Bring an empty database to today's tables, with the shipped counties and towns.

    The areas are public facts that every test may use.
    """
    from django.db import connections

    from qianshou.areas import actions
    from qianshou.common import rowsecurity
    from qianshou.config import setup

    setup.prepare_database()
    with (
        rowsecurity.acting(rowsecurity.SYSTEM),
        actions.shipped_lists()[0].open(encoding="utf-8") as handle,
    ):
        actions.load_areas([handle])
    connections["default"].close()


def own_the_copy(owner: Any) -> None:
    """Give a copied database what belongs to a database as such: its rights and the scope key."""
    from qianshou.config import database, setup

    database.grant_privileges(setup.owner_url())
    setup.store_scope_key("owner")
    owner.close()


@pytest.fixture(autouse=True)
def _act_as_the_system(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let tests build rows anywhere; each request of a client still sets its own scope."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None and "db" not in request.fixturenames:
        yield
        return
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("db")
    from qianshou.common import rowsecurity

    with rowsecurity.acting(rowsecurity.SYSTEM):
        yield


KEPT = {"areas_area", "django_migrations", "scope_key", "django_content_type"}


# Files that are empty hold no row; those of a table that a test has written into are not.
WITH_ROWS = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
AND relkind = 'r' AND pg_relation_size(oid) > 0 ORDER BY relname
"""


def empty_tables(owner: psycopg.Connection[Any]) -> None:
    """Empty every table but the public facts.

    To truncate a table gives it, each table that refers to it and all of their indexes new files:
    a second for the handful of rows of a test. The private server's superuser may delete them past
    triggers and foreign keys; elsewhere only the owner is at hand, who may truncate.
    """
    from django.conf import settings

    names = [name for (name,) in owner.execute(WITH_ROWS) if name not in KEPT]
    tables = sql.SQL(", ").join(map(sql.Identifier, names))
    if not names:
        return
    if not settings.PRIVATE_DATABASE:
        owner.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
        return
    with psycopg.connect(owner.info.dsn, user=SUPERUSER) as superuser:
        superuser.execute("SET session_replication_role = replica")
        # Whoever is still writing ends first, as a truncation would wait for it.
        superuser.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(tables))
        for name in names:
            superuser.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[psycopg.Connection[Any]]:
    """Let a test commit for real, from several connections, and empty the tables after it.

    Gives the owner's connection, since the application's role may not truncate.
    """
    from django.db import connections

    from qianshou.config import setup

    with django_db_blocker.unblock():
        with psycopg.connect(setup.owner_url(), autocommit=True) as owner:
            yield owner
            connections.close_all()
            empty_tables(owner)


@pytest.fixture(autouse=True, scope="session")
def _flush_as_the_owner() -> None:
    """Let Django's transaction tests empty the tables as the owner, for the same reason."""
    from django.test import TransactionTestCase

    from qianshou.config import setup

    def flush(self: TransactionTestCase) -> None:
        with psycopg.connect(setup.owner_url(), autocommit=True) as owner:
            empty_tables(owner)

    TransactionTestCase._fixture_teardown = flush


@pytest.fixture(autouse=True, scope="session")
def _hash_cheaply() -> None:
    """Hash passwords as the site does, with the least work that argon2 allows."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    Argon2PasswordHasher.time_cost = Argon2PasswordHasher.parallelism = 1
    Argon2PasswordHasher.memory_cost = 64
