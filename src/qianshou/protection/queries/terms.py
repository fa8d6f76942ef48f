"""How long things may take in a county: its own numbers, else the city's, else the standard."""

from qianshou.areas import rules as area_rules
from qianshou.protection.models import Terms
from qianshou.protection.rules import levels


def newest(county: str) -> Terms | None:
    """Return the version in force of one area, if it has one of its own."""
    return Terms.objects.filter(county=county).order_by("-version").first()


def limits_of(county: str) -> levels.Limits:
    """Return the numbers that count in a county."""
    for area in (county, *area_rules.ancestors(county)):
        own = newest(area)
        if own is not None:
            return own.limits
    return levels.STANDARD
