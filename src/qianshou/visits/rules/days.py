"""A day as it stands in an address."""

from datetime import date


class DayConverter:
    """Reads `2026-11-26` in an address as a day; anything else is no address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Return the day; a ValueError makes it no address."""
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        """Return a day as text."""
        return value if isinstance(value, str) else value.isoformat()
