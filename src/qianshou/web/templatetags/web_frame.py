"""The frame of a page: headers, cards, sections, tabs, figures, worklists, messages, dialogs."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import count
from typing import Any

from django import template
from django.contrib.messages import get_messages
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()

THEMES = ("light", "dark")
PHONE_PLACES = 4
UNDO_PREFIX = "undo:"
_skeleton_widths = (92, 64, 78, 55, 86, 70)
_ids = count(1)


def fresh_id(prefix: str) -> str:
    """Give an element an id that no other element of this process has, fragments included."""
    return f"{prefix}-{next(_ids)}"


@register.simple_block_tag
def page_header(
    content: str, title: str, *, lead: str = "", back_url: str = "", back_label: str = ""
) -> SafeString:
    """Open a page with its title, one sentence about it and its main act."""
    return render_to_string(
        "web/ui/page_header.html",
        {
            "content": content,
            "title": title,
            "lead": lead,
            "back_url": back_url,
            "back_label": back_label,
        },
    )


@register.simple_block_tag
def file_header(content: str, name: str, *, subtitle: str = "", tone: str = "") -> SafeString:
    """Open the file of a person with initials, name, badges and the next act."""
    return render_to_string(
        "web/ui/file_header.html",
        {"content": content, "name": name, "subtitle": subtitle, "tone": tone},
    )


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    *,
    url: str = "",
    icon: str = "",
    tone: str = "",
    id: str = "",  # noqa: A002
) -> SafeString:
    """Put content on a raised sheet; `url` turns the title into a link, `id` lets others jump."""
    return render_to_string(
        "web/ui/card.html",
        {
            "content": content,
            "title": title,
            "url": url,
            "icon": icon,
            "tone": tone,
            "anchor": id,
        },
    )


@register.simple_block_tag
def fold_card(
    content: str,
    title: str,
    *,
    id: str,  # noqa: A002
    brief: str = "",
    tone: str = "",
    icon: str = "",
    open: bool = False,  # noqa: A002
) -> SafeString:
    """Put content on a sheet that a narrow screen folds to its title and one line about it.

    A wide screen opens it (static/web/js/folds.js); `open` leaves it open everywhere.
    """
    return render_to_string(
        "web/ui/fold_card.html",
        {
            "content": content,
            "title": title,
            "brief": brief,
            "tone": tone,
            "icon": icon,
            "open": open,
            "anchor": id,
        },
    )


@register.simple_block_tag
def section(content: str, title: str, *, lead: str = "", id: str = "") -> SafeString:  # noqa: A002
    """Group part of a page under a heading of the second level."""
    return render_to_string(
        "web/ui/section.html",
        {"content": content, "title": title, "lead": lead, "anchor": id or fresh_id("section")},
    )


@register.simple_block_tag
def callout(content: str, tone: str = "info", title: str = "") -> SafeString:
    """Say what follows from an act or what to heed; tones are info, good, warn and bad."""
    return render_to_string(
        "web/ui/callout.html", {"content": content, "tone": tone, "title": title}
    )


@register.inclusion_tag("web/ui/stat.html")
def stat(
    finding: str, value: object, *, unit: str = "", url: str = "", note: str = "", tone: str = ""
) -> dict[str, object]:
    """Show one figure whose title is the finding and which leads to the rows behind it."""
    return {
        "finding": finding,
        "value": value,
        "unit": unit,
        "url": url,
        "note": note,
        "tone": tone,
    }


@register.inclusion_tag("web/ui/tabs.html")
def tabs(items: Iterable[Mapping[str, object]], label: str = "") -> dict[str, object]:
    """Show views of one thing as links, each with its own address."""
    return {"items": items, "label": label}


@register.simple_block_tag
def worklist(content: str, label: str = "") -> SafeString:
    """Hold the tasks of a home in the order in which they should be done."""
    return render_to_string("web/ui/worklist.html", {"content": content, "label": label})


@register.inclusion_tag("web/ui/task.html")
def task(
    title: str,
    url: str,
    *,
    act: str,
    why: str = "",
    due: date | None = None,
    grade: str = "",
    count: int | None = None,
    icon: str = "arrow-right",
) -> dict[str, object]:
    """Show one thing to do now: what, why, until when, and the button that does it."""
    return {
        "title": title,
        "url": url,
        "act": act,
        "why": why,
        "due": due,
        "grade": grade,
        "count": count,
        "icon": icon,
    }


@register.simple_block_tag
def empty_state(content: str, title: str, text: str = "", *, icon: str = "list") -> SafeString:
    """Say that there is nothing yet, and what to do about it."""
    return render_to_string(
        "web/ui/empty_state.html", {"content": content, "title": title, "text": text, "icon": icon}
    )


# The short name reads better, but inside a {% for %} it would be Django's own {% empty %}.
register.simple_block_tag(empty_state, name="empty", end_name="endempty")


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:  # noqa: A002
    """Hold a dialog that opens from a link to its id, with or without a script."""
    return render_to_string(
        "web/ui/dialog.html", {"content": content, "anchor": id, "title": title}
    )


@register.inclusion_tag("web/ui/skeleton.html")
def skeleton(rows: int = 5, kind: str = "table") -> dict[str, object]:
    """Keep the place of what is still loading, in its size: kinds are table, card and text."""
    widths = [_skeleton_widths[number % len(_skeleton_widths)] for number in range(rows)]
    return {"widths": widths, "kind": kind}


@register.inclusion_tag("web/ui/undo_form.html", takes_context=True)
def undo_form(context: template.Context, url: str, label: str) -> dict[str, object]:
    """Offer to take back an act by one small POST."""
    return {"url": url, "label": label, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("web/ui/toasts.html", takes_context=True)
def toasts(context: template.Context, *, oob: bool = False) -> dict[str, object]:
    """Show what just happened; a message with the extra tag `undo:<url>` can be taken back.

    A fragment for htmx ends with `oob=True`, which puts its messages where the page shows them.
    """
    request = context.get("request")
    shown = [] if request is None else [_toast(message) for message in get_messages(request)]
    return {"toasts": shown, "oob": oob, "csrf_token": context.get("csrf_token")}


def _toast(message: Any) -> dict[str, object]:
    extra = message.extra_tags or ""
    undo = extra.removeprefix(UNDO_PREFIX) if extra.startswith(UNDO_PREFIX) else ""
    return {"text": message.message, "level": message.level_tag, "undo": undo}


@register.simple_tag(takes_context=True)
def look(context: template.Context, name: str) -> str:
    """Answer the reader's choice of `theme` or `text` from its cookie, never anything unknown."""
    request = context.get("request")
    chosen = "" if request is None else request.COOKIES.get(name, "")
    allowed = {"theme": THEMES, "text": ("large",), "rail": ("narrow",)}[name]
    return chosen if chosen in allowed else ""


@register.simple_tag
def phone_nav(nav: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """Choose the places of the phone's bottom bar: those marked for it, else the first four."""
    places = list(nav or ())
    marked = [place for place in places if place.get("phone")]
    return (marked or places)[:PHONE_PLACES]
