"""What a person of the office writes down: answers on paper, withdrawals, documents, assents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.consents import permissions
from qianshou.consents.actions.asking import SHARING, MayNotSign, NoParty, require_right, tidy
from qianshou.consents.events import ConsentWithdrawn
from qianshou.consents.models import Assent, Authority
from qianshou.consents.queries import family, holding
from qianshou.consents.queries import texts as text_queries
from qianshou.consents.rules import holding as rules
from qianshou.registry.actions import consenting
from qianshou.registry.actions.consenting import AnswerInFuture, Place
from qianshou.registry.actions.consents import newest_of
from qianshou.registry.models import Child, Consent, Guardian

CIVIL_AFFAIRS: Final = Consent.Capacity.CIVIL_AFFAIRS


class NotStateGuarded(Refused):
    """Civil affairs consents only for a child whose guardian is the state."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Civil affairs consents only for a child whose guardian is the state. Note the "
                "document on state guardianship first."
            )
        )


class NothingToWithdraw(Refused):
    """There is no consent for this purpose that could be withdrawn."""


class TooYoung(Refused):
    """A child is asked itself from eight years on."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A child is asked itself from the eighth birthday on. "
                "Until then the guardian speaks."
            )
        )


class WrongDates(Refused):
    """A document ends after it begins, and begins today or earlier."""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """An answer on paper: by whom, to what, and where the paper lies.

    `stands_id` is the adult of the child; without it an official of civil affairs has signed, and
    `giver` names unit and official.
    """

    purpose: str
    given: bool
    given_on: date
    kept_at: str
    stands_id: UUID | None = None
    giver: str = ""
    parties: Sequence[str] = ()


@transaction.atomic
def note_paper(child: Child, paper: Paper, *, by: User, today: date) -> Consent:
    """Write down an answer that was signed on paper, with its text and the signer's capacity."""
    permissions.require_handling(by, child)
    if paper.given_on > today:
        raise AnswerInFuture
    parties = tidy(paper.parties)
    if paper.purpose == SHARING and paper.given and not parties:
        raise NoParty
    text = text_queries.in_force(paper.purpose, paper.given_on, "zh-hans")
    made = consenting.put(
        Place(child.pk, child.area_code), paper.purpose, given=paper.given,
        given_on=paper.given_on, channel=Consent.Channel.ON_PAPER, by=by,
        parties=parties if paper.given else [], reason=paper.kept_at.strip()[:200],
        text_version=text.version, text_sha256=text.sha256, **_giver(child, paper),
    )  # fmt: skip
    audit.record(
        "registry.consent.noted", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, reason=paper.kept_at.strip(), given=paper.given,
        given_on=paper.given_on.isoformat(), purpose=paper.purpose, capacity=made.capacity,
        text_version=text.version, text_sha256=text.sha256,
    )  # fmt: skip
    return made


def _giver(child: Child, paper: Paper) -> dict[str, Any]:
    """Return who has signed and as what; refuses whoever may not."""
    if paper.stands_id is None:
        papers = family.papers_of(child, paper.given_on)
        if not family.is_state_guarded(child, papers):
            raise NotStateGuarded
        state = next((each for each in papers if each.kind == "STATE"), None)
        basis = f"{state.unit} {state.number}".strip()[:120] if state else ""
        until = state.valid_until if state and paper.given else None
        return {
            "capacity": CIVIL_AFFAIRS, "giver": paper.giver.strip()[:80], "basis": basis,
            "valid_until": until,
        }  # fmt: skip
    signer = family.signer_of(child, paper.stands_id, paper.given_on)
    # A no is always heard; a yes only from who may say it.
    if paper.given:
        require_right(signer, [paper.purpose])
    elif not signer.may_sign:
        raise MayNotSign(signer.bar_words)
    return {
        "capacity": signer.right.capacity, "guardian_id": signer.stands.guardian_id,
        "giver": signer.stands.guardian.name[:80], "basis": signer.right.basis,
        "valid_until": signer.right.valid_until if paper.given else None,
    }  # fmt: skip


@transaction.atomic
def withdraw(
    child: Child, purpose: str, *, by: User, today: date, reason: str, stands_id: UUID | None
) -> Consent:
    """Write down that a guardian takes a consent back, said in any form; it ends at this moment.

    As easy as it was given (个人信息保护法 15): no paper is needed, the office notes who said it.
    """
    permissions.require_handling(by, child)
    newest = newest_of(child.pk, purpose)
    if newest is None or not newest.given:
        raise NothingToWithdraw
    said = Paper(purpose=purpose, given=False, given_on=today, kept_at=reason, stands_id=stands_id)
    who = _giver(child, said)
    made = consenting.put(
        Place(child.pk, child.area_code), purpose, given=False, given_on=today,
        channel=Consent.Channel.ON_PAPER, by=by, reason=reason.strip()[:200], **who,
    )  # fmt: skip
    audit.record(
        "consents.withdrawn", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, reason=reason.strip(), purpose=purpose,
        capacity=made.capacity,
    )  # fmt: skip
    return made


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document that says who else may consent."""

    kind: str
    unit: str
    number: str
    issued_on: date
    valid_until: date | None = None
    stands_id: UUID | None = None
    purposes: Sequence[str] = ()


@transaction.atomic
def note_authority(child: Child, document: Document, *, by: User, today: date) -> Authority:
    """Keep a decision on guardianship, a delegation, or the state's guardianship."""
    permissions.require_handling(by, child)
    until = document.valid_until
    if document.issued_on > today or (until is not None and until < document.issued_on):
        raise WrongDates
    state = document.kind == Authority.Kind.STATE
    guardian: Guardian | None = None
    if not state:
        assert document.stands_id is not None
        guardian = family.signer_of(child, document.stands_id, today).stands.guardian
    made = Authority.objects.create(
        id=new_id(), child=child, area_code=child.area_code, kind=document.kind,
        guardian=guardian, unit=document.unit.strip(), number=document.number.strip(),
        issued_on=document.issued_on, valid_until=until, purposes=sorted(document.purposes),
        noted_by=by, noted_at=timezone.now(),
    )  # fmt: skip
    audit.record(
        "consents.authority.noted", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, kind=made.kind, authority=made.pk,
        guardian=guardian.pk if guardian else "",
    )  # fmt: skip
    return made


@transaction.atomic
def end_authority(authority: Authority, child: Child, *, by: User, today: date) -> None:
    """Note that a document no longer counts; what was signed on it ends with it."""
    permissions.require_handling(by, child)
    open_ones = Authority.objects.filter(pk=authority.pk, ended_on=None)
    if not open_ones.update(ended_on=today, ended_by=by):
        return
    audit.record(
        "consents.authority.ended", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, kind=authority.kind, authority=authority.pk,
    )  # fmt: skip
    for purpose in Consent.Purpose.values:
        newest = newest_of(child.pk, purpose)
        if newest is not None and newest.given and _rests_on(newest, authority):
            consenting.put(
                Place(child.pk, child.area_code), purpose, given=False, given_on=today,
                channel=Consent.Channel.ON_PAPER, by=by, capacity=newest.capacity,
                guardian_id=newest.guardian_id, reason=f"{authority.number} {today}"[:200],
            )  # fmt: skip


def _rests_on(consent: Consent, authority: Authority) -> bool:
    capacity = {"DECISION": "GUARDIAN", "DELEGATION": "DELEGATE", "STATE": "CIVIL_AFFAIRS"}
    same_person = consent.guardian_id == authority.guardian_id
    return same_person and consent.capacity == capacity[authority.kind]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a child said, when and how it was asked."""

    given: bool
    asked_on: date
    way: str
    words: str = ""
    subject: str = Assent.Subject.PROGRAMME
    about_id: UUID | None = None


@transaction.atomic
def note_assent(child: Child, said: Said, *, by: User, today: date) -> Assent:
    """Keep the child's own yes or no; a no counts at once, whatever the guardian says.

    For one pairing (`subject` PAIRING with its id) the caller decides what a no means there.
    """
    if not permissions.can_note_assent(by, child.area_code):
        raise NotAllowed
    if said.asked_on > today:
        raise AnswerInFuture
    if not rules.is_old_enough(child.birth_on, said.asked_on):
        raise TooYoung
    held_before = _held_for(child, today)
    made = Assent(
        id=new_id(), child=child, area_code=child.area_code, subject=said.subject,
        about_id=said.about_id, given=said.given, asked_on=said.asked_on, way=said.way,
        asked_by=by, noted_at=timezone.now(),
    )  # fmt: skip
    made.words = said.words.strip()
    made.save(force_insert=True)
    audit.record(
        "consents.assent.noted", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, given=said.given, asked_on=said.asked_on.isoformat(),
        about=said.subject, about_id=said.about_id or "",
    )  # fmt: skip
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for purpose in held_before - _held_for(child, today):
            bus.publish(ConsentWithdrawn(child.pk, purpose, ConsentWithdrawn.CHILD))
    return made


def _held_for(child: Child, today: date) -> frozenset[str]:
    verdicts = holding.verdicts_of(child, on=today)
    return frozenset(purpose for purpose, each in verdicts.items() if each is rules.Verdict.HOLDS)


@transaction.atomic
def read_words(assent: Assent, child: Child, *, by: User, reason: str) -> str:
    """Open what a child said in its own words; the trail keeps who read it and why."""
    permissions.require_handling(by, child)
    audit.record(
        "consents.assent.read", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, reason=reason.strip(), assent=assent.pk,
    )  # fmt: skip
    return str(assent.words.open())
