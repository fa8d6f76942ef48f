"""What a person agrees with a department about its feed, and how such an agreement ends."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused
from qianshou.exchange.models import Agreement, Source, SourceVersion
from qianshou.exchange.rules import catalogue


class NameNotAgreed(Refused):
    """Without the name no row can be told from another; the agreement has to name it."""


class UnknownField(Refused):
    """The agreement names a field that lists of this kind do not have."""


class EndsBeforeItBegins(Refused):
    """The agreement ends before it begins; correct one of the days."""


class AlreadyEnded(Refused):
    """This agreement has been ended already."""


@transaction.atomic
def agree(
    source: Source,
    *,
    by: User | None,
    number: str,
    basis: str,
    purposes: Sequence[str],
    fields: Sequence[str],
    valid_from: date,
    valid_until: date,
) -> Agreement:
    """Enter an agreement; it takes the place of the one before from its first day on."""
    if by is not None:
        powers.require(by, Power.EDIT_SOURCES, source.area_code)
    known = catalogue.FIELDS[source.target]
    if not known.keys() >= set(fields):
        raise UnknownField
    if "name" not in fields:
        raise NameNotAgreed
    if valid_until < valid_from:
        raise EndsBeforeItBegins
    source = Source.objects.select_for_update().get(pk=source.pk)
    agreement = Agreement.objects.create(
        source=source, by=by, number=number, basis=basis, purposes=list(purposes),
        fields=[name for name in known if name in fields], valid_from=valid_from,
        valid_until=valid_until,
    )  # fmt: skip
    _new_version(source, by)
    _recorded("made", agreement, by, fields=agreement.fields, until=valid_until.isoformat())
    return agreement


def _new_version(source: Source, by: User | None) -> None:
    """Give the source a new version: what may be read is another thing, so lists are read anew."""
    source.version += 1
    source.save(update_fields=["version", "updated_at"])
    SourceVersion.objects.create(
        source=source, version=source.version, profile=source.profile, by=by
    )


@transaction.atomic
def end(agreement: Agreement, *, by: User, reason: str) -> Agreement:
    """End an agreement before its day; nothing is taken in from then on."""
    powers.require(by, Power.EDIT_SOURCES, agreement.source.area_code)
    agreement = (
        Agreement.objects.select_for_update(of=("self",))
        .select_related("source")
        .get(pk=agreement.pk)
    )
    if agreement.ended_at is not None:
        raise AlreadyEnded
    agreement.ended_at, agreement.ended_by = timezone.now(), by
    agreement.save(update_fields=["ended_at", "ended_by"])
    _recorded("ended", agreement, by, reason=reason)
    return agreement


def _recorded(what: str, agreement: Agreement, by: User | None, **more: Any) -> None:
    audit.record(
        f"exchange.agreement.{what}", by=by, subject_kind="source",
        subject_id=agreement.source_id, area_code=agreement.source.area_code,
        number=agreement.number, **more,
    )  # fmt: skip
