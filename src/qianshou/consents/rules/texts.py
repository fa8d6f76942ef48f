"""The form of a text that is signed: a title, paragraphs, and one digest over both."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

LANGUAGES: Final = ("zh-hans", "zh-hant", "en")


def parse(source: str) -> tuple[str, str]:
    """Return title and body of a shipped file: the first line is `# title`."""
    first, _, rest = source.strip().partition("\n")
    return first.removeprefix("#").strip(), clean(rest)


def clean(body: str) -> str:
    """Return a body with one kind of line end and no spaces at the ends of lines."""
    lines = [line.strip() for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip()


def digest(title: str, body: str) -> str:
    """Return the digest that a signature names."""
    return sha256(f"{title}\n\n{body}".encode()).hexdigest()


def says_the_same(old: Mapping[str, tuple[str, str]], new: Mapping[str, tuple[str, str]]) -> bool:
    """Tell whether a draft changes nothing in any language."""
    return all(old.get(language) == new.get(language) for language in LANGUAGES)
