"""One page of all measurements, from the tables that they left in bench/out."""

import importlib.metadata
from pathlib import Path
from typing import Final

OUT = Path(__file__).parent / "out"
NAMES: Final = ("matching", "linkage", "storing", "main_job")
TITLES: Final = {
    "matching": "Matching, beside OR-Tools and LEMON on the same pairs",
    "linkage": "Linkage, beside Splink on the same rows",
    "storing": "Storing, beside a bare COPY of the same rows",
    "main_job": "The whole main job at growing size",
}
PACKAGES: Final = ("numba", "numpy", "polars", "psycopg", "ortools", "splink", "duckdb")

HEAD = """# Performance, measured

`make bench` measures and rewrites this page; `python -m bench NAME` measures one part. Every table
has its floor or its peer in the same run on the same machine, and the ratio is what counts: the
machines differ, and seconds here are information only. Seeds stand in `bench/`.
"""


def gather() -> str:
    """Return the page in Markdown; a measurement that never ran is said to be missing."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    parts = [HEAD, f"Versions: {versions}.\n"]
    for name in NAMES:
        file = OUT / f"{name}.md"
        text = file.read_text(encoding="utf-8") if file.exists() else "Not measured yet.\n"
        parts.append(f"## {TITLES[name]}\n\n{text.strip()}\n")
    return "\n".join(parts)
