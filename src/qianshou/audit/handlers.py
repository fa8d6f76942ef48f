"""The trail listens to the rooms below it, which cannot know it."""

from qianshou.accounts import permissions
from qianshou.accounts.events import AccountChanged, SignedIn
from qianshou.accounts.models import User
from qianshou.audit import actions
from qianshou.common.bus import on


@on(AccountChanged)
def record_account_change(event: AccountChanged) -> None:
    """Keep every opening, grant and revocation."""
    by = User.objects.filter(pk=event.by_id).first() if event.by_id else None
    actions.record(
        event.act,
        by=by,
        subject_kind="user",
        subject_id=event.user_id,
        area_code=event.area_code or _place_of(by),
        role=event.role,
    )


@on(SignedIn)
def record_sign_in(event: SignedIn) -> None:
    """Keep every sign-in and every failure, by account.

    Nobody acts in a failure, and it stands nowhere: looking up more about an account that exists
    than about one that does not would tell them apart.
    """
    by = None
    if event.succeeded and event.user_id:
        by = User.objects.filter(pk=event.user_id).first()
    actions.record(
        "accounts.signed_in" if event.succeeded else "accounts.sign_in_failed",
        by=by,
        subject_kind="user",
        subject_id=event.user_id or "",
        area_code=_place_of(by),
        refused=not event.succeeded,
    )


def _place_of(by: User | None) -> str:
    """Return where somebody works, so that those who read the trail there see the entry."""
    return (permissions.widest_area(by) if by else None) or ""
