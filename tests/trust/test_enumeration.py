"""T08 and T43: an id tells nothing, and a mother learns of no child but her own."""

import re
import uuid
from urllib.parse import unquote

import pytest

from qianshou.registry.models import Child
from tests.trust import cells, interface, looking, matrix, operations

# Accounts lie in no county: who manages them sees them all, and nobody else any.
ABOUT = sorted(
    name for name, route in matrix.ROUTES.items() if route.of and not name.startswith("accounts:")
)
ABOUT_API = sorted(name for name, route in operations.OPERATIONS.items() if route.of)
MOST_PAGES = 300


def unknown(path: str) -> str:
    """The same address about something that does not exist."""
    return looking.UUID.sub(lambda _found: str(uuid.uuid4()), path)


# -- T08 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ABOUT)
def test_a_page_about_another_countys_thing_is_a_page_about_nothing(name, world, asker):
    route, person = matrix.ROUTES[name], world.cast["fed_county"]
    path = looking.address(route, world.other, person)
    for method in route.methods:
        data = route.data(world.other, person) if method == "POST" and route.data else None
        theirs = looking.told(asker.ask(person, method, path, data))
        nobodys = looking.told(asker.ask(person, method, unknown(path), data))

        assert theirs == nobodys
        assert theirs[0] == 404


@pytest.mark.parametrize("name", ABOUT_API)
def test_an_operation_about_another_countys_thing_is_one_about_nothing(name, world, caller):
    route, person = operations.OPERATIONS[name], world.cast["fed_county"]
    path = interface.path_of(route, world.other, person=person)
    body, key = route.data(world.other, person) if route.data else None, caller.keys[person.name]
    theirs = looking.told(caller.call(key, route.methods[0], path, body))
    nobodys = looking.told(caller.call(key, route.methods[0], unknown(path), body))

    assert theirs == nobodys
    assert theirs[0] == 404


def test_the_comparison_sees_a_thing_that_may_be_seen(world, asker):
    """Negative control: one's own thing is not told like nothing."""
    person = world.cast["fed_county"]
    path = cells.path_of(matrix.ROUTES["registry:child"], world.own)

    assert looking.told(asker.ask(person, "GET", path)) != looking.told(
        asker.ask(person, "GET", unknown(path))
    )


# -- T43 ------------------------------------------------------------------------------------------


def learned(person, world, caller) -> dict[str, set[str]]:
    """Read all that there is as one person, follow every link, and return the children named."""
    children = {str(each.pk): each.name for each in Child.objects.all()}
    waiting = [("page", "/")]
    for place in (world.own, world.other):
        waiting += [(kind, path) for kind, _name, path in looking.readings(person, place)]
    # The longest first: one name may be the beginning of another.
    longest_first = sorted(children.values(), key=len, reverse=True)
    names = "|".join(map(re.escape, longest_first))
    waiting += [("page", f"/children/?q={name}") for name in children.values()]
    seen: set[str] = set()
    found: dict[str, set[str]] = {}
    while waiting and len(seen) < MOST_PAGES:
        kind, path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = looking.read(kind, path, person=person, caller=caller)
        if answer.status_code >= 400:
            continue
        # A search repeats what was asked for; that teaches nobody anything.
        text = looking.body(answer).replace(unquote(path.partition("?q=")[2]) or "\0", "")
        told = set(looking.UUID.findall(text)) & set(children)
        told |= {child for child, name in children.items() if name in re.findall(names, text)}
        for child in told:
            found.setdefault(child, set()).add(path)
        waiting += [("page", link) for link in sorted(looking.Markup(text).links)]
    return found


def test_a_mother_learns_of_no_child_but_her_own(world, caller):
    """All pages, all links from them, all operations, every child's id and name tried."""
    # The two she is paired with, and the one whose agreement lies before her to be signed.
    things = world.own.things
    hers = (things["pairing"], things["plan_pairing"], things["bond_signing"])
    own = {str(pairing.child_id) for pairing in hers}

    assert learned(world.cast["mother"], world, caller).keys() == own


@pytest.mark.parametrize("role", ["guardian", "evaluator"])
def test_roles_without_children_learn_of_none(role, world, caller):
    assert learned(world.cast[role], world, caller) == {}


def test_the_crawler_learns_what_may_be_learned(world, caller):
    """Negative control: a worker's crawl finds every child of the county and none of the other."""
    found = learned(world.cast["fed_town"], world, caller)
    ours = set(
        Child.objects.on_file().filter(area_code__startswith="500236").values_list("pk", flat=True)
    )

    assert {str(pk) for pk in ours} <= found.keys()
    assert not any(
        str(each.pk) in found for each in Child.objects.filter(area_code__startswith="500235")
    )


def test_a_mother_has_no_page_that_hands_out_a_file(world, caller):
    """No search, no list, no export: whatever she is answered is her own page or her account."""
    mother = world.cast["mother"]
    opened = {
        name
        for name, route in matrix.ROUTES.items()
        for method in route.methods
        if cells.expected(route, method, mother, world.own) == cells.OK
        and route.needs not in (matrix.PUBLIC, matrix.SIGNED_IN)
    }

    hers = {"bonds:my-offer", "bonds:my-agreement", "bonds:my-paper"}
    hers |= {
        f"care:{name}"
        for name in (
            "today",
            "log",
            "plan",
            "settle",
            "question",
            "my-phones",
            "revoke-own",
            "recording",
        )
    }
    of_her_file = (
        "pulse rest end-rest ask-help withdraw-help ask-change withdraw-change own-paper"
        " own-certificate"
    )
    hers |= {f"mothers:{name}" for name in of_her_file.split()}
    hers |= {"recruitment:promises", "recruitment:sign-signed-in", "visits:mine", "wishes:mine"}
    of_her_plan = (
        "mine plan tick tick-note withdraw parents goal new-goal change-goal goal-words goal-step"
    )
    hers |= {f"plans:{name}" for name in of_her_plan.split()}
    assert opened == {"mothers:mine"} | hers
    assert not any(
        cells.expected(route, route.methods[0], mother, world.own) == cells.OK
        for route in operations.OPERATIONS.values()
        if route.needs is not matrix.SIGNED_IN
    )
