"""Text columns as integer codes, so that each different value is cleaned once."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Below this a Python dictionary is quicker than the detour through Arrow.
_SMALL = 200


@dataclasses.dataclass(frozen=True)
class Coded:
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
        table = np.where(unwanted, -1, np.arange(len(self.values)))
        return Coded(_look_up(table, self.codes), self.values)

    def kept(self, rows: Bools) -> "Coded":
        """Give the column known in these rows only, over the values that are left."""
        codes = np.where(rows, self.codes, -1)
        used, inverse = np.unique(codes[codes >= 0], return_inverse=True)
        codes[codes >= 0] = inverse
        return Coded(codes, [self.values[at] for at in used.tolist()])

    def texts(self) -> list[str | None]:
        """Give the value of every row."""
        return [self.values[code] if code >= 0 else None for code in self.codes.tolist()]


def _look_up(table: Ints, codes: Ints) -> Ints:
    if not len(table):
        return np.full(len(codes), -1, np.int64)
    return np.where(codes >= 0, table[np.maximum(codes, 0)], -1)


def _recoded(codes: Ints, texts: Sequence[str | None]) -> Coded:
    seen: dict[str, int] = {}
    table = np.empty(len(texts), np.int64)
    for index, value in enumerate(texts):
        table[index] = -1 if value is None else seen.setdefault(value, len(seen))
    return Coded(_look_up(table, codes), list(seen))


def nothing(rows: int) -> Coded:
    """Give a column in which every row is unknown."""
    return Coded(np.full(rows, -1, np.int64), [])


def encode(series: pl.Series | Sequence[object], change: Callable[[str], str | None]) -> Coded:
    """Encode a text column, cleaning each different raw text once; null and "" are unknown."""
    if not isinstance(series, pl.Series):
        series = list(series)
    if isinstance(series, list) or len(series) <= _SMALL:
        return _recoded(
            np.arange(len(series), dtype=np.int64),
            [None if raw in (None, "") else change(str(raw)) for raw in series],
        )
    if series.dtype != pl.String:
        series = series.cast(pl.String)
    array = series.to_arrow().cast(pa.large_string()).dictionary_encode()
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    raws = array.dictionary.to_pylist()
    return _recoded(codes, [change(raw) if raw else None for raw in raws])


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
        table = np.array([seen.setdefault(v, len(seen)) for v in column.values], np.int64)
        found.append(_look_up(table, column.codes))
    values = list(seen)
    return [Coded(codes, values) for codes in found]
