"""How much of age and place may be shown, so that no child stands alone behind it.

At least `fewest` children on file share what is shown. From the most telling to the least: county
and narrow age band, county and wide band, whole city and narrow band, city and wide band, neither.
"""

from collections.abc import Callable
from dataclasses import dataclass

from qianshou.wishes.rules import kinds


@dataclass(frozen=True)
class Shown:
    """What the public reads of a child: perhaps a county, perhaps an age band."""

    county: str
    band: str


def shown_for(
    age: int | None,
    county: str,
    count: Callable[[str, tuple[int, int] | None], int],
    *,
    fewest: int,
) -> Shown:
    """Return the most telling pair that at least `fewest` children share.

    `count` tells how many children of an age live in a county, or in the city if it is empty.
    """
    narrow, wide = kinds.band_of(age, kinds.BANDS), kinds.band_of(age, kinds.WIDE)
    tries = [
        (county, narrow, kinds.BANDS), (county, wide, kinds.WIDE),
        ("", narrow, kinds.BANDS), ("", wide, kinds.WIDE),
    ]  # fmt: skip
    for place, band, bands in tries:
        if band and count(place, bands[band]) >= fewest:
            return Shown(place, band)
    if county and count(county, None) >= fewest:
        return Shown(county, "")
    return Shown("", "")
