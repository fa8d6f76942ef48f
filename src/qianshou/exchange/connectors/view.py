"""Pulling rows from a view of a department's database: read-only, by its key or its time of change.

Only the named columns are asked for. Pages follow the key (or the time and the key), so the next
page can be asked for at any later time, and rows that change meanwhile come again, never less.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sql
from django.utils import timezone
from sqlalchemy.engine import Connection, Engine

from qianshou.exchange.connectors.egress import addresses_of
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.pages import Page
from qianshou.exchange.models import Feed
from qianshou.exchange.queries import contracts
from qianshou.exchange.rules import answers
from qianshou.exchange.rules.fetch import Fetch

# Rows without a key or a time of change have no place in the order; they come first, every time.
MOST_ODD: Final = 10_000
STATEMENT_SECONDS: Final = 120
CONNECT_SECONDS: Final = 10
REFUSED_US: Final = (
    "authentication",
    "permission denied",
    "password",
    "access denied",
    "denied for user",
    "denied to user",
    "login",
)


class View:
    """Reads one view; holds a connection for the time of one attempt."""

    def __init__(
        self,
        feed: Feed,
        fetch: Fetch,
        *,
        since: Any,
        etag: str,  # noqa: ARG002 - a database has none
        whole: bool = False,
    ) -> None:
        """Read a feed's view; `whole` reads every column of it, to show what there is."""
        self._whole = whole
        self._feed, self._options = feed, fetch.options
        self._since = since if isinstance(since, list) else None
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._table: sql.TableClause | None = None

    def close(self) -> None:
        """Give the connection back; whatever it read in is rolled back."""
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()

    def page(self, at: Any) -> Page:
        """Return one page; raises `PullFailed`."""
        try:
            if self._connection is None:
                self._open()
            return self._odd_rows() if at is None else self._rows_after(at)
        except sql.exc.OperationalError as problem:
            if self._connection is not None and problem.connection_invalidated:
                self._connection.invalidate()
            code = "KEY" if _refuses_us(problem) else "UNREACHABLE"
            raise PullFailed(code, value=self._options["view"]) from problem
        except sql.exc.SQLAlchemyError as problem:
            raise PullFailed("QUERY", value=type(problem).__name__) from problem

    def _open(self) -> None:
        url = sql.make_url(self._options["url"])
        found, addresses = addresses_of(self._feed.source, self._options["url"])
        failure: Exception | None = None
        for address in addresses:
            try:
                self._engine = _engine(
                    url, address, password=self._feed.secret.open(), options=self._options
                )
                self._connection = self._engine.connect()
                break
            except (sql.exc.NoSuchModuleError, ModuleNotFoundError) as problem:
                raise PullFailed("DRIVER", value=found.scheme) from problem
            except sql.exc.OperationalError as problem:
                failure = problem
        if self._connection is None:
            raise failure or PullFailed("UNREACHABLE", value=str(found))
        self._table = self._reflected(self._connection)

    def _reflected(self, connection: Connection) -> sql.TableClause:
        """Return the view with those of its columns that the profile names, and no others."""
        options = self._options
        whole = sql.table(options["view"], schema=options["schema"] or None)
        # A user who may only select sees no catalogue, so an empty answer tells the columns.
        nothing = sql.select(sql.text("*")).select_from(whole).where(sql.false())
        try:
            known = list(connection.execute(nothing).keys())
        except (sql.exc.ProgrammingError, sql.exc.OperationalError) as problem:
            # MariaDB does not tell a view that is missing from one that our user may not read.
            if _refuses_us(problem):
                raise PullFailed("RIGHTS", value=options["view"]) from problem
            if isinstance(problem, sql.exc.OperationalError):
                raise
            raise PullFailed("COLUMNS", value=options["view"]) from problem
        connection.rollback()
        wanted = set(known) if self._whole else self._mapped()
        ordering = [name for name in (options["watermark"], options["key"]) if name]
        missing = set(ordering) - set(known)
        if missing:
            raise PullFailed("COLUMNS", value="、".join(sorted(missing)))
        columns: list[sql.ColumnClause[Any]]
        columns = [sql.column(name) for name in known if name in wanted or name in ordering]
        return sql.table(options["view"], *columns, schema=options["schema"] or None)

    def _mapped(self) -> set[str]:
        profile = contracts.profile_of(self._feed.source)
        return {name for column in profile.columns for name in column.headers}

    @property
    def _columns(self) -> tuple[Sequence[sql.ColumnElement[Any]], list[Any]]:
        assert self._table is not None
        names = [name for name in (self._options["watermark"], self._options["key"]) if name]
        return list(self._table.c), [self._table.c[name] for name in names]

    def _odd_rows(self) -> Page:
        """Return the rows that lack a key or a time of change: they are checked like all others."""
        columns, order = self._columns
        lacking = sql.or_(*[each.is_(None) for each in order])
        found = self._read(sql.select(*columns).where(lacking).limit(MOST_ODD + 1))
        if len(found) > MOST_ODD:
            raise PullFailed("NULLS", value=str(MOST_ODD))
        return Page([_texts(row) for row in found], ["after"])

    def _rows_after(self, at: list[Any]) -> Page:
        columns, order = self._columns
        query = sql.select(*columns).where(*[each.is_not(None) for each in order])
        if len(at) > 1:
            query = query.where(_after(order, [unpacked(each) for each in at[1:]]))
        elif self._since is not None and self._options["watermark"]:
            since = _earlier(unpacked(self._since), self._options)
            # A clock that runs backwards would hide what changed since: then all is read anew.
            if not self._is_behind(order[0], since):
                query = query.where(order[0] >= since)
        found = self._read(query.order_by(*order).limit(self._options["size"]))
        if not found:
            return Page([], None)
        last = [packed(found[-1][each.name]) for each in order]
        since = last[0] if self._options["watermark"] else None
        return Page([_texts(row) for row in found], ["after", *last], since=since)

    def _is_behind(self, watermark: sql.ColumnElement[Any], since: Any) -> bool:
        assert self._connection is not None
        newest = self._connection.execute(sql.select(sql.func.max(watermark))).scalar()
        self._connection.rollback()
        return newest is not None and newest < since

    def _read(self, query: sql.Select[Any]) -> list[Mapping[str, Any]]:
        assert self._connection is not None
        found: list[Mapping[str, Any]] = [
            dict(row) for row in self._connection.execute(query).mappings()
        ]
        self._connection.rollback()
        return found


def _refuses_us(problem: sql.exc.DBAPIError) -> bool:
    """Tell whether a database refuses our user; its words are looked at, never kept."""
    said = str(problem.orig).lower()
    return any(word in said for word in REFUSED_US)


def _engine(url: sql.URL, address: str, *, password: str, options: Mapping[str, Any]) -> Engine:
    """Return an engine that goes to one address, reads only, and gives up in time."""
    given = url.set(password=password or None).update_query_dict(options["params"])
    if url.get_backend_name() == "postgresql":
        settings = (
            f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS}s"
            " -c idle_in_transaction_session_timeout=60s"
        )
        engine = sql.create_engine(
            given, poolclass=sql.NullPool, hide_parameters=True,
            connect_args={
                "hostaddr": address, "connect_timeout": CONNECT_SECONDS, "options": settings,
            },
        )  # fmt: skip
        return engine.execution_options(postgresql_readonly=True)
    engine = sql.create_engine(
        given.set(host=address), poolclass=sql.NullPool, hide_parameters=True
    )
    if url.get_backend_name() in ("mysql", "mariadb"):
        sql.event.listen(engine, "connect", _only_read)
    return engine


def _only_read(connection: Any, _record: Any) -> None:
    """Tell a MariaDB or MySQL session to refuse whatever writes."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")


def _after(order: Sequence[Any], values: Sequence[Any]) -> sql.ColumnElement[bool]:
    """Return the condition for what comes after a place in the order."""
    if len(order) == 1:
        return sql.and_(order[0] > values[0])
    return sql.or_(order[0] > values[0], sql.and_(order[0] == values[0], order[1] > values[1]))


def _earlier(value: Any, options: Mapping[str, Any]) -> Any:
    """Return the overlap before a time of change: minutes, whole days, or a number."""
    overlap = options["overlap"]
    if isinstance(value, datetime):
        return value - timedelta(minutes=overlap)
    if isinstance(value, date):
        return value - timedelta(days=-(-overlap // 1440))
    return value - overlap if isinstance(value, int | float | Decimal) else value


def packed(value: Any) -> list[str]:
    """Return a place in the order as JSON keeps it, with its type."""
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise PullFailed("COLUMNS", value=type(value).__name__)
    return [type(value).__name__.lower(), str(value)]


def unpacked(kept: Iterable[str]) -> Any:
    """Return a place in the order as the database compares it."""
    kind, text = kept
    readers: dict[str, Any] = {
        "datetime": datetime.fromisoformat, "date": date.fromisoformat, "int": int, "str": str,
        "decimal": Decimal, "float": float,
    }  # fmt: skip
    return readers[kind](text)


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        local = timezone.localtime(value).replace(tzinfo=None) if value.tzinfo else value
        is_day = local.time() == datetime.min.time()
        return local.date().isoformat() if is_day else local.isoformat(" ", "seconds")
    if isinstance(value, bytes | bytearray | memoryview):
        return ""
    return answers.text_of(value)
