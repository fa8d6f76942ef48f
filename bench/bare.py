"""The floor of bench.phones behind a web server: it inserts the entries of a body, and no more."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

from qianshou.config import setup

_connections: dict[int, "psycopg.Connection[Any]"] = {}


def application(surroundings: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Insert each entry of a call once, in one transaction."""
    if surroundings["REQUEST_METHOD"] == "POST":
        body = json.loads(surroundings["wsgi.input"].read(int(surroundings["CONTENT_LENGTH"])))
        own = _own()
        with own.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bare VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [(each["id"], each["seq"], each["box"]) for each in body["operations"]],
            )
        own.commit()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def _own() -> "psycopg.Connection[Any]":
    mine = threading.get_ident()
    if mine not in _connections:
        _connections[mine] = psycopg.connect(setup.owner_url())
    return _connections[mine]
