"""The reader of databases, loaded when the first one is asked for.

SQLAlchemy takes a tenth of the start of every program, and few of them ever read a view.
"""

from importlib import import_module
from typing import Any

from qianshou.exchange.connectors.pages import Connector
from qianshou.exchange.models import Feed
from qianshou.exchange.rules.fetch import Fetch


def view(feed: Feed, fetch: Fetch, *, since: Any, etag: str, whole: bool = False) -> Connector:
    """Open one view; `whole` reads every column of it."""
    reader = import_module("qianshou.exchange.connectors.view")
    found: Connector = reader.View(feed, fetch, since=since, etag=etag, whole=whole)
    return found
