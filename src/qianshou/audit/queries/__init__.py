"""Reading and proving the trail, and what its acts are called."""

from qianshou.audit.queries.acts import ACTS, ROOMS, SUBJECTS
from qianshou.audit.queries.trail import (
    anchors_in,
    entries_about,
    entries_for,
    filters,
    flaws,
    heads,
    links,
    shown,
)

__all__ = [
    "ACTS",
    "ROOMS",
    "SUBJECTS",
    "anchors_in",
    "entries_about",
    "entries_for",
    "filters",
    "flaws",
    "heads",
    "links",
    "shown",
]
