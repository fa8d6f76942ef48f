"""Every act and every reading of a sensitive field that pages and API offer, with its entry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from tests.trust import cells, interface, matrix, matrix_teams, operations, recruits
from tests.trust.matrix import REASON, Route
from tests.trust.matrix_cases import CASES_ENTRIES
from tests.trust.world import Person, Place, World

# The entries of the requests that the matrix asks, by method and route; all others leave none.
ENTRIES: Final[dict[str, list[str]]] = {
    "POST accounts:create-token": ["accounts.token.created"],
    "POST accounts:revoke-token": ["accounts.token.revoked"],
    "POST accounts:users": ["accounts.account.opened"],
    "POST accounts:user": ["accounts.role.granted"],
    "POST accounts:revoke": ["accounts.role.revoked"],
    "POST care:overdue-bulk": ["care.silence.by_hand"],
    "POST care:clock-set": ["notices.timetable.changed"],
    "POST notices:calendar-set": ["notices.timetable.changed"],
    "POST notices:again": ["notices.sent_again"],
    "POST consents:new-text": ["consents.text.published"],
    "POST consents:ask": ["consents.asked"],
    "POST consents:note": ["registry.consent.noted"],
    "POST consents:withdraw": ["consents.withdrawn"],
    "POST consents:assent": ["consents.assent.noted"],
    "POST consents:words": ["consents.assent.read"],
    "POST consents:authority": ["consents.authority.noted"],
    "POST consents:end-authority": ["consents.authority.ended"],
    "POST consents:cancel": ["consents.link.cancelled"],
    "POST exchange:upload": ["exchange.file.received"],
    "POST exchange:approve": ["exchange.run.approved"],
    "POST exchange:refuse": ["exchange.run.turned_away"],
    "POST exchange:roll-back": ["exchange.run.rolled_back"],
    "POST exchange:again": ["exchange.run.tried_again"],
    "POST exchange:bad-rows-file": ["exchange.run.bad_rows_read"],
    "POST exchange:mend": ["exchange.file.received"],
    "POST exchange:bad-row": ["exchange.row.read"],
    "POST exchange:kept-message": ["exchange.message.read"],
    "POST exchange:retry-message": ["exchange.message.retried", "exchange.file.received"],
    "POST exchange:dismiss-message": ["exchange.message.dismissed"],
    "POST exchange:dismiss": ["exchange.row.dismissed"],
    "POST exchange:map-source": ["exchange.source.saved"],
    "POST exchange:feed": ["exchange.egress.asked"],
    "POST exchange:connect": ["exchange.source.begun"],
    "POST exchange:connection": ["exchange.source.saved"],
    "POST exchange:bounds": ["exchange.source.saved"],
    "POST exchange:field": ["exchange.source.saved"],
    "POST exchange:adopt": ["exchange.source.saved"],
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
    "POST /news/{notice_id}/visit": ["registry.visit.noted"],
    "POST /children/{child_id}/values/{field}": ["registry.value.set"],
    "POST /children/{child_id}/values/{field}/release": ["registry.value.released"],
    "GET registry:rows": ["registry.rows.read"],
    "POST registry:reveal": ["registry.field.revealed"],
    "POST registry:reveal-guardian": ["registry.field.revealed"],
    "POST registry:place": ["registry.location.hidden"],
    "POST registry:value": ["registry.value.set"],
    "POST registry:review": ["registry.review.set"],
    "POST quality:score-now": ["quality.scores.reckoned"],
    "POST quality:report": ["quality.report.taken"],
    "POST quality:draw": ["quality.sample.drawn"],
    "GET quality:pair": ["quality.pair.opened"],
    "POST quality:pair": ["quality.pair.labelled"],
    "POST quality:take-back": ["quality.pair.taken_back"],
    "POST registry:merge": ["registry.children.merged"],
    "POST registry:split": ["cases.team.opened", "registry.record.split"],
    "POST mothers:capacity": ["mothers.capacity.edited"],
    # Pausing a mother takes back at once what is offered to her.
    "POST mothers:state": [
        "pairing.step.withdraw",
        "mothers.state.changed",
        "pairing.step.pause",
        "pairing.step.pause",
        "recruitment.application.moved",
    ],
    "POST mothers:reveal": ["mothers.number.revealed"],
    "POST mothers:pulse": ["mothers.pulse.answered"],
    "POST mothers:rest": ["mothers.rest.asked"],
    "POST mothers:end-rest": ["mothers.rest.ended"],
    "POST mothers:ask-help": ["mothers.help.asked"],
    "POST mothers:withdraw-help": ["mothers.help.withdrawn"],
    "POST mothers:ask-change": ["mothers.change.asked"],
    "POST mothers:withdraw-change": ["mothers.change.withdrawn"],
    "POST mothers:own-paper": ["mothers.file.printed"],
    "POST mothers:own-certificate": ["mothers.certificate.printed"],
    "GET mothers:help": ["mothers.help.read"],
    "POST mothers:help": ["mothers.help.taken"],
    "POST mothers:decide-change": ["mothers.change.decided"],
    "POST mothers:calendar": ["mothers.calendar.edited"],
    "POST mothers:record": ["mothers.service.recorded"],
    "POST mothers:correct": ["mothers.service.corrected"],
    "POST mothers:commend": ["mothers.commended"],
    "POST mothers:number": ["mothers.volunteer_number.set"],
    "POST mothers:evaluate": ["mothers.evaluated"],
    "POST mothers:certify": ["mothers.certificate.issued"],
    "POST mothers:certificate": ["mothers.certificate.printed"],
    "POST mothers:withdraw": ["mothers.certificate.withdrawn"],
    "POST mothers:paper": ["mothers.file.printed"],
    "POST assessment:child": ["assessment.grade.confirmed"],
    "POST pairing:start": ["pairing.run.started"],
    "POST pairing:cancel": ["pairing.run.cancelled"],
    "POST pairing:decide-many": ["pairing.proposal.approved"] * 2,
    "POST pairing:decide": ["pairing.proposal.refused"],
    "POST pairing:family": ["pairing.wish.noted"],
    "POST pairing:take-back": ["pairing.wish.taken_back"],
    "POST pairing:steer": ["pairing.steered"],
    "POST pairing:undo-steering": ["pairing.steering.undone"],
    "POST pairing:repair": ["pairing.repair.started"],
    "POST pairing:batches": ["pairing.batches.switched"],
    "POST pairing:arrivals": ["pairing.arrivals.started"],
    "POST pairing:adopt": ["pairing.policy.adopted", "pairing.run.started"],
    "POST plans:tick": ["plans.ticked"],
    "POST plans:withdraw": ["plans.tick.withdrawn"],
    "POST plans:tick-note": ["plans.note.read"],
    "POST plans:new-goal": ["plans.goal.proposed"],
    "POST plans:goal-step": ["plans.goal.agreed"],
    "POST plans:change-goal": ["plans.goal.ended", "plans.goal.proposed"],
    "POST plans:goal-words": ["plans.goal.words_read"],
    "POST plans:parents": ["plans.parents.noted"],
    "POST plans:set-reminders": ["plans.reminder.chosen"],
    "POST plans:reminders": ["plans.reminder.chosen"],
    "POST plans:edit-checklist": ["plans.set.written"],
    "POST plans:adopt-checklist": ["plans.set.adopted"],
    "POST plans:move-pairs": ["plans.pairing.moved"],
    "POST plans:begin-guidance": ["plans.guidance.begun"],
    "POST plans:guidance": ["plans.session.planned"],
    "POST plans:guidance-read": ["plans.guidance.read"],
    "POST plans:session": ["plans.session.noted"],
    "POST plans:homework": ["plans.homework.noted"],
    "POST support:bulk": ["support.contact.logged"],
    "POST support:state": ["pairing.step.pause"],
    "POST support:contact": ["support.contact.logged"],
    "POST support:close": ["support.ending.begun", "pairing.step.begin_closing"],
    "POST support:complain": [
        "support.complaint.noted",
        "support.pairing.at_risk",
        "pairing.step.worry",
    ],
    "POST support:said": ["support.contact.read"],
    "POST support:finish": ["pairing.step.renew"],
    "POST support:step": ["support.ending.step_noted"],
    "POST support:talk": ["support.ending.talk_read"],
    "POST support:lift": ["support.bar.lifted"],
    "POST support:duty": ["support.duty.done"],
    "GET support:complaint": ["support.complaint.read"],
    "POST support:complaint": [
        "support.complaint.reviewed",
        "assessment.alarm.raised",
        "cases.team.opened",
    ],
    "POST support:transfer": ["support.transfer.taken_back"],
    "POST support:move-child": ["support.transfer.asked"],
    "POST support:move-mother": ["support.transfer.asked"],
    "POST support:schedule": ["support.schedule.written"],
    "POST support:schedule-adopt": ["support.schedule.adopted"],
    "POST wishes:giver": ["wishes.claim.released"],
    "POST wishes:make": ["wishes.wish.made"],
    "GET wishes:screen": ["wishes.wish.read"],
    "POST wishes:screen": ["wishes.wish.screened"],
    "POST wishes:act": ["wishes.wish.withdrawn"],
    "POST wishes:who-gives": ["wishes.claim.read"],
    "POST visits:day": ["visits.route.set"],
    "POST visits:plan": ["visits.visit.planned"],
    "POST wishes:take": ["wishes.claim.asked"],
    "POST visits:task": ["visits.task.done"],
    "POST visits:book": ["visits.book.taken_in"],
    "POST visits:sign": ["visits.visit.left"],
    "POST visits:end": ["visits.visit.not_met"],
    "POST visits:write": ["visits.visit.written_up"],
    "POST visits:read": ["visits.visit.read"],
    "POST pairing:end": ["pairing.ended"],
    "POST pairing:policy-draft": ["pairing.policy.drafted"],
    "POST pairing:policy-adopt": ["pairing.policy.adopted"],
    "POST pairing:teams": ["pairing.teams.started"],
    "POST pairing:team-accept": ["pairing.team.accepted"],
    "POST pairing:seat-end": ["pairing.team.ended"],
    "POST pairing:team-certificate": ["pairing.certificate.taken"],
    "POST pairing:partners": ["pairing.partner.entered"],
    "POST pairing:partner-rest": ["pairing.partner.rested"],
    "POST pairing:study-ask": ["pairing.study.asked"],
    "POST pairing:experience": ["pairing.outcomes.taken"],
    "POST pairing:certificate": ["pairing.certificate.taken"],
    "POST care:log": ["care.contact.logged"],
    "POST care:plan": ["care.appointment.planned"],
    "POST care:settle": ["care.appointment.settled"],
    "POST care:question": ["care.question.answered"],
    "POST care:my-phones": ["care.phone.registered"],
    "POST care:revoke-own": ["care.phone.revoked"],
    "GET care:contact": ["care.note.opened"],
    "POST care:contact": ["care.contact.answered"],
    "GET care:recording": ["care.enclosure.opened"],
    "GET care:held": ["care.held.opened"],
    "POST care:held": ["care.held.filed"],
    "POST care:phone": ["care.phone.revoked"],
    "POST protection:report": ["protection.report.made"],
    "POST protection:receipt": ["protection.report.added"],
    "GET protection:one": ["protection.report.read"],
    "POST protection:one": ["protection.report.accepted"],
    "POST protection:terms": ["protection.terms.set"],
    "GET protection:signal": ["protection.signal.read"],
    "POST protection:signal": ["protection.signal.decided"],
    "POST protection:words": ["protection.words.published"],
    "POST bonds:bulk": ["pairing.step.offer_mother"],
    "POST bonds:propose": ["bonds.pair.proposed"],
    "POST bonds:review": ["pairing.step.review"],
    "POST bonds:offer": ["pairing.step.offer_mother"],
    "POST bonds:answer": ["pairing.step.decline"],
    "POST bonds:make-link": ["bonds.link.made"],
    "POST bonds:sign": ["bonds.signature.noted"],
    "POST bonds:plan": ["bonds.meeting.planned"],
    "POST bonds:meet": ["pairing.step.meet"],
    "POST bonds:withdraw": ["pairing.step.withdraw"],
    "POST bonds:text": ["bonds.text.written"],
    "POST bonds:terms": ["bonds.terms.set"],
    "POST bonds:ceremonies": ["bonds.ceremony.planned"],
    "POST bonds:ceremony-add": ["bonds.meeting.planned"],
    "POST bonds:ceremony-close": ["bonds.ceremony.closed"],
    "POST bonds:my-offer": ["pairing.step.mother_accepts"],
    "POST bonds:my-agreement": ["bonds.signature.noted"],
    "POST bonds:link": ["pairing.step.guardian_accepts"],
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
    "POST /children/{child_id}/split": ["cases.team.opened", "registry.record.split"],
    "POST /child-events/{event_id}/undo": ["registry.event.undone"],
    "GET /doubts/{doubt_id}": ["registry.doubt.opened"],
    "POST /doubts/{doubt_id}": ["registry.doubt.decided"],
    "POST /doubts/{doubt_id}/reopen": ["registry.doubt.reopened"],
    "POST /mothers/{mother_id}/capacity": ["mothers.capacity.edited"],
    "POST /mothers/{mother_id}/state": [
        "pairing.step.withdraw",
        "mothers.state.changed",
        "pairing.step.pause",
        "pairing.step.pause",
        "recruitment.application.moved",
    ],
    "POST /children/{child_id}/assessment": ["assessment.grade.confirmed"],
    "POST /matching/runs": ["pairing.run.started"],
    "POST /matching/proposals/{proposal_id}": ["pairing.proposal.refused"],
    "POST /matching/proposals/{proposal_id}/steering": ["pairing.steered"],
    "POST /matching/steering/{act_id}/undo": ["pairing.steering.undone"],
    "POST /teams/runs": ["pairing.teams.started"],
    "POST /teams/runs/{run_id}/accept": ["pairing.team.accepted"],
    "POST /teams/accepted/{seat_id}/end": ["pairing.team.ended"],
}
ENTRIES.update(recruits.ENTRIES)
ENTRIES.update(CASES_ENTRIES)
ENTRIES.update(matrix_teams.ENTRIES)
# Pages that open sealed values without an entry, each with its reason.
OPENS_FREELY: Final = {
    "GET bonds:pair": "what was said about the pair, to whoever works with it; no number, no place",
    "GET bonds:ceremony": "the minutes of a ceremony",
    "GET registry:history": "shows only what stands in the clear in the file; secrets as labels",
    "GET /children/{child_id}/history": "the same",
    "GET care:today": "what her federation said to her, shown to herself",
    "GET care:question": "the same",
    "GET exchange:field": "cells of fields that name nobody; of others their reasons alone",
    "GET care:overdue": "what staff noted of a call, to whoever follows the pair",
    "POST consents:sign": "shows a guardian, once she has said who she is, her child's name",
    **matrix_teams.OPENS_FREELY,
}
# What the matrix asks of these is refused, which is an answer to it; here it has to be done.
ASKED_WELL: Final[dict[str, Callable[[Place, Person], Mapping[str, Any]]]] = {
    "POST visits:plan": lambda place, person: {
        **matrix.ROUTES["visits:plan"].data(place, person),
        "on": str(timezone.localdate() + timedelta(days=1)),
        "staff": [str(person.user.pk), str(place.things["worker"].pk)],
    },
    "POST wishes:take": lambda _place, _person: {"name": "李女士", "phone": "13800138000"},
}
# Only who was sent a code can answer it: tests/wishes/ counts its entries.
ASKED_ELSEWHERE: Final = {"POST wishes:code"}
# Killed in the middle, these are kept outside the database, and counted once when it is back.
NEVER_LOST: Final = {"POST protection:report"}
# Requests that are not about people: what they write needs no entry.
WRITES_FREELY: Final = {"POST set_language", "POST web:area", "POST accounts:sign-in"} | {
    *recruits.WRITES_FREELY,
    # who has read what concerns its reader alone
    "POST notices:open", "POST notices:read-all",
    # when one does not want to be disturbed
    "POST notices:quiet",
    # a right answer on a guardian's link sets its failures back
    "POST consents:sign",
}  # fmt: skip


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
            if f"{method} {route.name}" not in ASKED_ELSEWHERE:
                yield _of_page(stage, route, method)
    for route in operations.OPERATIONS.values():
        if not route.only:
            yield _of_operation(stage, route)
    yield from _further(stage)


def _of_page(stage: Stage, route: Route, method: str) -> Scenario:
    person, place = _somebody(stage.world, route, method), stage.world.own
    cell = cells.Cell(route.name, method, person.name, "own county", cells.OK)
    name = f"{method} {route.name}"
    route = replace(route, data=ASKED_WELL.get(name, route.data))

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
    _page("care:held", {"act": "aside", **REASON}, "care.held.set_aside", held_id="held"),
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
