"""One line of a home: what is to do, why, how many, and where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Task:
    """One line of the worklist: what, why, how many, and where it is done."""

    title: str
    why: str
    url: str
    act: str
    icon: str
    count: int
    grade: str = ""


Make = Callable[[dict[str, Any], date], Task | None]
