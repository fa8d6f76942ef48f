"""What people ask about accounts: whose key this is, and the administrators' list."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from qianshou.accounts import permissions
from qianshou.accounts.models import Grant, Token, User
from qianshou.accounts.rules import POWERS, Power
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotFound


def user_by_token(secret: str, today: date) -> tuple[User, frozenset[Power]] | None:
    """Return the user a REST key belongs to and the powers it is narrowed to, if it is in force."""
    token = (
        Token.objects.select_related("user")
        .filter(
            digest=digest_of(secret), revoked_at=None, expires_on__gte=today, user__is_active=True
        )
        .first()
    )
    if token is None:
        return None
    return token.user, frozenset(Power(each) for each in token.powers)


def users_for_list(search: str = "") -> QuerySet[User]:
    """Return accounts by name for the administrators' list."""
    return (
        User.objects.prefetch_related("grants__area")
        .filter(username__icontains=search)
        .order_by("username")
    )


def holders_of(power: Power, area_code: str, today: date) -> QuerySet[User]:
    """Return who holds a power by a role for exactly this area, as those whom a message is for."""
    roles = [role for role, powers in POWERS.items() if power in powers]
    grants = Grant.objects.in_force(today).filter(area__code=area_code, role__in=roles)
    return User.objects.filter(pk__in=grants.values("user"), is_active=True).order_by("pk")


def grants_of(user: User) -> QuerySet[Grant]:
    """Return the roles a person holds or held, newest first."""
    return user.grants.select_related("area", "granted_by").order_by("-valid_from", "role")


def tokens_of(user: User) -> QuerySet[Token]:
    """Return a person's keys, newest first."""
    return user.tokens.order_by("-created_at")


def token_for(user: User, token_id: UUID) -> Token:
    """Return a key of one's own that still opens something; raises `NotFound`."""
    found = user.tokens.filter(pk=token_id, revoked_at=None).first()
    if found is None:
        raise NotFound
    return found


def user_for(viewer: User, user_id: UUID) -> User:
    """Return an account for those who manage accounts or roles; raises `NotFound`."""
    allowed = permissions.can_see_accounts(viewer)
    found = User.objects.filter(pk=user_id).first() if allowed else None
    if found is None:
        raise NotFound
    return found


def grant_for(viewer: User, grant_id: UUID) -> Grant:
    """Return a grant for the security administrator; raises `NotFound`."""
    found = Grant.objects.filter(pk=grant_id, revoked_at=None).first()
    if found is None or not permissions.may(viewer, Power.GRANT_ROLES):
        raise NotFound
    return found
