"""The service record: entries and their corrections, honours, evaluations, and certificates."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Min, Sum

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import Refused
from qianshou.mothers.actions import trail
from qianshou.mothers.models import (
    Commendation,
    Evaluation,
    Mother,
    ServiceCertificate,
    ServiceEntry,
)
from qianshou.mothers.rules import certificates


class InTheFuture(Refused):
    """Service that has not happened yet cannot be recorded. Check the date."""


class NotARealTime(Refused):
    """A service lasts from one minute to sixteen hours, without the way there and back."""


class NotAttested(Refused):
    """Somebody has to attest a service: name who saw it."""


class CorrectedAlready(Refused):
    """This entry has been corrected already. Correct the newest one."""


class ThereAlready(Refused):
    """This stands on her record already."""


class NothingToCertify(Refused):
    """No service is recorded in this period, so there is nothing to certify."""


class WithdrawnAlready(Refused):
    """This certificate has been withdrawn already."""


@dataclass(frozen=True)
class Service:
    """What is written about one service; travel stands beside it and never counts."""

    held_on: date
    minutes: int
    kind: str = ServiceEntry.Kind.COMPANY
    place: str = ""
    attested_by: str = ""
    travel_minutes: int = 0
    source: str = ServiceEntry.Source.PAPER
    source_key: str = ""


@transaction.atomic
def record_service(
    mother: Mother, service: Service, *, by: User | None, today: date
) -> ServiceEntry:
    """Write one service into her record; `by` is empty where the system takes over a log."""
    if by is not None:
        powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    entry = _written(mother, service, by=by, today=today, corrects=None, why="")
    trail.note("mothers.service.recorded", mother, by=by, minutes=entry.minutes)
    return entry


@transaction.atomic
def correct_service(
    entry: ServiceEntry, service: Service, *, by: User, why: str, today: date
) -> ServiceEntry:
    """Replace an entry by a new one; the old one stays and no longer counts."""
    mother = entry.mother
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    new = _written(mother, service, by=by, today=today, corrects=entry, why=trail.stated(why)[:200])
    trail.note("mothers.service.corrected", mother, by=by, reason=why, minutes=new.minutes)
    return new


def _written(
    mother: Mother,
    service: Service,
    *,
    by: User | None,
    today: date,
    corrects: ServiceEntry | None,
    why: str,
) -> ServiceEntry:
    if service.held_on > today:
        raise InTheFuture
    least = 1 if corrects is None else 0
    if not (least <= service.minutes <= 960 and 0 <= service.travel_minutes <= 960):
        raise NotARealTime
    attested = (service.attested_by or (by.display_name if by else "")).strip()
    if not attested:
        raise NotAttested
    try:
        with transaction.atomic():
            return ServiceEntry.objects.create(
                mother=mother, area_code=mother.area_code, corrects=corrects, why=why,
                held_on=service.held_on, minutes=service.minutes, kind=service.kind,
                travel_minutes=service.travel_minutes, place=service.place[:80],
                source=service.source, source_key=service.source_key,
                attested_by=attested[:80],
                recorded_by=by,
            )  # fmt: skip
    except IntegrityError as twice:
        raise (CorrectedAlready if corrects else ThereAlready) from twice


@transaction.atomic
def set_volunteer_number(mother: Mother, number: str, *, by: User) -> Mother:
    """Note the number under which the volunteers' register knows her."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    file = trail.locked(mother)
    file.volunteer_number = number.strip()
    file.save(update_fields=["volunteer_number"])
    trail.note("mothers.volunteer_number.set", file, by=by)
    return file


@transaction.atomic
def commend(
    mother: Mother, *, by: User, title: str, level: str, given_by: str, given_on: date,
    paper: str, today: date,
) -> Commendation:  # fmt: skip
    """Write an honour into her record."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    if given_on > today:
        raise InTheFuture
    try:
        with transaction.atomic():
            honour = Commendation.objects.create(
                mother=mother, area_code=mother.area_code, title=title, level=level,
                given_by=given_by, given_on=given_on, paper=paper, recorded_by=by,
            )  # fmt: skip
    except IntegrityError as twice:
        raise ThereAlready from twice
    trail.note("mothers.commended", mother, by=by, level=level)
    return honour


@transaction.atomic
def evaluate(mother: Mother, *, by: User, score: int, words: str, today: date) -> Evaluation:
    """Write what the organiser says about her service."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    said = Evaluation.objects.create(
        mother=mother, area_code=mother.area_code, score=score, words=words[:200], on=today, by=by
    )
    trail.note("mothers.evaluated", mother, by=by)
    return said


@transaction.atomic
def certify(
    mother: Mother, *, by: User, from_on: date, until_on: date, in_charge: str, today: date
) -> ServiceCertificate:
    """Issue a certificate of what is recorded in a period; it is free, and as often as she asks."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    rows = mother.services.in_force().filter(held_on__range=(from_on, until_on), minutes__gte=1)
    sums = dict(rows.order_by().values_list("kind").annotate(all=Sum("minutes")))
    if not sums:
        raise NothingToCertify
    span = rows.aggregate(first=Min("held_on"), last=Max("held_on"))
    county = area_rules.county_code(mother.area_code)
    made = ServiceCertificate.objects.create(
        mother=mother, area_code=mother.area_code, name=mother.name,
        stem=certificates.stem(county, today.year, _next_number(county, today.year)),
        issuer=f"{areas.full_names_of({county}).get(county, county)}妇女联合会",
        issued_on=today, from_on=span["first"], until_on=span["last"],
        minutes=sum(sums.values()), by_kind=sums, in_charge=in_charge[:80], handler=by,
    )  # fmt: skip
    trail.note("mothers.certificate.issued", mother, by=by, stem=made.stem)
    return made


def _next_number(county: str, year: int) -> int:
    """Return the next running number of a county's year; the lock makes two issuers wait."""
    head = certificates.stem(county, year, 0)[:-6]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [head])
    last = ServiceCertificate.objects.filter(stem__gte=head, stem__lt=head + "\U0010ffff")
    newest = last.aggregate(newest=Max("stem"))["newest"]
    return int(newest[-6:]) + 1 if newest else 1


@transaction.atomic
def withdraw_certificate(
    made: ServiceCertificate, *, by: User, reason: str, today: date
) -> ServiceCertificate:
    """Say that a certificate no longer holds; whoever checks it is told."""
    powers.require(by, Power.EDIT_MOTHERS, made.area_code)
    held = ServiceCertificate.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if held.withdrawn_on:
        raise WithdrawnAlready
    held.withdrawn_on, held.withdrawn_for = today, trail.stated(reason)[:200]
    held.save(update_fields=["withdrawn_on", "withdrawn_for"])
    trail.note("mothers.certificate.withdrawn", held.mother, by=by, reason=reason, stem=held.stem)
    return held
