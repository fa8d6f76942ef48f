"""Noting wishes and conflicts of interest, with who, when and why; and taking them back."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.mothers.models import Mother
from qianshou.pairing import permissions
from qianshou.pairing.models import Conflict, Pairing, Wish
from qianshou.pairing.queries import wishes
from qianshou.registry.models import Child


class WishReasonMissing(Refused):
    """Please say how it is known; whoever looks at this child later reads it."""


class WishUnclear(Refused):
    """A wish is about one mother by name, or about a kind of mother: please choose one."""


class NoSuchMother(Refused):
    """No mother of exactly this name is on file here, or more than one. Write the whole name."""


class NotedAlready(Refused):
    """This is noted already. Take the earlier note back if it has changed."""


class PairStands(Refused):
    """These two are paired. End the pairing first; a conflict must not stand beside it."""


class TakenBackAlready(Refused):
    """Somebody has already taken this back."""


@transaction.atomic
def note_wish(
    child: Child, *, by: User, of: str, kind: str, mother: Mother | None, trait: str, reason: str
) -> Wish:
    """Note a wish of child, guardian or mother; from the next plan on it counts in the score."""
    if not permissions.can_note_wishes(by, child.area_code):
        raise NotAllowed
    _require_reason(reason)
    known = dict(wishes.trait_choices())
    person_only = kind == Wish.Kind.KNOWN or of == Wish.Of.MOTHER
    if (mother is None) == (not trait) or (trait and (trait not in known or person_only)):
        raise WishUnclear
    _log("pairing.wish.noted", child, by=by, mother=mother, kind=kind, of=of)
    try:
        with transaction.atomic():
            return Wish.objects.create(
                child=child, area_code=child.area_code, of=of, kind=kind, mother=mother,
                trait=trait, reason=reason.strip()[:200], by=by, at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as problem:
        raise NotedAlready from problem


@transaction.atomic
def note_conflict(
    child: Child, *, by: User, mother: Mother | None, kind: str, reason: str
) -> Conflict:
    """Note a conflict of interest: from the next plan on the two are never paired."""
    if not permissions.can_note_wishes(by, child.area_code):
        raise NotAllowed
    _require_reason(reason)
    if mother is None:
        raise NoSuchMother
    _log("pairing.conflict.noted", child, by=by, mother=mother, kind=kind)
    if Pairing.objects.open().filter(child=child, mother=mother).exists():
        raise PairStands
    try:
        with transaction.atomic():
            return Conflict.objects.create(
                child=child, area_code=child.area_code, mother=mother, kind=kind,
                reason=reason.strip()[:200], by=by, at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as problem:
        raise NotedAlready from problem


@transaction.atomic
def take_back(said: Wish | Conflict, *, by: User) -> None:
    """Take a wish or a conflict back; it stays on file as taken back."""
    if not permissions.can_note_wishes(by, said.area_code):
        raise NotAllowed
    act = "pairing.wish.taken_back" if isinstance(said, Wish) else "pairing.conflict.taken_back"
    _log(act, said.child, by=by, mother=said.mother, kind=said.kind)
    rows = type(said).objects.in_force().filter(pk=said.pk)
    if not rows.update(undone_by=by, undone_at=timezone.now()):
        raise TakenBackAlready


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise WishReasonMissing


def _log(
    act: str, child: Child, *, by: User, mother: Mother | None, kind: str, of: str = ""
) -> None:
    audit.record(
        act, by=by, subject_kind="child", subject_id=child.pk, area_code=child.area_code,
        kind=kind, of=of, mother=mother.pk if mother else None,
    )  # fmt: skip
