"""Facts about a person or a run: lists of values, their sources, folded secrets, timelines."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from zlib import crc32

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from qianshou.web.templatetags.web_frame import fresh_id

register = template.Library()


@register.inclusion_tag("web/ui/facts.html")
def facts(items: Iterable[Mapping[str, Any] | Sequence[Any]]) -> dict[str, object]:
    """List labels with their values; a value may carry its source, day and row."""
    return {"items": [_fact(item) for item in items]}


def _fact(item: Mapping[str, Any] | Sequence[Any]) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    return {"label": item[0], "value": item[1]}


@register.inclusion_tag("web/ui/sourced.html")
def sourced(
    value: object,
    *,
    source: str = "",
    on: date | None = None,
    row: str = "",
    trust: str = "",
    url: str = "",
) -> dict[str, object]:
    """Show a value with a mark that tells on hover and focus where and when it came from."""
    return {
        "value": value,
        "source": source,
        "on": on,
        "row": row,
        "trust": trust,
        "url": url,
        "anchor": fresh_id("source"),
    }


@register.simple_block_tag(takes_context=True)
def folded(  # noqa: PLR0917 - the first two are Django's
    context: template.Context,
    content: str,
    label: str,
    action: str,
    *,
    kind: str = "",
    hint: str = "",
) -> SafeString:
    """Keep a sensitive value folded until it is asked for with a reason, which is recorded.

    The server leaves the content empty while the value is folded, so that nothing secret is in
    the page; `kind` tells the receiving view which value is meant. The id is the same on every
    drawing, so that the answer of the view may be the whole page.
    """
    return render_to_string(
        "web/ui/folded.html",
        {
            "content": content,
            "label": label,
            "action": action,
            "kind": kind,
            "hint": hint,
            "anchor": f"folded-{kind or format(crc32(label.encode()), 'x')}",
            "csrf_token": context.get("csrf_token"),
        },
    )


@register.simple_block_tag
def timeline(content: str, label: str = "") -> SafeString:
    """Hold events, the newest first."""
    return render_to_string("web/ui/timeline.html", {"content": content, "label": label})


@register.simple_block_tag
def event(
    content: str, on: date, title: str, *, icon: str = "dot", tone: str = "", who: str = ""
) -> SafeString:
    """Show one thing that happened: when, what, by whom, and the detail inside."""
    return render_to_string(
        "web/ui/event.html",
        {
            "content": content,
            "on": on,
            "title": title,
            "icon": icon,
            "tone": tone,
            "who": who,
        },
    )
