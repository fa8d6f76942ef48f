"""Where a source's rows come from, as data in its profile (docs/reference/feeds.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from qianshou.exchange.rules import asking, egress, streams

if TYPE_CHECKING:
    from qianshou.exchange.rules.profile import _Reader

FOLDER, REST, PUSH, VIEW, STREAM, ASK = "folder", "rest", "push", "view", "stream", "ask"
KINDS: Final = (FOLDER, REST, PUSH, VIEW, STREAM, ASK)
COMMON: Final = ("kind", "every")
PAGINGS: Final = ("none", "page", "cursor")
AUTHS: Final = ("none", "header", "oauth2", "signed")
ALGORITHMS: Final = ("hmac-sha256", "hmac-sm3")
# Texts of a REST source with their defaults; None means that it must be given where it is used.
REST_TEXTS: Final[dict[str, str | None]] = {
    "url": None, "rows": "", "total": "", "cursor_at": None, "cursor_param": "cursor",
    "page_param": "page", "size_param": "size", "since_param": "", "header": None,
    "token_url": None, "client_id": None, "scope": "", "key_id": None,
}  # fmt: skip
DATABASES: Final = ("postgresql", "mysql", "mariadb", "mssql", "oracle", "dm", "kingbase")
# What a driver may be told besides; never where to connect, which is pinned.
DRIVER_PARAMS: Final = ("sslmode", "sslrootcert", "charset", "service_name", "driver", "encrypt")
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "cursor": ("cursor_at",), "header": ("header",), "oauth2": ("token_url", "client_id"),
    "signed": ("key_id",),
}  # fmt: skip
KEYS: Final[dict[str, tuple[str, ...]]] = {
    FOLDER: (),
    PUSH: ("open_runs",),
    VIEW: ("url", "schema", "view", "key", "watermark", "overlap", "size", "params",
           "whole_every"),
    STREAM: streams.KEYS,
    ASK: asking.KEYS,
    REST: (*REST_TEXTS, "paging", "auth", "algorithm", "size", "first", "overlap", "params",
           "whole_every"),
}  # fmt: skip
DAY: Final = 1440
# Hours after which everything is read anew where the profile says nothing.
WHOLE_EVERY: Final = 24
# Minutes between two attempts where the profile names none.
EVERY: Final = 15
OFTEN: Final = {FOLDER: 1, STREAM: 1}


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


@dataclass(frozen=True)
class Fetch:
    """How a source is fetched: the kind of connector, how often, and what that kind needs."""

    kind: str
    every: int
    options: Mapping[str, Any] = field(default_factory=dict)


def parse(reader: "_Reader", data: Mapping[str, Any]) -> Fetch:
    """Check the table `fetch` of a profile; raises `BadProfile` with key and problem."""
    kind = reader.choice(data, "kind", KINDS, default="", where="fetch.")
    reader.known_keys(data, (*COMMON, *KEYS[kind]), "fetch.")
    every = whole(reader, data, "every", default=OFTEN.get(kind, EVERY), most=31 * DAY)
    return Fetch(kind, every, OPTIONS[kind](reader, data))


def _none(_reader: "_Reader", _data: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _push(reader: "_Reader", data: Mapping[str, Any]) -> dict[str, Any]:
    return {"open_runs": whole(reader, data, "open_runs", default=20, most=1000)}


def _rest(reader: "_Reader", data: Mapping[str, Any]) -> dict[str, Any]:
    paging = reader.choice(data, "paging", PAGINGS, default="none", where="fetch.")
    auth = reader.choice(data, "auth", AUTHS, default="none", where="fetch.")
    needed = {"url", *NEEDS.get(paging, ()), *NEEDS.get(auth, ())}
    for name in sorted(needed - data.keys()):
        raise reader.bad(f"fetch.{name}", _("is missing."))
    texts = {
        name: reader.text(data, name, default=default or "") for name, default in REST_TEXTS.items()
    }
    for name in ("url", "token_url"):
        if texts[name]:
            address(reader, name, texts[name], schemes=("https", "http"))
    if not texts["header"].replace("-", "").isalnum() and auth == "header":
        raise reader.bad(
            "fetch.header", _("%(value)s is not the name of a header."), value=texts["header"]
        )
    params = reader.table(data.get("params", {}), "fetch.params")
    return {
        **texts, "paging": paging, "auth": auth,
        "algorithm": reader.choice(
            data, "algorithm", ALGORITHMS, default=ALGORITHMS[0], where="fetch."
        ),
        "size": whole(reader, data, "size", default=500, most=10_000),
        "first": whole(reader, data, "first", default=1, most=1, least=0),
        "overlap": whole(reader, data, "overlap", default=60, most=31 * DAY, least=0),
        "params": {name: str(value) for name, value in params.items()},
        "whole_every": _hours(reader, data),
    }  # fmt: skip


def _hours(reader: "_Reader", data: Mapping[str, Any]) -> int:
    """Return after how many hours everything is read anew, not only what has changed; 0: never."""
    return whole(reader, data, "whole_every", default=WHOLE_EVERY, most=31 * 24, least=0)


def asks_for_changes(fetch: Mapping[str, Any]) -> bool:
    """Tell whether a source is asked only for what it says has changed."""
    return bool(fetch.get("watermark") or fetch.get("since_param"))


def address(reader: "_Reader", key: str, url: str, *, schemes: tuple[str, ...]) -> None:
    """Refuse an address that is not written plainly, or that leads by another way."""
    # A driver stands behind the scheme of a database: postgresql+psycopg.
    if url.partition("://")[0].partition("+")[0].lower() not in schemes:
        raise reader.bad(
            f"fetch.{key}", _("must begin with one of: %(schemes)s."), schemes=", ".join(schemes)
        )
    try:
        egress.destination_of(url)
    except egress.BadDestination as problem:
        raise reader.bad(
            f"fetch.{key}", _("is no plain address; it holds neither password nor fragment.")
        ) from problem
    if "?" in url:
        raise reader.bad(f"fetch.{key}", _("must not hold a question mark; see params."))


def whole(
    reader: "_Reader", data: Mapping[str, Any], key: str, *, default: int, most: int, least: int = 1
) -> int:
    """Return a whole number of the table within its range."""
    value = data.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise reader.bad(
            f"fetch.{key}",
            _("%(value)s is not a whole number from %(least)s to %(most)s."),
            value=value,
            least=least,
            most=most,
        )
    return value


def _stream(reader: "_Reader", data: Mapping[str, Any]) -> dict[str, Any]:
    url = reader.text(data, "url")
    address(reader, "url", url, schemes=streams.SCHEMES)
    broker = streams.broker_of(url)
    texts = {name: reader.text(data, name, default="") for name in streams.TEXTS}
    for name in streams.NEEDS[broker]:
        if not streams.is_name(broker, texts[name]):
            raise reader.bad(
                f"fetch.{name}",
                _("%(value)s is no name that %(broker)s knows."),
                value=texts[name],
                broker=broker,
            )
    return {
        **texts, "url": url, "broker": broker,
        "mechanism": reader.choice(
            data, "mechanism", streams.MECHANISMS, default=streams.MECHANISMS[0], where="fetch."
        ),
        "size": whole(reader, data, "size", default=500, most=2000),
        "open_runs": whole(reader, data, "open_runs", default=20, most=1000),
    }  # fmt: skip


def _view(reader: "_Reader", data: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("url", "view", "key"):
        if name not in data:
            raise reader.bad(f"fetch.{name}", _("is missing."))
    address(reader, "url", reader.text(data, "url"), schemes=DATABASES)
    params = reader.table(data.get("params", {}), "fetch.params")
    reader.known_keys(params, DRIVER_PARAMS, "fetch.params.")
    texts = {
        name: reader.text(data, name, default="")
        for name in ("url", "schema", "view", "key", "watermark")
    }
    return {
        **texts,
        "overlap": whole(reader, data, "overlap", default=60, most=31 * DAY, least=0),
        "size": whole(reader, data, "size", default=2000, most=20_000),
        "params": {name: str(value) for name, value in params.items()},
        "whole_every": _hours(reader, data),
    }


OPTIONS: Final[dict[str, Callable[["_Reader", Mapping[str, Any]], dict[str, Any]]]] = {
    FOLDER: _none,
    PUSH: _push,
    REST: _rest,
    VIEW: _view,
    STREAM: _stream,
    ASK: asking.parse,
}
