"""The road of a transfer as a table, and how far apart a pairing may be."""

import math
from typing import Final

from qianshou.common.machines import STAFF, Machine, Step

ASKED: Final = "ASKED"
ACCEPTED: Final = "ACCEPTED"
DECLINED: Final = "DECLINED"
TAKEN_BACK: Final = "TAKEN_BACK"
EARTH_KM: Final = 6371.0


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


TRANSFER: Final = Machine(
    name="Transfer",
    labels={
        ASKED: _("asked: waits for the other county"),
        ACCEPTED: _("accepted"),
        DECLINED: _("not accepted"),
        TAKEN_BACK: _("taken back"),
    },
    initial=(ASKED,),
    terminal=(ACCEPTED, DECLINED, TAKEN_BACK),
    steps=(
        Step("accept", (ASKED,), ACCEPTED, (STAFF,)),
        Step("decline", (ASKED,), DECLINED, (STAFF,), needs_reason=True),
        Step("take_back", (ASKED,), TAKEN_BACK, (STAFF,), needs_reason=True),
    ),
)


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two places given as longitude and latitude."""
    (lon1, lat1), (lon2, lat2) = (map(math.radians, place) for place in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
