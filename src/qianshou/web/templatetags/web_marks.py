"""Small marks inside a line: icons, grades, states, labels, initials, keys and copy buttons."""

from dataclasses import dataclass

from django import template
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

register = template.Library()


@dataclass(frozen=True)
class GradeMark:
    """How one risk grade is drawn: its class, its shape and its two wordings."""

    css: str
    shape: str
    short: str | Promise
    words: str | Promise


GRADES = {
    "RED": GradeMark("red", "octagon", gettext_lazy("Red"), gettext_lazy("Red: act now")),
    "ORANGE": GradeMark(
        "orange",
        "triangle",
        gettext_lazy("Orange"),
        gettext_lazy("Orange: high risk"),
    ),
    "YELLOW": GradeMark(
        "yellow",
        "square",
        gettext_lazy("Yellow"),
        gettext_lazy("Yellow: keep watching"),
    ),
    "GREEN": GradeMark("green", "circle", gettext_lazy("Green"), gettext_lazy("Green: steady")),
}
UNGRADED = GradeMark("none", "ring", gettext_lazy("Not assessed"), gettext_lazy("Not yet assessed"))
TONE_ICONS = {
    "neutral": "dot",
    "wait": "clock",
    "calm": "info",
    "good": "check",
    "warn": "warning",
    "bad": "cross",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; without a label it is decoration and hidden from readers."""
    source = f"{static('web/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>',
            label,
            source,
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', source)


@register.simple_tag
def grade(code: str | None, *, short: bool = False) -> SafeString:
    """Show a risk grade by colour, shape and word; an unknown or empty code is "not assessed"."""
    mark = GRADES.get(code or "", UNGRADED)
    return format_html(
        '<span class="grade {}">{}<span>{}</span></span>',
        mark.css,
        icon(mark.shape),
        mark.short if short else mark.words,
    )


@register.simple_tag
def state(label: str, tone: str = "neutral") -> SafeString:
    """Show where something stands; the tone picks colour and icon, the label says it in words."""
    return format_html(
        '<span class="state {}">{}<span>{}</span></span>',
        tone,
        icon(TONE_ICONS.get(tone, "dot")),
        label,
    )


@register.simple_tag
def tag(label: str) -> SafeString:
    """Show a quiet label such as a category or a skill."""
    return format_html('<span class="tag">{}</span>', label)


@register.simple_tag
def initials(name: str, tone: str = "") -> SafeString:
    """Draw a round mark with the last character of a name, which stands where a photo would."""
    letter = name.strip().rstrip("*")[-1:] or "·"
    return format_html('<span class="initials {}" aria-hidden="true">{}</span>', tone, letter)


@register.simple_tag
def key(name: str) -> SafeString:
    """Show the key that does the same as the button it stands in; readers hear the button only."""
    return format_html('<kbd aria-hidden="true">{}</kbd>', name)


@register.simple_tag
def copy(text: str) -> SafeString:
    """Offer to copy a text; the button stays hidden until the script that serves it has loaded."""
    return format_html(
        '<button type="button" class="button text small copy" data-copy="{}" data-done="{}" hidden>'
        "{}<span>{}</span></button>",
        text,
        gettext("Copied"),
        icon("copy"),
        gettext("Copy"),
    )
