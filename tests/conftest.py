"""The test database: made by the owner, used as the application, under row-level security."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

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
    """Create and migrate as the owner, then hand the connection to the application's role."""
    from django.db import connections

    from qianshou.config import setup

    default, owner = connections["default"], connections["owner"]
    app_user = {key: default.settings_dict[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
    owner_user = {key: owner.settings_dict[key] for key in app_user}
    with django_db_blocker.unblock():
        default.settings_dict.update(owner_user)
        name = default.settings_dict["NAME"]
        test_name = default.creation._get_test_db_name()
        default.creation._create_test_db(verbosity=0, autoclobber=True)
        default.close()
        default.settings_dict["NAME"] = test_name
        owner.settings_dict["NAME"] = test_name
        setup.prepare_database()
        load_areas(default, owner)
        default.close()
        default.settings_dict.update(app_user)
        yield
        default.close()
        owner.close()
        default.settings_dict.update(owner_user)
        default.settings_dict["NAME"] = name
        owner.settings_dict["NAME"] = name
        default.creation._destroy_test_db(test_name, verbosity=0)
        default.close()


def load_areas(default: object, owner: object) -> None:
    """Load the shipped counties and towns once; they are public facts that every test may use."""
    from qianshou.areas import actions

    with actions.shipped_lists()[0].open(encoding="utf-8") as handle:
        actions.load_areas([handle])


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


def empty_tables(owner: psycopg.Connection[Any]) -> None:
    """Empty every table but the public facts; only the owner may."""
    names = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = ", ".join(name for (name,) in names if name not in KEPT)
    owner.execute(f"TRUNCATE {tables} CASCADE".encode())


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
