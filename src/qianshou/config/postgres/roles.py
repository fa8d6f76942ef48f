"""The two database roles, `owner` and `app`, and what each may do, on any server."""

import psycopg

OWNER = "owner"
APP = "app"

_ROLES = """\
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'owner') THEN CREATE ROLE owner; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN CREATE ROLE app; END IF;
END $$;
ALTER ROLE owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB;
ALTER ROLE app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB;
"""

# These statements take no current_database(), hence the detour over format().
_DATABASE = """
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO app', current_database());
END $$;
-- As in every database that PostgreSQL 15 or later made itself; one restored from 14 differs.
ALTER SCHEMA public OWNER TO pg_database_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"""

# Only what is made from now on: a grant on existing tables would give back what a migration took
# away on purpose, such as UPDATE on the audit trail. TRUNCATE and REFERENCES stay with the owner:
# the first slips past row security and triggers, the second tells whether a hidden row exists.
_PRIVILEGES = """
GRANT USAGE ON SCHEMA public TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public
    GRANT EXECUTE ON FUNCTIONS TO app;
"""

# Tests make databases of their own.
_CREATEDB = "\nALTER ROLE owner CREATEDB;\n"


def bootstrap_sql() -> str:
    """Return what a superuser runs once inside the new, empty database of an outside server.

    It makes both roles, without passwords, hands the database to `owner` and sets what `app` gets
    on every table made later. Running it again changes nothing.
    """
    return _ROLES + _DATABASE + _PRIVILEGES


def prepare(url: str, *, createdb: bool = False) -> None:
    """Set up roles and privileges in the database of `url`; safe to run at every start.

    A superuser's `url` does all of it, the owner's the privileges only. With `createdb`, for
    servers that tests run on, `owner` may make databases, and they inherit the privileges.
    """
    with psycopg.connect(url) as connection:
        if connection.execute("SHOW is_superuser").fetchone() != ("on",):
            connection.execute(_PRIVILEGES)
            return
        connection.execute(bootstrap_sql().encode())
        if createdb:
            connection.execute(_CREATEDB)
    if createdb:
        with psycopg.connect(url, dbname="template1") as connection:
            connection.execute(_PRIVILEGES)
