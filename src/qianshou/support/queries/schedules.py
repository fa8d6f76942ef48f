"""The schedule in force where a pairing lives: the county's own, or the nearest one above it."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import get_language

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound, Refused
from qianshou.pairing.queries.policies import chain
from qianshou.support import permissions
from qianshou.support.models import Ending, ScheduleVersion, Side
from qianshou.support.rules import schedule as rules
from qianshou.support.rules.schedule import Schedule

EVERYWHERE: Final = "000000000000"
SHIPPED: Final = Path(__file__).parents[1] / "data" / "standard.toml"


class NoSchedule(Refused):
    """No schedule of support contacts is in force. Run `qianshou setup` to load the shipped one."""


def version_for(area_code: str) -> ScheduleVersion:
    """Return the version in force for an area."""
    codes = {EVERYWHERE, area_code, *chain(area_code), *area_rules.ancestors(area_code)}
    found = ScheduleVersion.objects.filter(is_current=True, area_code__in=codes)
    nearest = max(
        found,
        key=lambda each: (len(area_rules.significant(each.area_code)), each.area_code),
        default=None,
    )
    if nearest is None:
        raise NoSchedule
    return nearest


def schedule_for(area_code: str) -> Schedule:
    """Return the schedule in force for an area, the shipped one where none was ever loaded.

    A meeting, a farewell or a withdrawn consent must not wait for somebody to load a schedule.
    """
    try:
        return read(version_for(area_code))
    except NoSchedule:
        return _shipped()


@lru_cache
def _shipped() -> Schedule:
    return rules.schedule_from(tomllib.loads(SHIPPED.read_text(encoding="utf-8")))


def read(version: ScheduleVersion) -> Schedule:
    """Return what a version says; each text is read once."""
    _bodies[version.sha256] = version.body
    return _read(version.sha256)


_bodies: dict[str, Any] = {}


@lru_cache(maxsize=64)
def _read(sha256: str) -> Schedule:
    return rules.schedule_from(_bodies[sha256])


def words(text: Mapping[str, str]) -> str:
    """Return words of a schedule in the reader's language."""
    language = (get_language() or "zh-hans").lower()
    name = "en" if language.startswith("en") else "zh_hant" if "hant" in language else "zh"
    return text.get(name) or text.get("zh", "")


def versions_for(user: User, area_code: str) -> list[ScheduleVersion]:
    """Return the versions that matter to an area, newest first: its own and those above it."""
    if not permissions.can_edit_schedule(user, area_code):
        raise NotFound
    codes = {EVERYWHERE, area_code, *area_rules.ancestors(area_code)}
    rows = ScheduleVersion.objects.filter(area_code__in=codes).select_related("by", "adopted_by")
    return list(rows.order_by("-area_code", "-version"))


def schedule_version_for(user: User, version_id: Any, area_code: str) -> ScheduleVersion:
    """Return one version that the person may look at."""
    rows = {each.pk: each for each in versions_for(user, area_code)}
    if version_id not in rows:
        raise NotFound
    return rows[version_id]


def shown(version: ScheduleVersion) -> dict[str, Any]:
    """Return a version in the words of its page."""
    plan = read(version)
    return {
        "plan": plan,
        "questions": [(Side(each.side).label, words(each.text)) for each in plan.questions],
        "items": [(Side(each.side).label, words(each.text)) for each in plan.items],
        "endings": [
            {
                "kind": Ending.Kind(kind).label,
                "cool_down": plan.cool_down_days[kind],
                "rest": plan.rest_days[kind],
                "steps": [(step.who, step.days, words(step.text)) for step in steps],
            }
            for kind, steps in plan.endings.items()
        ],
        "contact_afterwards": words(plan.contact_afterwards),
    }
