"""Which clocks hold where."""

from django.db.models import QuerySet

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.cases import permissions
from qianshou.cases.models import RhythmVersion
from qianshou.cases.rules import rhythm
from qianshou.common.errors import NotAllowed


def rhythm_for(area_code: str) -> rhythm.Rhythm:
    """Return the clocks of an area: its county's own, else the nearest above, else the shipped."""
    county = area_rules.county_code(area_code)
    chain = [county, *area_rules.ancestors(county)]
    rows = RhythmVersion.objects.filter(area_code__in=chain).order_by("-version")
    newest: dict[str, RhythmVersion] = {}
    for each in rows:
        newest.setdefault(each.area_code, each)
    for code in chain:
        if code in newest:
            return rhythm.read(newest[code].body, newest[code].version)
    return rhythm.read(rhythm.DEFAULT)


def versions_for(user: User, area_code: str) -> QuerySet[RhythmVersion]:
    """Return the versions that were set for the area, the newest first."""
    if not permissions.can_edit_rhythm(user, area_code):
        raise NotAllowed
    rows = RhythmVersion.objects.filter(area_code=area_code).select_related("by")
    return rows.order_by("-version")


def may_set(user: User, area_code: str) -> bool:
    """Tell whether the person may set the clocks of the area."""
    return permissions.can_edit_rhythm(user, area_code)
