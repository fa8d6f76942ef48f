"""`make bench`: every measurement beside its peer or floor, printed as ratios.

python -m bench [NAME…] runs the named ones only; `python -m bench.NAME --help` has their options.
What was measured last, of every name, is gathered in docs/reference/performance.md.
"""

import subprocess
import sys
from pathlib import Path

from bench.gathering import NAMES, gather

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "performance.md"

# Tables of one measurement with other instances; every other name is a module of its own.
OTHERS = {
    "matching": ("matching", "--children", "100000,300000", "--peers", "ortools,lemon"),
    "matching_shapes": (
        "matching", "--children", "33000", "--peers", "ortools",
        "--shapes", "ties,popular,no geography,shortage,slack,chains", "--name", "matching_shapes",
    ),
    "matching_all_pairs": (
        "matching", "--children", "137000", "--peers", "ortools", "--shapes", "all pairs",
        "--name", "matching_all_pairs",
    ),
}  # fmt: skip


def main(wanted: list[str]) -> int:
    """Run the measurements one after another, each in a process of its own, and gather them."""
    unknown = set(wanted) - set(NAMES)
    if unknown:
        sys.stderr.write(f"No measurement {', '.join(sorted(unknown))}; there are: {NAMES}\n")
        return 2
    for name in wanted or NAMES:
        print(f"\n## {name}\n", flush=True)
        module, *options = OTHERS.get(name, (name,))
        subprocess.run([sys.executable, "-m", f"bench.{module}", *options], check=True)
    PAGE.write_text(gather(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
