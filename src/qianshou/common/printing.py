"""The program that turns one template and its data into a paper; `papers` starts it.

It runs as a process of its own, so that a paper that takes too long can be ended, and it knows
nothing but what is handed to it: no settings, no database, no network, no fonts of the machine.
"""

import json
import resource
import sys
from datetime import UTC, datetime
from typing import Any, Final

import typst

# PDF/A-2a (ISO 19005-2, level A: fonts within, every letter searchable, order of reading kept),
# and PDF/UA-1 for readers who listen. The exporter itself refuses a letter without a shape.
STANDARDS: Final[list[Any]] = ["a-2a", "ua-1"]
MEMORY: Final = 3 << 30
FAILED: Final = 3


def typeset(order: dict[str, Any]) -> list[bytes]:
    """Return the paper as one PDF, or as one picture for each page."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"]
    )
    picture = order["picture"]
    made = typst.compile(
        order["main"],
        root=order["root"],
        font_paths=fonts,
        ignore_system_fonts=True,
        # Without these two a template that names a package would go and look for it.
        package_path=order["root"],
        package_cache_path=order["root"],
        sys_inputs={
            "data": json.dumps(order["data"], ensure_ascii=False),
            "title": order["title"],
            "language": order["language"],
            "families": json.dumps(order["families"]),
        },
        format="png" if picture else "pdf",
        ppi=order["ppi"],
        pdf_standards=[] if picture else STANDARDS,
        timestamp=datetime.fromtimestamp(order["at"], UTC),
    )
    return made if isinstance(made, list) else [made or b""]


def main() -> int:
    """Read an order from standard input, write the paper to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    order = json.load(sys.stdin.buffer)
    try:
        pages = typeset(order)
    except typst.TypstError as trouble:
        sys.stderr.write(trouble.diagnostic or str(trouble))
        return FAILED
    for page in pages:
        sys.stdout.buffer.write(len(page).to_bytes(8, "big") + page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
