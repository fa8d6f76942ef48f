"""Whose consent is missing, runs out, waits for an answer, or wants the child's own word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed
from qianshou.consents import permissions
from qianshou.consents.models import Assent, SigningRequest
from qianshou.consents.queries import holding, parties
from qianshou.consents.rules import holding as rules
from qianshou.registry.models import Child, Consent

SOON: Final = timedelta(days=30)
MATCHING: Final = Consent.Purpose.MATCHING


@dataclass(frozen=True)
class Kind:
    """One kind of work: its name, why it is work, and its rows."""

    code: str
    label: str | Promise
    why: str | Promise
    act: str | Promise
    rows: Callable[[Mapping[str, Any], date], QuerySet[Any]]


def _minors(inside: Mapping[str, Any], today: date) -> QuerySet[Child]:
    oldest = today.replace(year=today.year - 18, day=min(today.day, 28))
    return Child.objects.on_file().filter(birth_on__gt=oldest, **inside)


def _missing(inside: Mapping[str, Any], today: date) -> QuerySet[Child]:
    """Return children about whom no guardian has said anything yet."""
    asked = Consent.objects.filter(child=OuterRef("pk"), purpose=MATCHING)
    waits = SigningRequest.objects.open(timezone.now()).filter(child=OuterRef("pk"))
    rows = _minors(inside, today).filter(~Exists(asked), ~Exists(waits))
    return rows.order_by("area_code", "pk")


def _renew(inside: Mapping[str, Any], today: date) -> QuerySet[Child]:
    """Return children with a yes on file that has run out, soon will, or is about an older text."""
    later = Consent.objects.filter(
        Q(given_on__gt=OuterRef("given_on"))
        | Q(given_on=OuterRef("given_on"), noted_at__gt=OuterRef("noted_at")),
        child=OuterRef("child"), purpose=OuterRef("purpose"),
    )  # fmt: skip
    ending = Q(valid_until__lt=today + SOON)
    for purpose in Consent.Purpose.values:
        if renewal := holding.renewal_of(purpose, today):
            voided = Q(text_version__lt=renewal.version) | Q(
                text_version=None, given_on__lt=renewal.since
            )
            ending |= Q(purpose=purpose) & voided
    yes = Consent.objects.filter(ending, child=OuterRef("pk"), given=True)
    rows = _minors(inside, today).filter(Exists(yes.filter(~Exists(later))))
    return rows.order_by("area_code", "pk")


def _waiting(inside: Mapping[str, Any], _today: date) -> QuerySet[SigningRequest]:
    """Return links that nobody has answered: those that still can be, and those that ran out."""
    recent = timezone.now() - SOON
    rows = SigningRequest.objects.filter(
        used_at=None, cancelled_at=None, made_at__gt=recent, **inside
    )
    newer = SigningRequest.objects.filter(
        child=OuterRef("child"), guardian=OuterRef("guardian"), made_at__gt=OuterRef("made_at")
    )
    return rows.filter(~Exists(newer)).select_related("child", "guardian").order_by("expires_at")


def _assent(inside: Mapping[str, Any], today: date) -> QuerySet[Child]:
    """Return children of eight or more who are matched by their guardian's word alone."""
    said = Assent.objects.filter(child=OuterRef("pk"), subject=Assent.Subject.PROGRAMME)
    rows = _minors(inside, today).filter(
        ~Exists(said), birth_on__lte=rules.eighth_birthday_before(today)
    )
    agreed = rows.annotate(agreed=holding.condition(MATCHING, on=today)).filter(agreed=True)
    return agreed.order_by("-birth_on", "pk")


def _sharing(inside: Mapping[str, Any], today: date) -> QuerySet[Child]:
    """Return children around whom partners of other units work whom nobody asked about."""
    waits = SigningRequest.objects.open(timezone.now()).filter(
        child=OuterRef("pk"), questions__contains=[{"purpose": Consent.Purpose.SHARING}]
    )
    lacking = Q(pk__in=[])
    for rows in parties.children_lacking(inside, today):
        lacking |= Q(pk__in=rows)
    return _minors(inside, today).filter(lacking, ~Exists(waits)).order_by("area_code", "pk")


KINDS: Final = (
    Kind(
        "WAITING", _("Links not answered"),
        _("The guardian has a link. Call before it runs out; make a new one after that."),
        _("Look"), _waiting,
    ),
    Kind(
        "RENEW", _("To be renewed"),
        _("The consent has run out or soon will, or its text has changed since."),
        _("Ask again"), _renew,
    ),
    Kind(
        "ASSENT", _("Children to be asked themselves"),
        _("From eight years on a child has its own say. Who turned eight last stands first."),
        _("Note what it said"), _assent,
    ),
    Kind(
        "MISSING", _("Guardian never asked"),
        _("Nobody knows what the guardian wants, so these children are not matched."),
        _("Ask"), _missing,
    ),
    Kind(
        "SHARING", _("Sharing with partners to be asked"),
        _("Somebody of another unit is in the child's team and reads nothing of it until the "
          "guardian agrees."),
        _("Ask"), _sharing,
    ),
)  # fmt: skip


def kind_of(code: str) -> Kind:
    """Return a kind of work; the first one for an unknown name."""
    return next((each for each in KINDS if each.code == code), KINDS[0])


def rows_for(user: User, area_code: str, *, kind: str, today: date) -> QuerySet[Any]:
    """Return the rows of one kind of work in an area."""
    if not permissions.can_handle(user, area_code):
        raise NotAllowed
    inside = {"area_code__range": area_rules.subtree(area_code)}
    return kind_of(kind).rows(inside, today)


def due(inside: Mapping[str, Any], today: date) -> int:
    """Count what should not wait: links without an answer, consents that end, the new eights."""
    newly_eight = rules.eighth_birthday_before(today)
    turned = _assent(inside, today).filter(birth_on__gt=newly_eight - SOON)
    return sum(
        rows.order_by().values("pk")[:1000].count()
        for rows in (_waiting(inside, today), _renew(inside, today), turned)
    )
