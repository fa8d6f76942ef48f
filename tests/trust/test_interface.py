"""T01 for REST: every operation x key x area has one right answer, and gets it."""

from functools import partial

import pytest

from tests.trust import cells, interface, operations, routes
from tests.trust.world import undone

ALL = sorted(operations.OPERATIONS)
# Answered to any key: an operation that asks for no power cannot be narrowed away.
FREE = {"GET /instrument"}


def test_every_operation_has_an_entry_and_every_entry_an_operation():
    assert routes.operations().keys() == operations.OPERATIONS.keys()
    assert routes.api_extras() == operations.EXTRAS.keys()


@pytest.mark.parametrize("name", ALL)
def test_operation_answers_each_role_as_the_matrix_says(name, world, caller):
    assert interface.wrong_api_cells(operations.OPERATIONS[name], world, caller) == []


@pytest.mark.parametrize("name", ALL)
def test_operation_refuses_other_methods(name, world, caller):
    route, county = operations.OPERATIONS[name], world.cast["fed_county"]
    path = interface.path_of(route, world.own, person=county)
    answers = {
        (method, bool(key)): caller.call(key, method, path).status_code
        for method in interface.other_methods(route, set(ALL))
        for key in ("", caller.keys["fed_county"])
    }

    assert set(answers.values()) == {405}


@pytest.mark.parametrize("name", ALL)
def test_a_bad_key_opens_nothing(name, world, caller):
    route, county = operations.OPERATIONS[name], world.cast["fed_county"]
    path = interface.path_of(route, world.own, person=county)
    with undone():
        keys = interface.bad_keys(county, interface.powers_of(county))
        answers = {
            why: caller.call(key, route.methods[0], path).status_code for why, key in keys.items()
        }

    assert answers == dict.fromkeys(keys, 401)


@pytest.mark.parametrize("name", ALL)
def test_a_session_is_not_a_key(name, world, caller, asker):
    route, county = operations.OPERATIONS[name], world.cast["fed_county"]
    path = interface.path_of(route, world.own, person=county)

    assert asker.ask(county, route.methods[0], path).status_code == 401


@pytest.mark.parametrize("name", sorted(set(ALL) - FREE))
def test_a_key_without_the_power_is_refused(name, world, caller):
    """The key's person may, the key may not; a run of matching needs another person than ours."""
    route = operations.OPERATIONS[name]
    county = world.cast["fed_county"]
    path = interface.path_of(route, world.own, person=county)
    body = route.data(world.own, county) if route.data else None
    more = partial(route.headers, world.own) if route.headers else None
    with undone():
        key = interface.narrowed_key(county, route)
        answer = caller.call(key, route.methods[0], path, body, more=more)

    assert cells.label(answer) in (cells.FORBIDDEN, cells.MISSING)


def test_an_operation_without_a_guard_is_found(world, caller, monkeypatch):
    """Negative control: the same cells, while nobody is asked for a power."""
    from qianshou.accounts import permissions

    monkeypatch.setattr(permissions, "require", lambda *_args: None)
    wrong = interface.wrong_api_cells(operations.OPERATIONS["GET /pairings"], world, caller)

    assert any("as mother" in each for each in wrong)
