"""Which danger words count where: a county's own list, else the city's, else the one that ships."""

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Final

from django.utils.translation import gettext as _

from qianshou.areas import rules as area_rules
from qianshou.protection.models import WordList
from qianshou.protection.rules import danger

# Asked with every batch of a phone; as plain SQL it is written once.
_NEWEST: Final = """
SELECT DISTINCT ON (county) * FROM protection_wordlist WHERE county = ANY(%s)
ORDER BY county, version DESC
"""


@lru_cache(maxsize=1)
def shipped() -> tuple[danger.Word, ...]:
    """Return the list that comes with the house."""
    place = resources.files("qianshou.protection") / "data" / "danger_words.toml"
    lists = tomllib.loads(place.read_text(encoding="utf-8"))
    return tuple(
        danger.Word(danger.plain(term), kind, weight, language, tuple(map(danger.plain, phrases)))
        for language, kinds in lists.items()
        for kind, rows in kinds.items()
        for term, weight, phrases in rows
    )


def newest(area: str) -> WordList | None:
    """Return the list that an area has published last, if it has one of its own."""
    return WordList.objects.filter(county=area).order_by("-version").first()


def words_for(county: str) -> tuple[tuple[danger.Word, ...], int]:
    """Return the words that count in a county and their version; 0 is the list that ships."""
    areas = (county, *area_rules.ancestors(county))
    lists = {each.county: each for each in WordList.objects.raw(_NEWEST, [list(areas)])}
    for area in areas:
        if area in lists:
            body = lists[area].body["words"]
            return tuple(danger.word_of(each) for each in body), lists[area].version
    return shipped(), 0


def names() -> dict[str, str]:
    """Return what the codes of kinds and languages are called in the reader's language."""
    return {code: _(words) for code, words in (danger.KINDS | danger.LANGUAGES).items()}


def as_text(words: tuple[danger.Word, ...]) -> str:
    """Return a list as a person edits it."""
    called = names()
    return "\n".join(each.as_line(called) for each in words)


def read_text(text: str) -> list[danger.Word]:
    """Read a list as a person has edited it; codes are understood as well as their names."""
    return danger.parse(text, {name: code for code, name in names().items()})


def by_kind(words: tuple[danger.Word, ...]) -> list[tuple[str, list[danger.Word]]]:
    """Return the words of a list under the name of their kind, the gravest first."""
    heavy = sorted(words, key=lambda each: -each.weight)
    return [
        (_(name), [each for each in heavy if each.kind == kind])
        for kind, name in danger.KINDS.items()
    ]
