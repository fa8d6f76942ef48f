"""The pages of feeds: an editor asks, administrators approve, everybody sees how it fares."""

from typing import Any

import pytest
from django.urls import reverse

from qianshou.exchange.models import Egress, Feed, Source
from tests import make
from tests import make_exchange as making

URL = "https://dept.example:8443/children"


def signed_in(client: Any, role: str) -> Any:
    user = make.a_user(role, area=make.CITY)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def a_source() -> Source:
    return making.a_source(make.CITY, fetch={"kind": "rest", "url": URL})


def feeds(client: Any) -> str:
    answer = client.get(reverse("exchange:feeds"))
    assert answer.status_code == 200
    return str(answer.content.decode())


def act(client: Any, name: str, **kwargs: Any) -> Any:
    return client.post(reverse(f"exchange:{name}", kwargs=kwargs))


def test_a_way_is_asked_for_approved_by_two_and_closed(db, client):
    source = a_source()
    signed_in(client, "fed_city")
    where = reverse("exchange:feed", kwargs={"source_id": source.pk})
    assert URL in client.get(where).content.decode()
    client.post(where, {"url": URL, "addresses": "10.0.0.9, 10.0.0.8"})
    way = Egress.objects.get()
    assert way.addresses == ["10.0.0.8", "10.0.0.9"]
    assert "waiting for approval" in feeds(client)
    for role in ("sys_admin", "sec_admin"):
        signed_in(client, role)
        shown = feeds(client)
        assert "Approve" in shown
        assert reverse("exchange:feeds") in client.get(reverse("web:home")).content.decode()
        assert reverse("exchange:sources") not in shown
        assert "Destinations that wait" in client.get(reverse("web:home")).content.decode()
        assert act(client, "approve-way", way_id=way.pk).status_code == 302
        # Asked no more: neither on her home nor by a button.
        assert "Destinations that wait" not in client.get(reverse("web:home")).content.decode()
        assert "approve/" not in feeds(client)
        assert ("waiting for a second administrator" in feeds(client)) == (role == "sys_admin")

    assert Egress.objects.get().is_open
    assert "waiting for approval" not in feeds(client)
    assert act(client, "end-way", way_id=way.pk).status_code == 302
    assert "No destination is asked for" in feeds(client)


def test_a_bad_address_is_told_at_the_form(db, client):
    source = a_source()
    signed_in(client, "fed_city")
    answer = client.post(
        reverse("exchange:feed", kwargs={"source_id": source.pk}),
        {"url": URL, "addresses": "169.254.169.254"},
    )

    assert answer.status_code == 422
    assert "addresses of clouds are refused" in answer.content.decode()


def test_the_secret_goes_in_and_never_comes_out(db, client):
    source = a_source()
    signed_in(client, "fed_city")
    where = {"source_id": source.pk}
    secret = "given-by-the-department"
    client.post(reverse("exchange:set-secret", kwargs=where), {"secret": secret})

    feed = Feed.objects.get()
    assert feed.secret.open() == secret
    assert secret.encode() not in feed.secret.raw
    assert secret not in client.get(reverse("exchange:feed", kwargs=where)).content.decode()
    assert act(client, "set-secret", source_id=source.pk).status_code == 422


@pytest.mark.parametrize("role", ["clerk", "fed_county"])
def test_how_it_fares_is_seen_by_all_who_see_deliveries(db, client, role):
    source = a_source()
    Feed.objects.update(problem={"code": "UNREACHABLE", "value": URL}, looked_at=source.updated_at)
    user = make.a_user(role, area=make.COUNTY)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    shown = feeds(client)

    assert f"{URL} cannot be reached" in shown
    assert "Approve</button>" not in shown
