"""Text columns as integer codes, so that each different value is cleaned once."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Below this a Python dictionary is quicker than the detour through Polars.
_SMALL = 200


def where(marked: Bools) -> Ints:
    """Give the places that are marked; NumPy's own way costs more than the rest on a few rows."""
    return marked.nonzero()[0]


class Coded(NamedTuple):
    """One code per row (-1: unknown) into `values`, the different canonical texts."""

    codes: Ints
    values: list[str]

    def mapped(self, change: Callable[[str], str | None]) -> "Coded":
        """Give the column with every value changed; values that become equal share a code."""
        return _recoded(self.codes, [change(value) for value in self.values])

    def derived(self, texts: Sequence[str | None]) -> "Coded":
        """Give the column whose value i is texts[i] instead."""
        return _recoded(self.codes, texts)

    def counts(self) -> Ints:
        """Count the rows of each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)).astype(np.int64)

    def without(self, unwanted: Bools) -> "Coded":
        """Give the column with the marked values made unknown."""
        table = np.arange(len(self.values) + 1)
        table[:-1][unwanted] = -1
        table[-1] = -1
        return Coded(table[self.codes], self.values)

    def kept(self, rows: Bools) -> "Coded":
        """Give the column known in these rows only, over the values that are left."""
        codes = np.where(rows, self.codes, -1)
        used, inverse = np.unique(codes[codes >= 0], return_inverse=True)
        codes[codes >= 0] = inverse
        return Coded(codes, [self.values[at] for at in used.tolist()])

    def texts(self) -> list[str | None]:
        """Give the value of every row."""
        return [self.values[code] if code >= 0 else None for code in self.codes.tolist()]


def _recoded(codes: Ints, texts: Sequence[str | None]) -> Coded:
    seen: dict[str, int] = {}
    table = [-1 if value is None else seen.setdefault(value, len(seen)) for value in texts]
    # The unknown code, -1, points to the last place.
    table.append(-1)
    return Coded(np.array(table, np.int64)[codes], list(seen))


def nothing(rows: int) -> Coded:
    """Give a column in which every row is unknown."""
    return Coded(np.full(rows, -1, np.int64), [])


def encode(series: pl.Series | Sequence[object], change: Callable[[str], str | None]) -> Coded:
    """Encode a text column, cleaning each different raw text once; null and "" are unknown."""
    if not isinstance(series, pl.Series) or len(series) <= _SMALL:
        return _few(list(series), change)
    if series.dtype != pl.String:
        series = series.cast(pl.String)
    # Not by way of pyarrow: its arrays load pandas, half a second, on their way to NumPy.
    raws = series.drop_nulls().unique(maintain_order=True)
    places = series.cast(pl.Enum(raws)).to_physical().cast(pl.Int64)
    codes = places.fill_null(-1).to_numpy()
    return _recoded(codes, [change(raw) if raw else None for raw in raws])


def _few(raws: Sequence[object], change: Callable[[str], str | None]) -> Coded:
    """Encode a handful of texts without detours: here each call into NumPy is what costs."""
    seen: dict[str, int] = {}
    codes = []
    for raw in raws:
        value = None if raw is None or raw == "" else change(str(raw))
        codes.append(-1 if value is None else seen.setdefault(value, len(seen)))
    return Coded(np.array(codes, np.int64), list(seen))


def first_known(*columns: Coded) -> Coded:
    """Give for each row the value of the first column that knows it."""
    found = columns[0]
    for other in columns[1:]:
        both = [*found.values, *other.values]
        shifted = np.where(other.codes >= 0, other.codes + len(found.values), -1)
        merged = np.where(found.codes >= 0, found.codes, shifted)
        found = _recoded(merged, both)
    return found


def aligned(*columns: Coded) -> list[Coded]:
    """Give the columns over one common list of values, so that equal codes mean equal texts."""
    seen: dict[str, int] = {}
    found = []
    for column in columns:
        table = [seen.setdefault(v, len(seen)) for v in column.values]
        table.append(-1)
        found.append(np.array(table, np.int64)[column.codes])
    values = list(seen)
    return [Coded(codes, values) for codes in found]
