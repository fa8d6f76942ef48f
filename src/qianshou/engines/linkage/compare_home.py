"""The household as one piece of evidence.

Telephone, guardian, village and township agree or disagree together; counted one by one they
merge siblings (linkage study: pair precision 0.91 against 0.95).
"""

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage.coded import Bools, Coded, Ints
from qianshou.engines.linkage.prepare import Prepared

Levels = npt.NDArray[np.int8]


def _any_same(options: Sequence[Coded], a: Ints, b: Ints) -> Bools:
    """Tell which pairs share a known value, whichever of the alternatives holds it."""
    found = np.zeros(len(a), np.bool_)
    known = [option for option in options if option.values]
    for x in known:
        left = x.codes[a]
        for y in known:
            found |= (left == y.codes[b]) & (left >= 0)
    return found


class Household:
    """How close two rows live: same contact and village down to nothing in common."""

    name = "household"
    levels = (
        "missing", "contact_and_village", "contact", "guardian_and_township", "village",
        "township_or_guardian", "county", "else",
    )  # fmt: skip
    typical = (0.0, 15.0, 14.0, 14.0, 11.0, 7.0, 0.0, -6.0)

    def __init__(self, data: Prepared) -> None:
        self._contacts = data.options("contact")
        self._numbers = data.options("guardian_number")
        self._guardians = data.options("guardian_sound")
        self._village, self._township = data.get("village"), data.get("township")
        self._county = data.get("county")
        self._address = data.get(data.spec.first("address") or "")
        area = data.spec.first("area")
        self._area = data.get(area or "")
        self._coded_area = "county" in data.columns

    def together(self, a: Ints, b: Ints) -> tuple[Bools, Bools]:
        """Tell which pairs live together, and which at least near.

        Together: telephone, guardian's number, guardian and township or village agree; near: the
        township or the guardian's name alone may do.
        """
        level = self.measure(a, b)
        known = level >= 1
        return known & (level <= 4), known & (level <= 5)

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair."""
        contact = self._contact(a, b)
        named = _any_same(self._guardians, a, b)
        village = _any_same([self._village], a, b) | _any_same([self._address], a, b)
        township = _any_same([self._township], a, b)
        county = _any_same([self._county], a, b)
        if not self._coded_area:
            township |= _any_same([self._area], a, b)
        found = np.where(self._comparable(a, b), 7, 0).astype(np.int8)
        found[county] = 6
        found[township | named] = 5
        found[village] = 4
        found[named & (township | village)] = 3
        found[contact] = 2
        found[contact & (village | township & named)] = 1
        return found

    def _contact(self, a: Ints, b: Ints) -> Bools:
        return _any_same(self._numbers, a, b) | _any_same(self._contacts, a, b)

    def _comparable(self, a: Ints, b: Ints) -> Bools:
        """Tell which pairs both tell something of one kind, so that it could agree."""
        result: Bools = (self._told[a] & self._told[b]) != 0
        return result

    @functools.cached_property
    def _told(self) -> npt.NDArray[np.uint8]:
        """Give for each row a bit for every kind of information that it has."""
        kinds = [self._area], [self._address], self._numbers, self._guardians, self._contacts
        found = np.zeros(len(self._area.codes), np.uint8)
        for bit, options in enumerate(kinds):
            for option in options:
                found[option.codes >= 0] |= 1 << bit
        return found
