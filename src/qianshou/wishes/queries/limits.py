"""The numbers and words by which wishes are kept, read once."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

from qianshou.wishes.rules import limits as rules
from qianshou.wishes.rules.limits import Limits

SHIPPED: Final = Path(__file__).parents[1] / "data" / "standard.toml"


@lru_cache
def limits() -> Limits:
    """Return what is set."""
    return rules.limits_from(tomllib.loads(SHIPPED.read_text(encoding="utf-8")))
