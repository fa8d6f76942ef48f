"""A profile: what a department's columns mean, written as data. Reading it refuses exactly.

The shape is described in docs/reference/profiles.md; a refusal names file, key and problem.
"""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules import fetch as fetching
from qianshou.exchange.rules.problems import REFUSE, REMARK, RULES

FORMATS: Final = ("xlsx", "csv")
ENCODINGS: Final = ("auto", "utf-8", "gb18030")
DELIVERIES: Final = ("full", "changes")
SENDERS: Final = ("county", "city")
TOP: Final = frozenset(
    (
        "code",
        "name",
        "department",
        "target",
        "key",
        "as_of",
        "delivery",
        "sender",
        "formats",
        "encoding",
        "sheets",
        "header_rows",
        "blank",
        "severity",
        "trust",
        "limits",
        "columns",
        "schedule",
        "silent_after",
        "fetch",
        "shipped",
    )
)
COLUMN: Final = frozenset(
    (
        "header",
        "join",
        "required",
        "kind",
        "codes",
        "length",
        "low",
        "high",
        "age",
        "future",
        "known",
        "severity",
    )
)
LIMITS: Final = {
    "max_changed_share": 0.3, "max_removed_share": 0.05, "max_swapped_share": 0.02,
    "max_bad_share": 0.5,
}  # fmt: skip
MOST_HOURS: Final = 8784
BLANK: Final = ("无", "不详", "/", "-", "--", "—", "——", "NULL", "N/A", "暂无", "空", "未填")


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


class BadProfile(Exception):  # noqa: N818 - named after the fact
    """A profile cannot be used; it says where, which key, and what is wrong with it."""

    def __init__(self, where: str, key: str, problem: str, **params: object) -> None:
        """Keep the parts for whoever shows them; `params` fill the English sentence `problem`."""
        super().__init__(where, key, problem)
        self.where, self.key, self.problem, self.params = where, key, problem, params

    def __str__(self) -> str:
        return self.said(self.problem)

    def said(self, problem: str) -> str:
        """Return file, key and what is wrong, from the sentence in the reader's language."""
        place = f"{self.where}: {self.key}" if self.key else self.where
        return f"{place}: {problem % self.params}"


@dataclass(frozen=True)
class Column:
    """How one canonical field is filled from the columns of a file."""

    name: str
    headers: tuple[str, ...]
    joined: bool
    field: catalogue.Field
    required: bool = False
    age: tuple[int, int] | None = None
    may_be_future: bool = False
    must_be_known: bool = True
    severity: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """A profile that has been checked; `data` is what it was read from."""

    data: Mapping[str, Any]
    code: str
    name: str
    department: str
    target: str
    delivery: str
    sender: str
    formats: tuple[str, ...]
    encoding: str
    sheets: tuple[str, ...]
    header_rows: tuple[int, ...]
    blank: frozenset[str]
    as_of: str
    columns: tuple[Column, ...]
    severity: Mapping[str, str]
    trust: Mapping[str, int]
    limits: Mapping[str, float]
    fetch: fetching.Fetch | None = None
    # hours without a delivery after which the source counts as silent; 0: by its schedule
    silent_after: int = 0
    # True where an agreement names the fields: nothing but the mapped columns is kept anywhere
    closed: bool = False

    def weight(self, rule: str, column: Column | None = None) -> str:
        """Return refuse or remark for a rule, by column, profile and default in this order."""
        if column is not None and rule in column.severity:
            return column.severity[rule]
        return self.severity.get(rule, RULES[rule].severity)

    @property
    def headers(self) -> dict[str, str]:
        """Return every mapped header of the file with the field it fills first."""
        found: dict[str, str] = {}
        for column in self.columns:
            for header in column.headers:
                found.setdefault(header, column.name)
        return found

    @property
    def key_header(self) -> str:
        """Return the header of the key column, as messages name it."""
        return self.column("key").headers[0]

    def column(self, name: str) -> Column:
        """Return the column of a canonical field that the profile maps."""
        return next(each for each in self.columns if each.name == name)


def for_mending(profile: Profile) -> Profile:
    """Return a profile as it reads the workbook of mended rows, which is ours and not the sender's.

    That workbook has one sheet, its heading in the first row, and the columns' full names.
    """
    return dataclasses.replace(profile, formats=FORMATS, encoding="auto", sheets=(), header_rows=())


def parse(data: Mapping[str, Any], where: str) -> Profile:
    """Check a profile and return it; raises `BadProfile` with file, key and problem."""
    reader = _Reader(where)
    reader.known_keys(data, TOP, "")
    target = reader.choice(data, "target", catalogue.FIELDS, default=catalogue.CHILD)
    columns = _columns(reader, data.get("columns"), target)
    names = [column.name for column in columns]
    as_of = reader.text(data, "as_of", default="")
    if as_of and as_of not in names:
        raise reader.bad("as_of", _("%(value)s is not among the mapped columns."), value=as_of)
    return Profile(
        data=data,
        code=_slug(reader, data),
        name=reader.text(data, "name"),
        department=reader.text(data, "department"),
        target=target,
        delivery=reader.choice(data, "delivery", DELIVERIES, default="changes"),
        sender=reader.choice(data, "sender", SENDERS, default="county"),
        formats=reader.choices(data, "formats", FORMATS),
        encoding=reader.choice(data, "encoding", ENCODINGS, default="auto"),
        sheets=reader.texts(data, "sheets"),
        header_rows=_header_rows(reader, data.get("header_rows", "auto")),
        blank=frozenset(reader.texts(data, "blank") or BLANK),
        as_of=as_of,
        columns=columns,
        severity=reader.severity(data, ""),
        trust=_trust(reader, data.get("trust", {}), target),
        limits=_limits(reader, data.get("limits", {})),
        fetch=_fetch(reader, data),
        silent_after=_silent_after(reader, data),
    )


def _silent_after(reader: "_Reader", data: Mapping[str, Any]) -> int:
    value = data.get("silent_after", 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_HOURS:
        raise reader.bad(
            "silent_after", _("%(value)s is not a whole number of hours up to a year."), value=value
        )
    return value


def fetch_in(data: Mapping[str, Any], where: str) -> fetching.Fetch | None:
    """Return how rows arrive, also where no column is mapped yet; raises `BadProfile`."""
    return _fetch(_Reader(where), data)


def restricted(profile: Profile, fields: Iterable[str]) -> Profile:
    """Return a profile that keeps the named fields and the sender's key, and nothing else."""
    allowed = {*fields, "key"}
    columns = tuple(column for column in profile.columns if column.name in allowed)
    return dataclasses.replace(
        profile, columns=columns, closed=True,
        as_of=profile.as_of if profile.as_of in allowed else "",
    )  # fmt: skip


def _fetch(reader: "_Reader", data: Mapping[str, Any]) -> fetching.Fetch | None:
    if "fetch" not in data:
        return None
    found = fetching.parse(reader, reader.table(data["fetch"], "fetch"))
    if found.kind != "folder" and "csv" not in (reader.texts(data, "formats") or FORMATS):
        raise reader.bad(
            "formats", _('must hold "csv" where rows arrive by %(kind)s.'), kind=found.kind
        )
    if found.kind in ("push", "stream", "ask") and data.get("delivery", "changes") != "changes":
        raise reader.bad("delivery", _("must be changes where rows are sent: no batch is all."))
    partly = found.options.get("since_param") or found.options.get("watermark")
    if partly and data.get("delivery", "changes") != "changes":
        raise reader.bad("delivery", _("must be changes where only what changed is asked for."))
    if found.options.get("keep") == "facts":
        _fits_answers(reader, data)
    if found.kind != "folder" and data.get("encoding", "auto") == "gb18030":
        raise reader.bad(
            "encoding", _("must be auto where rows arrive by %(kind)s."), kind=found.kind
        )
    return found


def _fits_answers(reader: "_Reader", data: Mapping[str, Any]) -> None:
    """Refuse a source of answers whose columns cannot hold them; its rows are written by us."""
    columns = reader.table(data.get("columns", {}), "columns")
    for name in ("key", "name", "id_number"):
        if name not in columns:
            raise reader.bad(
                f"columns.{name}", _("is missing: answers could not find their child.")
            )
    if not {"father_status", "mother_status"} & columns.keys():
        raise reader.bad("columns", _("must map father_status or mother_status to hold an answer."))


def _slug(reader: "_Reader", data: Mapping[str, Any]) -> str:
    code = reader.text(data, "code")
    if not code.replace("-", "").replace("_", "").isalnum() or not code.isascii() or len(code) > 60:
        raise reader.bad(
            "code", _("%(value)s may hold only Latin letters, digits and hyphens."), value=code
        )
    return code


def _header_rows(reader: "_Reader", value: object) -> tuple[int, ...]:
    if value == "auto":
        return ()
    rows = value if isinstance(value, list) else []
    if not rows or len(rows) > 3 or not all(isinstance(row, int) and 0 < row <= 50 for row in rows):
        raise reader.bad(
            "header_rows", _('must be "auto" or one to three row numbers such as [3, 4].')
        )
    return tuple(rows)


def _trust(reader: "_Reader", data: object, target: str) -> dict[str, int]:
    table = reader.table(data, "trust")
    reader.known_keys(table, {*catalogue.FIELDS[target], "default"}, "trust.")
    for name, value in table.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
            raise reader.bad(
                f"trust.{name}", _("%(value)s is not a whole number from 0 to 100."), value=value
            )
    return dict(table)


def _limits(reader: "_Reader", data: object) -> dict[str, float]:
    table = reader.table(data, "limits")
    reader.known_keys(table, LIMITS, "limits.")
    for name, value in table.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise reader.bad(
                f"limits.{name}", _("%(value)s is not a share from 0 to 1."), value=value
            )
    return {**LIMITS, **table}


def _columns(reader: "_Reader", data: object, target: str) -> tuple[Column, ...]:
    table = reader.table(data, "columns")
    if not table:
        raise reader.bad("columns", _("no column is mapped."))
    reader.known_keys(table, catalogue.FIELDS[target], "columns.")
    if "key" not in table:
        raise reader.bad(
            "columns.key", _("is missing: which column does the sender number rows by?")
        )
    # The catalogue's order, since JSON in the database keeps none.
    ordered = [name for name in catalogue.FIELDS[target] if name in table]
    return tuple(_column(reader, name, table[name], target=target) for name in ordered)


def _column(reader: "_Reader", name: str, data: object, *, target: str) -> Column:
    where = f"columns.{name}"
    given = {"header": data} if isinstance(data, str) else reader.table(data, where)
    reader.known_keys(given, COLUMN, f"{where}.")
    headers = reader.texts(given, "header", f"{where}.")
    joined = reader.texts(given, "join", f"{where}.")
    if bool(headers) == bool(joined):
        raise reader.bad(where, _("must name its column by either `header` or `join`."))
    return Column(
        name=name,
        headers=headers or joined,
        joined=bool(joined),
        field=_field(reader, where, given=given, known=catalogue.FIELDS[target][name]),
        required=name in ("key", "name") or reader.flag(given, "required", f"{where}."),
        age=_age(reader, where, given.get("age")),
        may_be_future=reader.flag(given, "future", f"{where}."),
        must_be_known=reader.flag(given, "known", f"{where}.", default=True),
        severity=reader.severity(given, f"{where}."),
    )


def _field(
    reader: "_Reader", where: str, *, given: Mapping[str, Any], known: catalogue.Field
) -> catalogue.Field:
    """Return the catalogue's field with what the profile overrides in it."""
    kind = reader.choice(given, "kind", catalogue.KINDS, default=known.kind, where=f"{where}.")
    codes = reader.table(given.get("codes", {}), f"{where}.codes")
    allowed = set(known.codes.values())
    for word, code in codes.items():
        if allowed and str(code) not in allowed:
            raise reader.unknown(f"{where}.codes.{word}", str(code), allowed)
    changes: dict[str, Any] = {"kind": kind}
    if codes:
        changes["codes"] = {str(word): str(code) for word, code in codes.items()}
    for name in ("length", "low", "high"):
        if name in given:
            if not isinstance(given[name], int | float):
                raise reader.bad(
                    f"{where}.{name}", _("%(value)s is not a number."), value=given[name]
                )
            changes[name] = given[name]
    return known._replace(**changes)


def _age(reader: "_Reader", where: str, value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(each, int) for each in value)
    ):
        raise reader.bad(
            f"{where}.age", _("%(value)s is not a pair of ages such as [0, 17]."), value=value
        )
    return value[0], value[1]


class _Reader:
    """Typed reading of a parsed TOML table, with the place in every refusal."""

    def __init__(self, where: str) -> None:
        self.where = where

    def bad(self, key: str, problem: str, **params: object) -> BadProfile:
        """Return the refusal of a key; a `value` is shown as it is written in a profile."""
        shown = {name: repr(each) if name == "value" else each for name, each in params.items()}
        return BadProfile(self.where, key, problem, **shown)

    def unknown(self, key: str, word: str, known: Iterable[str]) -> BadProfile:
        """Return the refusal of a word that is none of the known ones."""
        near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)
        if near:
            return self.bad(key, _("%(value)s is not known. Did you mean %(near)s?"),
                            value=word, near=repr(near[0]))  # fmt: skip
        return self.bad(key, _("%(value)s is not known. Known: %(known)s."),
                        value=word, known=", ".join(sorted(known)))  # fmt: skip

    def known_keys(self, data: Mapping[str, Any], known: Iterable[str], prefix: str) -> None:
        for key in data:
            if key not in set(known):
                raise self.unknown(f"{prefix}{key}", key, known)

    def table(self, data: object, key: str) -> Mapping[str, Any]:
        if not isinstance(data, Mapping):
            raise self.bad(key, _("must be a table."))
        return data

    def text(self, data: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
        value = data.get(key, default)
        if value is None:
            raise self.bad(key, _("is missing."))
        if not isinstance(value, str) or len(value) > 200:
            raise self.bad(
                key, _("%(value)s is not a text of at most 200 characters."), value=value
            )
        return value

    def texts(self, data: Mapping[str, Any], key: str, prefix: str = "") -> tuple[str, ...]:
        value = data.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
            raise self.bad(
                f"{prefix}{key}", _("%(value)s is neither a text nor a list of texts."), value=value
            )
        return tuple(found)

    def flag(
        self, data: Mapping[str, Any], key: str, prefix: str, *, default: bool = False
    ) -> bool:
        value = data.get(key, default)
        if not isinstance(value, bool):
            raise self.bad(f"{prefix}{key}", _("%(value)s is neither true nor false."), value=value)
        return value

    def choice(
        self,
        data: Mapping[str, Any],
        key: str,
        known: Iterable[str],
        *,
        default: str,
        where: str = "",
    ) -> str:
        value = data.get(key, default)
        if value not in set(known):
            raise self.unknown(f"{where}{key}", str(value), known)
        return str(value)

    def choices(self, data: Mapping[str, Any], key: str, known: tuple[str, ...]) -> tuple[str, ...]:
        found = self.texts(data, key) or known
        for value in found:
            if value not in known:
                raise self.unknown(key, value, known)
        return found

    def severity(self, data: Mapping[str, Any], prefix: str) -> dict[str, str]:
        table = self.table(data.get("severity", {}), f"{prefix}severity")
        self.known_keys(table, RULES, f"{prefix}severity.")
        for rule, weight in table.items():
            if weight not in (REFUSE, REMARK):
                raise self.unknown(f"{prefix}severity.{rule}", str(weight), (REFUSE, REMARK))
        return dict(table)
