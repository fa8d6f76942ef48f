"""What a person holds today, and whether that is enough: pages ask to hide, acts to refuse."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import ADMINISTRATORS, OPENING, POWERS, Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed
from qianshou.common.rowsecurity import NOBODY, Scope

# Roles by which an account stands for one person on file, and the scope that this opens.
PERSONS: Final = {"mother": "MOTHER", "partner": "PARTNER"}


@dataclass(frozen=True)
class Held:
    """One grant in force, with the range of codes it covers."""

    role: str
    area_code: str
    low: str
    high: str


def held_by(user: User) -> tuple[Held, ...]:
    """Return the grants in force today, read once per request and kept on the user object."""
    kept: tuple[Held, ...] | None = getattr(user, "_held", None)
    if kept is None:
        kept = _read_grants(user, timezone.localdate())
        user._held = kept  # type: ignore[attr-defined]  # noqa: SLF001
    return kept


def _read_grants(user: User, today: date) -> tuple[Held, ...]:
    if not user.is_authenticated or not user.is_active:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_grants_sql(), [user.pk, today, today])
        rows = cursor.fetchall()
    return tuple(Held(role, code, *area_rules.subtree(code)) for role, code in sorted(rows))


@lru_cache(maxsize=1)
def _grants_sql() -> str:
    """Return the question for grants; every request asks it, so Django writes it once."""
    rows = Grant.objects.filter(user=UUID(int=0)).in_force(date.max).values_list("role", "area_id")
    return str(rows.query.sql_with_params()[0])


def powers_of(user: User) -> frozenset[Power]:
    """Return every power the person holds anywhere."""
    return frozenset().union(*(POWERS[grant.role] for grant in held_by(user)))


def scope_of(user: User) -> Scope:
    """Return what the database may show this person."""
    grants = held_by(user)
    if not grants:
        # No area at all; what was written to the person, and of her own acts, stays hers.
        return Scope(NOBODY.kind, (), user.id)
    opened = {(each.low, each.high) for each in grants if POWERS[each.role] & OPENING}
    roles = {each.role for each in grants}
    person = user.person_id if roles & PERSONS.keys() else None
    own = next((kind for role, kind in PERSONS.items() if person and role in roles), "ADMIN")
    kind = "STAFF" if opened else own
    return Scope(kind, _merged(opened), user.id, person)


def _merged(ranges: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Drop the ranges that lie inside another; subtrees never overlap in part."""
    return tuple(
        sorted(
            (low, high)
            for low, high in ranges
            if not any((a, b) != (low, high) and a <= low and high <= b for a, b in ranges)
        )
    )


def widest_area(user: User) -> str | None:
    """Return the largest area the person works in, as the first choice of the area switcher."""
    codes = [each.area_code for each in held_by(user)]
    return min(codes, key=lambda code: (len(area_rules.significant(code)), code), default=None)


def narrow(user: User, powers: frozenset[Power]) -> None:
    """Let this user object use only some of its powers, as a REST key asks for."""
    user._only = powers  # type: ignore[attr-defined]  # noqa: SLF001


def may(user: User, power: Power, area_code: str | None = None) -> bool:
    """Tell whether a grant in force gives the power, for the area if one is named."""
    only: frozenset[Power] | None = getattr(user, "_only", None)
    if only is not None and power not in only:
        return False
    return any(
        power in POWERS[grant.role] and (area_code is None or grant.low <= area_code <= grant.high)
        for grant in held_by(user)
    )


def may_inside(user: User, power: Power, area_code: str) -> bool:
    """Tell whether a grant in force gives the power for the area, or for a part of it."""
    low, high = area_rules.subtree(area_code)
    return may(user, power, area_code) or any(
        may(user, power, grant.area_code)
        for grant in held_by(user)
        if low <= grant.low and grant.high <= high
    )


def require(user: User, power: Power, area_code: str | None = None) -> None:
    """Refuse with `NotAllowed` unless the person may."""
    if not may(user, power, area_code):
        raise NotAllowed


def can_see_accounts(user: User) -> bool:
    """Tell whether the person may look at accounts: who opens them and who gives them roles."""
    return may(user, Power.MANAGE_USERS) or may(user, Power.GRANT_ROLES)


def require_accounts(user: User) -> None:
    """Refuse with `NotAllowed` unless the person may look at accounts."""
    if not can_see_accounts(user):
        raise NotAllowed


def is_administrator(user: User) -> bool:
    """Tell whether the person is one of the three separated administrators."""
    return any(each.role in ADMINISTRATORS for each in held_by(user))
