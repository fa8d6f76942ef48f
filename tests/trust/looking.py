"""Looking at answers: what every page says beside the marks that differ from request to request."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from tests.trust import cells, interface, matrix, operations
from tests.trust.matrix import Route
from tests.trust.world import Person, Place

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def body(answer: Any) -> str:
    """Return the text of an answer, also of one that is sent in pieces."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(raw.decode("utf-8", "replace"))


def told(answer: Any) -> tuple[int, str]:
    """Return status and body without ids and tokens, to compare two answers."""
    return answer.status_code, UUID.sub("ID", _CSRF.sub("", body(answer)))


class Markup(HTMLParser):
    """What a browser would act on: inline code, addresses, links."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.active: list[str] = []
        self.addresses: list[str] = []
        self.links: set[str] = set()
        self.words: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note every way in which an element can run something."""
        found = dict(attrs)
        if tag in ("iframe", "object", "embed", "base") or (tag == "style"):
            self.active.append(tag)
        if tag == "script":
            self._script = found.get("type") != "application/json"
            if self._script and not found.get("src"):
                self.active.append("inline script")
        for name, value in found.items():
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name in {"style", "srcdoc"}:
            self.active.append(f"{tag} {name}")
        if name in ("href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href"):
            self.addresses.append(value)
            if re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE):
                self.active.append(f"{tag} {name}={value[:40]}")
            if tag == "a" and value.startswith("/"):
                self.links.add(urlsplit(value)._replace(fragment="").geturl())

    def handle_data(self, data: str) -> None:
        """Keep the words that a person reads."""
        self.words.append(data)


def readings(person: Person, place: Place) -> list[tuple[str, str, str]]:
    """Return how to read everything there is about a place: (kind, name, address)."""
    pages = [
        ("page", route.name, address(route, place, person))
        for route in matrix.ROUTES.values()
        if "GET" in route.methods
    ]
    return pages + [
        ("operation", route.name, interface.path_of(route, place, person=person))
        for route in operations.OPERATIONS.values()
        if route.methods == ("GET",)
    ]


def address(route: Route, place: Place, person: Person) -> str:
    """Return the address of a page for the things of a place."""
    return cells.path_of(route, place) if route.path is None else route.path(place, person)


def read(kind: str, path: str, *, person: Person, caller: interface.Caller) -> Any:
    """Send a reading request to the site or to the interface."""
    if kind == "operation":
        return caller.call(caller.keys[person.name], "GET", path)
    return caller.asker.ask(person, "GET", path)
