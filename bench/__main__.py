"""`make bench`: every measurement beside its peer or floor, printed as ratios.

python -m bench [NAME…] runs the named ones only; `python -m bench.NAME --help` has their options.
What was measured last, of every name, is gathered in docs/reference/performance.md.
"""

import subprocess
import sys
from pathlib import Path

from bench.gathering import NAMES, gather

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "performance.md"


def main(wanted: list[str]) -> int:
    """Run the measurements one after another, each in a process of its own, and gather them."""
    unknown = set(wanted) - set(NAMES)
    if unknown:
        sys.stderr.write(f"No measurement {', '.join(sorted(unknown))}; there are: {NAMES}\n")
        return 2
    for name in wanted or NAMES:
        print(f"\n## {name}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
    PAGE.write_text(gather(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
