"""Databases of a department that really run: another PostgreSQL, and a MariaDB of Debian."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pymysql

from qianshou.config.postgres import launcher
from tests import make_exchange as making
from tests.exchange import brokers

SECRET = "reader-of-one-view"


class Postgres:
    """A PostgreSQL whose user `reader` has a password, and may read one view and spoil a table."""

    refuses = "read-only"

    def __init__(self, home: Path) -> None:
        self.home = home / "postgres"
        self.server = launcher.start(self.home, durable=False)
        self.admin = psycopg.connect(self.server.url("postgres"), autocommit=True)
        columns = ", ".join(f'"{name}" text' for name in making.HEADERS)
        self.do(f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}'")
        rules = Path(self.one("SHOW hba_file"))
        rules.write_text("local all reader scram-sha-256\n" + rules.read_text(encoding="utf-8"))
        self.do("SELECT pg_reload_conf()")
        self.do(f"CREATE TABLE people ({columns}, changed timestamp, secret text)")
        self.do("CREATE VIEW v_children AS SELECT * FROM people")
        self.name = psycopg.conninfo.conninfo_to_dict(self.server.url("postgres"))["dbname"]
        self.do(f"GRANT CONNECT ON DATABASE {self.name} TO reader")
        self.do("GRANT USAGE ON SCHEMA public TO reader")
        self.do("GRANT SELECT ON v_children, people TO reader")
        self.do("GRANT INSERT, DELETE ON people TO reader")
        folder, port = self.one("SHOW unix_socket_directories"), self.one("SHOW port")
        self.socket = f"{folder}/.s.PGSQL.{port}"

    def do(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Do something as the administrator."""
        self.admin.execute(statement.encode(), values)

    def one(self, statement: str) -> Any:
        """Ask for one value as the administrator."""
        return self.admin.execute(statement.encode()).fetchone()[0]  # type: ignore[index]

    def quoted(self, name: str) -> str:
        """Write a name as this database reads it."""
        return f'"{name}"'

    def url(self, port: int) -> str:
        """Where the reader finds it."""
        return f"postgresql+psycopg://reader@db.dept.example:{port}/{self.name}"

    def delete_as_reader(self, port: int) -> int:
        """Delete all rows in a session of the reader's own, and return how many they were."""
        with psycopg.connect(
            host="127.0.0.1", port=port, user="reader", password=SECRET, dbname=self.name
        ) as own:
            return own.execute("DELETE FROM people").rowcount

    def stop(self) -> None:
        """End it."""
        self.admin.close()
        launcher.stop(self.home)
        launcher.remove(self.home)


class MariaDb:
    """A MariaDB with the same table, view and reader."""

    refuses = "READ ONLY"
    name = "dept"

    def __init__(self, home: Path) -> None:
        data, self.socket = home / "data", str(home / "s")
        # As root a server has to be told that it is meant.
        user = ["--user=root"]
        subprocess.run(
            [brokers.program("mariadb-install-db"), "--no-defaults", f"--datadir={data}",
             "--auth-root-authentication-method=normal", "--skip-test-db", *user],
            check=True, capture_output=True,
        )  # fmt: skip
        self.process = subprocess.Popen(
            [brokers.program("mariadbd"), "--no-defaults", f"--datadir={data}",
             f"--socket={self.socket}", "--skip-networking", "--innodb-buffer-pool-size=16M",
             "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0",
             "--character-set-server=utf8mb4", f"--pid-file={home / 'pid'}", *user],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while not Path(self.socket).exists():
            assert self.process.poll() is None, "mariadbd has ended"
            brokers.select_nothing()
        columns = ", ".join(f"`{name}` varchar(190)" for name in making.HEADERS)
        self.admin = pymysql.connect(
            unix_socket=self.socket, user="root", autocommit=True, charset="utf8mb4"
        )
        self.do("CREATE DATABASE dept CHARACTER SET utf8mb4")
        self.do("USE dept")
        self.do(f"CREATE TABLE people ({columns}, changed datetime, secret text)")
        self.do("CREATE VIEW v_children AS SELECT * FROM people")
        self.do(f"CREATE USER reader@localhost IDENTIFIED BY '{SECRET}'")
        self.do("GRANT SELECT ON dept.v_children TO reader@localhost")
        self.do("GRANT SELECT, INSERT, DELETE ON dept.people TO reader@localhost")

    def do(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Do something as the administrator."""
        with self.admin.cursor() as cursor:
            cursor.execute(statement, values)

    def quoted(self, name: str) -> str:
        """Write a name as this database reads it."""
        return f"`{name}`"

    def url(self, port: int) -> str:
        """Where the reader finds it."""
        return f"mysql+pymysql://reader@db.dept.example:{port}/{self.name}"

    def delete_as_reader(self, port: int) -> int:
        """Delete all rows in a session of the reader's own, and return how many they were."""
        own = pymysql.connect(
            host="127.0.0.1", port=port, user="reader", password=SECRET, database=self.name
        )
        with own, own.cursor() as cursor:
            return int(cursor.execute("DELETE FROM people"))

    def stop(self) -> None:
        """End it."""
        self.admin.close()
        self.process.kill()
        self.process.wait()
