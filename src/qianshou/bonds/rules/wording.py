"""The text of an agreement: its gaps, how they are filled, and the hash that is signed."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

# Where the shipped text stands: it holds wherever no nearer area has written its own.
NATION: Final = "000000000000"
_GAP: Final = re.compile(r"\{([a-z_]+)\}")


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


# What may be filled in, and what it is called on the page of the text.
GAPS: Final[Mapping[str, str]] = {
    "child": _("the child's name"),
    "mother": _("the mother's name"),
    "guardian": _("the guardian's name"),
    "office": _("the federation's name"),
    "from_day": _("first day"),
    "until_day": _("last day"),
}
# An agreement that does not name its parties binds nobody.
NEEDED: Final = frozenset({"child", "mother", "guardian", "office"})


def unknown_gaps(body: str) -> list[str]:
    """Return the gaps of a text that nothing can be filled into."""
    return sorted(set(_GAP.findall(body)) - set(GAPS))


def missing_gaps(body: str) -> list[str]:
    """Return the gaps that a text must have and has not."""
    return sorted(NEEDED - set(_GAP.findall(body)))


def filled(body: str, fields: Mapping[str, str]) -> str:
    """Return the text with its gaps filled; what nobody knows is a line to write on."""
    return _GAP.sub(lambda found: fields.get(found[1]) or "＿＿＿＿＿＿", body)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text without empty ones."""
    return [each.strip() for each in text.splitlines() if each.strip()]


def digest(title: str, version: int, text: str) -> str:
    """Return the hash of what is signed: title, version and the filled text, nothing else."""
    return sha256(f"{title}\n{version}\n{text}".encode()).hexdigest()
