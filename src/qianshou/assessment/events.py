"""What the assessment announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class GradeRaised:
    """A child's grade became more urgent."""

    child_id: UUID
    area_code: str
    grade: str
