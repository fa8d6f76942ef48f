"""When one adult is replaced by another in a child's row: the change that harms most if false."""

from collections.abc import Mapping
from typing import Any, Final

ADULTS: Final = {
    "father": ("father_name", "father_id"),
    "mother": ("mother_name", "mother_id"),
    "guardian": ("guardian_name", "guardian_id"),
    "carer": ("carer_name", "carer_id"),
    "parent": ("parent_name",),
}
FIELDS: Final = frozenset(name for names in ADULTS.values() for name in names)


def swapped(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a row names another adult than before; one who is added or gone is no swap."""
    return any(
        old.get(name) and new.get(name) and old[name] != new[name]
        for names in ADULTS.values()
        for name in names
    )
