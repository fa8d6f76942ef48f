"""One legal row per table and county, made from the catalogue, for a client that speaks raw SQL."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT count(DISTINCT polcmd) FROM pg_policy p WHERE p.polrelid = c.oid)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname
"""
COLUMNS = """
SELECT column_name, data_type, character_maximum_length FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'NO'
  AND column_default IS NULL AND is_identity = 'NO' ORDER BY ordinal_position
"""
FOREIGN = """
SELECT a.attname, f.relname FROM pg_constraint k
JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND t.relname = %s
"""
KEY = """
SELECT a.attname FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
WHERE i.indisprimary AND t.relname = %s
"""
BY_TYPE: dict[str, Any] = {
    "boolean": False, "smallint": 1, "integer": 1, "bigint": 1, "double precision": 0.5,
    "date": "2026-11-24", "timestamp with time zone": "2026-11-24T00:00:00Z",
    "numeric": 1, "bytea": b"", "jsonb": "{}", "text": "", "character varying": "",
}  # fmt: skip
# Columns whose constraint wants a certain word.
WORDS = {"state": "", "chain": "500236"}
# Columns in which no two rows may be alike.
SINGULAR = ("code", "slug", "username", "sha256", "once", "stem")
SPECIAL = {
    "exchange_question": {"state": "ASKED", "decided_by_id": None},
    "registry_link": {"state": "AUTO"},
    "pairing_pairing": {"state": "REVIEWED"},
    "bonds_signature": {"means": "PHONE"},
    "pairing_proposal": {"state": "OPEN"},
    "pairing_teamplace": {"gap": "NOBODY"},
    "mothers_mother": {"capacity": 3},
    "recruitment_motherapplication": {"state": "DRAFT"},
    "recruitment_screeningcheck": {"result": "PENDING"},
    "recruitment_signature": {"proof": "PHONE"},
    "recruitment_signrequest": {"asked_on": "2026-11-01", "due_on": "2026-12-01"},
    "consents_assent": {"subject": "PROGRAMME"},
    "consents_authority": {"kind": "STATE"},
    "mothers_filechange": {"state": "OPEN"},
    "mothers_hardshiprequest": {"state": "OPEN"},
    "mothers_strainpulse": {"month": "2026-11-01"},
    "mothers_serviceentry": {"attested_by": "县妇联"},
    "support_transfer": {"state": "ASKED"},
    "cases_taskteam": {"state": "OPENED"},
    "cases_review": {"closes": True, "next_step": "CARE"},
    "care_held": {"state": "OPEN", "decided_by_id": None},
    "plans_goal": {"state": "PROPOSED"},
    "plans_guidance": {"state": "RUNNING"},
    "plans_homework": {"state": "GIVEN"},
    "plans_planmove": {"reason": "改用新版"},
    "plans_session": {"state": "PLANNED"},
    "care_enclosure": {"state": "COMING"},
    "visits_visit": {"state": "PLANNED"},
    "wishes_wish": {"state": "MADE"},
    "wishes_claim": {"state": "ASKED"},
    "pairing_wish": {"trait": "OLDER", "mother_id": None},
    "teams_teamtask": {"state": "OPEN"},
    "protection_signal": {"state": "RAISED", "origin": lambda: uuid.uuid4().hex},
    "protection_report": {"state": "RECEIVED", "accepted_by_id": None, "level": "LEAD"},
}
# Columns that may be empty, but not together with others of their row.
BESIDES = {"pairing_teamseat": ("partner_id",)}


@dataclass(frozen=True)
class Table:
    """A table of the catalogue and how it is guarded."""

    name: str
    enabled: bool
    forced: bool
    commands: int


@dataclass
class Maker:
    """Makes one row per table for one county, with references to its own earlier rows."""

    area: str
    made: dict[str, Any] = field(default_factory=dict)

    def row_of(self, table: str) -> Any:
        """Insert a row, first those it refers to, and return its primary key."""
        if table in self.made:
            return self.made[table]
        with connection.cursor() as cursor:
            cursor.execute(FOREIGN, [table])
            foreign = dict(cursor.fetchall())
            cursor.execute(COLUMNS, [table])
            columns = cursor.fetchall()
            cursor.execute(KEY, [table])
            (key,) = cursor.fetchone()
        values = {name: self._value(table, name, kind, foreign) for name, kind, _ in columns}
        values |= {name: self.row_of(foreign[name]) for name in BESIDES.get(table, ())}
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(["%s"] * len(values))
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{table}" ({names}) VALUES ({marks}) RETURNING "{key}"',
                list(values.values()),
            )
            self.made[table] = cursor.fetchone()[0]
        return self.made[table]

    def _value(self, table: str, name: str, kind: str, foreign: dict[str, str]) -> Any:
        if name in SPECIAL.get(table, {}):
            special = SPECIAL[table][name]
            return special() if callable(special) else special
        if name in foreign and foreign[name] != table:
            return self.area if foreign[name] == "areas_area" else self.row_of(foreign[name])
        if name == "area_code":
            return self.area
        if kind == "uuid":
            return uuid.uuid4()
        if kind == "bytea":
            return uuid.uuid4().bytes if "token" in name or "digest" in name else b""
        if kind == "character varying" and name in SINGULAR:
            return uuid.uuid4().hex[:12]
        if name == "version":
            return uuid.uuid4().int % 30_000
        if kind == "jsonb":
            return json.dumps([] if name.endswith("s") else {})
        return WORDS.get(name, BY_TYPE[kind])


def tables() -> list[Table]:
    """Return every table of the database."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return [Table(*row) for row in cursor.fetchall()]


def columns_of(table: str) -> set[str]:
    """Return the names of a table's columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
        )
        return {name for (name,) in cursor.fetchall()}
