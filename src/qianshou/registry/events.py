"""What the registry announces to the rooms above."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class FilesChanged:
    """Files whose circumstances may have changed, so that they are to be assessed again."""

    child_ids: tuple[UUID, ...]
    run_id: UUID | None


@dataclass(frozen=True)
class FilesMerged:
    """One file took another in; whatever hangs on the second belongs to the first now."""

    kept_id: UUID
    absorbed_id: UUID
    event_id: UUID


@dataclass(frozen=True)
class MergeUndone:
    """A merge was reversed; what the event moved goes back where it came from."""

    kept_id: UUID
    absorbed_id: UUID
    event_id: UUID


@dataclass(frozen=True)
class ChildrenInNews:
    """News about children that somebody acts on, as (child, kind of `rules.news`)."""

    news: tuple[tuple[UUID, str], ...]
    run_id: UUID | None


@dataclass(frozen=True)
class ConsentsEnded:
    """Guardians who had agreed for a purpose say no from now on, and by which way they said it."""

    LIST: ClassVar[str] = "LIST"
    PAPER: ClassVar[str] = "PAPER"
    REMOTE: ClassVar[str] = "REMOTE"

    child_ids: tuple[UUID, ...]
    purpose: str
    because: str
