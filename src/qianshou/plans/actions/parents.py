"""Parents are reminded of their own weekly contact, may say no, and are noted as in touch."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import portions, rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.notices import actions as notices
from qianshou.pairing.models import Pairing
from qianshou.plans import permissions
from qianshou.plans.models import ParentContact, Plan, ReminderChoice
from qianshou.plans.queries import sets
from qianshou.registry.models import Child, Guardian, Guardianship

AT_ONCE: Final = 200
WEEKS_BACK: Final = 4
# How long the link of one message opens the choice.
LINK_LASTS: Final = timedelta(days=200)
PARENTS: Final = ("FATHER", "MOTHER")
# Whom no message reaches, or whom none may reach: dead, lost, in prison, in rehabilitation.
SILENT_ABOUT: Final = frozenset({"DEAD", "LOST", "PRISON", "REHAB"})


class WeekNotPossible(Refused):
    """Note this week, or one of the four before it."""


class Unknown(Refused):
    """Choose one of the answers."""


@transaction.atomic
def note(
    child: Child, who: str, *, by: User, week: date, today: date, pairing: Pairing | None = None
) -> ParentContact:
    """Note of one week which parent was in touch with the child; the newest word counts."""
    if pairing is not None and permissions.is_hers(by, pairing):
        area_code = pairing.area_code
    elif permissions.is_staff_for(by, child.area_code):
        area_code = child.area_code
    else:
        raise NotAllowed
    if who not in ParentContact.Who.values:
        raise Unknown
    monday, this = (each - timedelta(days=each.weekday()) for each in (week, today))
    if not this - timedelta(weeks=WEEKS_BACK) <= monday <= this:
        raise WeekNotPossible
    audit.record(
        "plans.parents.noted", by=by, subject_kind="child", subject_id=child.pk,
        area_code=area_code, week=monday.isoformat(),
    )  # fmt: skip
    return ParentContact.objects.create(
        child=child, pairing=pairing, mother_id=pairing.mother_id if pairing else None,
        area_code=area_code, week=monday, who=who, by=by, at=timezone.now(),
    )  # fmt: skip


# -- the choice -----------------------------------------------------------------------------------


@transaction.atomic
def choose(guardian: Guardian, every: str, *, by: User) -> ReminderChoice:
    """Set how often a parent is reminded, as he or she asks for it."""
    if not permissions.is_staff_for(by, guardian.area_code):
        raise NotAllowed
    return _choose(guardian, every, by=by)


@transaction.atomic
def choose_by_link(token: str, every: str) -> ReminderChoice:
    """Let a parent choose by the link of a message; the link opens nothing else."""
    guardian = guardian_of(token)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return _choose(guardian, every, by=None)


def _choose(guardian: Guardian, every: str, *, by: User | None) -> ReminderChoice:
    if every not in dict(ReminderChoice._meta.get_field("every").flatchoices):
        raise Unknown
    audit.record(
        "plans.reminder.chosen", by=by, subject_kind="guardian", subject_id=guardian.pk,
        area_code=guardian.area_code, every=every,
    )  # fmt: skip
    made, _new = ReminderChoice.objects.update_or_create(
        guardian=guardian,
        defaults={"area_code": guardian.area_code, "every": every, "by": by,
                  "at": timezone.now()},
    )  # fmt: skip
    return made


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="plans.parents")


def token_for(guardian_id: UUID) -> str:
    """Return the end of the address at which one parent chooses."""
    return _signer().sign(guardian_id.hex)


def guardian_of(token: str) -> Guardian:
    """Return whose link this is; raises `NotFound` for one that is altered or old."""
    try:
        name = _signer().unsign(token, max_age=LINK_LASTS)
    except BadSignature as problem:
        raise NotFound from problem
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = Guardian.objects.filter(pk=UUID(name)).first()
    if found is None:
        raise NotFound
    return found


# -- the reminder ---------------------------------------------------------------------------------


def remind(county: str, *, today: date) -> int:
    """Remind the parents of a county's paired children, each once per period; returns how many.

    Left out are parents who said no, who were in touch last week, whom no message may reach, and
    everybody around a child whose place is hidden.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        plans = list(_running(county).order_by("pk").values_list("pk", flat=True))
    return portions.through(
        portions.of(plans, AT_ONCE), lambda lot: _remind_lot(lot, county=county, today=today)
    )


def _running(county: str) -> QuerySet[Plan]:
    return Plan.objects.filter(
        area_code__range=area_rules.subtree(county), pairing__ended_on=None,
        pairing__child__hidden_location=False,
    )  # fmt: skip


def _remind_lot(wanted: Sequence[UUID], *, county: str, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = _running(county).filter(pk__in=wanted)
        lot = list(rows.select_related("care_set", "pairing").order_by("pk"))
        return _remind(lot, county=county, today=today)


def _remind(lot: list[Plan], *, county: str, today: date) -> int:
    rule = {each.pairing.child_id: sets.read(each.care_set).remind for each in lot}
    quiet = _in_touch(set(rule), today)
    told = 0
    for stands in _parents(set(rule)):
        every = _every(stands.guardian, rule[stands.child_id])
        if every == "OFF" or (stands.child_id, stands.kinship) in quiet:
            continue
        told += _tell(stands.guardian, every, today)
    if told:
        audit.record("plans.parents.reminded", by=None, area_code=county, count=told)
    return told


def _parents(children: set[UUID]) -> Iterator[Any]:
    hidden = Guardianship.objects.filter(child__hidden_location=True).values("guardian")
    rows = Guardianship.objects.filter(child__in=children, kinship__in=PARENTS).exclude(
        guardian__in=hidden
    )
    yield from (
        each
        for each in rows.select_related("guardian", "guardian__reminder_choice").order_by("pk")
        if each.status not in SILENT_ABOUT and each.guardian.phone
    )


def _every(guardian: Guardian, rule: str) -> str:
    choice: ReminderChoice | None = getattr(guardian, "reminder_choice", None)
    return choice.every if choice else rule


def _in_touch(children: set[UUID], today: date) -> set[tuple[UUID, str]]:
    """Return which parents were in touch last week or this, as somebody noted."""
    since = today - timedelta(days=today.weekday() + 7)
    newest: dict[tuple[UUID, date], str] = {}
    rows = ParentContact.objects.filter(child__in=children, week__gte=since).order_by("at")
    for child, week, who in rows.values_list("child_id", "week", "who"):
        newest[child, week] = who
    found = set()
    for (child, _week), who in newest.items():
        found |= {(child, each) for each in PARENTS if who in (each, "BOTH")}
    return found


def _tell(guardian: Guardian, every: str, today: date) -> int:
    year, week, _day = today.isocalendar()
    period = f"{year}-W{week:02}" if every == "WEEK" else f"{today:%Y-%m}"
    before = timezone.now()
    sent = notices.send(
        notices.Message(
            kind="plans.parents", to_kind="GUARDIAN", to_id=guardian.pk,
            area_code=guardian.area_code, address=guardian.phone.open(),
            private_link=reverse("plans:reminders", args=[token_for(guardian.pk)]),
            subject=gettext_noop("Your child waits to hear from you"),
            text=gettext_noop(
                "Have you called home this week? The law asks parents to be in touch with their"
                " child at least once a week; a few minutes are enough."
            ),
            short=gettext_noop(
                "Have you called home this week? The law asks parents to be in touch with their"
                " child at least once a week. Fewer reminders or none: %(link)s"
            ),
        ),
        once=f"plans.parents/{guardian.pk}/{period}",
    )  # fmt: skip
    return int(sent.created_at >= before)
