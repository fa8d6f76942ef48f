"""She tried, and nobody answered: no contact, but no silence of hers either.

A try is kept beside what else was done about a silence. Clocks, ticks and figures do not count it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.care import permissions
from qianshou.care.actions.contacts import PairingNotRunning, is_running
from qianshou.care.models import Clock, Reminder
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.pairing.models import Pairing


@transaction.atomic
def note_try(pairing: Pairing, *, by: User, at: datetime, key: UUID) -> None:
    """Note that the mother tried in vain to reach the child; the same `key` is one try."""
    if not permissions.is_hers(by, pairing):
        raise NotFound
    if not is_running(pairing):
        raise PairingNotRunning
    day = timezone.localdate(at)
    # What is done about silences belongs to the office; she herself does not read it.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        clock = Clock.objects.filter(pk=pairing.pk).first()
        since = clock.heard_on if clock else pairing.active_on or pairing.started_on
        due = clock.due_on if clock else None
        made = Reminder(
            id=key, pairing=pairing, area_code=pairing.area_code, heard_on=min(since, day),
            act=Reminder.Act.TRIED, days_late=max((day - due).days, 0) if due else 0, by=by, at=at,
        )  # fmt: skip
        if Reminder.objects.filter(pk=key).exists():
            return
        Reminder.objects.bulk_create([made], ignore_conflicts=True)
    audit.record(
        "care.contact.tried", by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=pairing.area_code, pairing=pairing.pk,
    )  # fmt: skip
