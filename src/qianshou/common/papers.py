"""Papers: PDF/A from a template of an app and data, the same bytes for the same data.

A template is `<app>/papers/NAME.typ`; it reads its data as JSON, so nothing that a person wrote
is ever read as markup. The fonts come with the installation; characters.py says what is written
for a character that they do not hold.
"""

import io
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import resources, util
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import segno
import typst
from django.conf import settings
from django.utils.functional import Promise

from qianshou.common import characters, printing
from qianshou.common.errors import Refused

SECONDS: Final = 30
LARGEST: Final = 8 << 20
PAPER_ROOT: Final = Path(str(resources.files("qianshou")))
# Which shapes come first: a character may look different in each script.
FAMILIES: Final[dict[str, list[str]]] = {
    "zh-hans": ["Noto Sans SC", "Noto Sans TC", "Noto Sans JP", "Noto Sans KR"],
    "zh-hant": ["Noto Sans TC", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR"],
    "en": ["Noto Sans SC", "Noto Sans TC", "Noto Sans JP", "Noto Sans KR"],
}
# A paper without a day of its own carries this one: the clock would make equal papers differ.
UNDATED: Final = datetime(2000, 1, 1, tzinfo=UTC)


class PaperTooLong(Refused):
    """This paper would be too long to print at once. Choose fewer people or a shorter time."""


class PaperBroken(RuntimeError):  # noqa: N818 - named after the fact, as refusals are
    """A template of ours does not compile; nothing that a person typed can cause it."""


def render(
    template: str,
    data: Mapping[str, Any],
    *,
    title: str,
    language: str,
    at: datetime | None = None,
) -> bytes:
    """Return a paper as PDF/A-2a. `template` is "app/name"; `at` is the instant it states."""
    order = _order(template, data, title=title, language=language, at=at)
    return next(_printed(order))


def pictures(
    template: str, data: Mapping[str, Any], *, title: str, language: str, ppi: int = 96
) -> list[bytes]:
    """Return the pages of a paper as PNG pictures."""
    order = _order(template, data, title=title, language=language, at=None)
    return list(_printed({**order, "picture": True, "ppi": ppi}))


def qr(text: str) -> str:
    """Return a QR code as SVG text; house.typ draws it with `qr-code(data.qr, …)`."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", border=2, scale=4, xmldecl=False, svgclass=None, lineclass=None
    )
    return drawn.getvalue().decode()


def writable(text: str) -> str:
    """Return a text as a paper shows it: what no font can draw is written out."""
    return characters.writable(text, characters.held_by(font_folders()))


def font_folders() -> tuple[Path, ...]:
    """Return where the fonts lie: in the installed package, and where the site adds some."""
    found = util.find_spec("justmytype_intl_cjk")
    own = [Path(place) / "fonts" for place in (found and found.submodule_search_locations) or ()]
    return (*own, *(Path(folder) for folder in settings.PAPER_FONTS))


def _order(
    template: str, data: Mapping[str, Any], *, title: str, language: str, at: datetime | None
) -> dict[str, Any]:
    app, name = template.split("/")
    folders = font_folders()
    clean = _clean(data, characters.held_by(folders))
    if len(json.dumps(clean, ensure_ascii=False)) > LARGEST:
        raise PaperTooLong
    return {
        "root": str(PAPER_ROOT),
        "main": str(PAPER_ROOT / app / "papers" / f"{name}.typ"),
        "fonts": [str(folder) for folder in folders],
        "families": _families(language),
        "data": clean,
        "title": writable(str(title)),
        "language": language,
        "at": int((at or UNDATED).timestamp()),
        "picture": False,
        "ppi": None,
    }


def _families(language: str) -> list[str]:
    known = FAMILIES.get(language, FAMILIES["zh-hans"])
    if not settings.PAPER_FONTS:
        return known
    added = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[Path(folder) for folder in settings.PAPER_FONTS],
    ).families()
    return [*known, *(family for family in added if family not in known)]


def _clean(value: Any, drawn: frozenset[int]) -> Any:
    """Return plain JSON in which every text can be drawn."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): _clean(each, drawn) for key, each in value.items()}
        case str() | Promise() | Decimal() | UUID() | date() | time():
            return characters.writable(str(value), drawn)
        case Sequence():
            return [_clean(each, drawn) for each in value]
    raise TypeError(f"A paper cannot show {type(value).__name__}.")


def _printed(order: dict[str, Any]) -> Iterator[bytes]:
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", printing.__name__],
            input=json.dumps(order).encode(),
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as slow:
        raise PaperTooLong from slow
    if done.returncode:
        raise PaperBroken(done.stderr.decode("utf-8", "replace")[:2000])
    rest = done.stdout
    while rest:
        size = int.from_bytes(rest[:8], "big")
        yield rest[8 : 8 + size]
        rest = rest[8 + size :]
