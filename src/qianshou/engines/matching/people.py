"""The columns that the product hands to the matcher: children and mothers as numpy arrays."""

import hashlib
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

DUTIES = ("study", "mind", "health", "safety", "living", "family", "habit", "company")
"""The eight axes of a child's needs and of a mother's skills, as the assessment names them."""

QUALIFICATIONS = ("trauma", "disability", "justice")
"""Meaning of the bits of ``special_needs`` and ``qualifications``, lowest first."""

PERSONS = 4
"""How many mothers a child's file can name as wished for, and as unwished."""

Column = NDArray[Any]
_NOBODY: Column = np.zeros(0, np.int32)
People = TypeVar("People", "Children", "Mothers")


class BadColumnError(ValueError):
    """A column has the wrong length or type, or a value outside its range."""


@dataclass(frozen=True)
class Children:
    """One row per child who waits for a mother, in any order.

    ``ids`` text, unique. ``tier`` int64, 0 most urgent. ``town`` int32, any numbering shared with
    the mothers. ``x``, ``y`` int32 in metres. ``sex`` int8: 0 unknown, 1 male, 2 female. ``age``
    int16 in years. ``ethnicity`` int16, 0 unknown. ``needs`` uint8 of shape (n, 8), 0..100 by
    `DUTIES`. ``dialects`` uint32 and ``interests``, ``dislikes`` uint64 as bit sets, 0 = unknown.
    ``free_times`` uint32 bits of the week, 0 = unknown. ``special_needs`` uint32 by
    `QUALIFICATIONS`. ``wish`` int32: the mother wished for, or -1. ``waiting_days`` int32.
    ``consented`` bool: guardian and, where asked, child agree. ``group`` int32: children of one
    number go to one mother or to none; -1, as without the column, is alone. ``wishes`` and
    ``avoids`` int32 of shape (n, 4): further mothers wished for, and unwished, or -1. ``likes`` and
    ``unlikes`` uint32: what is wished for, and unwished, in a mother, by the bits of ``traits``.
    """

    ids: list[str]
    tier: Column
    town: Column
    x: Column
    y: Column
    sex: Column
    age: Column
    ethnicity: Column
    needs: Column
    dialects: Column
    interests: Column
    dislikes: Column
    free_times: Column
    special_needs: Column
    wish: Column
    waiting_days: Column
    consented: Column
    group: Column = field(default_factory=lambda: _NOBODY)
    wishes: Column = field(default_factory=lambda: _NOBODY)
    avoids: Column = field(default_factory=lambda: _NOBODY)
    likes: Column = field(default_factory=lambda: _NOBODY)
    unlikes: Column = field(default_factory=lambda: _NOBODY)

    def __post_init__(self) -> None:
        _fill(self)
        _conform(self, _CHILD_TYPES)

    @property
    def has_groups(self) -> bool:
        """Tell whether any child goes together with others."""
        return bool((self.group >= 0).any())


@dataclass(frozen=True)
class Mothers:
    """One row per mother, ready or not, in any order.

    ``ready`` bool: active, screened, trained, commitments signed. ``capacity`` int32: places free
    now. ``load`` int32: children she has. ``travel_limit`` int32 in metres. ``skills`` uint8 of
    shape (m, 8). ``qualifications`` uint32. ``residence_years``, ``kept_matches`` int16.
    ``strain`` uint8, 0..100. ``traits`` uint32: what she is, by bits of the
    caller's numbering. The other columns are as for `Children`.
    """

    ids: list[str]
    ready: Column
    town: Column
    x: Column
    y: Column
    sex: Column
    age: Column
    ethnicity: Column
    capacity: Column
    load: Column
    travel_limit: Column
    skills: Column
    dialects: Column
    interests: Column
    dislikes: Column
    free_times: Column
    qualifications: Column
    residence_years: Column
    kept_matches: Column
    strain: Column
    traits: Column = field(default_factory=lambda: _NOBODY)

    def __post_init__(self) -> None:
        _fill(self)
        _conform(self, _MOTHER_TYPES)


_SHARED_TYPES: dict[str, Any] = {
    "town": np.int32,
    "x": np.int32,
    "y": np.int32,
    "sex": np.int8,
    "age": np.int16,
    "ethnicity": np.int16,
    "dialects": np.uint32,
    "interests": np.uint64,
    "dislikes": np.uint64,
    "free_times": np.uint32,
}
_CHILD_TYPES = _SHARED_TYPES | {
    "tier": np.int64,
    "needs": np.uint8,
    "special_needs": np.uint32,
    "wish": np.int32,
    "waiting_days": np.int32,
    "consented": np.bool_,
    "group": np.int32,
    "wishes": np.int32,
    "avoids": np.int32,
    "likes": np.uint32,
    "unlikes": np.uint32,
}
_MOTHER_TYPES = _SHARED_TYPES | {
    "ready": np.bool_,
    "capacity": np.int32,
    "load": np.int32,
    "travel_limit": np.int32,
    "skills": np.uint8,
    "qualifications": np.uint32,
    "residence_years": np.int16,
    "kept_matches": np.int16,
    "strain": np.uint8,
    "traits": np.uint32,
}
_WIDTHS = {"needs": len(DUTIES), "skills": len(DUTIES), "wishes": PERSONS, "avoids": PERSONS}
# Columns that need not be given, with what stands in them then; they count in no hash then.
_OPTIONAL = {"group": -1, "wishes": -1, "avoids": -1, "likes": 0, "unlikes": 0, "traits": 0}


def _fill(people: Any) -> None:
    """Fill the columns that were not given."""
    for name, nothing in _OPTIONAL.items():
        if getattr(people, name, None) is _NOBODY:
            wide = (PERSONS,) if name in _WIDTHS else ()
            object.__setattr__(people, name, np.full((len(people.ids), *wide), nothing, np.int64))


def _conform(people: Any, types: dict[str, Any]) -> None:
    """Bring every column to its type and length, or refuse it by name."""
    rows = len(people.ids)
    if len(set(people.ids)) != rows:
        raise BadColumnError(f"{type(people).__name__}.ids: identifiers must be unique")
    for name, kind in types.items():
        given = np.asarray(getattr(people, name))
        shape = (rows, _WIDTHS[name]) if name in _WIDTHS else (rows,)
        column = given.astype(kind)
        if given.shape != shape or not np.array_equal(column, given):
            raise BadColumnError(
                f"{type(people).__name__}.{name}: expected {np.dtype(kind)} of shape {shape}, "
                f"got {given.dtype} of shape {given.shape} or values outside that type"
            )
        object.__setattr__(people, name, np.ascontiguousarray(column))


def digest(*people: Children | Mothers) -> str:
    """Return the SHA-256 of all columns, so that a plan can name the input it was made from.

    Groups count only where there are any.
    """
    total = hashlib.sha256()
    for one in people:
        for each in fields(one):
            column = getattr(one, each.name)
            if each.name in _OPTIONAL and (column == _OPTIONAL[each.name]).all():
                continue
            data = "\0".join(column).encode() if each.name == "ids" else column.tobytes()
            total.update(f"{each.name}:{len(data)}:".encode())
            total.update(data)
    return total.hexdigest()


def taken(people: People, rows: NDArray[np.int64]) -> People:
    """Return the same columns for some rows, in that order."""
    columns: dict[str, Any] = {
        each.name: (
            [people.ids[k] for k in rows.tolist()]
            if each.name == "ids"
            else getattr(people, each.name)[rows]
        )
        for each in fields(people)
    }
    return type(people)(**columns)
