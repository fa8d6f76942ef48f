"""Words of the book of visits in the reader's language."""

from collections.abc import Mapping

from django import template

from qianshou.visits.queries import books

register = template.Library()


@register.filter
def in_words(text: Mapping[str, str]) -> str:
    """Return words that stand in several languages in the reader's own."""
    return books.words(text)
