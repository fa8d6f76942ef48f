"""A contact is logged once, and answered by those who follow care."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.care import permissions
from qianshou.care.events import ContactLogged, ContactsLogged
from qianshou.care.models import Contact, Reply
from qianshou.care.rules import clocks, payload
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.notices import actions as notices
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.plans.actions import ticking as checklists
from qianshou.protection.actions import signalling

TOLD: Final = {
    Reply.Kind.READ: (gettext_noop("Your note was read"), gettext_noop("Your note was read.")),
    Reply.Kind.THANKS: (gettext_noop("A thank-you for you"), gettext_noop("You were thanked.")),
    Reply.Kind.QUESTION: (
        gettext_noop("A question for you"),
        gettext_noop("You were asked something about one of your notes."),
    ),
}


class PairingNotRunning(Refused):
    """This pairing has not begun or has ended, so nothing can be logged for it."""


class NothingAsked(Refused):
    """A question needs words, at most a thousand characters of them."""


def is_running(pairing: Pairing) -> bool:
    """Tell whether care is running in a pairing."""
    return pairing.ended_on is None and pairing.state in life.CARING


@transaction.atomic
def log(pairing: Pairing, *, by: User, said: payload.Said, key: UUID, now: datetime) -> Contact:
    """Record that the mother was in touch with the child; the same `key` is one contact."""
    if not permissions.is_hers(by, pairing):
        raise NotFound
    if not is_running(pairing):
        raise PairingNotRunning
    kept = pairing.contacts.filter(client_id=key).first()
    if kept is not None:
        return kept
    made = contact_of(pairing, said, by=by, key=key, now=now, when=clocks.settle(
        said.at, behind=clocks.offset(None, now=now), now=now
    ))  # fmt: skip
    made.save(force_insert=True)
    audit.record(
        "care.contact.logged", by=by, subject_kind="contact", subject_id=made.pk,
        area_code=made.area_code, kind=made.kind,
    )  # fmt: skip
    announce([made])
    return made


def announce(written: Iterable[Contact]) -> None:
    """Tell the rooms of contacts that have just been written: each by itself, then all of them.

    The checklists below cannot listen, so they are told first what counts for them.
    """
    rows = sorted(written, key=lambda contact: (contact.at, str(contact.pk)))
    if rows:
        counted = [
            checklists.Counted(
                each.pairing_id, each.client_id, each.kind, timezone.localtime(each.at).date(),
                each.by_id,
            )
            for each in rows
        ]  # fmt: skip
        checklists.contact_counts(counted, now=timezone.now())
    told = tuple(
        ContactLogged(
            contact_id=each.pk, pairing_id=each.pairing_id, child_id=each.pairing.child_id,
            mother_id=each.mother_id, area_code=each.area_code, kind=each.kind, at=each.at,
            received_at=each.received_at,
        )
        for each in rows
    )  # fmt: skip
    for each in told:
        bus.publish(each)
    if told:
        bus.publish(ContactsLogged(told))
        signalling.look_at_notes([_note_of(each) for each in rows if each.note])


def _note_of(contact: Contact) -> signalling.Note:
    return signalling.Note(
        contact.note.open(), contact.pairing.child_id, contact.pairing_id, contact.area_code,
        f"contact/{contact.pk}", contact.at,
    )  # fmt: skip


def contact_of(
    pairing: Pairing,
    said: payload.Said,
    *,
    by: User,
    key: UUID,
    when: clocks.Moment,
    now: datetime,
) -> Contact:
    """Return the row of a contact, not yet written."""
    made = Contact(
        id=new_id(), pairing=pairing, mother_id=pairing.mother_id, area_code=pairing.area_code,
        kind=said.kind, at=when.at, minutes=said.minutes, topics=list(said.topics),
        mood=said.mood, follow_up=said.follow_up, client_id=key, said_at=when.said,
        received_at=now, skewed=when.skewed, by=by,
    )  # fmt: skip
    made.note = said.note
    return made


def open_note(contact: Contact, *, by: User) -> str:
    """Return the words of a note; who read it stands in the trail."""
    audit.record(
        "care.note.opened", by=by, subject_kind="contact", subject_id=contact.pk,
        area_code=contact.area_code,
    )  # fmt: skip
    words: str = contact.note.open()
    return words


@transaction.atomic
def answer(contact: Contact, *, by: User, kind: str, text: str, now: datetime) -> Reply:
    """Tell the mother that her note was read, thank her, or ask her something."""
    if not permissions.can_follow(by, contact.area_code):
        raise NotAllowed
    if len(text) > 1000 or (kind == Reply.Kind.QUESTION and not text):
        raise NothingAsked
    made = Reply(
        id=new_id(), contact=contact, mother_id=contact.mother_id, area_code=contact.area_code,
        kind=kind, by=by, at=now,
    )  # fmt: skip
    made.text = text
    made.save(force_insert=True)
    subject, words = TOLD[Reply.Kind(kind)]
    notices.send(
        notices.Message(
            kind="care.reply", to_kind="MOTHER", to_id=contact.mother_id,
            area_code=contact.area_code, subject=subject, text=words, link="/care/",
            about_kind="contact", about_id=contact.pk,
        ),
        once=f"care/reply/{made.pk}",
    )  # fmt: skip
    audit.record(
        "care.contact.answered", by=by, subject_kind="contact", subject_id=contact.pk,
        area_code=contact.area_code, kind=kind,
    )  # fmt: skip
    return made


@transaction.atomic
def respond(question: Reply, *, by: User, text: str, now: datetime) -> Reply:
    """Let the mother answer what she was asked; she can add to it as often as she likes."""
    if by.person_id != question.mother_id or question.kind != Reply.Kind.QUESTION:
        raise NotFound
    if not text or len(text) > 1000:
        raise NothingAsked
    made = Reply(
        id=new_id(), contact_id=question.contact_id, mother_id=question.mother_id,
        area_code=question.area_code, kind=Reply.Kind.ANSWER, by=by, at=now,
    )  # fmt: skip
    made.text = text
    made.save(force_insert=True)
    audit.record(
        "care.question.answered", by=by, subject_kind="contact", subject_id=question.contact_id,
        area_code=question.area_code,
    )  # fmt: skip
    return made
