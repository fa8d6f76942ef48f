"""What assessment adds to a child's timeline: the grade as it changed, and who confirmed it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.assessment import permissions
from qianshou.assessment.models import Assessment
from qianshou.registry.models import Child
from qianshou.registry.queries.extensions import Moment

MOST = 200
_TONES = {"RED": "warn", "ORANGE": "warn"}


def moments_of(user: User, child: Child) -> list[Moment]:
    """Return when the grade changed and when a person confirmed it; never its grounds."""
    rows = Assessment.objects.filter(child=child).select_related("confirmed_by")
    found = list(rows.order_by("-computed_at", "-pk")[:MOST])[::-1]
    if not found or not permissions.can_see(user, found[-1]):
        return []
    return list(_told(found))


def _told(rows: list[Assessment]) -> Iterator[Moment]:
    before = ""
    for row in rows:
        grade = {"grade": row.get_grade_display()}
        if row.grade != before:
            title = _("Grade: %(grade)s") % grade
            yield Moment(row.computed_at, title, "warning", _TONES.get(row.grade, ""))
        if row.confirmed_at is not None:
            title = _("Grade confirmed: %(grade)s") % grade
            yield Moment(row.confirmed_at, title, "check", "good", who=str(row.confirmed_by))
        before = row.grade
