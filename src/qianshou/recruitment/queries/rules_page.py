"""The rules of recruitment as a page: what refuses, what counts, what is asked and signed."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from qianshou.mothers.rules import gates
from qianshou.recruitment.queries import books
from qianshou.recruitment.rules.rulebook import PREFER_IF, Entry


def page_of(version: int | None) -> dict[str, Any]:
    """Return one version of the rulebook in the reader's language."""
    stored = books.version_of(version)
    book, language = books.book_of(stored), translation.get_language() or "zh-hans"
    kinds = {"scale": _("1 to 5"), "yes_no": _("yes or no"), "text": _("in words"), "": ""}

    def lines(entries: "tuple[Entry, ...] | Any") -> list[dict[str, Any]]:
        return [
            {
                "text": each.text.in_language(language), "kind": kinds[each.kind],
                "required": each.required, "authority": each.authority,
            }
            for each in entries
        ]  # fmt: skip

    criteria = [
        {
            "sentence": each.sentence.in_language(language), "basis": each.basis,
            "prefers": each.effect == PREFER_IF,
        }
        for each in book.criteria
    ]  # fmt: skip
    return {
        "stored": stored, "versions": books.versions(), "sign_within": book.sign_within_days,
        "name": book.name.in_language(language),
        "refusing": [each for each in criteria if not each["prefers"]],
        "preferring": [each for each in criteria if each["prefers"]],
        "categories": lines(book.categories), "questions": lines(book.questions),
        "queries": lines(book.queries), "interview": lines(book.interview),
        "modules": lines(book.modules), "references": book.references,
        "hours": gates.REQUIRED.training_hours,
        "commitments": [
            {
                "title": each.title.in_language(language),
                "text": each.text.in_language(language), "version": each.version,
            }
            for each in book.commitments
        ],
    }  # fmt: skip
