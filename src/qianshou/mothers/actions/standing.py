"""What a mother's standing becomes: her file opened from an application, kept up, suspended.

The rooms above find out what she has passed; here it is written into the file that the gates
read, so that nobody else has to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import bus, crypto, portions, rowsecurity
from qianshou.common.errors import Refused
from qianshou.mothers.events import MotherRestated, MothersChanged, MotherSuspended
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import applications, gates

PORTION = 500


class OnFileAlready(Refused):
    """A file with this ID number is open already. Look at the two and say whether they are one."""


class GatesNotPassed(Refused):
    """Something is still missing on her way to the first child. Her page says what."""


@dataclass(frozen=True)
class Passed:
    """What she has passed so far, in the columns that the gates read."""

    screening: str = "PENDING"
    screened_on: date | None = None
    training_hours: float = 0.0
    trained_on: date | None = None
    committed_on: date | None = None
    reporting_signed: bool = False
    confidentiality_signed: bool = False
    year_signed: bool = False


@transaction.atomic
def open_file(
    values: Mapping[str, Any],
    *,
    by: User,
    passed: Passed,
    again: Mother | None = None,
    today: date,
) -> Mother:
    """Open a mother's file from her application, or open her earlier one `again`.

    `values` are columns of the file, with `id_number` and `phone` in plain text; the file waits
    as APPLIED until `activate`.
    """
    powers.require(by, Power.DECIDE_RECRUITS, values["area_code"])
    numbers = applications.numbers(values)
    id_token = crypto.blind(numbers.id_number, purpose="mother.id") if numbers.id_is_valid else b""
    file = again or Mother(created_at=timezone.now())
    twin = Mother.objects.filter(id_token=id_token).exclude(pk=file.pk) if id_token else None
    if twin is not None and twin.exists():
        raise OnFileAlready
    plain = {name: value for name, value in values.items() if name not in ("id_number", "phone")}
    for name, value in {**plain, **asdict(passed)}.items():
        setattr(file, name, value)
    file.id_number, file.id_token = numbers.id_number, id_token or file.id_token
    file.phone = numbers.phone
    file.phone_token = crypto.blind(numbers.phone, purpose="mother.phone") if numbers.phone else b""
    file.state, file.remark, file.updated_at = Mother.State.APPLIED, "", timezone.now()
    file.settled = {**file.settled, **dict.fromkeys(asdict(passed), today.isoformat())}
    file.save()
    _record("mothers.file.opened", file, by=by, again=again is not None)
    bus.publish(MothersChanged((file.pk,)))
    return file


@transaction.atomic
def keep_gates(mother: Mother, passed: Passed, *, by: User | None, today: date) -> Mother:
    """Bring what she has passed up to date; who was suspended for her query alone is back."""
    file = Mother.objects.select_for_update(of=("self",)).get(pk=mother.pk)
    changed = {
        name: value for name, value in asdict(passed).items() if getattr(file, name) != value
    }
    if not changed:
        return file
    for name, value in changed.items():
        setattr(file, name, value)
    file.settled = {**file.settled, **dict.fromkeys(changed, today.isoformat())}
    file.updated_at = timezone.now()
    file.save(update_fields=[*changed, "settled", "updated_at"])
    _record("mothers.gates.kept", file, by=by, fields=sorted(changed))
    if file.screening == Mother.Screening.HIT:
        _suspend(file, applications.SCREENING_HIT, by=by)
    else:
        _restore(file, by=by, today=today)
    bus.publish(MothersChanged((file.pk,)))
    return file


@transaction.atomic
def activate(mother: Mother, *, by: User, today: date) -> Mother:
    """Let her begin, once she has passed every other gate."""
    powers.require(by, Power.DECIDE_RECRUITS, mother.area_code)
    file = Mother.objects.select_for_update(of=("self",)).get(pk=mother.pk)
    missing = {each.code for each in gates.gate(file, today)} - {gates.APPROVED}
    if missing:
        raise GatesNotPassed
    _restate(file, Mother.State.ACTIVE, "", by=by, act="mothers.state.changed")
    bus.publish(MothersChanged((file.pk,)))
    return file


def suspend_expired(*, today: date) -> int:
    """Suspend every active mother whose background query no longer holds; returns how many.

    Whatever day was missed, whoever is found is whoever is still active: a second call finds
    nobody, and a worker that dies leaves whole portions done and the rest to the next call.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        expired = list(Mother.objects.expired_on(today).order_by("pk").values_list("pk", flat=True))
    parts = (expired[at : at + PORTION] for at in range(0, len(expired), PORTION))
    return portions.through(parts, lambda part: _suspend_some(part, today))


def _suspend_some(mothers: Sequence[UUID], today: date) -> int:
    """Suspend one portion in a transaction of its own."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Mother.objects.expired_on(today).filter(pk__in=mothers)
        files = list(rows.select_for_update(of=("self",)).order_by("pk"))
        for file in files:
            _suspend(file, applications.SCREENING_EXPIRED, by=None)
        if files:
            bus.publish(MothersChanged(tuple(file.pk for file in files)))
    return len(files)


@transaction.atomic
def suspend_unsigned(mother: Mother) -> None:
    """Suspend an active mother who let the last day for signing a newer text go by."""
    file = Mother.objects.select_for_update(of=("self",)).get(pk=mother.pk)
    if file.state == Mother.State.ACTIVE:
        _suspend(file, applications.TEXT_UNSIGNED, by=None)
        bus.publish(MothersChanged((file.pk,)))


def _suspend(file: Mother, because: str, *, by: User | None) -> None:
    suspended = file.state == Mother.State.PAUSED and file.remark == because
    if suspended or file.state == Mother.State.LEFT:
        return
    _restate(file, Mother.State.PAUSED, because, by=by, act="mothers.suspended")
    # Which of the two it was is the result of a query, and that is for two roles alone.
    secret = because in applications.SECRET_REMARKS
    bus.publish(MotherSuspended(file.pk, applications.SCREENING if secret else because))


def _restore(file: Mother, *, by: User | None, today: date) -> None:
    """Bring back who was suspended, once what she was suspended for is in order again."""
    holds, remark = _query_holds(file, today), file.remark
    if remark == applications.TEXT_UNSIGNED and _has_signed(file) and not holds:
        remark = applications.SCREENING_EXPIRED
        _restate(file, Mother.State.PAUSED, remark, by=by, act="mothers.suspended")
    elif (remark == applications.SCREENING_EXPIRED and holds) or (
        remark == applications.TEXT_UNSIGNED and _has_signed(file)
    ):
        _restate(file, Mother.State.ACTIVE, "", by=by, act="mothers.restored")


def _has_signed(file: Mother) -> bool:
    rest = file.reporting_signed and file.confidentiality_signed and file.year_signed
    return file.committed_on is not None and rest


def _restate(file: Mother, state: str, remark: str, *, by: User | None, act: str) -> None:
    before, file.state, file.remark = file.state, state, remark
    file.updated_at = timezone.now()
    file.save(update_fields=["state", "remark", "updated_at"])
    _record(act, file, by=by, before=before, after=state)
    bus.publish(MotherRestated(file.pk, before, state, remark, by.pk if by else None))


def _query_holds(file: Mother, today: date) -> bool:
    clear = file.screening == Mother.Screening.CLEAR
    return clear and gates.is_fresh(file.screened_on, today)


def _record(act: str, file: Mother, *, by: User | None, **details: Any) -> None:
    audit.record(
        act, by=by, subject_kind="mother", subject_id=file.pk, area_code=file.area_code, **details
    )
