"""Text columns as integer codes, so that each different value is cleaned once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Below this a Python dictionary is quicker than the detour through Polars.
_SMALL = 200
# Of so many values one at most has changed where looking up the changed ones alone is quicker.
_FEW_CHANGED = 4
# So many pairs are worked on at a time: what is made of them on the way fits into the memory next
# to the processor, and is used again for the next ones instead of being asked of the system anew.
_PORTION = 1 << 17


def portions(count: int) -> Iterator[slice]:
    """Yield the places of many pairs, a portion at a time; nothing of no pairs."""
    for start in range(0, count, _PORTION):
        yield slice(start, min(start + _PORTION, count))


def where(marked: Bools) -> Ints:
    """Give the places that are marked; NumPy's own way costs more than the rest on a few rows."""
    return marked.nonzero()[0]


def in_order(keys: Ints) -> tuple[Ints, Ints]:
    """Give keys (none below nought) in order, and where each stood; equal ones keep their order.

    The places travel behind the keys where both fit into one number: plain numbers are sorted ten
    times faster than places.
    """
    count = max(len(keys), 1)
    if int(keys.max(initial=0)) < 2**62 // count:
        told = keys * count + np.arange(len(keys))
        told.sort()
        ordered = told // count
        told -= ordered * count
        return ordered, told
    order = np.argsort(keys, kind="stable")
    return keys[order], order


def distinct(keys: Ints) -> tuple[Ints, Ints]:
    """Give where each different key (none below nought) stands first, and which each key is.

    The different ones are in order: `keys[first][which]` are the keys again.
    """
    ordered, order = in_order(keys)
    new = np.ones(len(keys), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    which = np.empty(len(keys), np.int64)
    which[order] = np.cumsum(new) - 1
    return order[new], which


class Plain(NamedTuple):
    """Tells at a glance which texts are canonical as typed, or are so in small letters.

    They match `pattern` and not `but`, expressions of Polars. For them the cleaning of a column
    must come to nothing else, so that it need not be called for each.
    """

    pattern: str
    but: str | None = None
    lower: bool = False


class Coded(NamedTuple):
    """One code per row (-1: unknown) into `values`, the different canonical texts."""

    codes: Ints
    values: list[str]

    def mapped(self, change: Callable[[str], str | None]) -> "Coded":
        """Give the column with every value changed; values that become equal share a code."""
        return told(self.codes, [change(value) for value in self.values])

    def derived(self, texts: Sequence[str | None]) -> "Coded":
        """Give the column whose value i is texts[i] instead."""
        changed = [
            at
            for at, (text, value) in enumerate(zip(texts, self.values, strict=True))
            if text is not value
        ]
        if len(changed) * _FEW_CHANGED > len(texts):
            return told(self.codes, texts)
        return self._with({at: texts[at] for at in changed})

    def _with(self, changed: Mapping[int, str | None]) -> "Coded":
        """Give the column with few values changed; only theirs are looked up among the others."""
        wanted = {*changed.values()}
        home = {
            value: at
            for at, value in enumerate(self.values)
            if value in wanted and at not in changed
        }
        table, values = np.arange(len(self.values) + 1), self.values.copy()
        table[-1] = -1
        for at, text in changed.items():
            table[at] = -1 if text is None else home.setdefault(text, at)
            values[at] = text or ""
        kept = table[:-1] == np.arange(len(values))
        if kept.all():
            return Coded(table[self.codes], values)
        number = np.append(np.cumsum(kept) - 1, -1)
        return Coded(number[table][self.codes], [values[at] for at in where(kept).tolist()])

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


def told(codes: Ints, texts: Sequence[str | None]) -> Coded:
    """Give the column whose codes are places among texts, which need not differ or be known."""
    seen: dict[str, int] = {}
    table = [-1 if value is None else seen.setdefault(value, len(seen)) for value in texts]
    # The unknown code, -1, points to the last place.
    table.append(-1)
    return Coded(np.array(table, np.int64)[codes], list(seen))


def known(which: Ints, texts: Sequence[str | None]) -> tuple[Ints, list[str]]:
    """Turn places among different texts into places among those that are known (-1: it is not)."""
    there = np.array([text is not None for text in texts], np.bool_)
    number = np.where(there, np.cumsum(there) - 1, -1)
    return number[which], [text for text in texts if text is not None]


def nothing(rows: int) -> Coded:
    """Give a column in which every row is unknown."""
    return Coded(np.full(rows, -1, np.int64), [])


def encode(
    series: pl.Series | Sequence[object],
    change: Callable[[str], str | None],
    plain: Plain | None = None,
) -> Coded:
    """Encode a text column, cleaning each different raw text once; null and "" are unknown."""
    if not isinstance(series, pl.Series) or len(series) <= _SMALL:
        return _few(list(series), change)
    if series.dtype != pl.String:
        series = series.cast(pl.String)
    codes, raws = _numbered(series)
    if plain is None:
        return told(codes, [change(raw) if raw else None for raw in raws])
    table, values = _numbered(_cleaned(raws, change, plain))
    return Coded(np.append(table, -1)[codes], values.to_list())


def _numbered(texts: pl.Series) -> tuple[Ints, pl.Series]:
    """Give each text the number of its value, -1 without one, and the values as they appear."""
    # Not by way of pyarrow: its arrays load pandas, half a second, on their way to NumPy.
    values = texts.drop_nulls().unique(maintain_order=True)
    if len(values) == len(texts):
        return np.arange(len(texts)), values
    places = texts.cast(pl.Enum(values)).to_physical().cast(pl.Int64)
    return places.fill_null(-1).to_numpy(), values


def _cleaned(raws: pl.Series, change: Callable[[str], str | None], plain: Plain) -> pl.Series:
    """Clean different raw texts, one by one only those that are not plain."""
    odd = ~raws.str.contains(plain.pattern)
    if plain.but is not None:
        odd |= raws.str.contains(plain.but)
    texts = raws.str.to_lowercase() if plain.lower else raws.clone()
    cleaned = [change(raw) if raw else None for raw in raws.filter(odd)]
    return texts.scatter(odd.arg_true(), pl.Series(cleaned, dtype=pl.String))


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
    first, *others = aligned(*columns)
    codes = first.codes
    for other in others:
        codes = np.where(codes >= 0, codes, other.codes)
    return Coded(codes, first.values)


def aligned(*columns: Coded) -> list[Coded]:
    """Give the columns over one common list of values, so that equal codes mean equal texts."""
    most = max(range(len(columns)), key=lambda at: len(columns[at].values))
    wanted = {value for at, column in enumerate(columns) if at != most for value in column.values}
    values = columns[most].values.copy()
    place = {value: at for at, value in enumerate(values) if value in wanted}
    found = []
    for at, column in enumerate(columns):
        if at == most:
            found.append(column.codes)
            continue
        for value in column.values:
            if value not in place:
                place[value] = len(values)
                values.append(value)
        table = [place[value] for value in column.values]
        found.append(np.array([*table, -1], np.int64)[column.codes])
    return [Coded(codes, values) for codes in found]
