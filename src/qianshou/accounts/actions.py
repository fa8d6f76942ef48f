"""Giving and taking roles, opening and closing accounts, making keys for the REST interface."""

import secrets
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions, rules
from qianshou.accounts.events import AccountChanged, SignedIn
from qianshou.accounts.models import Grant, Token, User
from qianshou.accounts.rules import Power
from qianshou.areas.models import Area
from qianshou.common import bus
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotAllowed, Refused

TOKEN_DAYS = 90


class RolesMustBeSeparate(Refused):
    """System, security and audit administration must be three people without other roles."""


class NotToOneself(Refused):
    """Nobody can give a role to themselves."""


class NameTaken(Refused):
    """Another account has this user name already."""


@transaction.atomic
def create_account(
    username: str, *, by: User | None, display_name: str, password: str | None = None
) -> User:
    """Open an account without any role; `by` is None only during set-up."""
    if by is not None:
        permissions.require(by, Power.MANAGE_USERS)
    if User.objects.filter(username=username).exists():
        raise NameTaken
    user = User.objects.create_user(username, password, display_name=display_name)
    bus.publish(AccountChanged("accounts.account.opened", user.id, by.id if by else None))
    return user


@transaction.atomic
def grant_role(
    user: User, *, by: User | None, role: str, area: Area, today: date, until: date | None = None
) -> Grant:
    """Give a role for an area; `by` is None only during set-up."""
    if by is not None:
        permissions.require(by, Power.GRANT_ROLES)
        if by.pk == user.pk:
            raise NotToOneself
    held = Grant.objects.filter(user=user).in_force(today)
    if not rules.may_hold_together(frozenset(held.values_list("role", flat=True)), role):
        raise RolesMustBeSeparate
    grant, _ = Grant.objects.get_or_create(
        user=user,
        role=role,
        area=area,
        revoked_at=None,
        defaults={"valid_from": today, "valid_until": until, "granted_by": by},
    )
    bus.publish(
        AccountChanged("accounts.role.granted", user.id, by.id if by else None, role, area.code)
    )
    return grant


@transaction.atomic
def revoke_role(grant: Grant, *, by: User) -> None:
    """Take a role away; the person's next request goes without it."""
    permissions.require(by, Power.GRANT_ROLES)
    grant.revoked_at, grant.revoked_by = timezone.now(), by
    grant.save(update_fields=["revoked_at", "revoked_by"])
    bus.publish(
        AccountChanged("accounts.role.revoked", grant.user_id, by.id, grant.role, grant.area_id)
    )


class StandsForSomebody(Refused):
    """This account stands for another person already, or this person has another account."""


def stand_for(user: User, person_id: UUID) -> None:
    """Let an account stand for one person on file; the room that keeps the file has asked who may.

    Neither an account nor a person changes hands afterwards.
    """
    if user.person_id == person_id:
        return
    if user.person_id is not None or User.objects.filter(person_id=person_id).exists():
        raise StandsForSomebody
    user.person_id = person_id
    user.save(update_fields=["person_id"])


@transaction.atomic
def create_token(user: User, *, by: User, name: str, powers: list[str], today: date) -> str:
    """Make a REST key of one's own and return its secret, which is shown only this once."""
    if by.pk != user.pk:
        raise NotToOneself(_("A key can be made only by the person it acts for."))
    for power in powers:
        permissions.require(user, Power(power))
    secret = "qs_" + secrets.token_urlsafe(32)
    Token.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        powers=powers,
        expires_on=today + timedelta(days=TOKEN_DAYS),
    )
    bus.publish(AccountChanged("accounts.token.created", user.id, by.id))
    return secret


@transaction.atomic
def revoke_token(token: Token, *, by: User) -> None:
    """Take a key of one's own back; the next request with it is refused."""
    if by.pk != token.user_id:
        raise NotAllowed
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    bus.publish(AccountChanged("accounts.token.revoked", token.user_id, by.id))


def note_password(user: User) -> None:
    """Announce that somebody has a new password; their other sessions end with it."""
    bus.publish(AccountChanged("accounts.password.changed", user.id, user.id))


def note_sign_in(username: str, *, succeeded: bool) -> None:
    """Announce that somebody signed in, or tried to."""
    user_id = User.objects.filter(username=username).values_list("pk", flat=True).first()
    bus.publish(SignedIn(user_id, succeeded))
