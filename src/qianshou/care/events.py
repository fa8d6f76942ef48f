"""What daily care announces: ids and times only, never what was said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class ContactLogged:
    """A mother was in touch with her child, as she logged on a page or on her phone.

    `at` is when it was, as we take it; `received_at` when we learnt of it, perhaps days later.
    """

    contact_id: UUID
    pairing_id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str
    kind: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True)
class ContactsLogged:
    """The same, once for everything that one act or one batch of a phone has logged, oldest first.

    A reaction that asks the database takes this one: a phone may hand in two hundred at a time.
    """

    contacts: tuple[ContactLogged, ...]
