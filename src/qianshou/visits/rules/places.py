"""Where somebody is, as coarse as it may be known: a cell of about one kilometre, then forgotten.

The browser rounds before it sends (`static/visits/place.js`); whatever arrives is rounded again.
Only near, far or unknown is kept.
"""

import math
from typing import Final

NEAR, FAR, UNKNOWN = "NEAR", "FAR", "UNKNOWN"
# A hundredth of a degree: 1.1 km from north to south.
CELL: Final = 0.01
# Half the diagonal of a cell, in km: so far a rounded place may lie from the true one.
SLACK_KM: Final = 0.8
EARTH_KM: Final = 6371.0

Place = tuple[float, float]


def cell_of(text: str) -> Place | None:
    """Return the middle of the cell that a text like `108.41,30.81` names; None if it is none."""
    lon_text, _, lat_text = text.partition(",")
    try:
        lon, lat = float(lon_text), float(lat_text)
    except ValueError:
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    return round(round(lon / CELL) * CELL, 2), round(round(lat / CELL) * CELL, 2)


def kilometres(one: Place, other: Place) -> float:
    """Return the distance of two places given as longitude and latitude."""
    (lon1, lat1), (lon2, lat2) = (tuple(map(math.radians, place)) for place in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


def compare(said: Place | None, known: Place | None, *, near_km: float) -> str:
    """Tell whether a cell lies near a coarse place; without one of them nothing is known."""
    if said is None or known is None:
        return UNKNOWN
    return NEAR if kilometres(said, known) <= near_km + SLACK_KM else FAR
