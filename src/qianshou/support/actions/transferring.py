"""Transfers: asked with consent, accepted by the other county, and then everything moves at once.

Until it is accepted nothing changes: the county that is left answers for the child every day.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.mothers.events import MothersChanged
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Bar, EndCause, NextStep, Pairing, Proposal
from qianshou.pairing.queries import instance
from qianshou.pairing.rules import life
from qianshou.registry.actions import setting
from qianshou.registry.events import FilesChanged
from qianshou.registry.models import Child, Guardian, Guardianship
from qianshou.support import permissions
from qianshou.support.actions import duties, ending
from qianshou.support.events import FileTransferred
from qianshou.support.models import Duty, Ending, Transfer
from qianshou.support.queries import schedules
from qianshou.support.rules import moving

FAREWELL: Final = timedelta(days=7)
METRE: Final = 1000


class ReasonMissing(Refused):
    """Please say why; both counties read it."""


class SameCounty(Refused):
    """This place lies in the same county; a new address is set in the file, no transfer needed."""


class NoSuchPlace(Refused):
    """Choose the town or village that the file moves to."""


class ConsentMissing(Refused):
    """Write down who agreed, on which day (not in the future) and on what paper."""


class NotTheGuardian(Refused):
    """This person is not a guardian of the child on file. Whoever only looks after it cannot agree
    for it; ask the guardian, or for a child under state guardianship the civil affairs office.
    """


class AskedAlready(Refused):
    """A transfer of this file has been asked for and waits for its answer."""


class AnsweredAlready(Refused):
    """This transfer has been answered or taken back."""


class TooFar(Refused):
    """The mother lives too far from the new place to go on. Close the pairing with a decision."""


@dataclass(frozen=True)
class Agreed:
    """The consent to a transfer: who gave it, when, and the proof."""

    by_whom: str
    on: date
    proof: str


@transaction.atomic
def ask(
    file: Child | Mother, to_code: str, *, by: User, today: date, reason: str, agreed: Agreed
) -> Transfer:
    """Ask another county to take a file over."""
    if not permissions.can_ask_transfer(by, file.area_code):
        raise NotAllowed
    _check_place(file.area_code, to_code)
    if not (agreed.by_whom.strip() and agreed.proof.strip()) or agreed.on > today:
        raise ConsentMissing
    if not reason.strip():
        raise ReasonMissing
    whom, files = Transfer.Whom.MOTHER, _named(mother=file)
    if isinstance(file, Child):
        _check_guardian(file, agreed.by_whom.strip())
        whom, files = Transfer.Whom.CHILD, _named(child=file)
    audit.record(
        "support.transfer.asked", by=by, subject_kind=whom.lower(), subject_id=file.pk,
        area_code=file.area_code, reason=reason, to=to_code,
    )  # fmt: skip
    try:
        with transaction.atomic():
            return Transfer.objects.create(
                whom=whom, **files,
                told_name=file.name, area_code=file.area_code, to_code=to_code, by=by,
                reason=reason.strip()[:200], consent_by=agreed.by_whom.strip()[:80],
                consent_on=agreed.on, consent_proof=agreed.proof.strip()[:200],
            )  # fmt: skip
    except IntegrityError as problem:
        raise AskedAlready from problem


def _named(**files: Any) -> dict[str, Any]:
    return files


def _check_place(from_code: str, to_code: str) -> None:
    if not area_rules.is_code(to_code) or to_code not in areas.names_of({to_code}):
        raise NoSuchPlace
    if area_rules.level_of(to_code) not in (area_rules.TOWN, area_rules.VILLAGE):
        raise NoSuchPlace
    if area_rules.county_code(to_code) == area_rules.county_code(from_code):
        raise SameCounty


def _check_guardian(child: Child, name: str) -> None:
    rows = Guardianship.objects.filter(child=child, is_guardian=True)
    names = set(rows.values_list("guardian__name", flat=True)) - {""}
    if names and name not in names:
        raise NotTheGuardian


@transaction.atomic
def decline(transfer: Transfer, *, by: User, reason: str) -> Transfer:
    """Not take a file over, for a reason; the county that asked goes on answering for it."""
    if not permissions.can_answer_transfer(by, transfer):
        raise NotAllowed
    return _answer(transfer, "decline", by=by, reason=reason, area=transfer.to_code)


@transaction.atomic
def take_back(transfer: Transfer, *, by: User, reason: str) -> Transfer:
    """Take a request back."""
    if not permissions.can_ask_transfer(by, transfer.area_code):
        raise NotAllowed
    return _answer(transfer, "take_back", by=by, reason=reason, area=transfer.area_code)


def _answer(transfer: Transfer, act: str, *, by: User, reason: str, area: str) -> Transfer:
    """Answer a request. The entry stands in the county of whoever answers."""
    step = moving.TRANSFER.step(act)
    if step.needs_reason and not reason.strip():
        raise ReasonMissing
    audit.record(
        f"support.transfer.{_ACTS[act]}", by=by, subject_kind=transfer.whom.lower(),
        subject_id=transfer.child_id or transfer.mother_id, area_code=area, reason=reason,
        transfer=transfer.pk,
    )  # fmt: skip
    held = Transfer.objects.select_for_update(of=("self",)).get(pk=transfer.pk)
    if not moving.TRANSFER.allows(act, held.state):
        raise AnsweredAlready
    held.state, held.decided_by, held.decided_at = step.target, by, timezone.now()
    held.decided_for = reason.strip()[:200]
    held.save(update_fields=["state", "decided_by", "decided_at", "decided_for"])
    return held


_ACTS: Final = {"accept": "accepted", "decline": "declined", "take_back": "taken_back"}


@transaction.atomic
def accept(
    transfer: Transfer, *, by: User, today: date, keep: bool, next_step: str = NextStep.REMATCH
) -> Transfer:
    """Take a file over: it and all that hangs on it belong to the new place from this moment.

    With `keep` the running pairing of a child goes on if the mother is near enough; otherwise its
    farewell begins with what comes next for the child.
    """
    if not permissions.can_answer_transfer(by, transfer):
        raise NotAllowed
    held = _answer(transfer, "accept", by=by, reason="", area=transfer.to_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if held.whom == Transfer.Whom.CHILD:
            held.moved = _move_child(held, by=by, today=today, keep=keep, next_step=next_step)
        else:
            held.moved = _move_mother(held, today=today)
        held.save(update_fields=["moved"])
    whom = held.child_id or held.mother_id
    assert whom is not None
    bus.publish(FileTransferred(held.whom, whom, held.area_code, held.to_code))
    return held


def _move_child(
    transfer: Transfer, *, by: User, today: date, keep: bool, next_step: str
) -> dict[str, int]:
    child, code = transfer.child, transfer.to_code
    assert child is not None
    running = list(Pairing.objects.open().filter(child=child).select_related("mother", "child"))
    if keep:
        for pairing in running:
            if pairing.state in life.CARING and not _is_near(pairing.mother, code):
                raise TooFar
    setting.move(child, code, by=by, reason=transfer.reason)
    Proposal.objects.open().filter(child=child).update(state=Proposal.State.LAPSED)
    moved = {
        rows.model._meta.db_table: count
        for rows in _attached_to_child(child)
        if (count := rows.exclude(area_code=code).update(area_code=code))
    }
    _move_adults(child, code)
    for pairing in running:
        pairing.area_code = code
        _settle(pairing, by=by, today=today, keep=keep, next_step=next_step)
    bus.publish(FilesChanged((child.pk,), None))
    return moved


def _settle(pairing: Pairing, *, by: User, today: date, keep: bool, next_step: str) -> None:
    """Go on with a pairing at the new place, or begin its farewell there."""
    if pairing.state in life.BEFORE_CARE:
        reason = _("The child has moved to another county.")
        ending.withdraw_by_system(pairing, today=today, reason=reason)
    elif not keep and pairing.state != life.CLOSING:
        decided = ending.Decision(
            Ending.Kind.UNPLANNED, EndCause.MOVED, _("The child has moved to another county."),
            next_step,
        )  # fmt: skip
        ending.begin(pairing, decided, by=by, today=today)


def _attached_to_child(child: Child) -> Iterator[QuerySet[Any]]:
    """Yield the rows of every table that hang on a child, also of apps that come later."""
    for model in _placed_models():
        way = _way_to_child(model)
        if way and model is not Transfer:
            yield _rows(model).filter(**{way: child})


def _way_to_child(model: type[models.Model], *, further: bool = True) -> str:
    """Return how the rows of a table name their child, if they do: by themselves or in two steps.

    A row follows what it must have (a signature its agreement), not what it may also mention.
    """
    if _points(model, Child, "child"):
        return "child"
    if _points(model, Pairing, "pairing"):
        return "pairing__child"
    return _two_steps(model, _way_to_child) if further else ""


def _way_to_mother(model: type[models.Model], *, further: bool = True) -> str:
    """Return how rows that are a mother's own name her; what is about a child is not hers."""
    if _way_to_child(model):
        return ""
    if _points(model, Mother, "mother"):
        return "mother"
    return _two_steps(model, _way_to_mother) if further else ""


def _two_steps(model: type[models.Model], way_of: Callable[..., str]) -> str:
    for field in model._meta.concrete_fields:
        target = field.related_model
        if field.null or not isinstance(target, type) or not _is_placed(target):
            continue
        if way := way_of(target, further=False):
            return f"{field.name}__{way}"
    return ""


def _placed_models() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if _is_placed(model))


def _is_placed(model: type[models.Model]) -> bool:
    return any(field.name == "area_code" for field in model._meta.concrete_fields)


def _rows(model: type[models.Model]) -> Any:
    return model.objects  # type: ignore[attr-defined]


def _points(model: type[models.Model], target: type[models.Model], name: str) -> bool:
    return any(
        field.name == name and field.is_relation and field.related_model is target
        for field in model._meta.concrete_fields
    )


def _move_adults(child: Child, code: str) -> None:
    """Let the adults follow who have no child on file elsewhere."""
    mine = Guardianship.objects.filter(child=child).values("guardian")
    shared = Guardianship.objects.exclude(child=child).filter(
        guardian__in=mine, child__merged_into=None
    )
    Guardian.objects.filter(pk__in=mine).exclude(pk__in=shared.values("guardian")).update(
        area_code=code
    )


def _move_mother(transfer: Transfer, *, today: date) -> dict[str, int]:
    """Move a mother's file; children near enough keep her, farewell begins with the others.

    Her children stay where they are, and so does who decides about them.
    """
    mother, code = transfer.mother, transfer.to_code
    assert mother is not None
    settled = {**mother.settled, "area_code": today.isoformat()}
    Mother.objects.filter(pk=mother.pk).update(
        area_code=code, settled=settled, updated_at=timezone.now()
    )
    moved = {
        rows.model._meta.db_table: count
        for rows in _attached_to_mother(mother)
        if (count := rows.exclude(area_code=code).update(area_code=code))
    }
    for pairing in Pairing.objects.open().filter(mother=mother).select_related("child", "mother"):
        if not _is_near(pairing.mother, pairing.area_code):
            _part_with(pairing, today=today)
    bus.publish(MothersChanged((mother.pk,)))
    return moved


def _part_with(pairing: Pairing, *, today: date) -> None:
    reason = _("The mother has moved too far away.")
    if pairing.state in life.BEFORE_CARE:
        ending.withdraw_by_system(pairing, today=today, reason=reason)
    elif pairing.state != life.CLOSING:
        decided = ending.Decision(Ending.Kind.UNPLANNED, EndCause.TOO_FAR, reason, NextStep.REMATCH)
        begun = ending.begin(pairing, decided, by=None, today=today)
        due_at = timezone.now() + FAREWELL
        once = f"moved:{begun.pk}"
        duties.open_duty(pairing, Duty.Kind.LEAVING, once=once, due_at=due_at, why=reason)


def _attached_to_mother(mother: Mother) -> Iterator[QuerySet[Any]]:
    """Yield the rows that are the mother's own; what is about a child stays with the child."""
    for model in _placed_models():
        way = _way_to_mother(model)
        if way and model is not Transfer:
            yield _rows(model).filter(**{way: mother})
    yield Bar.objects.filter(mother=mother, child=None)


def _is_near(mother: Mother, code: str) -> bool:
    """Tell whether a mother and a place are near enough; what is not known keeps nobody apart."""
    places = instance.positions_of([mother.area_code, code])
    if mother.area_code not in places or code not in places:
        return True
    limit = schedules.schedule_for(area_rules.county_code(code)).keep_within_km
    reach = max(limit, mother.travel_limit_m / METRE)
    return moving.kilometres(places[mother.area_code], places[code]) <= reach
