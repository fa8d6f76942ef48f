"""Asking a source once, to show a person its columns and first rows; nothing is kept of them."""

import dataclasses
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from typing import Any, Final, NamedTuple

from qianshou.exchange.connectors import databases, intake, profile_files
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.pages import Connector
from qianshou.exchange.connectors.rest import Rest
from qianshou.exchange.models import Feed, Source
from qianshou.exchange.queries import contracts
from qianshou.exchange.rules import headings, rows
from qianshou.exchange.rules import profile as profiles

SHOWN: Final = 20
PAGES: Final = 3


class Sample(NamedTuple):
    """What one look at a source shows: its columns, and its first rows in their order."""

    names: list[str]
    rows: list[dict[str, str]]

    def cells(self, count: int) -> list[list[str]]:
        """Return the first rows as lists, in the order of the columns."""
        return [[row.get(name, "") for name in self.names] for row in self.rows[:count]]


def ask(source: Source) -> Sample:
    """Ask for the first page that holds rows; raises `PullFailed`."""
    fetch = profiles.fetch_in(source.profile, source.code)
    assert fetch is not None
    few = dataclasses.replace(fetch, options={**fetch.options, "size": SHOWN})
    feed = Feed.objects.select_related("source").get(source=source)
    with closing(_connector(feed, few)) as connector:
        at: Any = None
        for _page in range(PAGES):
            page = connector.page(at)
            if page.rows or page.next is None:
                break
            at = page.next
    if not page.rows:
        raise PullFailed("NO_ROWS")
    names = list(dict.fromkeys(name for row in page.rows for name in row))
    return Sample(names, page.rows[:SHOWN])


def _connector(feed: Feed, fetch: Any) -> Connector:
    if fetch.kind == "view":
        return databases.view(feed, fetch, since=None, etag="", whole=True)
    return Rest(feed, fetch, since=None, etag="")


def check(
    sample: Sample, data: Mapping[str, Any], *, source: Source, area_code: str, today: date
) -> list[rows.GoodRow | rows.BadRow]:
    """Map and check a sample with profile data, as a delivery would be."""
    profile = profiles.parse(profile_files.checked(dict(data), source.code), source.code)
    agreement = contracts.agreement_of(source, today)
    if agreement is not None:
        profile = profiles.restricted(profile, agreement.fields)
    profile = dataclasses.replace(profile, header_rows=())
    table = [sample.names, *sample.cells(SHOWN)]
    heading = headings.find(table[:1], [], profile)
    checker = rows.Checker(
        profile, intake.surroundings(profile, area_code, today), run_area=area_code
    )
    columns = [list(cells) for cells in zip(*table[1:], strict=True)]
    count = len(table) - 1
    batch = rows.Batch("", range(1, count + 1), columns, [""] * count)
    return list(checker.check(batch, heading))
