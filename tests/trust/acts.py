"""Every act and every reading of a sensitive field that pages and API offer, with its entry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.trust import cells, interface, matrix, operations
from tests.trust.matrix import REASON, Route
from tests.trust.world import Person, Place, World

# The entries of the requests that the matrix asks, by method and route; all others leave none.
ENTRIES: Final[dict[str, list[str]]] = {
    "POST accounts:create-token": ["accounts.token.created"],
    "POST accounts:revoke-token": ["accounts.token.revoked"],
    "POST accounts:users": ["accounts.account.opened"],
    "POST accounts:user": ["accounts.role.granted"],
    "POST accounts:revoke": ["accounts.role.revoked"],
    "POST exchange:upload": ["exchange.file.received"],
    "POST exchange:approve": ["exchange.run.approved"],
    "POST exchange:refuse": ["exchange.run.turned_away"],
    "POST exchange:roll-back": ["exchange.run.rolled_back"],
    "POST exchange:again": ["exchange.run.tried_again"],
    "POST exchange:bad-rows-file": ["exchange.run.bad_rows_read"],
    "POST exchange:mend": ["exchange.file.received"],
    "POST exchange:bad-row": ["exchange.row.read"],
    "POST exchange:dismiss": ["exchange.row.dismissed"],
    "POST exchange:map-source": ["exchange.source.saved"],
    "POST exchange:feed": ["exchange.egress.asked"],
    "POST exchange:connect": ["exchange.source.begun"],
    "POST exchange:connection": ["exchange.source.saved"],
    "POST exchange:bounds": ["exchange.source.saved"],
    "POST exchange:switch": ["exchange.source.switched_off"],
    "POST exchange:agreement": ["exchange.agreement.made"],
    "POST exchange:end-agreement": ["exchange.agreement.ended"],
    "POST exchange:close-drift": ["exchange.drift.closed"],
    "POST exchange:examples": ["exchange.run.examples_read"],
    "POST exchange:set-secret": ["exchange.secret.set"],
    "POST exchange:approve-way": ["exchange.egress.approved"],
    "POST exchange:end-way": ["exchange.egress.ended"],
    "POST exchange:approve-question": ["exchange.question.approved"],
    "POST exchange:refuse-question": ["exchange.question.refused"],
    "POST registry:ask": ["exchange.question.asked"],
    "GET registry:doubt": ["registry.doubt.opened"],
    "POST registry:doubt": ["registry.doubt.decided"],
    "POST registry:reopen": ["registry.doubt.reopened"],
    "POST registry:undo": ["registry.event.undone"],
    "POST registry:visit": ["registry.visit.noted"],
    "GET registry:rows": ["registry.rows.read"],
    "POST registry:reveal": ["registry.field.revealed"],
    "POST registry:reveal-guardian": ["registry.field.revealed"],
    "POST registry:place": ["registry.location.hidden"],
    "POST registry:consent": ["registry.consent.noted"],
    "POST registry:value": ["registry.value.set"],
    "POST registry:review": ["registry.review.set"],
    "POST quality:score-now": ["quality.scores.reckoned"],
    "POST quality:report": ["quality.report.taken"],
    "POST quality:draw": ["quality.sample.drawn"],
    "GET quality:pair": ["quality.pair.opened"],
    "POST quality:pair": ["quality.pair.labelled"],
    "POST quality:take-back": ["quality.pair.taken_back"],
    "POST registry:merge": ["registry.children.merged"],
    "POST registry:split": ["registry.record.split"],
    "POST mothers:capacity": ["mothers.capacity.edited"],
    "POST mothers:state": ["mothers.state.changed"],
    "POST mothers:reveal": ["mothers.number.revealed"],
    "POST assessment:child": ["assessment.grade.confirmed"],
    "POST pairing:start": ["pairing.run.started"],
    "POST pairing:cancel": ["pairing.run.cancelled"],
    "POST pairing:decide-many": ["pairing.proposal.approved"] * 2,
    "POST pairing:decide": ["pairing.proposal.refused"],
    "POST pairing:steer": ["pairing.steered"],
    "POST pairing:undo-steering": ["pairing.steering.undone"],
    "POST pairing:repair": ["pairing.repair.started"],
    "POST pairing:batches": ["pairing.batches.switched"],
    "POST pairing:arrivals": ["pairing.arrivals.started"],
    "POST pairing:adopt": ["pairing.policy.adopted", "pairing.run.started"],
    "POST pairing:end": ["pairing.ended"],
    "POST pairing:policy-draft": ["pairing.policy.drafted"],
    "POST pairing:policy-adopt": ["pairing.policy.adopted"],
    "POST pairing:teams": ["pairing.teams.started"],
    "POST pairing:partners": ["pairing.partner.entered"],
    "POST pairing:partner-rest": ["pairing.partner.rested"],
    "POST pairing:study-ask": ["pairing.study.asked"],
    "POST pairing:experience": ["pairing.outcomes.taken"],
    "POST pairing:certificate": ["pairing.certificate.taken"],
    "POST outbound:new-receiver": ["outbound.receiver.made"],
    "POST outbound:receiver": ["outbound.receiver.changed"],
    "POST outbound:ask-way": ["exchange.egress.asked"],
    "POST outbound:set-secret": ["outbound.receiver.secret_set"],
    "POST outbound:pause": ["outbound.receiver.paused"],
    "POST outbound:resume": ["outbound.receiver.resumed"],
    "POST outbound:send-again": ["outbound.receiver.sent_again"],
    "POST outbound:try-out": ["outbound.receiver.tried"],
    "POST outbound:approve-way": ["exchange.egress.approved"],
    "POST outbound:end-way": ["exchange.egress.ended"],
    "POST outbound:new-export": ["outbound.export.asked"],
    "POST outbound:decide": ["outbound.export.refused"],
    "POST /exports": ["outbound.export.asked"],
    "POST /deliveries": ["exchange.file.received"],
    "POST /push/{code}": ["exchange.file.received"],
    "POST /deliveries/{run_id}/approve": ["exchange.run.approved"],
    "POST /deliveries/{run_id}/roll-back": ["exchange.run.rolled_back"],
    "GET /children/{child_id}/rows": ["registry.rows.read"],
    "POST /children/{child_id}/reveal": ["registry.field.revealed"],
    "POST /children/{child_id}/adults/{stands_id}/reveal": ["registry.field.revealed"],
    "POST /children/{child_id}/place": ["registry.location.hidden"],
    "POST /children/{child_id}/consent": ["registry.consent.noted"],
    "POST /children/{child_id}/merge": ["registry.children.merged"],
    "POST /children/{child_id}/split": ["registry.record.split"],
    "POST /child-events/{event_id}/undo": ["registry.event.undone"],
    "GET /doubts/{doubt_id}": ["registry.doubt.opened"],
    "POST /doubts/{doubt_id}": ["registry.doubt.decided"],
    "POST /doubts/{doubt_id}/reopen": ["registry.doubt.reopened"],
    "POST /mothers/{mother_id}/capacity": ["mothers.capacity.edited"],
    "POST /mothers/{mother_id}/state": ["mothers.state.changed"],
    "POST /children/{child_id}/assessment": ["assessment.grade.confirmed"],
    "POST /matching/runs": ["pairing.run.started"],
    "POST /matching/proposals/{proposal_id}": ["pairing.proposal.refused"],
}
# Pages that open sealed values without an entry, each with its reason.
OPENS_FREELY: Final = {
    "GET registry:history": "shows only what stands in the clear in the file; secrets as labels",
    "GET /children/{child_id}/history": "the same",
}
# Requests that are not about people: what they write needs no entry.
WRITES_FREELY: Final = {"POST set_language", "POST web:area", "POST accounts:sign-in"}


@dataclass(frozen=True)
class Scenario:
    """One request, by whom, and the entries that it has to leave."""

    name: str
    ask: Callable[[Any], Any]
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """What scenarios need to send their requests."""

    world: World
    asker: cells.Asker
    caller: interface.Caller


def scenarios(stage: Stage) -> Iterator[Scenario]:
    """Yield one request per route and method, by somebody who may, and the further ones below."""
    for route in matrix.ROUTES.values():
        for method in () if route.only else route.methods:
            yield _of_page(stage, route, method)
    for route in operations.OPERATIONS.values():
        if not route.only:
            yield _of_operation(stage, route)
    yield from _further(stage)


def _of_page(stage: Stage, route: Route, method: str) -> Scenario:
    person, place = _somebody(stage.world, route, method), stage.world.own
    cell = cells.Cell(route.name, method, person.name, "own county", cells.OK)
    name = f"{method} {route.name}"

    def ask(stage: Stage) -> Any:
        return cells.ask_cell(route, stage.asker, (cell, person, place))

    return Scenario(name, ask, tuple(ENTRIES.get(name, ())))


def _of_operation(stage: Stage, route: Route) -> Scenario:
    (method,), place = route.methods, stage.world.own
    person = _somebody(stage.world, route, method)
    cell = cells.Cell(route.name, method, person.name, "own county", cells.OK)

    def ask(stage: Stage) -> Any:
        return interface.call_cell(route, stage.caller, (cell, person, place, ""))

    return Scenario(route.name, ask, tuple(ENTRIES.get(route.name, ())))


def _somebody(world: World, route: Route, method: str) -> Person:
    """Return somebody who may, the county's worker before all others."""
    first = [world.cast["fed_county"], *world.cast.values()]
    return next(
        person
        for person in first
        if cells.expected(route, method, person, world.own) == cells.OK and person.user
    )


# -- what the matrix does not ask ------------------------------------------------------------------


def _page(
    name: str, data: Mapping[str, Any] | None, *entries: str, **kwargs: str
) -> tuple[str, Mapping[str, Any] | None, tuple[str, ...], dict[str, str]]:
    return name, data, entries, kwargs


FURTHER: Final = (
    _page("pairing:decide", {"verdict": "approve"}, "pairing.proposal.approved",
          proposal_id="proposal"),
    _page("registry:doubt", {"verdict": "same"}, "registry.doubt.decided", doubt_id="doubt"),
    _page("registry:doubt", {"verdict": "later"}, "registry.doubt.decided", doubt_id="doubt"),
    _page("registry:reveal", {"kind": "id_number", **REASON}, "registry.field.revealed",
          child_id="child"),
    _page("registry:reveal", {"kind": "address", **REASON}, "registry.field.revealed",
          child_id="child"),
    _page("registry:place", {**REASON}, "registry.location.shown", child_id="hidden"),
    _page("registry:value", {"act": "release", **REASON}, "registry.value.released",
          child_id="child", field="=school"),
    _page("registry:value", {"act": "release", **REASON}, "registry.warning.lifted",
          child_id="child", field="=violence_clue"),
    _page("mothers:state", {"act": "leave", **REASON}, "mothers.state.changed",
          mother_id="pairing_mother"),
    _page("mothers:reveal", {**REASON}, "mothers.number.revealed", mother_id="mother",
          field="=id_number"),
)  # fmt: skip


def _further(stage: Stage) -> Iterator[Scenario]:
    county, place = stage.world.cast["fed_county"], stage.world.own
    for name, data, entries, kwargs in FURTHER:
        route = Route(name, ("POST",), (), kwargs=kwargs)
        yield _posting(
            f"POST {name} {data}", county, route, place=place, data=data, entries=entries
        )
    for path, act in _searches(place):
        yield _getting(f"GET {path.partition('?')[0]} by number", county, path, act)
    key = stage.caller.keys["fed_county"]
    for path, act in _searches(place):
        if not path.startswith("/children/0"):
            api = interface.ROOT + path.replace("/?", "?")
            yield Scenario(
                f"GET {api.partition('?')[0]} by number",
                lambda stage, api=api: stage.caller.call(key, "GET", api),
                (act,),
            )


def _posting(
    name: str, person: Person, route: Route, *, place: Place, data: Any, entries: tuple[str, ...]
) -> Scenario:
    path = cells.path_of(route, place)
    return Scenario(name, lambda stage: stage.asker.ask(person, "POST", path, data), entries)


def _getting(name: str, person: Person, path: str, act: str) -> Scenario:
    return Scenario(name, lambda stage: stage.asker.ask(person, "GET", path), (act,))


def _searches(place: Place) -> Iterator[tuple[str, str]]:
    """Yield the addresses at which one person can be looked for by number."""
    child, mother = place.things["rows"][0]["id_number"], place.things["mother"].id_number.open()
    yield f"/children/?q={child}", "registry.searched_by_number"
    merge = cells.path_of(matrix.ROUTES["registry:merge"], place)
    yield f"{merge}?q={child}", "registry.searched_by_number"
    yield f"/mothers/?q={mother}", "mothers.searched_by_number"
    yield f"/mothers/?q={place.things['mother'].phone.open()}", "mothers.searched_by_number"
