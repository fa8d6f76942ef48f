"""What every pulled source looks like to the pull: pages, one after the other, from any place."""

from typing import Any, NamedTuple, Protocol


class Page(NamedTuple):
    """One page: its rows, where the next one begins (None after the last), and what it declares."""

    rows: list[dict[str, str]]
    next: Any
    # how many rows the source says it has in all, and a mark by which it knows unchanged content
    total: int | None = None
    etag: str = ""
    unchanged: bool = False
    # what the next pull begins after
    since: Any = None


class Connector(Protocol):
    """Reads pages of one source; `at` is None for the first page."""

    def page(self, at: Any) -> Page:
        """Return the page at a place; raises `PullFailed`."""

    def close(self) -> None:
        """Give back whatever is held open."""
