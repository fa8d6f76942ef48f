"""T20: where a hidden child lives and learns appears nowhere but to the named people."""

import pytest

from qianshou.areas.models import Area
from qianshou.pairing.models import LeftOver, Pairing, Proposal
from qianshou.registry.models import Child
from tests import make_registry
from tests.trust import looking
from tests.trust import world as stages

VILLAGE, CODE, SCHOOL, NOW = "百合谷村", "500236117288", "百合谷小学校", "YZ1"


@pytest.fixture(scope="module")
def hidden(world):
    """A child in a village and a school of its own, who moved there, and is hidden from all."""
    place, town = world.own, world.own.town
    Area.objects.create(code=CODE, name=VILLAGE, level="VILLAGE", parent_id=town)
    row = {**stages.row(place, 8), "key": NOW, "school": "竹园镇中心小学校", "stage": "PRIMARY"}
    make_registry.deliver([row], "education", area_code=place.county)
    moved = {**row, "area_code": CODE, "school": SCHOOL, "address": "百合谷8号"}
    second = make_registry.deliver([moved], "education", area_code=place.county)
    child = make_registry.child_of(second.arrived[0][0])
    Child.objects.filter(pk=child.pk).update(hidden_location=True, location_readers=[])
    Proposal.objects.filter(pk=place.things["proposal"].pk).update(child=child, area_code=CODE)
    LeftOver.objects.filter(run=place.things["match_run"]).update(child=child, area_code=CODE)
    Pairing.objects.filter(pk=place.things["pairing"].pk).update(child=child, area_code=CODE)
    place.put("child", Child.objects.get(pk=child.pk))
    return world


def told(world, caller, *, role, names=frozenset()) -> list[str]:
    """The pages and operations that name the village or the school, read by one person.

    Whoever works in the town is offered its villages by the area switcher, and is not asked here.
    """
    person, place, found = world.cast[role], world.own, []
    for kind, name, path in looking.readings(person, place):
        if names and name not in names:
            continue
        answer = looking.read(kind, path, person=person, caller=caller)
        text = looking.body(answer) if answer.status_code < 400 else ""
        if "百合谷" in text or CODE in text:
            found.append(name)
    return found


@pytest.mark.parametrize("role", ["fed_county", "clerk", "fed_city", "mother"])
def test_the_place_of_a_hidden_child_is_told_to_nobody_else(role, hidden, caller):
    assert told(hidden, caller, role=role) == []


def test_a_named_reader_is_told(hidden, caller):
    """Negative control: the same crawl by somebody who may know."""
    child, reader = hidden.own.things["child"], hidden.cast["clerk"].user
    with stages.undone():
        Child.objects.filter(pk=child.pk).update(location_readers=[str(reader.pk)])

        assert told(hidden, caller, role="clerk", names={"registry:child", "GET /children"})
