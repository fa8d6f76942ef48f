"""Lists: tables with sorting, choosing and acting on many, filters in the address, pages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from qianshou.web.templatetags.web_frame import fresh_id
from qianshou.web.templatetags.web_marks import icon

register = template.Library()

CHIPS_SHOWN_OPEN = 6
PAGES_AROUND = 2
HEAD_CELL = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
BODY_CELL = re.compile(r"<t[dh]\b")
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
PAGING = ("page", "after", "before")


def _parameters(context: template.Context) -> QueryDict:
    request = context.get("request")
    return QueryDict(mutable=True) if request is None else request.GET.copy()


def _address(parameters: QueryDict) -> str:
    return "?" + parameters.urlencode()


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """Answer the address of this page with some parameters changed; None removes one."""
    parameters = _parameters(context)
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in (None, ""):
            parameters[name] = str(value)
    return _address(parameters)


@register.simple_block_tag
def datatable(
    content: str, caption: str, *, dense: bool = True, sticky: bool = True, columns: str = ""
) -> SafeString:
    """Frame a table whose caption readers hear and whose head stays in sight.

    Every cell gets the label of its column, because on a phone each row becomes a card. With
    `columns`, a name for this list, the reader may hide columns and finds them hidden next time.
    """
    head, end, body = content.partition("</thead>")
    labels = [strip_tags(cell).strip() for cell in HEAD_CELL.findall(head)]
    return render_to_string(
        "web/ui/datatable.html",
        {
            "content": mark_safe(head + end + ROW.sub(partial(_label_row, labels), body)),  # noqa: S308
            "caption": caption,
            "dense": dense,
            "sticky": sticky,
            "columns": columns,
            "choices": _hideable(head, labels) if columns else [],
        },
    )


def _hideable(head: str, labels: Sequence[str]) -> list[tuple[int, SafeString]]:
    """List the columns that may be hidden: those after the one that names the row."""
    first = 2 if 'class="pick"' in head else 1
    return [
        (place, mark_safe(label))  # noqa: S308 - the label was taken from rendered HTML
        for place, label in enumerate(labels)
        if place >= first and label
    ]


def _label_row(labels: Sequence[str], row: re.Match[str]) -> str:
    remaining = iter(labels)

    def labelled(cell: re.Match[str]) -> str:
        label = next(remaining, "")
        # The label was taken from rendered HTML, so its text is escaped already.
        return f'{cell[0]} data-label="{label.replace(chr(34), "&quot;")}"' if label else cell[0]

    return BODY_CELL.sub(labelled, row[0])


@register.inclusion_tag("web/ui/sortable.html", takes_context=True)
def sortable(
    context: template.Context, name: str, label: str, *, numeric: bool = False
) -> dict[str, object]:
    """Head a column whose link sorts by it, and the other way round when it already does."""
    parameters = _parameters(context)
    sort = parameters.get("sort", "")
    direction = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    for paging in PAGING:
        parameters.pop(paging, None)
    parameters["sort"] = f"-{name}" if direction == "ascending" else name
    return {
        "name": name,
        "label": label,
        "numeric": numeric,
        "direction": direction,
        "url": _address(parameters),
    }


@register.simple_tag
def select_all() -> SafeString:
    """Head the column of checkboxes; the box inside works once its script has loaded."""
    return format_html(
        '<th scope="col" class="pick" data-label="{0}">'
        '<input type="checkbox" data-pick-all hidden aria-label="{0}">'
        '<span class="visually-hidden">{1}</span></th>',
        gettext("Choose all rows of this page"),
        gettext("Choose"),
    )


@register.simple_tag
def select_row(value: object, label: str) -> SafeString:
    """Let a row be chosen for an act on many; the value is posted as `pick`."""
    return format_html(
        '<td class="pick"><input type="checkbox" name="pick" value="{}" aria-label="{}"></td>',
        value,
        gettext("Choose %(what)s") % {"what": label},
    )


@register.simple_block_tag
def bulk_bar(content: str) -> SafeString:
    """Hold the acts on all chosen rows and tell how many rows they will meet."""
    return render_to_string("web/ui/bulk_bar.html", {"content": content})


@register.inclusion_tag("web/ui/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any], noun: str = "") -> dict[str, object]:
    """Lead to the other pages of a list and keep its filters; says where this page stands."""
    numbers = [
        {"number": number, "url": query(context, page=number) if number else ""}
        for number in _numbers_around(page.number, page.paginator.num_pages)
    ]
    return {
        "page": page,
        "noun": noun or gettext("rows"),
        "numbers": numbers,
        "previous": query(context, page=page.previous_page_number()) if page.has_previous() else "",
        "next": query(context, page=page.next_page_number()) if page.has_next() else "",
    }


def _numbers_around(current: int, last: int) -> list[int | None]:
    """List the page numbers worth a link; None stands for a gap."""
    near = range(current - PAGES_AROUND, current + PAGES_AROUND + 1)
    shown = sorted({1, last, *(number for number in near if 1 <= number <= last)})
    numbers: list[int | None] = []
    for number in shown:
        if numbers and number - (numbers[-1] or 0) > 1:
            numbers.append(None)
        numbers.append(number)
    return numbers


@register.inclusion_tag("web/ui/filters.html", takes_context=True)
def filters(context: template.Context, filters: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    """Show what a list can be narrowed by as links, so that each state has its own address."""
    parameters = _parameters(context)
    groups = [_filter_group(parameters, each) for each in filters]
    cleared = parameters.copy()
    for group in groups:
        cleared.pop(group["name"], None)
    return {
        "groups": groups,
        "any_chosen": any(group["chosen"] for group in groups),
        "clear_url": _address(_without_paging(cleared)),
    }


def _without_paging(parameters: QueryDict) -> QueryDict:
    for name in PAGING:
        parameters.pop(name, None)
    return parameters


def _filter_group(parameters: QueryDict, given: Mapping[str, Any]) -> dict[str, Any]:
    name = given["name"]
    chosen = parameters.getlist(name)
    choices = [_choice(parameters, given, each) for each in given["choices"]]
    active = [choice for choice in choices if choice["active"]]
    return {
        "name": name,
        "label": given["label"],
        "choices": choices,
        "chosen": active if chosen else [],
        "folded": len(choices) > CHIPS_SHOWN_OPEN,
        "anchor": fresh_id("filter"),
    }


def _choice(
    parameters: QueryDict, given: Mapping[str, Any], choice: Sequence[Any]
) -> dict[str, Any]:
    name, value = given["name"], str(choice[0])
    chosen = parameters.getlist(name)
    active = value in chosen
    if active:
        wanted = [each for each in chosen if each != value]
    else:
        wanted = [*chosen, value] if given.get("multiple") else [value]
    changed = _without_paging(parameters.copy())
    changed.setlist(name, wanted)
    return {
        "label": choice[1],
        "count": choice[2] if len(choice) > 2 else None,
        "active": active,
        "url": _address(changed),
        "anchor": f"chip-{name}-{value}",
    }


@register.inclusion_tag("web/ui/searchbox.html", takes_context=True)
def searchbox(
    context: template.Context,
    name: str = "q",
    *,
    label: str = "",
    help: str = "",  # noqa: A002
) -> dict[str, object]:
    """Search within a list by GET and keep its filters; the page number starts anew."""
    parameters = _without_paging(_parameters(context))
    value = parameters.get(name, "")
    parameters.pop(name, None)
    kept = [(key, value) for key, values in parameters.lists() for value in values]
    return {
        "name": name,
        "value": value,
        "label": label or gettext("Name, pinyin or ID number"),
        "help": help,
        "kept": kept,
        "anchor": fresh_id("search"),
    }


@register.inclusion_tag("web/ui/no_result.html")
def no_result(widen_url: str = "?") -> dict[str, object]:
    """Say that the filters found nothing and offer to widen the search."""
    return {"widen_url": widen_url}


@register.simple_tag
def sort_mark(direction: str) -> SafeString:
    """Draw the arrow of a column; the style hides it until the column is sorted or pointed at."""
    return icon("sort-down" if direction == "descending" else "sort-up")
