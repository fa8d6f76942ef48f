"""Where rooms above put their own columns, filters and panels on the registry's pages.

The registry cannot know grades or pairings; assessment and pairing register here when the
program starts (`AppConfig.ready`):

    extensions.register_column(Column("grade", _("Grade"), grades_of, choices=…, narrow=…))
    extensions.register_panel(panel_for, place=10)
    extensions.register_moments(moments_of)

`cells` gets the ids of one page of children and answers in one query; `narrow` turns a chosen
filter value into a condition on `Child`; a panel provider gets the viewer and the child and
returns None when it has nothing to say.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise

from qianshou.accounts.models import User
from qianshou.registry.models import Child

Text = str | Promise


@dataclass(frozen=True)
class Cell:
    """What stands in one row: a grade code, a state with its tone, or plain words with a link.

    `kind` is "grade" (text is RED ORANGE YELLOW GREEN or empty), "state" or "text".
    """

    text: Text
    kind: str = "text"
    tone: str = "neutral"
    url: str = ""


@dataclass(frozen=True)
class Column:
    """A further column of the list of children, perhaps with a filter of its own."""

    code: str
    label: Text
    cells: Callable[[Sequence[UUID]], Mapping[UUID, Cell]]
    choices: Callable[[], Sequence[tuple[str, Text]]] | None = None
    narrow: Callable[[str], Q] | None = None


@dataclass(frozen=True)
class Panel:
    """A further card on the page of a child: a template and what it shows.

    On a phone the card is folded to its title and `brief`; one that waits for somebody (`due`)
    stands open.
    """

    title: Text
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    brief: Text = ""
    due: bool = False


FILE, CARE = "FILE", "CARE"


@dataclass
class Moment:
    """One thing that happened to a child or to its file; `undo` is an event that can be undone."""

    at: datetime
    title: str
    icon: str
    tone: str = ""
    who: str = ""
    text: str = ""
    undo: UUID | None = None
    about: str = FILE


MomentProvider = Callable[[User, Child], Sequence[Moment]]
Urgency = Callable[[Sequence[UUID]], Mapping[UUID, float]]
PanelProvider = Callable[[User, Child], Panel | None]
_columns: dict[str, Column] = {}
_panels: list[tuple[int, PanelProvider]] = []
_urgencies: list[Urgency] = []
_moments: list[MomentProvider] = []


def register_column(column: Column) -> None:
    """Add a column; a second one with the same code takes the first one's place."""
    _columns[column.code] = column


def register_panel(provider: PanelProvider, *, place: int) -> None:
    """Add a card to the page of a child; cards of a lower place stand above."""
    if provider not in (known for _place, known in _panels):
        _panels.append((place, provider))
        _panels.sort(key=lambda each: each[0])


def register_moments(provider: MomentProvider) -> None:
    """Let a room above tell what it did for a child, on the child's timeline.

    A provider answers in a fixed number of queries, and only what the viewer may see.
    """
    if provider not in _moments:
        _moments.append(provider)


def moments_for(user: User, child: Child) -> list[Moment]:
    """Return what the rooms above did for a child, as far as the viewer may see it."""
    found = [moment for provider in _moments for moment in provider(user, child)]
    for moment in found:
        moment.about = CARE
    return found


def register_urgency(provider: Urgency) -> None:
    """Let a room above say how urgent children are; questions about them come first."""
    if provider not in _urgencies:
        _urgencies.append(provider)


def urgency_of(children: Sequence[UUID]) -> dict[UUID, float]:
    """Return how urgent these children are to the rooms above; nothing for the others."""
    found: dict[UUID, float] = {}
    for provider in _urgencies:
        for child, weight in provider(children).items():
            found[child] = max(found.get(child, 0.0), weight)
    return found


def columns() -> list[Column]:
    """Return the further columns in the order of their registration."""
    return list(_columns.values())


def marks_of(child: Child) -> list[Cell]:
    """Return what the further columns say of one child, for the head of its file."""
    found = (each.cells([child.pk]).get(child.pk) for each in columns())
    return [cell for cell in found if cell is not None]


def panels_for(user: User, child: Child) -> list[Panel]:
    """Return the further cards for one viewer and child."""
    return [panel for _place, provider in _panels if (panel := provider(user, child)) is not None]
