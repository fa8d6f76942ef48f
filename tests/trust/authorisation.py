"""Write docs/reference/authorisation.md from the matrix: `python -m tests.trust.authorisation`."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "authorisation.md"
HEAD: Final = """\
# Who may ask what

Written by `python -m tests.trust.authorisation` from the tables that the tests ask the site with
(`tests/trust/matrix.py` for pages, `tests/trust/operations.py` for REST). Do not edit it by hand.

**How to read it.** A role counts only inside the area it was given for: whoever works in one town
gets nothing of the next. Who lacks the right gets 404 for a thing (as if it did not exist) and 403
for a list. Nobody reads anything without signing in, or over REST without a key, except the pages
marked *anybody*. A key acts as its person, never with more than its person holds.
"""


def text() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *_roles(), *_powers(), *_pages(), *_operations()])


def _label(role: str) -> str:
    from django.utils import translation

    from qianshou.accounts.models import Grant

    with translation.override("en"):
        return f"{Grant.Role(role).label} (`{role}`)"


def _roles() -> Iterator[str]:
    """Yield one section per role: everything that it reaches."""
    from qianshou.accounts.rules import POWERS

    yield "## By role\n"
    for role, powers in POWERS.items():
        if not powers:
            continue
        yield f"### {_label(role)}\n"
        yield f"Powers: {', '.join(f'`{each}`' for each in sorted(powers))}.\n"
        yield f"- Looks at: {_listed(_reached(role, reading=True))}"
        yield f"- Does: {_listed(_reached(role, reading=False))}\n"
    empty = [_label(role) for role, powers in POWERS.items() if not powers]
    yield "### Roles that reach nothing yet\n"
    yield "They may sign in, see their own account, and nothing else: " + ", ".join(empty) + ".\n"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _reached(role: str, *, reading: bool) -> list[str]:
    """Return the pages and operations that ask for a power which this role holds."""
    from tests.trust.matrix import PUBLIC, ROUTES, SIGNED_IN
    from tests.trust.operations import OPERATIONS

    return [
        name
        for name, route in {**ROUTES, **OPERATIONS}.items()
        if route.needs not in (PUBLIC, SIGNED_IN)
        for method in route.methods
        if (method == "GET") is reading and role in who(route, method)
    ]


def who(route: object, method: str) -> list[str]:
    """Return the roles that a route answers for a method, reckoned as the tests reckon."""
    from qianshou.accounts.rules import POWERS
    from tests.trust.matrix import Route

    assert isinstance(route, Route)
    act = route.acts.get(method)
    return [
        role
        for role, powers in POWERS.items()
        if powers & set(route.needs) and (act is None or act in powers)
    ]


def _powers() -> Iterator[str]:
    """Yield the table of powers against the roles that hold them."""
    from qianshou.accounts.rules import POWERS, Power

    yield "## By power\n"
    yield "| Power | Held by |\n|---|---|"
    for power in Power:
        holders = [role for role, powers in POWERS.items() if power in powers]
        yield f"| `{power}` | {_listed(holders)} |"
    yield ""


def _pages() -> Iterator[str]:
    from tests.trust.matrix import ROUTES

    yield "## Pages\n"
    yield from _table(ROUTES.values())


def _operations() -> Iterator[str]:
    from tests.trust.operations import OPERATIONS

    yield "## REST operations\n"
    yield "Addresses stand below `/api/v1`.\n"
    yield from _table(OPERATIONS.values())


def _table(routes: Iterable[object]) -> Iterator[str]:
    from tests.trust.matrix import PUBLIC, SIGNED_IN, Route

    yield "| Address | Method | Who | Where |\n|---|---|---|---|"
    for route in routes:
        assert isinstance(route, Route)
        for method in route.methods:
            if route.needs is PUBLIC:
                asked, where = "*anybody*", ""
            elif route.needs is SIGNED_IN:
                asked, where = "*whoever is signed in*", "about oneself or published facts"
            else:
                asked, where = _listed(who(route, method)), _where(route)
            yield f"| `{route.name.split(' ', 1)[-1]}` | {method} | {asked} | {where} |"
    yield ""


def _where(route: object) -> str:
    from tests.trust.matrix import Route

    assert isinstance(route, Route)
    if route.of:
        return "where the thing lies"
    return "any area of one's own" if route.anywhere else "in the chosen area"


def main() -> None:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshou.config.settings")
    import django

    django.setup()
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
