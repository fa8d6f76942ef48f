"""What wishes add to the page of a child."""

from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions
from qianshou.wishes import permissions
from qianshou.wishes.models import Wish
from qianshou.wishes.queries import office


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page: its last wishes, and a way to write one down."""
    if not permissions.can_keep(user, child.area_code):
        return None
    rows = list(Wish.objects.filter(child=child).order_by("-made_at")[:4])
    url = reverse("wishes:make", args=[child.pk])
    context = {"rows": office.shown(rows), "make_url": url}
    newest = rows[0] if rows else None
    return extensions.Panel(
        _("Small wishes"),
        "wishes/_child.html",
        context,
        newest.get_state_display() if newest else _("none yet"),
        due=newest is not None and office.TONES[newest.state] == "warn",
    )
