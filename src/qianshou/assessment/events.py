"""What the assessment announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class GradesRaised:
    """Grades became more urgent: `(child, area code, grade)` each."""

    raised: tuple[tuple[UUID, str, str], ...]
