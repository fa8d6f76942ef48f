"""The tabs of this room."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.teams import permissions


def tabs_for(user: User, area_code: str, here: str) -> list[dict[str, Any]]:
    """Return the pages of the room that the person may open."""
    rooms = (
        ("gaps", _("Gaps"), "teams:gaps", permissions.can_see),
        ("tasks", _("Tasks of members"), "teams:tasks", permissions.can_ask),
        ("models", _("Care models"), "teams:models", permissions.can_read_models),
    )
    return [
        {"label": label, "url": reverse(name), "active": code == here}
        for code, label, name, may in rooms
        if may(user, area_code)
    ]
