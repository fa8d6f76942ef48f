"""T24 and T39: what is secret of a person stands neither in the database nor in a log."""

import io
import logging
import logging.config
from urllib.parse import quote

import pytest
from django.apps import apps
from django.conf import settings as site
from django.db import connection
from django.test import Client

from qianshou.common import crypto
from qianshou.common.fields import SealedField
from qianshou.registry.models import Child
from tests.trust import cells, looking, matrix, rows
from tests.trust.world import World, undone

UNREADABLE = {"audit_head", "scope_key"}


def canaries(world: World) -> dict[str, str]:
    """Every number, telephone and address of the people in both counties, by what it is."""
    found = {}
    for place in (world.own, world.other):
        for number, row in enumerate(place.things["rows"]):
            for name in ("id_number", "phone", "address", "father_phone"):
                found[f"{place.letter}{number} {name}"] = row[name]
        mother = place.things["mother"]
        found[f"{place.letter} mother id"] = mother.id_number.open()
        found[f"{place.letter} mother phone"] = mother.phone.open()
        found[f"{place.letter} bad row"] = f"1544{place.letter}000000"
    return found


def dump() -> str:
    """Everything the database holds, as a dump would write it; bytes appear in hexadecimal."""
    parts = []
    with connection.cursor() as cursor:
        for table in rows.tables():
            if table.name not in UNREADABLE:
                cursor.execute(
                    f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{table.name}\" t"
                )
                parts.append(cursor.fetchone()[0])
    return "\n".join(parts)


def shown_in(text: str, values: dict[str, str]) -> list[str]:
    """Which values stand in a text, plainly or as the bytes of their letters."""
    return [
        name
        for name, value in values.items()
        if value in text or value.encode().hex() in text or value.encode("gb18030").hex() in text
    ]


# -- T39 ------------------------------------------------------------------------------------------


def test_a_dump_holds_no_number_phone_or_address(world):
    assert shown_in(dump(), canaries(world)) == []


def test_the_dump_is_really_read(world):
    """Negative control: a number written down in the clear is found, and so are its bytes."""
    values = canaries(world)
    (first, *_rest) = values
    with undone():
        Child.objects.filter(pk=world.own.things["child"].pk).update(school=values[first])

        assert shown_in(dump(), values) == [first]
    assert shown_in(values[first].encode().hex(), values) == [first]


SEALED = [
    (model, field.attname)
    for model in apps.get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, SealedField)
]


def test_there_are_sealed_fields():
    assert len(SEALED) >= 8


@pytest.mark.parametrize(("model", "name"), SEALED)
def test_a_sealed_value_opens_in_its_own_row_and_column_alone(model, name):
    one, other = model(), model()
    setattr(one, name, "500236201207153124")
    assert getattr(one, name).open() == "500236201207153124"

    other.__dict__[name] = getattr(one, name).raw
    with pytest.raises(crypto.Unreadable):
        getattr(other, name).open()
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(getattr(one, name).raw, column="another.column", row=one.pk)


def test_a_value_swapped_in_the_database_is_refused_on_the_page(world, asker):
    """A database administrator gives one child the telephone number of another."""
    child, twin = world.own.things["child"], world.own.things["twin"]
    route, county = matrix.ROUTES["registry:reveal"], world.cast["fed_county"]
    path, data = cells.path_of(route, world.own), {"kind": "phone", "reason": "为家访核对"}
    before = asker.ask(county, "POST", path, data)
    with undone():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE registry_child SET phone = (SELECT phone FROM registry_child WHERE id = %s)"
                " WHERE id = %s",
                [twin.pk, child.pk],
            )
        after = asker.ask(county, "POST", path, data)

    assert world.own.things["rows"][0]["phone"] in looking.body(before)
    assert after.status_code == 500
    assert not shown_in(looking.body(after), canaries(world))


# -- T24 ------------------------------------------------------------------------------------------


@pytest.fixture
def log():
    """Whatever the site logs, written as its own settings write it."""
    sink = io.StringIO()
    logging.config.dictConfig({**site.LOGGING, "root": {"handlers": ["stderr"], "level": "DEBUG"}})
    root = logging.getLogger()
    handler = next(each for each in root.handlers if type(each) is logging.StreamHandler)
    handler.setStream(sink)
    request = logging.getLogger("django.request")
    was, request.disabled = request.disabled, False
    yield sink
    request.disabled = was
    root.removeHandler(handler)


def words_of(world: World) -> dict[str, str]:
    """The canaries, and the names of the children."""
    names = {f"name {each.pk}": each.name for each in Child.objects.all()}
    return {**canaries(world), **names}


def test_asking_refusing_and_failing_leave_nobody_in_the_log(world, asker, log):
    values, county = words_of(world), world.cast["fed_county"]
    for value in list(values.values())[::4]:
        asker.ask(county, "GET", f"/children/?q={quote(value)}")
        asker.ask(world.cast["mother"], "GET", f"/mothers/?q={quote(value)}")
        asker.ask(world.cast["anonymous"], "GET", f"/pairing/?q={quote(value)}")
    route = matrix.ROUTES["registry:reveal"]
    asker.ask(
        county, "POST", cells.path_of(route, world.own), {"kind": "phone", "reason": "家访核对"}
    )
    asker.ask(world.cast["grid"], "POST", cells.path_of(route, world.own), {"kind": "phone"})

    assert shown_in(log.getvalue(), values) == []


def crash_with(error: Exception):
    def crash(*_args, **_more):
        raise error

    return crash


def test_a_crash_leaves_nobody_in_the_log(world, asker, log, monkeypatch):
    from qianshou.registry.actions import revealing

    values = words_of(world)
    words = ValueError("invalid literal: " + " ".join(values.values()))
    monkeypatch.setattr(revealing, "reveal", crash_with(words))
    path = cells.path_of(matrix.ROUTES["registry:reveal"], world.own)
    answer = asker.ask(world.cast["fed_county"], "POST", path, {"kind": "phone", **values})

    assert answer.status_code == 500
    assert "builtins.ValueError" in log.getvalue()
    assert "in reveal" in log.getvalue()
    assert shown_in(log.getvalue() + looking.body(answer), values) == []


def test_a_row_that_the_database_refuses_is_not_in_the_log(world, asker, log, monkeypatch):
    """PostgreSQL repeats the whole row in the message of a broken constraint."""
    from qianshou.registry.actions import revealing

    child = world.own.things["child"]

    def crash(*_args, **_more):
        Child.objects.filter(pk=child.pk).update(state="?", sex=None)

    monkeypatch.setattr(revealing, "reveal", crash)
    path = cells.path_of(matrix.ROUTES["registry:reveal"], world.own)
    asker.ask(world.cast["fed_county"], "POST", path, {"kind": "phone"})

    assert "23" in log.getvalue()
    assert "IntegrityError" in log.getvalue()
    assert shown_in(log.getvalue(), words_of(world)) == []


def test_a_log_that_repeats_messages_is_found(world, asker, log, monkeypatch):
    """Negative control: the plain formatter of the library writes the names down."""
    from qianshou.registry.actions import revealing

    values = words_of(world)
    root = logging.getLogger()
    root.handlers[-1].setFormatter(logging.Formatter("%(message)s"))
    for handler in root.handlers:
        handler.setFormatter(logging.Formatter("%(message)s"))
    monkeypatch.setattr(revealing, "reveal", crash_with(ValueError(next(iter(values.values())))))
    path = cells.path_of(matrix.ROUTES["registry:reveal"], world.own)
    asker.ask(world.cast["fed_county"], "POST", path, {"kind": "phone"})

    assert len(shown_in(log.getvalue(), values)) == 1


def test_no_address_of_a_page_holds_a_person(world, asker):
    """Links, forms and redirects name people by id: addresses end up in histories and logs."""
    values, county = words_of(world), world.cast["fed_county"]
    held = {}
    for _kind, name, path in looking.readings(county, world.own):
        if _kind == "page":
            answer = asker.ask(county, "GET", path)
            text = "\n".join(
                [*looking.Markup(looking.body(answer)).addresses, answer.get("Location", "")]
            )
            if found := shown_in(text, values):
                held[name] = found

    assert held == {}


def test_a_secret_is_not_kept_in_a_cookie(world):
    client = Client()
    client.force_login(world.cast["fed_county"].user)
    route = matrix.ROUTES["registry:reveal"]
    client.post(cells.path_of(route, world.own), {"kind": "phone", "reason": "为家访核对"})

    assert shown_in(str(client.cookies), canaries(world)) == []
