"""What a reporter says, read so that nothing is refused and nothing is dropped silently."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from qianshou.protection.rules import codes

FIELDS: Final = (
    "situation", "now", "noticed", "words", "child", "child_words", "county", "called",
    "called_at", "accused", "post", "accused_words", "name", "phone",
)  # fmt: skip
# Letters that cannot be mistaken for one another on a bad line (Crockford).
_LETTERS: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)


@dataclass(frozen=True)
class Told:
    """One report as its maker gave it; everything may be missing."""

    situation: int | None = None
    now: bool | None = None
    noticed: datetime | None = None
    words: str = ""
    child: UUID | None = None
    child_words: str = ""
    county: str = ""
    called: str = ""
    called_at: datetime | None = None
    accused: str = codes.NOT_SAID
    post: str = codes.NOT_SAID
    accused_words: str = ""
    name: str = ""
    phone: str = ""
    cut: bool = False


def told(raw: Mapping[str, Any], *, zone: tzinfo) -> Told:
    """Read a form, a phone's entry or a sealed box. It never fails, and drops nothing silently."""
    said = {name: _text(raw.get(name)) for name in FIELDS}
    strange: list[str] = []

    def kept(name: str, value: Any) -> Any:
        if value is None and said[name]:
            strange.append(f"{name}: {said[name]}")
        return value

    situation = kept("situation", _situation(said["situation"]))
    noticed = kept("noticed", _moment(said["noticed"], zone))
    called_at = kept("called_at", _moment(said["called_at"], zone))
    child = kept("child", _uuid(said["child"]))
    words = "\n".join([*filter(None, [said["words"]]), *strange])
    return Told(
        situation=situation,
        now=_yes_or_no(said["now"]),
        noticed=noticed,
        words=words[: codes.LONGEST],
        child=child,
        child_words=said["child_words"][: codes.SHORT],
        county=said["county"] if said["county"].isdecimal() and len(said["county"]) == 12 else "",
        called=said["called"] if said["called"] in (codes.YES, codes.NO) else "",
        called_at=called_at,
        accused=said["accused"] if said["accused"] in codes.ACCUSED else codes.NOT_SAID,
        post=said["post"] if said["post"] in codes.POSTS else codes.NOT_SAID,
        accused_words=said["accused_words"][: codes.SHORT],
        name=said["name"][:200],
        phone=said["phone"][:60],
        cut=len(words) > codes.LONGEST,
    )


def number_of(client_id: UUID) -> str:
    """Return the number that a reporter is given: anybody who made the report can reckon it."""
    letters = base64.b32encode(sha256(client_id.bytes).digest()[:5]).decode().translate(_LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


def _text(value: Any) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, bool):
        return codes.YES if value else codes.NO
    text = value if isinstance(value, str) else str(value)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "�").strip()


def _situation(text: str) -> int | None:
    found = int(text) if text.isdecimal() and len(text) < 3 else 0
    return found if found in codes.MANDATORY_REPORT_SITUATION else None


def _yes_or_no(text: str) -> bool | None:
    return {codes.YES: True, codes.NO: False}.get(text)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(text: str, zone: tzinfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    except ValueError:
        return None
