"""What the columns of a person table mean, and what is known about its files beforehand."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Literal

Mode = Literal["both", "link", "dedupe"]
Script = Literal["han", "latin", "auto"]

MEANINGS = (
    "name", "given_name", "surname", "sex", "date", "id", "code", "phone", "email", "area",
    "address", "text", "number", "guardian_name", "guardian_id", "guardian_phone", "school",
    "student_no", "ignore",
)  # fmt: skip

# Column names of the registry and their meaning.
_CHILDREN = {
    "name": "name",
    "sex": "sex",
    "birth_on": "date",
    "id_number": "id",
    "phone": "phone",
    "guardian_name": "guardian_name",
    "guardian_id": "guardian_id",
    "guardian_phone": "guardian_phone",
    **{
        f"{who}_{what}": f"guardian_{what}"
        for who in ("father", "mother", "carer", "parent")
        for what in ("name", "id", "phone")
    },
    "area_code": "area",
    "address": "address",
    "school": "school",
    "student_no": "student_no",
}
# Meanings that too many persons share to start from.
_TELLS_NOTHING = frozenset(("sex", "school", "ignore"))
# A pupil keeps the number of the national register for life.
ROLLS: Mapping[str, str] = {"education": "student_no"}
# More rows than this on one telephone, and it is the teacher's or the village cadre's.
PHONE_SHARED_BY = 15


@dataclasses.dataclass(frozen=True)
class Spec:
    """Columns with their meanings, and how rows may be put together.

    `mode`: "link" only joins rows of different sources, each source holding a person at most
    once; "dedupe" only joins rows of one source; "both" joins any.
    `duplicate_free` names, by source, the column whose different values prove different persons,
    unless one identity number, or one name, birthday and household, says that they are one.
    `script` says which name comparison applies; "auto" looks at the names.
    """

    fields: Mapping[str, str]
    mode: Mode = "both"
    script: Script = "auto"
    duplicate_free: Mapping[str, str] = dataclasses.field(default_factory=dict)
    minors: bool = False

    @property
    def tells_persons_apart(self) -> bool:
        """Tell whether any column could bring two rows of one person together."""
        return not _TELLS_NOTHING.issuperset(self.fields.values())

    def tells_persons_apart_without(self, column: str) -> bool:
        """Tell the same of the other columns."""
        return not _TELLS_NOTHING.issuperset(m for n, m in self.fields.items() if n != column)

    def of(self, meaning: str) -> list[str]:
        """Give the columns with this meaning, in order."""
        return list(self._by_meaning.get(meaning, ()))

    def first(self, meaning: str) -> str | None:
        """Give the first column with this meaning, None if there is none."""
        return next(iter(self._by_meaning.get(meaning, ())), None)

    @functools.cached_property
    def _by_meaning(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, meaning in self.fields.items():
            found.setdefault(meaning, []).append(name)
        return found


def children_spec(*, duplicate_free: Mapping[str, str] = ROLLS) -> Spec:
    """Give the spec of the registry's canonical columns; all but row_id may be missing."""
    return Spec(fields=dict(_CHILDREN), script="han", duplicate_free=duplicate_free, minors=True)
