"""Which changes of a file are news, and what each kind of news calls for.

A change that nobody has to act on raises nothing: pages that cry every day are read by nobody.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from qianshou.registry.rules.fields import ORDERS

NEW_CHILD, PARENT_GONE, DROPPED_OUT = "NEW_CHILD", "PARENT_GONE", "DROPPED_OUT"
DISABILITY, ILLNESS, WARNING, MOVED = "DISABILITY", "ILLNESS", "WARNING", "MOVED"
UNLISTED, JOINED, CLOSED, REOPENED = "UNLISTED", "JOINED", "CLOSED", "REOPENED"

# What follows: the child is assessed anew, awaits a mother, is looked in on by its village.
ASSESS, MATCH, VISIT = "ASSESS", "MATCH", "VISIT"
CALLS: Final[dict[str, tuple[str, ...]]] = {
    NEW_CHILD: (ASSESS, MATCH, VISIT),
    PARENT_GONE: (ASSESS, MATCH, VISIT),
    DROPPED_OUT: (ASSESS, VISIT),
    DISABILITY: (ASSESS, VISIT),
    ILLNESS: (ASSESS, VISIT),
    WARNING: (ASSESS, VISIT),
    MOVED: (MATCH, VISIT),
    UNLISTED: (VISIT,),
    JOINED: (ASSESS,),
    CLOSED: (),
    REOPENED: (ASSESS, VISIT),
}
_GONE: Final = frozenset({"DEAD", "LOST", "PRISON", "REHAB"})
_ILL: Final = frozenset({"SERIOUS_ILL", "SEVERE_DISABLED"})
_SIGNS: Final = frozenset({"violence_clue", "bullied", "self_harm", "lives_alone", "bad_behaviour"})
_NONE: Final[tuple[Any, ...]] = (None, "", [], False, "NONE")
# A delivery of so many rows that are so large a part of what is on file fills the house: then
# everything is new, and nothing of it is news.
FILL_ROWS: Final = 50
FILL_SHARE: Final = 0.2

Changes = Mapping[str, tuple[Any, Any]]


def is_filling(arrived: int, on_file: int) -> bool:
    """Tell whether a delivery is a first load rather than news about single children."""
    return arrived >= FILL_ROWS and arrived >= FILL_SHARE * on_file


def news_of(changes: Changes) -> dict[str, list[str]]:
    """Return the kinds of news that the changes of one file are, each with its fields."""
    found: dict[str, list[str]] = {}
    for name, (old, new) in changes.items():
        for kind in _kinds(name, old, new):
            found.setdefault(kind, []).append(name)
    return found


def _kinds(name: str, old: Any, new: Any) -> Iterator[str]:
    if name in ("father_status", "mother_status") and _is_worse(name, (old, new), _GONE):
        yield PARENT_GONE
    elif name == "health" and _is_worse(name, (old, new), _ILL):
        yield ILLNESS
    elif name == "area_code" and _is_elsewhere(old, new):
        yield MOVED
    elif name == "disability_level" and _is_graver(old, new):
        yield DISABILITY
    elif old in _NONE and new not in _NONE:
        yield from _APPEARS.get(name, ())


_APPEARS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(_SIGNS, (WARNING,)),
    "dropped_out": (DROPPED_OUT,),
    "disability": (DISABILITY,),
    "serious_illness": (ILLNESS,),
    "unlisted": (UNLISTED,),
}


def _is_worse(name: str, change: tuple[Any, Any], grave: frozenset[str]) -> bool:
    order, (old, new) = ORDERS[name], change
    return new in grave and order.get(new, 0) > order.get(old, -1)


def _is_graver(old: Any, new: Any) -> bool:
    """Tell whether a known level became a more severe one; level 1 is the gravest."""
    return bool(old and new) and str(new) < str(old)


def _is_elsewhere(old: Any, new: Any) -> bool:
    """Tell whether a place is another one, and not the same said more or less exactly."""
    if not old or not new:
        return False
    short, long = sorted((old.rstrip("0"), new.rstrip("0")), key=len)
    return not long.startswith(short)
