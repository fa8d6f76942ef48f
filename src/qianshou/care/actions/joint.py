"""Being in touch that the log of daily care hears of from another room: a home visit."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.care.actions import contacts
from qianshou.care.models import Contact
from qianshou.care.rules import clocks, codes, payload
from qianshou.pairing.models import Pairing


@transaction.atomic
def log_visit(
    pairing: Pairing, *, by: User, at: datetime, minutes: int, key: UUID, now: datetime
) -> Contact | None:
    """Count a home visit in which the mother took part as her contact; once for each `key`.

    What was seen stays with the visit. None: no care is running, so there is nothing to count.
    """
    kept = pairing.contacts.filter(client_id=key).first()
    if kept is not None or not contacts.is_running(pairing):
        return kept
    said = payload.Said(
        pairing.pk, codes.VISIT, at, min(minutes, codes.MOST_MINUTES), (), None, "",
        follow_up=False,
    )  # fmt: skip
    when = clocks.Moment(at, at, skewed=False)
    made = contacts.contact_of(pairing, said, by=by, key=key, when=when, now=now)
    made.save(force_insert=True)
    audit.record(
        "care.contact.logged", by=by, subject_kind="contact", subject_id=made.pk,
        area_code=made.area_code, kind=made.kind,
    )  # fmt: skip
    contacts.announce([made])
    return made
