"""Filters that put dates, numbers and masked facts into the words of the reader's language.

Every filter answers an em dash for a missing value, so that a template never guards against it.
"""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext

from qianshou.common import masking

register = template.Library()

MISSING = "—"
ID_SHOWN_FIRST, ID_SHOWN_LAST = 3, 4
PHONE_SHOWN_FIRST, PHONE_SHOWN_LAST = 3, 4


def _weekday(day: date) -> str:
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[day.weekday()]


def _month(day: date) -> str:
    return (
        pgettext("month", "Jan"),
        pgettext("month", "Feb"),
        pgettext("month", "Mar"),
        pgettext("month", "Apr"),
        pgettext("month", "May"),
        pgettext("month", "Jun"),
        pgettext("month", "Jul"),
        pgettext("month", "Aug"),
        pgettext("month", "Sep"),
        pgettext("month", "Oct"),
        pgettext("month", "Nov"),
        pgettext("month", "Dec"),
    )[day.month - 1]


def _local_day(value: date) -> date:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.filter
def zh_date(value: date | None) -> str:
    """Write a day in full with its weekday: 2026年11月23日(周一), or Mon 23 Nov 2026."""
    if not value:
        return MISSING
    day = _local_day(value)
    pattern = gettext("{weekday} {day} {month} {year}")
    return pattern.format(
        weekday=_weekday(day), day=day.day, month=_month(day), number=day.month, year=day.year
    )


@register.filter
def short_date(value: date | None) -> str:
    """Write a day without its year: 11月23日, or 23 Nov."""
    if not value:
        return MISSING
    day = _local_day(value)
    pattern = gettext("{day} {month}")
    return pattern.format(day=day.day, month=_month(day), number=day.month)


@register.filter
def moment(value: datetime | None) -> str:
    """Write an instant as its local day in full and its time in hours and minutes."""
    if not value:
        return MISSING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{zh_date(local)} {local:%H:%M}"


@register.filter
def days_ago(value: date | None) -> str:
    """Say how many days lie between a day and today: today, 16 days ago, in 3 days."""
    if not value:
        return MISSING
    days = (timezone.localdate() - _local_day(value)).days
    if days == 0:
        return gettext("today")
    if days > 0:
        return ngettext("%(days)s day ago", "%(days)s days ago", days) % {"days": grouped(days)}
    return ngettext("in %(days)s day", "in %(days)s days", -days) % {"days": grouped(-days)}


@register.filter
def grouped(value: float | str | None) -> str:
    """Group the digits of a number in threes; a fraction keeps at most one digit."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.1f}"
    return f"{int(value):,}"


@register.filter
def people(value: int | None) -> str:
    """Count people in words: 1,234 people, 1,234 人."""
    if value is None:
        return MISSING
    return ngettext("%(count)s person", "%(count)s people", value) % {"count": grouped(value)}


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """Write a share between 0 and 1 as a percentage with `digits` after the point."""
    return MISSING if value is None else f"{value * 100:.{digits}f}%"


@register.filter
def bits(value: float | None) -> str:
    """Write a weight of evidence in bits with its sign, for the two directions it can pull."""
    if value is None:
        return MISSING
    return f"{value:+.1f}".replace("-", "−")


@register.filter
def seconds(value: float | None) -> str:
    """Say a duration given in seconds in at most two units."""
    if value is None:
        return MISSING
    if 0 < value < 1:
        return gettext("under a second")
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
    return gettext("%(seconds)d s") % {"seconds": rest}


@register.filter
def filesize_short(value: int | None) -> str:
    """Write a size in bytes with the largest unit that leaves at least one whole."""
    if value is None:
        return MISSING
    size = float(value)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"


@register.filter
def mask_name(value: str | None) -> str:
    """Keep the surname and hide the given name: 张*, 欧阳**."""
    return masking.name(value) if value else MISSING


@register.filter
def mask_id(value: str | None) -> str:
    """Keep the first three and last four characters of an ID number: 500***********1234."""
    return _mask_middle(value, first=ID_SHOWN_FIRST, last=ID_SHOWN_LAST)


@register.filter
def mask_phone(value: str | None) -> str:
    """Keep the first three and last four digits of a telephone number: 138****5678."""
    return _mask_middle(value, first=PHONE_SHOWN_FIRST, last=PHONE_SHOWN_LAST)


def _mask_middle(value: str | None, *, first: int, last: int) -> str:
    if not value:
        return MISSING
    hidden = len(value) - first - last
    # A value too short to keep both ends is a typing error that must not give itself away.
    if hidden < 1:
        return "*" * len(value)
    return value[:first] + "*" * hidden + value[-last:]
