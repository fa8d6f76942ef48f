"""One page of all measurements, from the tables that they left in bench/out."""

import importlib.metadata
from pathlib import Path
from typing import Final

OUT = Path(__file__).parent / "out"
NAMES: Final = (
    "matching",
    "matching_shapes",
    "matching_all_pairs",
    "matching_repair",
    "matching_mentor",
    "matching_nation",
    "linkage",
    "storing",
    "main_job",
    "live",
    "scorer",
    "resume",
    "lists",
    "overdue",
    "phones",
    "phone_app",
    "touring",
    "signals",
)
TITLES: Final = {
    "matching": "Matching, beside OR-Tools and LEMON on the same pairs",
    "matching_shapes": "Matching, the shapes known to be hard, at a quarter of a city",
    "matching_all_pairs": "Matching, all feasible pairs by pruning and pricing",
    "matching_repair": "A repair after small changes, beside a cold solve",
    "matching_mentor": "Matching, beside mentor-match on the same scores",
    "matching_nation": "Matching a nation county by county: processes and Apache Spark",
    "linkage": "Linkage, beside Splink on the same rows",
    "storing": "Storing, beside a bare COPY of the same rows",
    "live": "A live row from its push to the page, beside a bare insert",
    "resume": "An import killed and resumed, beside the same import in peace",
    "phones": "Phones that hand in entries, beside a bare insert",
    "phone_app": "The phone app on a weak phone with a slow network",
    "touring": "The order of a day of visits, beside nearest neighbour and OR-Tools",
    "signals": "Danger told in notes, beside plain search for the same words",
    "scorer": "The live scorer, beside the batch on the same pairs",
    "lists": "Worklist and list of mothers at city size, beside their bare SQL",
    "overdue": "Silence at city size: lists, and jobs beside a bare scan and writing",
    "main_job": "The whole main job at growing size",
}
PACKAGES: Final = ("numba", "numpy", "polars", "psycopg", "ortools", "pyspark", "splink", "duckdb")

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
