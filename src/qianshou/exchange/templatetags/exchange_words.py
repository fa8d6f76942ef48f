"""Small words of the hub's pages: tones of states, a run's figures as facts."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.exchange import queries
from qianshou.exchange.models import ImportRun

register = template.Library()

ROW_TONES: Final = {"OPEN": "wait", "MENDED": "good", "DISMISSED": "neutral"}
FACTS: Final = (
    ("read", gettext_noop("Rows read")),
    ("same", gettext_noop("Unchanged")),
    ("repeated", gettext_noop("Twice in the file")),
    ("mended", gettext_noop("Earlier rows mended")),
    ("children_new", gettext_noop("New files of children")),
    ("children_changed", gettext_noop("Changed files of children")),
    ("doubtful", gettext_noop("Doubtful links for a person")),
    ("mothers_new", gettext_noop("New mothers")),
    ("mothers_changed", gettext_noop("Changed mothers")),
)
TIMES: Final = (
    ("read", gettext_noop("Reading")),
    ("check", gettext_noop("Checking")),
    ("compare", gettext_noop("Comparing")),
    ("store", gettext_noop("Storing")),
)


@register.filter
def run_tone(state: str) -> str:
    """Return the tone of a run's state."""
    return queries.tone_of(state)


@register.filter
def row_tone(state: str) -> str:
    """Return the tone of a bad row's state."""
    return ROW_TONES[state]


@register.filter
def run_facts(run: ImportRun) -> list[tuple[str, str]]:
    """Return what a finished run did, as label and figure."""
    return [(_(label), f"{run.counts[name]:,}") for name, label in FACTS if run.counts.get(name)]


@register.filter
def run_times(run: ImportRun) -> list[tuple[str, str]]:
    """Return the seconds and the memory a run took."""
    facts = [
        (_(label), _("%(count)s seconds") % {"count": f"{run.timings[name]:.1f}"})
        for name, label in TIMES
        if name in run.timings
    ]
    if memory := run.timings.get("read_memory_mb"):
        facts.append((_("Memory of the reader"), f"{memory:.0f} MB"))
    return facts


@register.filter
def change_bars(changes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the changes by field as bars."""
    return [{"label": each["label"], "value": each["count"]} for each in changes]
