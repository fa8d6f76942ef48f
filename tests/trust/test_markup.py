"""T33 and T34: what comes in from feeds and people runs nowhere; every answer has its headers."""

import json
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.utils.safestring import mark_safe

from qianshou.registry.models import Child
from tests.trust import cells, headers, looking, matrix, operations
from tests.trust.matrix import PHONE_KEY

PAYLOAD = "<img src=x onerror=pwn()>\"'𠮷😀\u202e"
SCRIPT = "\"><script>pwn()</script><a href='javascript:pwn()'>"
# Columns whose words come from feeds or are typed by people.
TYPED = {
    "accounts_user": ("display_name",),
    "accounts_token": ("name",),
    "areas_area": (),
    "exchange_source": ("name",),
    "exchange_importrun": ("file_name", "message"),
    "exchange_quarantinedrow": ("sheet",),
    "exchange_record": ("sheet",),
    "mothers_mother": ("name", "employer", "ethnicity", "education", "remark"),
    "registry_child": ("name", "school"),
    "registry_guardian": ("name",),
    "registry_pin": ("reason",),
    "assessment_assessment": ("reason",),
    "pairing_matchrun": ("message",),
    "pairing_proposal": ("reason",),
    "pairing_pairing": ("end_reason",),
    "pairing_steeringact": ("reason",),
}
# Values inside JSON: facts of a child, what a mother offers, problems of a row, notes of a run.
STRUCTURED = {
    "registry_child": (
        "facts",
        json.dumps(
            dict.fromkeys(("school", "class_name", "ethnicity", "interests", "health"), PAYLOAD)
        ),
    ),
    "mothers_mother": ("interests", json.dumps([PAYLOAD])),
    "exchange_quarantinedrow": (
        "rules",
        json.dumps([{"rule": "ID_CHECKSUM", "column": PAYLOAD, "params": [PAYLOAD]}]),
    ),
    "exchange_importrun": (
        "notes",
        json.dumps([{"code": "TURNED_AWAY", "reason": PAYLOAD}]),
    ),
}


@pytest.fixture(scope="module")
def poisoned(world):
    """The same world after a feed and a colleague have written markup wherever they can."""
    with connection.cursor() as cursor:
        for table, columns in TYPED.items():
            for column in columns:
                cursor.execute(
                    "SELECT character_maximum_length FROM information_schema.columns"
                    " WHERE table_name = %s AND column_name = %s",
                    [table, column],
                )
                (size,) = cursor.fetchone()
                cursor.execute(f'UPDATE "{table}" SET "{column}" = %s', [PAYLOAD[:size]])
        for table, (column, value) in STRUCTURED.items():
            cursor.execute(f'UPDATE "{table}" SET "{column}" = %s', [value])
    return world


def somebody(world, route, method="GET"):
    """Somebody who is let in, the county's worker first, and the place asked about."""
    first = [world.cast["fed_county"], *world.cast.values()]
    let_in = (cells.OK, cells.CLOSED)
    return next(each for each in first if cells.expected(route, method, each, world.own) in let_in)


# A phone's own key opens the day of a mother, and nobody's session does.
GETS = sorted(
    name
    for name, route in matrix.ROUTES.items()
    if "GET" in route.methods and route.needs is not PHONE_KEY
)


def drawn(name, world, asker, *, more=""):
    route = matrix.ROUTES[name]
    person = somebody(world, route)
    path = looking.address(route, world.own, person)
    path += more and ("&" if "?" in path else "?") + more
    return asker.ask(person, "GET", path)


# -- T33 ------------------------------------------------------------------------------------------


def test_markup_from_feeds_and_names_is_text_on_every_page(poisoned, asker):
    """And the payload is really there, as text, on more than half of the pages."""
    active, read = {}, []
    for name in GETS:
        answer = drawn(name, poisoned, asker)
        page = looking.Markup(looking.body(answer))
        if answer.status_code >= 400 or page.active:
            active[name] = (answer.status_code, answer.problem, page.active)
        if "<img src=x" in "".join(page.words):
            read.append(name)

    assert active == {}
    assert len(read) > len(GETS) / 2


@pytest.mark.parametrize("name", GETS)
def test_markup_from_the_address_is_text(name, poisoned, asker):
    asked = "&".join(
        f"{key}={quote(SCRIPT)}" for key in ("q", "sort", "next", "grade", "mother", "page")
    )
    answer = drawn(name, poisoned, asker, more=asked)

    assert answer.status_code < 500, answer.problem
    assert looking.Markup(looking.body(answer)).active == []


def test_a_name_that_is_not_escaped_is_found(poisoned, asker, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(Child, "__str__", lambda self: mark_safe(self.name))
    page = looking.Markup(looking.body(drawn("registry:child", poisoned, asker)))

    assert "img onerror" in page.active


@pytest.mark.parametrize("name", GETS)
def test_a_nul_byte_in_the_address_is_refused(name, world, asker):
    for key in ("q", "area"):
        assert drawn(name, world, asker, more=f"{key}=%00x").status_code == 400

    answer = drawn(name, world, asker, more="area=50023600001x")

    assert answer.status_code < 500, answer.problem


READS = sorted(name for name, route in operations.OPERATIONS.items() if route.methods == ("GET",))


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("value", ["%00", "50023600001x", "5002361", "%D9%A3" * 12, "x" * 5000])
def test_odd_values_in_the_address_of_an_operation_are_no_server_error(name, value, world, caller):
    from tests.trust import interface

    person = somebody(world, operations.OPERATIONS[name])
    path = interface.path_of(operations.OPERATIONS[name], world.own, person=person)
    for key in ("area", "q", "state", "grade", "reason", "kind", "rule", "source"):
        answer = caller.call(caller.keys[person.name], "GET", f"{path}?{key}={value}")

        assert answer.status_code < 500, f"{key}: {answer.problem!r}"


@pytest.mark.parametrize("word", ["\0\0\0\0", PAYLOAD, "\u202e" * 8, "龘" * 8, "x" * 9000])
def test_odd_words_in_a_reason_are_no_server_error(word, world, asker, caller):
    county = world.cast["fed_county"]
    for name, route in matrix.ROUTES.items():
        data = route.data(world.own, county) if route.data else {}
        if "reason" in data and cells.expected(route, "POST", county, world.own) == cells.OK:
            path = looking.address(route, world.own, county)
            answer = asker.ask(county, "POST", path, {**data, "reason": word})

            assert answer.status_code < 500, f"{name}: {answer.problem!r}"


# -- T34 ------------------------------------------------------------------------------------------


# The matrix looks at the headers of all else that the whole site answers.
FILLED_IN = sorted(name for name, route in matrix.ROUTES.items() if "POST" in route.methods)


@pytest.mark.parametrize("name", FILLED_IN)
def test_every_form_that_comes_empty_has_its_headers(name, world, asker):
    county = world.cast["fed_county"]
    path = looking.address(matrix.ROUTES[name], world.own, county)

    assert headers.missing(asker.ask(county, "POST", path), name) == []


@pytest.mark.parametrize("name", sorted(operations.OPERATIONS))
def test_every_operation_has_its_headers(name, world, caller):
    from tests.trust import interface

    route, county = operations.OPERATIONS[name], world.cast["fed_county"]
    path = interface.path_of(route, world.own, person=county)
    for key in ("", caller.keys["fed_county"]):
        assert headers.missing(caller.call(key, route.methods[0], path)) == []


@pytest.mark.parametrize("path", ["/no/such/page/", "/api/v1/openapi.json", "/static/none.css"])
def test_errors_and_descriptions_have_their_headers(path, world, asker):
    assert headers.missing(asker.ask(world.cast["anonymous"], "GET", path)) == []


def test_a_crash_has_its_headers_and_says_nothing(world, asker, monkeypatch):
    from qianshou.registry.queries import child

    def crash(*_args, **_more):
        raise ValueError("张一诺 15431000000")

    monkeypatch.setattr(child, "child_for", crash)
    answer = drawn("registry:child", world, asker)

    assert (answer.status_code, headers.missing(answer)) == (500, [])
    assert "张一诺" not in looking.body(answer)


def test_a_page_without_its_headers_is_found(world, asker, settings):
    """Negative control."""
    settings.MIDDLEWARE = [
        each for each in settings.MIDDLEWARE if "csp" not in each and "Headers" not in each
    ]

    assert "no default-src 'none'" in headers.missing(Client().get("/accounts/sign-in/"))
