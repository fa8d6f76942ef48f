"""Noticing that an applicant may be somebody who is known already; a person decides what it is.

The look around runs as the system, because an applicant and a county may not look elsewhere; what
it finds is written for the clerk of the applicant's place. Nothing is merged or refused here.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.mothers.models import Mother
from qianshou.recruitment.actions import moving
from qianshou.recruitment.models import Likeness, MotherApplication
from qianshou.recruitment.rules import life

MOST = 20
Found = tuple[str, UUID | None, UUID | None]


class Decided(Refused):
    """Somebody has decided this already."""


def look_around(application: MotherApplication) -> int:
    """Write down who may be the same person; returns how many there are."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = list(_resembling(application))[:MOST]
        Likeness.objects.bulk_create(
            (
                Likeness(
                    application=application, area_code=application.area_code, why=why,
                    other_mother_id=mother, other_application_id=other,
                )
                for why, mother, other in found
            ),
            ignore_conflicts=True,
        )  # fmt: skip
    return len(found)


def _resembling(application: MotherApplication) -> Iterator[Found]:
    """Yield each other file once, under the strongest reason."""
    seen: set[UUID] = set()
    others = MotherApplication.objects.handed_in().exclude(pk=application.pk)
    others = others.exclude(state=life.WITHDRAWN)
    for why, same in _reasons(application):
        for identity in Mother.objects.filter(same).values_list("pk", flat=True)[:MOST]:
            if identity not in seen:
                seen.add(identity)
                yield why, identity, None
        for identity in others.filter(same).values_list("pk", flat=True)[:MOST]:
            if identity not in seen:
                seen.add(identity)
                yield why, None, identity


def _reasons(application: MotherApplication) -> Iterator[tuple[str, Q]]:
    if application.id_token:
        yield Likeness.Why.ID_NUMBER, Q(id_token=application.id_token)
    if application.birth_on:
        named = Q(search_name=application.search_name, birth_on=application.birth_on)
        yield Likeness.Why.NAME_BIRTH, named
    if application.phone_token:
        yield Likeness.Why.PHONE, Q(phone_token=application.phone_token)


@transaction.atomic
def decide(likeness: Likeness, *, by: User, verdict: str) -> Likeness:
    """Say whether two entries are one person; the entries themselves stay as they are."""
    powers.require(by, Power.RUN_RECRUITS, likeness.area_code)
    held = Likeness.objects.select_for_update(of=("self",)).get(pk=likeness.pk)
    if held.state != Likeness.State.OPEN:
        raise Decided
    if verdict not in (Likeness.State.SAME, Likeness.State.DIFFERENT):
        raise NotFound
    held.state, held.decided_by, held.decided_at = verdict, by, timezone.now()
    held.save(update_fields=["state", "decided_by", "decided_at"])
    moving.note(
        "recruitment.likeness.decided", held.application, by=by, why=held.why, verdict=verdict
    )
    return held
