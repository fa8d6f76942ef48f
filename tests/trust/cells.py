"""The cells of the matrix: one expected answer each, reckoned from roles and areas alone."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.signals import got_request_exception
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import resolve, reverse

from qianshou.accounts import permissions
from qianshou.accounts.rules import POWERS
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.web.http import STATUS
from tests.trust import headers
from tests.trust.matrix import PHONE_KEY, PUBLIC, SIGNED_IN, Route
from tests.trust.routes import METHODS
from tests.trust.world import Person, Place, World, undone

OK, SIGN_IN, UNKNOWN_KEY = "ok", "sign-in", "unauthorised"
FORBIDDEN, MISSING, METHOD = "forbidden", "missing", "method"
# Refused either way, for a reason of the one thing that the stage holds.
CLOSED = "closed"
AN_HOUR = 3600
# Who asks the whole site even where a page refuses; the others then ask the page itself.
ASKS_IN_FULL = ("anonymous", "fed_county", "mother", "guardian", "nobody")
# A method that a page does not have is refused before it matters who asks.
ASKS_EVERY_METHOD = ("anonymous", "fed_county")
NAMES = {401: UNKNOWN_KEY, 403: FORBIDDEN, 404: MISSING, 405: METHOD, 409: OK, 422: OK}


@dataclass(frozen=True)
class Cell:
    """One question to the site and the one right answer."""

    route: str
    method: str
    role: str
    place: str
    expected: str

    def __str__(self) -> str:
        return f"{self.method} {self.route} as {self.role}, {self.place}: {self.expected}"


def expected(route: Route, method: str, person: Person, place: Place, chosen: str = "") -> str:
    """Return the one right answer for a person asking a route about a place's thing.

    A route about an area is asked for the `chosen` one, or else for the person's widest.
    """
    if route.needs is PHONE_KEY:
        return UNKNOWN_KEY if method in route.methods else METHOD
    if person.user is None and route.needs is not PUBLIC:
        return SIGN_IN
    if method not in route.methods:
        return METHOD
    if route.needs is PUBLIC or route.needs is SIGNED_IN:
        return OK
    area: str | None = chosen or person.chosen
    if route.of or route.anywhere:
        area = place.areas[route.of] if route.of else None
    if route.in_part and area and _lies_in(person.chosen, area):
        area = person.chosen
    if not any(person.may(power, area) for power in route.needs):
        return MISSING if route.of or route.hides else FORBIDDEN
    act = route.acts.get(method)
    if act is not None and not person.may(act, area):
        return FORBIDDEN
    return CLOSED if route.only else OK


def is_right(said: str, cell: Cell) -> bool:
    """Tell whether an answer is the expected one."""
    if cell.expected == CLOSED:
        return said in (FORBIDDEN, MISSING)
    return said == cell.expected


def _lies_in(part: str | None, area: str) -> bool:
    low, high = area_rules.subtree(area)
    return part is not None and low <= part <= high


def cells(route: Route, world: World) -> Iterator[tuple[Cell, Person, Place]]:
    """Yield every cell of a route: methods x cast x {own county, other county}.

    A method that a route does not have is asked about one county: it is refused unread.
    """
    for method in METHODS:
        places = {"own county": world.own}
        if route.of and method in route.methods:
            places["other county"] = world.other
        for person in world.cast.values():
            for name, place in _asked(person, places).items():
                right = expected(route, method, person, place)
                yield Cell(route.name, method, person.name, name, right), person, place


def _asked(person: Person, places: dict[str, Place]) -> dict[str, Place]:
    """Whoever holds no power in the own county is not asked again for the other one."""
    return places if _has_power(person) else {"own county": places["own county"]}


def _has_power(person: Person) -> bool:
    return any(POWERS[role] for role, _area in person.grants)


class Watch(Protocol):
    """Looks at the database before and after a request."""

    def start(self) -> None:
        """Look before the request."""

    def look(self) -> Any:
        """Say what was written since."""


class Asker:
    """Asks the site as each member of the cast, each time as if it were the first time.

    Goes to the handler below Django's test client: the client copies the context of every
    template it sees drawn, which for twenty thousand questions is most of the time.
    """

    def __init__(self, world: World) -> None:
        self.handler = ClientHandler(enforce_csrf_checks=False)
        self.factory = RequestFactory()
        self.cookies = {person.name: _signed_in(person) for person in world.cast.values()}
        got_request_exception.connect(self._note)
        self.problem: BaseException | None = None
        # Looks at the database around each request, before what it wrote is undone.
        self.watch: Watch | None = None

    def _note(self, **_: Any) -> None:
        self.problem = sys.exc_info()[1]

    def ask(self, person: Person, method: str, path: str, data: Any = None) -> Any:
        """Send one request and undo what it wrote."""
        self.factory.cookies = SimpleCookie(self.cookies[person.name])
        send = getattr(self.factory, method.lower())
        return self.send(send(path, data) if method == "POST" else send(path))

    def send(self, request: Any) -> Any:
        """Hand over a request; the answer says in `problem` what went wrong."""
        self.problem = None
        # The request has read its path as text; the gateway hands over the bytes of it.
        request.environ["PATH_INFO"] = request.path_info.encode().decode("latin-1")
        with undone():
            if self.watch:
                self.watch.start()
            answer = self.handler(request.environ)
            answer.written = self.watch.look() if self.watch else None
        answer.problem, answer.whole = self.problem, True
        return answer

    def ask_view(self, person: Person, method: str, path: str, data: Any = None) -> Any:
        """Ask the page behind an address alone, as the middlewares hand a request to it.

        They set the scope, which is set here too, and draw the page of a refusal, which matters
        to nobody who compares its kind: the same question at a fraction of the cost.
        """
        with undone():
            rowsecurity.become(permissions.scope_of(person.user or AnonymousUser()))
            return self._view(person, method, path, data)

    def ask_views(self, asked: Iterable[tuple[Person, str, str]]) -> Iterator[Any]:
        """Ask pages alone, one after another, what should be refused before anything is done.

        What one of them writes nonetheless, the next ones meet; it is undone at the end.
        """
        before = None
        with undone():
            for person, method, path in asked:
                if person is not before:
                    rowsecurity.become(permissions.scope_of(person.user or AnonymousUser()))
                before = person
                yield self._view(person, method, path)

    def _view(self, person: Person, method: str, path: str, data: Any = None) -> Any:
        self.problem = None
        post = method == "POST"
        request: Any = self.factory.post(path, data) if post else self.factory.generic(method, path)
        request.user, request.session, request.htmx = person.user or AnonymousUser(), {}, False
        request.area_code, request._dont_enforce_csrf_checks = person.chosen, True
        found = resolve(path.partition("?")[0])
        try:
            answer = found.func(request, *found.args, **found.kwargs)
        except Refused as refusal:
            answer = HttpResponse(status=STATUS.get(type(refusal), 409))
        answer.problem, answer.whole = None, False
        return answer


def _signed_in(person: Person) -> dict[str, str]:
    client = Client()
    if person.user is not None:
        client.force_login(person.user)
        session = client.session
        # Used just now, however long the questions take: nothing about it has to be written down.
        session.update({"begun_at": int(time.time()), "seen_at": int(time.time()) + AN_HOUR})
        session.save()
    return {name: morsel.value for name, morsel in client.cookies.items()}


def path_of(route: Route, place: Place) -> str:
    """Return the address of a route for the things of a place."""
    return reverse(
        route.name, kwargs={key: key_of(place, thing) for key, thing in route.kwargs.items()}
    )


def key_of(place: Place, thing: str) -> Any:
    """Return the id of a thing; a word after `=` stands for itself."""
    if thing.startswith("="):
        return thing[1:]
    found = place.things[thing]
    return getattr(found, "pk", found)


def label(response: Any) -> str:
    """Name the kind of an answer; whatever has no name is its number and never expected."""
    status = response.status_code
    if 300 <= status < 400:
        asked = response.get("Location", "").startswith(reverse("accounts:sign-in") + "?next=")
        return SIGN_IN if asked else OK
    return OK if 200 <= status < 300 else NAMES.get(status, str(status))


def wrong_cells(route: Route, world: World, asker: Asker) -> tuple[list[str], set[tuple[str, int]]]:
    """Ask every cell of a route; return the wrong ones, and which methods came to which status.

    A cell is wrong too when the whole site has answered it without a header of its own.
    """
    wrong, seen, alone = [], set(), []
    for cell, person, place in cells(route, world):
        if cell.expected == METHOD and person.name not in ASKS_EVERY_METHOD:
            alone.append((cell, person, _address(route, place, person)))
            continue
        answer = ask_cell(route, asker, (cell, person, place))
        if not is_right(label(answer), cell):
            wrong.append(f"{cell} but was {describe(answer)}")
        elif cell.expected == OK:
            seen.add((cell.method, answer.status_code))
        if answer.whole and (lacks := headers.missing(answer, route.name)):
            wrong.append(f"{cell} but lacked {lacks}")
    alone.sort(key=lambda each: each[1].name)
    answers = asker.ask_views((person, cell.method, path) for cell, person, path in alone)
    for (cell, _person, _path), answer in zip(alone, answers, strict=True):
        if not is_right(label(answer), cell):
            wrong.append(f"{cell} but was {describe(answer)}")
    return wrong, seen


def ask_cell(
    route: Route, asker: Asker, where: tuple[Cell, Person, Place], *, in_full: bool = False
) -> Any:
    """Send the request of one cell, to the whole site wherever more than a refusal is expected."""
    cell, person, place = where
    data: Mapping[str, Any] | None = None
    if cell.method == "POST" and route.data is not None:
        data = route.data(place, person)
    path = _address(route, place, person)
    in_full = in_full or person.name in ASKS_IN_FULL
    if not in_full and cell.expected in (FORBIDDEN, MISSING):
        return asker.ask_view(person, cell.method, path, data)
    return asker.ask(person, cell.method, path, data)


def _address(route: Route, place: Place, person: Person) -> str:
    return path_of(route, place) if route.path is None else route.path(place, person)


def describe(answer: Any) -> str:
    """Say what an unexpected answer was, with the error behind a 500."""
    return f"{answer.status_code} {answer.problem!r}" if answer.problem else str(answer.status_code)
