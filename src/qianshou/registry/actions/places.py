"""Hiding a child's place by the names of those who may still see it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.common.errors import Refused
from qianshou.registry.actions import revealing
from qianshou.registry.models import Child


class UnknownReader(Refused):
    """A user name is not known."""


def set_place(
    child: Child, *, by: User, hidden: bool, reason: str, user_names: Sequence[str] = ()
) -> None:
    """Hide or show where a child lives; every user name must be known."""
    if not hidden:
        revealing.show_location(child, by=by, reason=reason)
        return
    readers = list(User.objects.filter(username__in=user_names, is_active=True))
    missing = set(user_names) - {reader.username for reader in readers}
    if missing:
        raise UnknownReader(
            _("There is no account with the user name %(names)s.")
            % {"names": "、".join(sorted(missing))}
        )
    revealing.hide_location(child, by=by, reason=reason, readers=readers)
