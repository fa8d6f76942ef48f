"""Who may ask what of wishes: anybody the open ones, the office and the mother their own."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from django.core import signing

from qianshou.accounts.rules import Power
from tests.trust.matrix import BOTH, GET, POST, PUBLIC, Route, says
from tests.trust.world import Person, Place

_KEEP, _OWN = (Power.KEEP_WISHES,), (Power.OWN_CHILDREN,)
_WISH = {"wish_id": "small_wish"}


def _said(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {"once": str(uuid4()), "kind": "BOOKS", "words": "想要书", "yuan": "40",
            "assented": "on"}  # fmt: skip


def _ticket(place: Place, _person: Person) -> str:
    return "/wishes/code/" + signing.dumps(str(place.things["claim"].pk), salt="wishes.claim") + "/"


WISHES: Final = (
    Route("wishes:open", GET, PUBLIC),
    Route("wishes:take", BOTH, PUBLIC, data=says(name="李", phone="1"),
          path=lambda place, _person: f"/wishes/open/{place.things['wish_open'].slug}/"),
    Route("wishes:code", BOTH, PUBLIC, data=says(code="1"), path=_ticket),
    Route("wishes:giver", BOTH, PUBLIC, path=lambda place, _person:
          f"/wishes/giver/{place.things['giver_secret'].pk}/"),
    Route("wishes:wishes", GET, _KEEP),
    Route("wishes:mine", GET, _OWN),
    Route("wishes:make", BOTH, _KEEP, of="free", kwargs={"child_id": "free"}, data=_said),
    Route("wishes:wish", GET, _KEEP, of="small_wish", kwargs=_WISH),
    Route("wishes:screen", BOTH, _KEEP, of="small_wish", kwargs=_WISH,
          data=says(**{"public_words": "想要书", "check-PRIVACY": "无", "check-SAFETY": "无",
                       "check-COST": "无"})),
    Route("wishes:act", POST, _KEEP, of="small_wish", kwargs=_WISH,
          data=says(act="withdraw", reason="不想要了")),
    Route("wishes:who-gives", POST, _KEEP, of="wish_claimed", kwargs={"wish_id": "wish_claimed"}),
)  # fmt: skip
