"""The rules of silence are set by a county or the city, and its clocks follow."""

from qianshou.accounts.models import User
from qianshou.care.actions import clocks
from qianshou.care.queries import cadence
from qianshou.care.rules import silence
from qianshou.common import queueing
from qianshou.common.errors import NotAllowed
from qianshou.notices import actions as notices
from qianshou.notices import queries as times
from qianshou.notices.models import Timetable

SORT = notices.Sort(cadence.KIND, "", silence.rules_from)


def load_rules() -> Timetable:
    """Store the shipped rules, as a new version when they have changed; safe to run again."""
    return notices.ship(SORT, cadence.SHIPPED)


def require_may(user: User, area_code: str) -> None:
    """Refuse with `NotAllowed` whoever may not set the rules of an area."""
    if not times.may_change(user, area_code):
        raise NotAllowed


def change(area_code: str, rules: silence.Rules, *, by: User, note: str) -> Timetable:
    """Put rules in force for an area; a worker sets its clocks anew, county by county."""
    made = notices.change(SORT, area_code, silence.written(rules), by=by, note=note)
    for county in clocks.counties():
        if county == area_code or county.startswith(area_code.rstrip("0")):
            queueing.ask_alone("care.reckon", f"care.reckon.{county}", county=county)
    return made
