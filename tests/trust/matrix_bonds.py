"""Who may ask what on the road of a pair."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils import timezone

from qianshou.accounts.rules import Power
from qianshou.bonds.queries import terms
from tests.trust.matrix import BOTH, GET, PAIRING, PAIRS, POST, PUBLIC, REASON, Route, _id, says
from tests.trust.world import Person, Place

ACCOMPANY: Final = {"POST": Power.ACCOMPANY}
HERS: Final = (Power.OWN_CHILDREN,)


def _today(**values: Any) -> Mapping[str, Any]:
    return {"on": timezone.localdate().isoformat(), **values}


def _signs(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {"side": "GUARDIAN", "signed_on": timezone.localdate().isoformat(), "paper": "卷宗8"}


def _proposes(place: Place, _person: Person) -> Mapping[str, Any]:
    return {"mother": _id(place, "to_be_proposed"), **REASON}


def _writes(_place: Place, _person: Person) -> Mapping[str, Any]:
    title, body = terms.shipped()
    return {"title": title, "body": body, "note": "补充一条"}


def _bond(name: str, thing: str, **more: Any) -> Route:
    given = {"acts": ACCOMPANY, **more}
    return Route(f"bonds:{name}", POST, PAIRS, of=thing, kwargs={"pairing_id": thing}, **given)


BONDS: Final = (
    Route("bonds:road", GET, PAIRS),
    Route(
        "bonds:bulk", POST, (Power.ACCOMPANY,),
        data=lambda place, _person: {"act": "offer", "pick": [_id(place, "bond_reviewed")]},
    ),
    Route(
        "bonds:propose", BOTH, PAIRS, of="to_propose", kwargs={"child_id": "to_propose"},
        acts={"GET": Power.ACCOMPANY, **ACCOMPANY}, data=_proposes,
    ),
    Route("bonds:pair", GET, PAIRS, of="bond_signing", kwargs={"pairing_id": "bond_signing"}),
    Route("bonds:paper", GET, PAIRS, of="bond_signing", kwargs={"pairing_id": "bond_signing"}),
    _bond("review", "bond_proposed", acts={"POST": Power.DECIDE_PAIRING}),
    _bond("offer", "bond_reviewed"),
    _bond("answer", "bond_offered", data=says(said="no", cause="NO_TIME")),
    _bond("make-link", "bond_asked"),
    _bond("sign", "bond_signing", data=_signs),
    _bond("plan", "bond_meeting", data=lambda _place, _person: _today(place="镇政府")),
    _bond(
        "meet", "bond_meeting",
        data=lambda _place, _person: _today(staff="陈素芬", present=["MOTHER", "CHILD"]),
    ),
    _bond("withdraw", "bond_asked", data=says(**REASON)),
    Route("bonds:text", BOTH, PAIRING, acts={"POST": Power.EDIT_AGREEMENT}, data=_writes),
    Route(
        "bonds:terms", POST, (Power.EDIT_AGREEMENT,), data=says(offer_days="10", sign_days="20")
    ),
    Route(
        "bonds:ceremonies", BOTH, PAIRS, acts=ACCOMPANY,
        data=lambda _place, _person: _today(title="结对仪式", place="县文化馆"),
    ),
    Route("bonds:ceremony", GET, PAIRS, of="ceremony", kwargs={"ceremony_id": "ceremony"}),
    Route(
        "bonds:ceremony-add", POST, PAIRS, of="ceremony", kwargs={"ceremony_id": "ceremony"},
        acts=ACCOMPANY, data=lambda place, _person: {"pick": [_id(place, "bond_meeting")]},
    ),
    Route(
        "bonds:ceremony-close", POST, PAIRS, of="ceremony", kwargs={"ceremony_id": "ceremony"},
        acts=ACCOMPANY, data=says(staff="陈素芬", minutes="顺利"),
    ),
    Route(
        "bonds:my-offer", BOTH, HERS, of="bond_offer", kwargs={"offer_id": "bond_offer"},
        data=says(said="yes"),
    ),
    Route(
        "bonds:my-agreement", BOTH, HERS, of="bond_paper", kwargs={"agreement_id": "bond_paper"},
        data=lambda place, _person: {"shown": place.things["bond_paper"].sha256},
    ),
    Route("bonds:my-paper", GET, HERS, of="bond_paper", kwargs={"agreement_id": "bond_paper"}),
    Route("bonds:link", BOTH, PUBLIC, kwargs={"secret": "bond_secret"}, data=says(said="yes")),
)  # fmt: skip
