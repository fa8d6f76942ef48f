"""Ages and months by the calendar, for everybody who counts them."""

import calendar
from datetime import date


def age_on(birth_on: date | None, day: date) -> int | None:
    """Return the age in completed years, None without a birthday."""
    if birth_on is None:
        return None
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the month's last day where there is none.

    A negative number of months leads back.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
