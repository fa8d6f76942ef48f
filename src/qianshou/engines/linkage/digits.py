"""Numbers and dates as rows of signs, so that one question is put to all of them at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.coded import Ints

Bytes = npt.NDArray[np.uint8]
_NOUGHT = ord("0")
# "*", digits and "X" lie so close together that six bits tell them apart.
_LOWEST, _BITS = ord("*"), 6


def letters(values: Sequence[str], width: int) -> Bytes:
    """Give one row of ASCII bytes per value, cut or padded with noughts to the width."""
    joined = "".join(values)
    if not (joined.isascii() and set(map(len, values)) <= {width}):
        return _fitted(values, width)
    return np.frombuffer(joined.encode("ascii"), np.uint8).reshape(len(values), width)


def _fitted(values: Sequence[str], width: int) -> Bytes:
    joined = b"".join(
        value.encode("ascii", "replace")[:width].ljust(width, b"\0") for value in values
    )
    return np.frombuffer(joined, np.uint8).reshape(len(values), width)


def numbers(signs: Bytes) -> Ints:
    """Read each row of at most 18 signs as a number, -1 where one of them is no digit."""
    found = np.zeros(len(signs), np.int64)
    known = np.ones(len(signs), np.bool_)
    for column in signs.T:
        digit = column - np.uint8(_NOUGHT)
        known &= digit <= 9
        found *= 10
        found += digit
    found[~known] = -1
    return found


def packed(signs: Bytes) -> Ints:
    """Give rows of at most ten signs (digits, "X" or "*") a number each, equal for equal rows."""
    found = np.zeros(len(signs), np.int64)
    for column in signs.T:
        found <<= _BITS
        found |= column - np.uint8(_LOWEST)
    return found
