"""How the policies are written: exact for several ranges, and no riddle to the planner."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from qianshou.common import rowsecurity
from qianshou.common.rowsecurity import Scope
from qianshou.config import setup

pytestmark = pytest.mark.django_db

FIRST, BETWEEN, LAST = "500235000000", "500236000000", "500237000000"
TWO = Scope("STAFF", ((FIRST, "500235999999"), (LAST, "500237999999")))
# As policies were written before, a mother's own rows among them.
EARLIER = """
CREATE POLICY scope_read ON scratch FOR SELECT USING (
  (area_code BETWEEN (SELECT scope_low()) AND (SELECT scope_high())
   AND scope_holds(area_code, (SELECT scope_lows()), (SELECT scope_highs())))
  OR own = (SELECT scope_person()));
CREATE POLICY scope_insert ON scratch FOR INSERT WITH CHECK (
  area_code BETWEEN (SELECT scope_low()) AND (SELECT scope_high())
  AND scope_holds(area_code, (SELECT scope_lows()), (SELECT scope_highs())));
"""
PRESENT = (
    f"CREATE POLICY scope_read ON scratch FOR SELECT USING ({rowsecurity.inside('area_code')})"
)


@pytest.fixture
def owner(django_db_blocker: Any) -> Iterator["psycopg.Connection[Any]"]:
    """A table that its owner fills before it is guarded; all of it is rolled back."""
    with psycopg.connect(setup.owner_url()) as own:
        own.execute('CREATE TABLE scratch (area_code varchar(12) COLLATE "C", own uuid)')
        own.execute(
            "INSERT INTO scratch SELECT c FROM unnest(%s::text[]) c, generate_series(1, 400)",
            [[FIRST, BETWEEN, LAST]],
        )
        own.execute("ANALYZE scratch; ALTER TABLE scratch ENABLE ROW LEVEL SECURITY")
        own.execute("ALTER TABLE scratch FORCE ROW LEVEL SECURITY")
        own.execute(
            "SELECT set_config(%s, %s, true)", [rowsecurity.SETTING, rowsecurity.token(TWO)]
        )
        yield own
        own.rollback()


def seen(own: "psycopg.Connection[Any]") -> set[str]:
    return {code for (code,) in own.execute("SELECT DISTINCT area_code FROM scratch")}


def expected_rows(own: "psycopg.Connection[Any]") -> int:
    answer = own.execute("EXPLAIN (FORMAT JSON) SELECT * FROM scratch").fetchone()
    assert answer is not None
    plan = answer[0] if isinstance(answer[0], list) else json.loads(answer[0])
    return int(plan[0]["Plan"]["Plan Rows"])


def test_two_ranges_hold_nothing_of_what_lies_between_them(owner):
    owner.execute(PRESENT)

    assert seen(owner) == {FIRST, LAST}


def test_the_planner_takes_a_scope_for_nearly_all_rows(owner):
    owner.execute(PRESENT)

    assert expected_rows(owner) > 1100


def test_the_earlier_shape_was_taken_for_hardly_any_rows(owner):
    owner.execute(EARLIER)

    assert expected_rows(owner) < 50


def test_policies_of_the_earlier_shape_are_renewed_and_say_the_same(owner):
    owner.execute(EARLIER)
    before = seen(owner)

    owner.execute(rowsecurity.RENEW)

    shapes = owner.execute(
        "SELECT concat(qual, with_check) FROM pg_policies WHERE tablename = 'scratch'"
    ).fetchall()
    assert seen(owner) == before == {FIRST, LAST}
    assert expected_rows(owner) > 1100
    assert not any("scope_holds" in text or "scope_low" in text for (text,) in shapes)
    assert sum("scope_person()" in text for (text,) in shapes) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("INSERT INTO scratch VALUES (%s)", [BETWEEN])


def test_no_policy_of_ours_has_the_earlier_shape(owner):
    left = owner.execute(
        "SELECT tablename FROM pg_policies WHERE concat(qual, with_check) LIKE '%scope_holds(%'"
    ).fetchall()

    assert left == []
