"""The service record as pages and papers show it, and what a certificate says to the public."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import crypto, masking, rowsecurity
from qianshou.common.errors import NotFound
from qianshou.mothers.models import (
    Commendation,
    Evaluation,
    Mother,
    ServiceCertificate,
    ServiceEntry,
)
from qianshou.mothers.rules import certificates

ENTRIES_SHOWN = 30


def hours(minutes: int) -> str:
    """Say minutes as hours, to the hundredth."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Record:
    """The record of one mother: sums, the newest entries, honours, evaluations, certificates."""

    hours: str
    this_year: str
    kinds: list[tuple[str, str]]
    entries: list[ServiceEntry]
    honours: list[Commendation]
    evaluations: list[Evaluation]
    certificates: list[ServiceCertificate]


def record_of(mother: Mother, today: date) -> Record:
    """Return her service record; corrected entries are in the list but not in the sums."""
    rows = mother.services.all()
    by_kind = rows.in_force().order_by().values_list("kind").annotate(all=Sum("minutes"))
    sums = {kind: total for kind, total in by_kind if total}
    labels = dict(ServiceEntry.Kind.choices)
    year = rows.filter(held_on__year=today.year).minutes()
    return Record(
        hours(sum(sums.values())),
        hours(year),
        [(str(labels[kind]), hours(total)) for kind, total in sorted(sums.items())],
        list(
            rows.select_related("replaced_by", "recorded_by").order_by("-held_on", "-id")[
                :ENTRIES_SHOWN
            ]
        ),
        list(mother.commendations.order_by("-given_on", "-id")[:20]),
        list(mother.evaluations.order_by("-on", "-id")[:10]),
        list(mother.certificates.order_by("-issued_on", "-id")[:20]),
    )


def is_replaced(entry: ServiceEntry) -> bool:
    """Tell whether a later entry has taken this one's place."""
    return hasattr(entry, "replaced_by")


def entry_for(user: User, entry_id: UUID) -> ServiceEntry:
    """Return an entry for those who work with mothers there; raises `NotFound`."""
    entry = ServiceEntry.objects.select_related("mother").filter(pk=entry_id).first()
    if entry is None or not powers.may(user, Power.VIEW_MOTHERS, entry.mother.area_code):
        raise NotFound
    return entry


def certificate_for(user: User, certificate_id: UUID) -> ServiceCertificate:
    """Return a certificate for those who work with mothers there; raises `NotFound`."""
    made = _certificates().filter(pk=certificate_id).first()
    if made is None or not powers.may(user, Power.VIEW_MOTHERS, made.mother.area_code):
        raise NotFound
    return made


def own_certificate(mother: Mother, certificate_id: UUID) -> ServiceCertificate:
    """Return one of her own certificates; raises `NotFound`."""
    made = _certificates().filter(pk=certificate_id, mother=mother).first()
    if made is None:
        raise NotFound
    return made


def _certificates() -> "QuerySet[ServiceCertificate]":
    return ServiceCertificate.objects.select_related("mother", "handler")


def number_of(made: ServiceCertificate) -> str:
    """Return the whole number of a certificate, with its seal."""
    return f"{made.stem}-{certificates.seal_of(_digest(made.stem))}"


def _digest(stem: str) -> bytes:
    return crypto.blind(stem, purpose="mothers.certificate")


def checked(typed: str) -> Mapping[str, Any] | None:
    """Return what the public may know of a certificate, or None if the number is not genuine.

    The seal is checked before the database is asked, so that trying numbers finds nothing; a
    number with a right seal was issued here, and its row is read as the system.
    """
    read = certificates.read(typed)
    if read is None or not certificates.is_sealed(read[1], _digest(read[0])):
        return None
    with rowsecurity.acting(rowsecurity.SYSTEM):
        made = ServiceCertificate.objects.filter(stem=read[0]).first()
    if made is None:
        return None
    return {
        "number": number_of(made),
        "issued_on": made.issued_on,
        "issuer": made.issuer,
        "hours": hours(made.minutes),
        "from_on": made.from_on,
        "until_on": made.until_on,
        "name": masking.name(made.name),
        "withdrawn_on": made.withdrawn_on,
    }


def kind_lines(made: ServiceCertificate) -> list[tuple[str, str]]:
    """Return the hours of a certificate by kind of service."""
    labels = dict(ServiceEntry.Kind.choices)
    return [
        (str(labels.get(kind, _("other service"))), hours(total))
        for kind, total in sorted(made.by_kind.items())
    ]
