"""The things on the road of a pair that routes ask for by name."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from qianshou.bonds.actions import ceremonies, offering
from qianshou.bonds.models import Agreement
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from tests import make, make_bonds, make_pairing

if TYPE_CHECKING:
    from tests.trust.world import Place


def furnish(place: "Place") -> None:
    """A pair in each state of the road; the mother has an offer and an agreement to sign."""
    things, today = place.things, timezone.localdate()
    worker, her = things["worker"], things["mother"]
    stages: tuple[tuple[str, str, Any], ...] = (
        ("bond_reviewed", life.REVIEWED, None),
        ("bond_offered", life.OFFERED_MOTHER, her),
        ("bond_asked", life.OFFERED_GUARDIAN, None),
        ("bond_signing", life.AGREEMENT, her),
        ("bond_meeting", life.FIRST_MEETING, None),
    )
    for name, state, mother in stages:
        place.put(name, _bond(place, state, mother))
    proposed = Pairing.objects.create(
        child=make_pairing.a_child(area=place.village), by=make.a_user("fed_town", area=place.town),
        mother=make_pairing.a_mother(area=place.village), area_code=place.village,
        started_on=today, state=life.PROPOSED,
    )  # fmt: skip
    place.put("bond_proposed", proposed)
    place.put("bond_offer", make_bonds.asked(things["bond_offered"]))
    place.put("bond_paper", Agreement.objects.get(pairing=things["bond_signing"]))
    place.put("met", make_bonds.a_meeting(things["bond_meeting"], by=worker, today=today))
    made = offering.make_link(things["bond_asked"], by=worker, today=today)
    place.put("bond_secret", made.secret, place.village)
    ceremony = ceremonies.plan(
        place.county, by=worker, title="结对仪式", on=today, place="县文化馆", today=today
    )
    place.put("ceremony", ceremony)
    place.put("to_propose", make_pairing.a_child(area=place.village))
    place.put("to_be_proposed", make_pairing.a_mother(area=place.village))


def _bond(place: "Place", state: str, mother: Any) -> Pairing:
    today, worker = timezone.localdate(), place.things["worker"]
    pairing = Pairing.objects.create(
        child=make_pairing.a_child(area=place.village), area_code=place.village,
        mother=mother or make_pairing.a_mother(area=place.village), started_on=today, by=worker,
    )  # fmt: skip
    return make_bonds.led_to(pairing, state, by=worker, today=today)
