"""The cells of the REST interface: operations x cast x areas, and keys that are not good enough."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.test import RequestFactory
from django.utils import timezone

from qianshou.accounts.models import Token
from qianshou.accounts.rules import POWERS, Power
from tests.trust import cells
from tests.trust.cells import UNKNOWN_KEY, Asker, Cell, key_of
from tests.trust.matrix import PUBLIC, Route
from tests.trust.routes import METHODS
from tests.trust.world import Person, Place, World

ROOT = "/api/v1"
More = Callable[[str, str], Mapping[str, str]]


class Caller:
    """Asks the interface with the key of each member of the cast."""

    def __init__(self, world: World, asker: Asker) -> None:
        self.asker, self.factory = asker, RequestFactory()
        self.keys = {
            person.name: a_key(person, powers_of(person)) if person.user else ""
            for person in world.cast.values()
        }

    def call(
        self, key: str, method: str, path: str, body: Any = None, *, more: More | None = None
    ) -> Any:
        """Send one request with a key, undo what it wrote, and return the answer."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if body is not None and "file" in body:
            request = self.factory.post(path, body, headers=headers)
        else:
            text = json.dumps(body, default=str) if body is not None else ""
            headers |= more(path, text) if more else {}
            request = self.factory.generic(method, path, text, "application/json", headers=headers)
        return self.asker.send(request)


def powers_of(person: Person) -> list[str]:
    """Return everything a person holds anywhere, as a key of their own would."""
    return sorted({power for role, _area in person.grants for power in POWERS[role]})


def a_key(person: Person, powers: list[str], *, days: int = 30, **fields: Any) -> str:
    """Store a key and return its secret."""
    secret = f"qs_{person.name}_{len(powers)}_{days}_{sorted(fields)}"
    Token.objects.create(
        user=person.user, name="测试", digest=hashlib.sha256(secret.encode()).digest(),
        powers=powers, expires_on=timezone.localdate() + timedelta(days=days), **fields,
    )  # fmt: skip
    return secret


def path_of(route: Route, place: Place, *, person: Person, area: str = "") -> str:
    """Return the address of an operation for the things of a place."""
    path = route.name.split(" ", 1)[-1]
    for name, thing in route.kwargs.items():
        path = path.replace(f"{{{name}}}", str(key_of(place, thing)))
    path += route.path(place, person) if route.path else ""
    more = urlencode({"area": area}) if area and "area" not in path else ""
    return ROOT + path + (("&" if "?" in path else "?") + more if more else "")


def api_cells(route: Route, world: World) -> Iterator[tuple[Cell, Person, Place, str]]:
    """Yield every cell of an operation with the area it asks for.

    An operation about a thing is asked about either county; one about an area is asked for the
    person's own, for a village in it, and for the other county.
    """
    (method,) = route.methods
    for person in world.cast.values():
        if route.of:
            asked = [("own county", world.own, ""), ("other county", world.other, "")]
        else:
            areas = {
                "": "own area",
                world.own.village: "village",
                world.other.county: "other county",
            }
            asked = [(name, world.own, area) for area, name in areas.items()]
        for name, place, area in asked:
            right = expected(route, method, person, place=place, area=area)
            yield Cell(route.name, method, person.name, name, right), person, place, area


def expected(route: Route, method: str, person: Person, *, place: Place, area: str) -> str:
    """Return the one right answer; without a key that is no answer at all."""
    if person.user is None and route.needs is not PUBLIC:
        return UNKNOWN_KEY
    return cells.expected(route, method, person, place, area)


def call_cell(route: Route, caller: Caller, where: tuple[Cell, Person, Place, str]) -> Any:
    """Send the request of one cell."""
    cell, person, place, area = where
    body: Mapping[str, Any] | None = route.data(place, person) if route.data else None
    if body is not None and "area" in body:
        body = {**body, "area": area}
    path = path_of(route, place, person=person, area=area)
    more = partial(route.headers, place) if route.headers else None
    return caller.call(caller.keys[person.name], cell.method, path, body, more=more)


def wrong_api_cells(route: Route, world: World, caller: Caller) -> list[str]:
    """Call every cell of an operation and return the wrong ones."""
    wrong = []
    for where in api_cells(route, world):
        answer = call_cell(route, caller, where)
        if not cells.is_right(cells.label(answer), where[0]):
            wrong.append(f"{where[0]} but was {cells.describe(answer)}")
    return wrong


def other_methods(route: Route, offered: set[str]) -> list[str]:
    """Return the methods that no operation of this path has."""
    path = route.name.split(" ", 1)[1]
    return [each for each in METHODS if f"{each} {path}" not in offered]


def bad_keys(person: Person, powers: list[str]) -> dict[str, str]:
    """Return keys that open nothing although their person may, by what is wrong with them."""
    return {
        "no key": "",
        "unknown key": "qs_nobody",
        "expired": a_key(person, powers, days=-1),
        "taken back": a_key(person, powers, revoked_at=timezone.now()),
    }


def narrowed_key(person: Person, route: Route) -> str:
    """Return a key with every power of its person but those that an operation needs."""
    taken = {*route.needs, *route.acts.values()}
    return a_key(person, [each for each in powers_of(person) if Power(each) not in taken])
