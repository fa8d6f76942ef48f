"""Who may ask what of protection: everybody reports, and only those named receive."""

from typing import Final

from qianshou.accounts.rules import Power
from tests.trust.matrix import BOTH, GET, PUBLIC, SIGNED_IN, Route, says

_RECEIVE = (Power.RECEIVE_REPORTS,)
_NUMBERS = {"now_minutes": 20, "other_minutes": 90, "feedback_days": 2, "signals_a_week": 4}

PROTECTION: Final = (
    Route("protection:report", BOTH, PUBLIC, data=says(words="孩子手臂上有淤青", now="YES")),
    Route(
        "protection:receipt", BOTH, PUBLIC, data=says(words="还有一事"),
        path=lambda place, _person: f"/protection/receipt/{place.things['receipt']}/",
    ),
    Route("protection:mine", GET, SIGNED_IN),
    Route("protection:reports", GET, _RECEIVE, hides=True),
    Route(
        "protection:one", BOTH, _RECEIVE, of="report", kwargs={"report_id": "report"},
        data=says(act="accept"),
    ),
    Route("protection:terms", BOTH, _RECEIVE, data=says(**_NUMBERS)),
    Route("protection:signals", GET, _RECEIVE),
    Route(
        "protection:signal", BOTH, _RECEIVE, of="signal", kwargs={"signal_id": "signal"},
        data=says(act="nothing", reason="只是玩笑"),
    ),
    Route(
        "protection:words", BOTH, _RECEIVE,
        data=says(act="publish", words="装病 | FEAR | 3 | zh |"),
    ),
    Route("protection:figures", GET, _RECEIVE),
)  # fmt: skip
