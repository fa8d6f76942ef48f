"""What follows by itself: the state of her file, and the end of her background query in sight."""

from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import portions, rowsecurity
from qianshou.common.errors import Refused
from qianshou.mothers.events import MotherRestated
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import applications as remarks
from qianshou.mothers.rules import gates
from qianshou.recruitment.actions import checking, moving, rulebooks
from qianshou.recruitment.models import MotherApplication
from qianshou.recruitment.models.applications import ApplicationQuerySet
from qianshou.recruitment.rules import life

PORTION: Final = 500


class HasOne(Refused):
    """Her record is open already."""


def follow_file(event: MotherRestated) -> None:
    """Let an application follow what happened to the file: rest, return, suspension, leaving."""
    rows = MotherApplication.objects.filter(
        mother_id=event.mother_id, state__in=(*life.SERVING, life.EXITING)
    )
    application = rows.select_for_update(of=("self",)).first()
    if application is None:
        return
    by = User.objects.filter(pk=event.by_id).first() if event.by_id else None
    for act in _acts(event):
        actor = moving.STAFF if by and act != "suspend" else moving.SYSTEM
        if life.APPLICATION.allows(act, application.state, actor=actor):
            moving.move(application, act, by=by, actor=actor, reason=_words(event))


def _acts(event: MotherRestated) -> tuple[str, ...]:
    if event.after == Mother.State.ACTIVE:
        return ("return",)
    if event.after == Mother.State.LEFT:
        return ("begin_exit", "exit")
    if event.reason == remarks.SCREENING_HIT:
        return ("begin_exit",)
    if event.reason in (remarks.SCREENING_EXPIRED, remarks.TEXT_UNSIGNED):
        return ("suspend",)
    return ("go_on_leave",)


def _words(event: MotherRestated) -> str:
    return remarks.SCREENING if event.reason in remarks.SECRET_REMARKS else event.reason or "—"


def recheck(*, today: date) -> int:
    """Mark whose query ends soon, and unmark who has a new one; returns how many moved.

    The same day gives the same marks, so that a second call finds nothing to do.
    """
    soon = gates.screened_on_that_expire(today)
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        (life.ACTIVE, "remind", {"mother__screened_on__range": soon}),
        (life.RECHECK_DUE, "renew", {"mother__screened_on__gt": soon[1]}),
    ]
    return portions.each(kinds, _move_all)


def _move_all(which: tuple[str, str, dict[str, Any]]) -> int:
    state, act, rows = which
    wanted = MotherApplication.objects.filter(state=state, **rows)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = list(wanted.order_by("pk").values_list("pk", flat=True))
    return portions.through(
        portions.of(found, PORTION), lambda part: _move_some(wanted.filter(pk__in=part), act)
    )


def _move_some(wanted: ApplicationQuerySet, act: str) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = list(wanted.select_for_update(of=("self",)).order_by("pk"))
        for each in found:
            moving.move(each, act, by=None, actor=moving.SYSTEM)
    return len(found)


@transaction.atomic
def take_over(mother: Mother, *, by: User, today: date) -> MotherApplication:
    """Open the record of a mother from before this system, so that renewals can be kept in it."""
    powers.require(by, Power.RUN_RECRUITS, mother.area_code)
    open_states = (life.APPROVED, *life.SERVING, life.EXITING)
    held = Mother.objects.select_for_update(of=("self",)).get(pk=mother.pk)
    if held.state not in (Mother.State.ACTIVE, Mother.State.PAUSED):
        raise moving.StepNotPossible
    if MotherApplication.objects.filter(mother=held, state__in=open_states).exists():
        raise HasOne
    made = _open(held, by=by)
    checking.keep_file(made, by=by, today=today)
    return made


def record_of(mother: Mother) -> MotherApplication:
    """Return the open record of a mother in service; one that no office has opened yet opens."""
    rows = MotherApplication.objects.select_for_update(of=("self",)).filter(
        mother=mother, state__in=(life.APPROVED, *life.SERVING, life.EXITING)
    )
    return rows.first() or _open(mother, by=None)


def _open(held: Mother, *, by: User | None) -> MotherApplication:
    """Open a record that says what her file says."""
    made = MotherApplication(
        area_code=held.area_code, origin=MotherApplication.Origin.FILE, state=life.ACTIVE,
        rulebook=rulebooks.in_force(), mother=held, submitted_at=timezone.now(),
        name=held.name, search_name=held.search_name, pinyin=held.pinyin, initials=held.initials,
        birth_on=held.birth_on, categories=held.categories, id_token=held.id_token,
        phone_token=held.phone_token,
    )  # fmt: skip
    made.answers = "{}"
    made.save(force_insert=True)
    moving.note("recruitment.record.opened", made, by=by)
    if held.remark in (remarks.SCREENING_EXPIRED, remarks.TEXT_UNSIGNED):
        moving.move(made, "suspend", by=None, actor=moving.SYSTEM)
    elif held.state == Mother.State.PAUSED and by is not None:
        moving.move(made, "go_on_leave", by=by, reason=held.remark or "—")
    return made
