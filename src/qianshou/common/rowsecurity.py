"""Who the database believes is asking: signed scope tokens and the policies that read them.

The application sets a token as the first statement of a transaction; SECURITY DEFINER functions
check its HMAC and expiry, and every policy asks them. Without a valid token no row is visible,
so an injected `set_config` can narrow the view but never widen it (trust.md 2.3, policy G).
"""

import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, migrations, transaction
from psycopg.pq import TransactionStatus

SETTING: Final = "qianshou.scope"
LIFETIME: Final = 6 * 3600
EVERYWHERE: Final = ("000000000000", "999999999999")


@dataclass(frozen=True)
class Scope:
    """What one session may see: ranges of 12-digit area codes, and perhaps one mother's own."""

    kind: str
    ranges: tuple[tuple[str, str], ...] = ()
    user_id: UUID | None = None
    person_id: UUID | None = None

    def holds(self, area_code: str) -> bool:
        """Tell whether an area lies inside, as the database will decide it."""
        return any(low <= area_code <= high for low, high in self.ranges)


SYSTEM: Final = Scope("SYSTEM", (EVERYWHERE,))
NOBODY: Final = Scope("NOBODY")


def token(scope: Scope, *, now: float | None = None) -> str:
    """Return the signed text `expiry:kind:user:person:ranges:hmac` for one transaction."""
    expiry = int((time.time() if now is None else now) + LIFETIME)
    ranges = ",".join(f"{low}-{high}" for low, high in scope.ranges)
    message = f"{expiry}:{scope.kind}:{scope.user_id or ''}:{scope.person_id or ''}:{ranges}"
    return f"{message}:{hmac.new(settings.SCOPE_KEY, message.encode(), sha256).hexdigest()}"


@contextmanager
def acting(scope: Scope, *, savepoint: bool = True) -> Iterator[None]:
    """Run a block in one transaction as this scope, and give the earlier scope back after it.

    Without a savepoint an error in the block undoes everything around it too; a block that
    hundreds of calls a second pass, and whose errors nobody catches, saves two statements by it.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic(savepoint=savepoint):
        before = _swap(token(scope))
        try:
            yield
        finally:
            # An aborted block takes no statement, and rolling it back brings the setting back too.
            # The end of the transaction ends the setting by itself.
            status = connection.connection.info.transaction_status
            usable = status == TransactionStatus.INTRANS and not connection.needs_rollback
            if usable and not outermost:
                _swap(before)


def become(scope: Scope) -> None:
    """Take a scope for the rest of the present transaction, as a REST key does."""
    _swap(token(scope))


def _swap(value: str) -> str:
    with connection.cursor() as cursor:
        # The first column is read before the second one sets it.
        cursor.execute(
            "SELECT before, set_config(%s, %s, true) FROM"
            " (SELECT current_setting(%s, true) AS before OFFSET 0) AS standing",
            [SETTING, value, SETTING],
        )
        before = cursor.fetchone()
    return (before[0] if before else None) or ""


def key_pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the inner and outer pads of HMAC-SHA256 (RFC 2104) for the table `scope_key`.

    The database has sha256() but no hmac() without an extension; with the pads stored it
    computes the same HMAC from two plain hashes.
    """
    block = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def secure(
    table: str, *, area: str = "area_code", own: str = "", write: str = ""
) -> migrations.RunSQL:
    """Return the migration step that puts a table under row-level security.

    `own` is a further condition under which a row may be read (a mother's own rows); `write`
    replaces the condition for writing, which is otherwise the area alone.
    """
    hull = inside(area)
    readable = f"{hull} OR ({own})" if own else hull
    writable = write or hull
    return migrations.RunSQL(
        f"""
        {RANGES}
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope_read ON {table} FOR SELECT USING ({readable});
        CREATE POLICY scope_insert ON {table} FOR INSERT WITH CHECK ({writable});
        CREATE POLICY scope_update ON {table} FOR UPDATE USING ({readable}) WITH CHECK ({writable});
        CREATE POLICY scope_delete ON {table} FOR DELETE USING ({hull});
        """,
        f"""
        DROP POLICY scope_read ON {table}; DROP POLICY scope_insert ON {table};
        DROP POLICY scope_update ON {table}; DROP POLICY scope_delete ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def inside(area: str) -> str:
    """Return the condition that an area code lies in the present scope.

    Written as a test for NULL, because the planner cannot know how many rows a scope holds and
    would take it for hardly any; so it takes it for nearly all, and chooses its indexes by what
    the query itself asks (docs/decisions/0043).
    """
    return f"(nullif({area}::text <@ (SELECT scope_inside()), false) IS NOT NULL)"


def renew() -> migrations.RunSQL:
    """Return the migration step that gives policies of the earlier shape the present one."""
    return migrations.RunSQL(f"{RANGES}\n{RENEW}", migrations.RunSQL.noop)


def install() -> migrations.RunSQL:
    """Return the migration step that creates the key table and the functions the policies ask."""
    return migrations.RunSQL(INSTALL + RANGES, UNINSTALL)


# The ranges of a scope as one value: one look at the token for each table of a query, one operator
# for each row. It may be run again and again, since any table's migration may be the first.
RANGES: Final = """
DO $$ BEGIN
  IF to_regtype('public.scope_range') IS NULL THEN
    CREATE TYPE public.scope_range AS RANGE (
      subtype = text, collation = "C", multirange_type_name = scope_ranges);
  END IF;
END $$;
CREATE OR REPLACE FUNCTION scope_inside() RETURNS public.scope_ranges
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT coalesce(range_agg(scope_range(split_part(r, '-', 1), split_part(r, '-', 2), '[]')),
                   '{}'::scope_ranges)
   FROM unnest(string_to_array(nullif((scope_claims())[5], ''), ',')) r $$;
"""
# The earlier shape as the database prints it, wherever it stands in a policy's condition.
RENEW: Final = r"""
DO $$
DECLARE
  policy record;
  old text := '\(\(\(([\w.]+)\)::text >= \( SELECT scope_low\(\) AS scope_low\)\) AND '
    || '\(\(\1\)::text <= \( SELECT scope_high\(\) AS scope_high\)\)\) AND '
    || 'scope_holds\(\(\1\)::text, \( SELECT scope_lows\(\) AS scope_lows\), '
    || '\( SELECT scope_highs\(\) AS scope_highs\)\)';
  new text := 'nullif((\1)::text <@ (SELECT scope_inside()), false) IS NOT NULL';
BEGIN
  FOR policy IN SELECT * FROM pg_policies WHERE concat(qual, with_check) LIKE '%scope_holds(%' LOOP
    IF policy.qual IS NOT NULL THEN
      EXECUTE format('ALTER POLICY %I ON %I.%I USING (%s)', policy.policyname, policy.schemaname,
                     policy.tablename, regexp_replace(policy.qual, old, new, 'g'));
    END IF;
    IF policy.with_check IS NOT NULL THEN
      EXECUTE format('ALTER POLICY %I ON %I.%I WITH CHECK (%s)', policy.policyname,
                     policy.schemaname, policy.tablename,
                     regexp_replace(policy.with_check, old, new, 'g'));
    END IF;
  END LOOP;
END $$;
"""


# One statement per function; STABLE plus `(SELECT f())` in the policies makes each an InitPlan
# that runs once per query. `scope_low` to `scope_holds` are what policies asked before RANGES.
INSTALL: Final = """
CREATE TABLE scope_key (id int PRIMARY KEY CHECK (id = 1), inner_pad bytea NOT NULL,
                        outer_pad bytea NOT NULL);
REVOKE ALL ON scope_key FROM PUBLIC;
DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'app') THEN
  REVOKE ALL ON scope_key FROM app; END IF; END $$;

CREATE FUNCTION scope_claims() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  given text := current_setting('qianshou.scope', true);
  parts text[];
  message text;
  pads record;
BEGIN
  IF given IS NULL OR given = '' THEN RETURN NULL; END IF;
  parts := string_to_array(given, ':');
  IF array_length(parts, 1) <> 6 THEN RETURN NULL; END IF;
  message := array_to_string(parts[1:5], ':');
  SELECT inner_pad, outer_pad INTO pads FROM public.scope_key WHERE id = 1;
  IF pads IS NULL THEN RETURN NULL; END IF;
  IF encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(message, 'UTF8'))), 'hex')
     <> parts[6] THEN RETURN NULL; END IF;
  IF parts[1] !~ '^[0-9]{1,12}$' OR parts[1]::bigint < extract(epoch FROM now()) THEN
    RETURN NULL;
  END IF;
  RETURN parts;
END $$;

CREATE FUNCTION scope_kind() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT (scope_claims())[2] $$;

CREATE FUNCTION scope_user() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT nullif((scope_claims())[3], '')::uuid $$;

CREATE FUNCTION scope_person() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT nullif((scope_claims())[4], '')::uuid $$;

CREATE FUNCTION scope_lows() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT coalesce(array_agg(split_part(r, '-', 1)), '{}')
   FROM unnest(string_to_array(nullif((scope_claims())[5], ''), ',')) r $$;

CREATE FUNCTION scope_highs() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT coalesce(array_agg(split_part(r, '-', 2)), '{}')
   FROM unnest(string_to_array(nullif((scope_claims())[5], ''), ',')) r $$;

CREATE FUNCTION scope_low() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT min(x COLLATE "C") FROM unnest(scope_lows()) x $$;

CREATE FUNCTION scope_high() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT max(x COLLATE "C") FROM unnest(scope_highs()) x $$;

CREATE FUNCTION scope_holds(area text, lows text[], highs text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN cardinality(lows) = 1 THEN true ELSE EXISTS (
    SELECT 1 FROM unnest(lows, highs) AS r(low, high)
    WHERE area COLLATE "C" BETWEEN r.low AND r.high) END $$;
"""
UNINSTALL: Final = """
DROP FUNCTION scope_inside(); DROP TYPE scope_range;
DROP FUNCTION scope_holds(text, text[], text[]); DROP FUNCTION scope_high();
DROP FUNCTION scope_low(); DROP FUNCTION scope_highs(); DROP FUNCTION scope_lows();
DROP FUNCTION scope_person(); DROP FUNCTION scope_user(); DROP FUNCTION scope_kind();
DROP FUNCTION scope_claims(); DROP TABLE scope_key;
"""
