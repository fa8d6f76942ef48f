"""Work in progress: steps of a run, progress bars, and panels that ask again by themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

register = template.Library()

STEP_STATES = {
    "todo": ("ring", gettext_lazy("to come")),
    "now": ("play", gettext_lazy("running")),
    "done": ("check", gettext_lazy("done")),
    "failed": ("cross", gettext_lazy("failed")),
    "waiting": ("clock", gettext_lazy("waits for a person")),
}


@register.inclusion_tag("web/ui/steps.html")
def steps(steps: Iterable[Mapping[str, Any]], label: str = "") -> dict[str, object]:
    """Show the steps of a run with the count, rate and note of each."""
    shown = []
    for step in steps:
        mark, words = STEP_STATES[step["state"]]
        shown.append({**step, "icon": mark, "words": words})
    return {"steps": shown, "label": label}


@register.inclusion_tag("web/ui/progress.html")
def progress(
    value: float, maximum: float | None, label: str, *, words: str = ""
) -> dict[str, object]:
    """Show how far something has come; without a maximum it only shows that it is running."""
    share = None if not maximum else min(1.0, value / maximum)
    return {
        "value": value,
        "maximum": maximum,
        "label": label,
        "words": words,
        "share": share,
    }


@register.simple_block_tag
def fresh(content: str, id: str, mark: str, *, area: str = "", every: int = 2) -> SafeString:  # noqa: A002
    """Hold a panel that fetches itself anew when a file of the area has changed.

    The question is asked every few seconds and costs one look-up; only a change costs a page.
    """
    return render_to_string(
        "web/ui/fresh.html",
        {"content": content, "anchor": id, "mark": mark, "area": area, "every": every},
    )


@register.simple_block_tag
def poll(content: str, id: str, url: str, *, every: int = 2, done: bool = False) -> SafeString:  # noqa: A002
    """Hold a panel that fetches itself anew every few seconds until its work is done."""
    return render_to_string(
        "web/ui/poll.html",
        {"content": content, "anchor": id, "url": url, "every": every, "done": done},
    )
