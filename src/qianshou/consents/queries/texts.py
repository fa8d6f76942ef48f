"""Which text is read on a day, and the versions there have been."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from qianshou.common.errors import NotFound
from qianshou.consents.models import ConsentText
from qianshou.registry.models import Consent


def newest_version(purpose: str) -> dict[str, ConsentText]:
    """Return the newest version of a text by language, in force already or not."""
    rows = ConsentText.objects.filter(purpose=purpose).order_by("language", "-version")
    return {each.language: each for each in rows.distinct("language")}


def in_force(purpose: str, on: date, language: str) -> ConsentText:
    """Return the text that is read on a day; in simplified Chinese if the language has none."""
    rows = ConsentText.objects.filter(purpose=purpose, in_force_on__lte=on).order_by("-version")
    found = rows.filter(language=language).first() or rows.filter(language="zh-hans").first()
    if found is None:
        raise NotFound
    return found


def version(purpose: str, number: int, language: str) -> ConsentText:
    """Return one version in a language; in simplified Chinese if the language has none."""
    rows = ConsentText.objects.filter(purpose=purpose, version=number)
    found = rows.filter(language=language).first() or rows.filter(language="zh-hans").first()
    if found is None:
        raise NotFound
    return found


def catalogue(language: str, today: date) -> list[dict[str, Any]]:
    """Return each purpose with the version in force and the one that waits."""
    listed = []
    for purpose, label in Consent.Purpose.choices:
        rows = list(ConsentText.objects.filter(purpose=purpose, language=language))
        now = [each for each in rows if each.in_force_on <= today]
        later = [each for each in rows if each.in_force_on > today]
        listed.append(
            {
                "purpose": purpose,
                "label": label,
                "now": max(now, key=_number, default=None),
                "later": max(later, key=_number, default=None),
                "count": len(rows),
            }
        )
    return listed


def _number(text: ConsentText) -> int:
    return text.version


def versions_of(purpose: str, language: str) -> list[ConsentText]:
    """Return every version of a text, the newest first; raises `NotFound` for no such purpose."""
    if purpose not in Consent.Purpose.values:
        raise NotFound
    rows = ConsentText.objects.filter(purpose=purpose, language=language).select_related("made_by")
    return list(rows.order_by("-version"))


def paragraphs(texts: Iterable[ConsentText]) -> list[dict[str, Any]]:
    """Return texts with their paragraphs apart, as pages show them."""
    return [
        {"text": each, "paragraphs": [part for part in each.body.split("\n") if part]}
        for each in texts
    ]
