"""Where rooms above put their own parts on a mother's page and into her file.

The mothers' room cannot know campaigns, courses, pairings or points; they register here when the
program starts (`AppConfig.ready`):

    extensions.register_panel(panel_for)          # a card drawn by a template of theirs
    extensions.register_section(section_for)      # facts and rows, on the page and on paper
    extensions.register_occupancy(expression)     # how many of her places are taken
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Value
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from qianshou.accounts.models import User
from qianshou.mothers.models import Mother

Text = str | Promise


@dataclass(frozen=True)
class Panel:
    """A part of a mother's page that a higher room draws, such as her children.

    The template is given the names of `context` and nothing else.
    """

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A part of her electronic file: facts, and perhaps a table; the page and the paper draw it.

    `place` decides where it stands: APPLICATION, SCREENING, TRAINING, COMMITMENTS, PAIRINGS or
    HONOURS; sections of one place follow each other.
    """

    title: Text
    place: str
    facts: Sequence[tuple[Text, Text]] = ()
    head: Sequence[Text] = ()
    rows: Sequence[Sequence[Text]] = ()
    empty: Text = ""


PanelProvider = Callable[[User, Mother], Panel | None]
SectionProvider = Callable[[User, Mother], Section | None]
PLACES = ("APPLICATION", "SCREENING", "TRAINING", "COMMITMENTS", "PAIRINGS", "HONOURS")
_panels: list[PanelProvider] = []
_sections: list[SectionProvider] = []
_occupancy: list[Callable[[], Combinable]] = []


def register_panel(provider: PanelProvider) -> None:
    """Let a higher room add a panel to every mother's page; called once, when apps start."""
    if provider not in _panels:
        _panels.append(provider)


def register_section(provider: SectionProvider) -> None:
    """Let a higher room add a part to every mother's electronic file."""
    if provider not in _sections:
        _sections.append(provider)


def register_occupancy(expression: Callable[[], Combinable]) -> None:
    """Let the room above say how many places of a mother are taken.

    `expression` returns a database expression on `Mother` (with `OuterRef("pk")`) that yields an
    integer; without one no place is taken.
    """
    _occupancy[:] = [expression]


def occupancy() -> Combinable:
    """Return how many places of a mother are taken, as the room above says it."""
    return _occupancy[0]() if _occupancy else Value(0)


def panels_for(user: User, mother: Mother) -> list[Panel]:
    """Return the panels of the higher rooms for one page, in the order of registration."""
    drawn = [provider(user, mother) for provider in _panels]
    return [panel for panel in drawn if panel is not None]


def sections_for(user: User, mother: Mother) -> list[Section]:
    """Return the parts of the higher rooms for one file, in the order of their places."""
    told = [provider(user, mother) for provider in _sections]
    found = [section for section in told if section is not None]
    return sorted(found, key=lambda section: PLACES.index(section.place))
