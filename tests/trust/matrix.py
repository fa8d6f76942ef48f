"""Who may ask what: one entry per named page of the site. A page without an entry fails the build.

`python -m tests.trust.authorisation` writes `docs/reference/authorisation.md` from this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from qianshou.accounts.rules import Power
from tests.trust import world as stages
from tests.trust.world import Person, Place

PUBLIC: Final[tuple[Power, ...]] = ("public",)  # type: ignore[assignment]
SIGNED_IN: Final[tuple[Power, ...]] = ("signed in",)  # type: ignore[assignment]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
REASON = {"reason": "为家访核对"}


@dataclass(frozen=True)
class Route:
    """One address of the site: its methods, what it needs, and the thing it is about.

    `needs`: any one of the powers, held where the thing `of` lies, or in the chosen area if the
    route is about no thing (anywhere at all if `anywhere`). Who lacks it gets 404 for a thing,
    403 otherwise, or 404 if the page `hides`. `acts`: a further power per method, 403 without it.
    `in_part`: who works in a part of the thing's area is asked about that part.
    `only`: the answer is never a success for this reason, so none is asked for.
    """

    name: str
    methods: tuple[str, ...]
    needs: tuple[Power, ...]
    of: str = ""
    kwargs: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, Power] = field(default_factory=dict)
    data: Callable[[Place, Person], Mapping[str, Any]] | None = None
    path: Callable[[Place, Person], str] | None = None
    # further headers of a request, from the place, its path and its body as it is sent
    headers: Callable[[Place, str, str], Mapping[str, str]] | None = None
    hides: bool = False
    anywhere: bool = False
    in_part: bool = False
    only: str = ""


def says(**values: Any) -> Callable[[Place, Person], Mapping[str, Any]]:
    """Post these values."""
    return lambda _place, _person: values


def uploads(**values: Any) -> Callable[[Place, Person], Mapping[str, Any]]:
    """Post these values with a file of the place."""
    return lambda place, _person: {**values, "file": stages.a_file(place)}


def _id(place: Place, thing: str) -> UUID:
    found: UUID = place.things[thing].pk
    return found


_CHILD = {"child_id": "child"}
_RUN, _WAITING, _FAILED = (
    {"run_id": "run_done"},
    {"run_id": "run_waiting"},
    {"run_id": "run_failed"},
)
_MOTHER, _MATCH = {"mother_id": "mother"}, {"run_id": "match_run"}
VIEW, DECIDE, REVEAL = (Power.VIEW_CHILDREN,), Power.DECIDE_LINKS, Power.REVEAL_SECRETS
ADMINS = (Power.OPERATE_SYSTEM, Power.GRANT_ROLES)
IMPORTS, PAIRING = (Power.VIEW_IMPORTS,), (Power.VIEW_PAIRING,)
PAIRS = (Power.VIEW_PAIRS,)

SHELL: Final = (
    Route("web:home", GET, SIGNED_IN),
    Route("web:look", POST, PUBLIC, data=says(theme="dark")),
    Route("web:area", POST, SIGNED_IN, data=lambda place, _person: {"area": place.town}),
    Route("web:components", GET, PUBLIC),
    Route(
        "set_language", ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"), PUBLIC,
        data=says(language="en"),
    ),
    Route("accounts:sign-in", BOTH, PUBLIC),
    Route("accounts:sign-out", ("POST", "OPTIONS"), PUBLIC),
    Route("accounts:me", GET, SIGNED_IN),
    Route("accounts:create-token", POST, SIGNED_IN, data=says(name="报表")),
    Route(
        "accounts:revoke-token", POST, SIGNED_IN,
        path=lambda place, person: (
            f"/accounts/me/tokens/{stages.a_key_of(person.user or place.things['worker'])}/revoke/"
        ),
    ),
    Route(
        "accounts:password", BOTH, SIGNED_IN,
        data=says(old_password="x", new_password1="y", new_password2="y"),
    ),
    Route(
        "accounts:users", BOTH, (Power.MANAGE_USERS, Power.GRANT_ROLES), anywhere=True,
        acts={"POST": Power.MANAGE_USERS},
        data=says(username="xin", display_name="新人", password="jian-kang-cheng-zhang-7"),
    ),
    Route(
        "accounts:user", BOTH, (Power.MANAGE_USERS, Power.GRANT_ROLES), of="colleague",
        kwargs={"user_id": "colleague"}, acts={"POST": Power.GRANT_ROLES},
        data=lambda place, _person: {"role": "grid", "area": place.village},
    ),
    Route(
        "accounts:revoke", POST, (Power.GRANT_ROLES,), of="grant", kwargs={"grant_id": "grant"}
    ),
    Route("audit:trail", GET, (Power.VIEW_TRAIL,)),
)  # fmt: skip

EXCHANGE: Final = (
    Route("exchange:runs", GET, IMPORTS),
    Route(
        "exchange:upload", BOTH, (Power.RUN_IMPORTS,),
        data=lambda place, _person: {
            "source": place.things["source"].code, "file": stages.a_file(place)
        },
    ),
    Route("exchange:run", GET, IMPORTS, of="run_done", kwargs=_RUN),
    Route(
        "exchange:approve", POST, IMPORTS, of="run_waiting", kwargs=_WAITING,
        acts={"POST": Power.APPROVE_IMPORTS},
    ),
    Route(
        "exchange:refuse", POST, IMPORTS, of="run_waiting", kwargs=_WAITING,
        acts={"POST": Power.APPROVE_IMPORTS}, data=says(**REASON),
    ),
    Route(
        "exchange:roll-back", POST, IMPORTS, of="run_done", kwargs=_RUN,
        acts={"POST": Power.APPROVE_IMPORTS}, data=says(**REASON),
    ),
    Route(
        "exchange:again", POST, IMPORTS, of="run_failed", kwargs=_FAILED,
        acts={"POST": Power.RUN_IMPORTS},
    ),
    Route("exchange:bad-rows", GET, IMPORTS, of="run_done", kwargs=_RUN),
    # The file of bad rows is a reading of sensitive fields; who may not gets 404 like a stranger.
    Route("exchange:bad-rows-file", POST, (Power.RUN_IMPORTS,), of="run_done", kwargs=_RUN),
    Route(
        "exchange:mend", POST, IMPORTS, of="run_done", kwargs=_RUN,
        acts={"POST": Power.RUN_IMPORTS}, data=uploads(),
    ),
    Route(
        "exchange:bad-row", BOTH, IMPORTS, of="bad_row", kwargs={"row_id": "bad_row"},
        acts={"POST": Power.RUN_IMPORTS}, data=says(**REASON),
    ),
    Route(
        "exchange:dismiss", POST, IMPORTS, of="bad_row", kwargs={"row_id": "bad_row"},
        acts={"POST": Power.RUN_IMPORTS}, data=says(**REASON),
    ),
    Route("exchange:sources", GET, IMPORTS),
    Route(
        "exchange:new-source", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        data=uploads(target="CHILD"),
    ),
    Route(
        "exchange:map-source", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        path=lambda place, person: (
            f"/data/sources/map/{stages.a_sample(person.user or place.things['worker'], place)}/"
            "?target=CHILD"
        ),
        data=says(
            code="neu", name="新名册", department="education", delivery="full", trust=60,
            save="1", **stages.SAMPLE_COLUMNS,
        ),
    ),
    Route("exchange:feeds", GET, (*IMPORTS, *ADMINS), anywhere=True),
    Route(
        "exchange:feed", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"},
        data=says(url="https://other.example/x", addresses="10.0.0.8 10.0.0.9"),
    ),
    Route(
        "exchange:set-secret", POST, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"}, data=says(secret="nobody-reads-this"),
    ),
    Route("exchange:approve-way", POST, ADMINS, anywhere=True, kwargs={"way_id": "way"}),
    Route(
        "exchange:end-way", POST, (Power.EDIT_SOURCES, *ADMINS), anywhere=True,
        kwargs={"way_id": "way"},
    ),
    # Sources hold no people: whoever sees deliveries anywhere sees what a source means.
    Route(
        "exchange:source", BOTH, IMPORTS, anywhere=True, hides=True,
        kwargs={"source_id": "source"}, data=uploads(),
    ),
)  # fmt: skip

REGISTRY: Final = (
    Route("registry:children", GET, VIEW, hides=True),
    Route("registry:coverage", GET, (Power.VIEW_FIGURES,)),
    Route("registry:doubts", GET, (DECIDE,), hides=True),
    Route("registry:next-doubt", GET, (DECIDE,), hides=True),
    Route(
        "registry:doubt", BOTH, (DECIDE,), of="doubt", kwargs={"doubt_id": "doubt"},
        data=says(verdict="different"),
    ),
    Route("registry:reopen", POST, (DECIDE,), of="answered", kwargs={"doubt_id": "answered"}),
    Route(
        "registry:undo", POST, VIEW, of="event", kwargs={"event_id": "event"},
        acts={"POST": DECIDE},
    ),
    Route("registry:child", GET, VIEW, of="child", kwargs=_CHILD),
    Route("registry:rows", GET, VIEW, of="child", kwargs=_CHILD),
    Route("registry:family", GET, VIEW, of="child", kwargs=_CHILD),
    Route("registry:history", GET, VIEW, of="child", kwargs=_CHILD),
    Route(
        "registry:reveal", POST, VIEW, of="child", kwargs=_CHILD, acts={"POST": REVEAL},
        data=says(kind="phone", **REASON),
    ),
    Route(
        "registry:reveal-guardian", POST, VIEW, of="guardianship",
        kwargs={**_CHILD, "stands_id": "guardianship"}, acts={"POST": REVEAL},
        data=says(kind="phone", **REASON),
    ),
    Route(
        "registry:place", BOTH, VIEW, of="child", kwargs=_CHILD, acts={"POST": REVEAL},
        data=says(**REASON),
    ),
    Route(
        "registry:consent", BOTH, VIEW, of="child", kwargs=_CHILD,
        acts={"GET": Power.CONFIRM_GRADES, "POST": Power.CONFIRM_GRADES},
        data=says(given="no", given_on="2026-11-01", **REASON),
    ),
    Route(
        "registry:merge", BOTH, VIEW, of="child", kwargs=_CHILD,
        acts={"GET": DECIDE, "POST": DECIDE},
        data=lambda place, _person: {"other": _id(place, "twin"), **REASON},
    ),
    Route(
        "registry:split", BOTH, VIEW, of="record", kwargs={**_CHILD, "record_id": "record"},
        acts={"GET": DECIDE, "POST": DECIDE}, data=says(**REASON),
    ),
)  # fmt: skip

MOTHERS: Final = (
    Route("mothers:mothers", GET, (Power.VIEW_MOTHERS,)),
    Route("mothers:mine", GET, (Power.OWN_CHILDREN,), anywhere=True, hides=True),
    Route("mothers:mother", GET, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER),
    Route(
        "mothers:capacity", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
        acts={"POST": Power.EDIT_MOTHERS}, data=says(capacity=2),
    ),
    Route(
        "mothers:state", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
        acts={"POST": Power.EDIT_MOTHERS}, data=says(act="pause", **REASON),
    ),
    Route(
        "mothers:reveal", POST, (Power.VIEW_MOTHERS,), of="mother",
        kwargs={**_MOTHER, "field": "=phone"}, acts={"POST": REVEAL}, data=says(**REASON),
    ),
)  # fmt: skip

ASSESSMENT: Final = (
    Route("assessment:grades", GET, (Power.CONFIRM_GRADES,)),
    Route(
        "assessment:child", BOTH, VIEW, of="child", kwargs=_CHILD,
        acts={"POST": Power.CONFIRM_GRADES}, data=says(grade="RED", **REASON),
    ),
    Route("assessment:figures", GET, (Power.VIEW_FIGURES,)),
    Route("assessment:instrument", GET, SIGNED_IN),
)  # fmt: skip

PAIRINGS: Final = (
    Route("pairing:runs", GET, PAIRING),
    Route("pairing:start", POST, (Power.RUN_PAIRING,)),
    Route("pairing:what-if", GET, (Power.RUN_PAIRING,)),
    Route("pairing:run", GET, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route(
        "pairing:cancel", POST, PAIRING, of="waiting_run", kwargs={"run_id": "waiting_run"},
        in_part=True,
        acts={"POST": Power.RUN_PAIRING},
    ),
    Route("pairing:proposals", GET, PAIRS, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:left-over", GET, PAIRS, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:fairness", GET, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:recruitment", GET, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:certificate", POST, PAIRS, of="match_run", kwargs=_MATCH),
    Route(
        "pairing:decide-many", POST, PAIRS, of="match_run", kwargs=_MATCH, in_part=True,
        acts={"POST": Power.DECIDE_PAIRING},
        data=lambda place, _person: {
            "pick": [_id(place, "proposal"), _id(place, "second_proposal")]
        },
    ),
    Route(
        "pairing:proposal", GET, PAIRS, of="proposal", kwargs={"proposal_id": "proposal"}
    ),
    Route(
        "pairing:decide", POST, PAIRS, of="proposal", kwargs={"proposal_id": "proposal"},
        acts={"POST": Power.DECIDE_PAIRING}, data=says(verdict="refuse", **REASON),
    ),
    Route("pairing:pairings", GET, PAIRS),
    Route(
        "pairing:end", POST, PAIRS, of="pairing", kwargs={"pairing_id": "pairing"},
        acts={"POST": Power.DECIDE_PAIRING}, data=says(**REASON),
    ),
    Route(
        "pairing:policy", GET, PAIRING, anywhere=True, hides=True, kwargs={"policy_id": "policy"}
    ),
)  # fmt: skip

ROUTES: Final[dict[str, Route]] = {
    each.name: each for each in (*SHELL, *EXCHANGE, *REGISTRY, *MOTHERS, *ASSESSMENT, *PAIRINGS)
}
