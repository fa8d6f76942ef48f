"""The book of visits in force where a child lives: the county's own, or the nearest above it."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import get_language

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.visits import permissions
from qianshou.visits.models import BookVersion
from qianshou.visits.rules import book as rules
from qianshou.visits.rules.book import Book

EVERYWHERE: Final = "000000000000"
SHIPPED: Final = Path(__file__).parents[1] / "data" / "standard.toml"


def version_for(area_code: str) -> BookVersion | None:
    """Return the version in force for an area; None: the shipped one, which was never loaded."""
    codes = {EVERYWHERE, area_code, *area_rules.ancestors(area_code)}
    found = BookVersion.objects.filter(is_current=True, area_code__in=codes)
    return max(
        found,
        key=lambda each: (len(area_rules.significant(each.area_code)), each.area_code),
        default=None,
    )


def book_for(area_code: str) -> Book:
    """Return the book in force for an area."""
    return read(version_for(area_code))


def read(version: BookVersion | None) -> Book:
    """Return what a version says; each is read once."""
    if version is None:
        return shipped()
    _bodies[version.sha256] = version.body
    return _read(version.sha256)


_bodies: dict[str, Any] = {}


@lru_cache(maxsize=64)
def _read(sha256: str) -> Book:
    return rules.book_from(_bodies[sha256])


@lru_cache
def shipped() -> Book:
    """Return the book that the program brings."""
    return rules.book_from(tomllib.loads(SHIPPED.read_text(encoding="utf-8")))


def words(text: Mapping[str, str]) -> str:
    """Return words of a book in the reader's language."""
    language = (get_language() or "zh-hans").lower()
    name = "en" if language.startswith("en") else "zh_hant" if "hant" in language else "zh"
    return text.get(name) or text.get("zh", "")


def versions_for(user: User, area_code: str) -> list[BookVersion]:
    """Return the versions that matter to an area, newest first; raises `NotFound`."""
    if not permissions.can_edit_book(user, area_code):
        raise NotFound
    codes = {EVERYWHERE, area_code, *area_rules.ancestors(area_code)}
    rows = BookVersion.objects.filter(area_code__in=codes).select_related("by")
    return list(rows.order_by("-area_code", "-version"))


def shown(book: Book) -> dict[str, Any]:
    """Return a book in the words of its page."""
    return {
        "book": book,
        "cadence": list(book.cadence_days.items()),
        "purposes": [
            {
                "name": words(each.text),
                "minutes": each.minutes,
                "questions": [words(question.text) for question in each.questions],
            }
            for each in book.purposes.values()
        ],
        "findings": [
            (words(answer.text), words(answer.task), answer.days)
            for question in {
                q.code: q for p in book.purposes.values() for q in p.questions
            }.values()
            for answer in question.answers
            if answer.task
        ],
    }
