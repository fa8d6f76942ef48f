"""T04 and T05: what a raw SQL client sees under the application's role, table by table."""

import time

import pytest
from django.db import ProgrammingError, connection, transaction

from qianshou.common import rowsecurity
from qianshou.common.rowsecurity import EVERYWHERE, Scope
from qianshou.config.unscoped import UNSCOPED_TABLES
from tests import make
from tests.trust import rows

pytestmark = pytest.mark.django_db

# The trail may be read by whoever acted, so a row without an actor serves here as everywhere.
HERE = Scope("STAFF", (("500236000000", "500236999999"),))
THERE = Scope("STAFF", (("500235000000", "500235999999"),))


# Found by the names of a circle, in no area (tests/protection/test_hidden.py asks every role).
BY_CIRCLE = (
    "protection_access", "protection_report", "protection_reporter", "protection_signal",
    "protection_step",
)  # fmt: skip


def scoped() -> list[str]:
    besides = (*UNSCOPED_TABLES, *BY_CIRCLE)
    return [table.name for table in rows.tables() if table.name not in besides]


def counted(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return cursor.fetchone()[0]


def seen(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT area_code FROM "{table}"')
        return {code for (code,) in cursor.fetchall()}


def say(token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('qianshou.scope', %s, true)", [token])


@pytest.fixture
def two_counties():
    """One row per scoped table in each of two counties."""
    for area in (make.COUNTY, make.OTHER_COUNTY):
        maker = rows.Maker(area)
        for table in scoped():
            maker.row_of(table)


def forged() -> str:
    genuine = rowsecurity.token(Scope("STAFF", (("500236000000", "500236999999"),)))
    return genuine.replace("500236000000-500236999999", "-".join(EVERYWHERE))


def expired() -> str:
    return rowsecurity.token(rowsecurity.SYSTEM, now=time.time() - 2 * rowsecurity.LIFETIME)


def test_every_table_is_guarded_or_has_a_written_reason():
    open_tables = [
        table.name
        for table in rows.tables()
        if table.name not in UNSCOPED_TABLES
        and not (table.enabled and table.forced and table.commands >= 4)
    ]
    gone = set(UNSCOPED_TABLES) - {table.name for table in rows.tables()}

    assert open_tables == []
    assert gone == set()


# Configuration that everybody may read, although it belongs to an area.
PUBLISHED = (
    "bonds_agreementtext", "bonds_terms", "cases_rhythmversion", "exchange_source",
    "notices_timetable", "outbound_receiver", "pairing_policy", "plans_careset",
    "support_scheduleversion", "teams_adoption", "teams_caremodel", "visits_bookversion",
)  # fmt: skip


def test_no_table_with_an_area_is_excused():
    excused = [
        name
        for name in UNSCOPED_TABLES
        if "area_code" in rows.columns_of(name) and name not in PUBLISHED
    ]

    assert excused == []


def test_a_county_sees_its_own_rows_and_no_others(two_counties):
    say(rowsecurity.token(HERE))

    assert {table: seen(table) for table in scoped()} == {t: {make.COUNTY} for t in scoped()}


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c:d:e:f", "9999999999:STAFF:::x:y"])
def test_without_a_valid_token_nothing_is_seen(two_counties, token):
    say(token)

    assert {table: seen(table) for table in scoped()} == {t: set() for t in scoped()}


@pytest.mark.parametrize("make_token", [forged, expired])
def test_a_forged_or_expired_token_opens_nothing(two_counties, make_token):
    say(make_token())

    assert {table: seen(table) for table in scoped()} == {t: set() for t in scoped()}


def test_the_rows_are_really_there(two_counties):
    """Negative control: the same questions with a token for everywhere find both counties."""
    say(rowsecurity.token(rowsecurity.SYSTEM))

    both = {make.COUNTY, make.OTHER_COUNTY}
    assert {table: seen(table) >= both for table in scoped()} == dict.fromkeys(scoped(), True)


def test_what_a_circle_holds_is_found_in_no_area():
    for table in BY_CIRCLE:
        rows.Maker(make.COUNTY).row_of(table)
    # The control: they are there.
    assert all(counted(table) for table in BY_CIRCLE)

    say(rowsecurity.token(HERE))

    assert {table: counted(table) for table in BY_CIRCLE} == dict.fromkeys(BY_CIRCLE, 0)


def test_a_row_cannot_be_moved_into_another_county(two_counties):
    say(rowsecurity.token(HERE))

    with (
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        cursor.execute("UPDATE registry_child SET area_code = %s", [make.OTHER_COUNTY])


def test_a_row_cannot_be_written_for_another_county():
    say(rowsecurity.token(THERE))

    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        rows.Maker(make.COUNTY).row_of("registry_guardian")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE registry_child CASCADE",
        "SELECT inner_pad FROM scope_key",
        "SELECT hash FROM audit_head",
        "UPDATE audit_entry SET act = 'x'",
        "DELETE FROM audit_entry",
        "ALTER TABLE registry_child DISABLE ROW LEVEL SECURITY",
        "SET ROLE owner",
        "CREATE TABLE public.shadow (x int)",
    ],
)
def test_the_applications_role_cannot(statement):
    with connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
        cursor.execute(statement)


def test_the_role_is_bound_by_row_security():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user"
        )

        assert cursor.fetchone() == (False, False, False, False)


def test_no_view_or_function_hands_out_rows_past_the_policies():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND (relkind = 'm' OR (relkind = 'v' AND NOT coalesce(reloptions::text, '')"
            " LIKE '%%security_invoker%%'))"
        )

        assert cursor.fetchall() == []
