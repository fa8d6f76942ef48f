"""`qianshou demo-data`: write a synthetic place from the command line."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from qianshou.engines.city import generate, geography
from qianshou.engines.city.mixes import MIXES


def demo_data(argv: Sequence[str]) -> int:
    """Generate as told by the arguments and print one line of JSON; returns the exit code.

    0: written; 1: the arguments contradict what is there; 2: they cannot be understood.
    """
    options = _parser().parse_args(argv)
    try:
        summary = generate.generate(
            options.size,
            options.seed,
            options.out,
            county=options.county[:6],
            counties=options.counties,
            scale=options.scale,
            mix=options.mix,
            as_of=options.as_of,
        )
    except (ValueError, OSError) as error:
        sys.stderr.write(f"demo-data: {error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(summary) | {"out": str(summary.out)}) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qianshou demo-data",
        description="Write department files of an invented town, county or city, and the truth.",
    )
    parser.add_argument("--size", choices=sorted(generate.SIZES), default="county")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder; an earlier run is replaced"
    )
    parser.add_argument(
        "--county", default=geography.DEFAULT_COUNTY, help="six digits; for town and county"
    )
    parser.add_argument("--counties", type=int, help="only so many counties of the city")
    parser.add_argument("--scale", type=float, default=1.0, help="multiply children and mothers")
    parser.add_argument("--mix", choices=sorted(MIXES), default="default", help="kinds of errors")
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        default=generate.DEFAULT_DAY,
        help="the day on which the lists are drawn up (YYYY-MM-DD)",
    )
    return parser
