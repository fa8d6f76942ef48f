"""The pages of care: as many queries for three rows as for one, and the demo's furniture."""

from datetime import timedelta

import pytest
from django.urls import reverse

from qianshou.config.commands import furnish_support
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.support.models import Complaint, Digest, Followup, Transfer
from tests import make, make_pairing
from tests.make_support import a_contact, a_pairing

pytestmark = pytest.mark.django_db


def queries_of(client, connection_queries, path: str) -> int:
    with connection_queries as caught:
        assert client.get(path).status_code == 200
    return len(caught)


@pytest.mark.parametrize("path", ["/support/?what=ALL", "/support/duties/", "/support/endings/"])
def test_a_list_asks_no_more_often_when_there_is_more(client, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(make.a_worker())
    a_pairing()
    client.get(path)
    one = queries_of(client, CaptureQueriesContext(connection), path)
    for _ in range(3):
        a_pairing()

    assert queries_of(client, CaptureQueriesContext(connection), path) == one


def test_a_contact_is_written_on_its_page(client):
    pairing = a_pairing(active_on=make.TODAY - timedelta(days=20))
    client.force_login(make.a_worker())
    path = reverse("support:contact", args=[pairing.pk, "CHILD"])
    page = client.get(path).content.decode()
    once = page.split('name="once" value="')[1].split('"')[0]
    given = {
        "once": once, "held_on": make.TODAY.isoformat(), "channel": "VISIT",
        "outcome": "REACHED", "q-c_activities": "一起做饭",
    }  # fmt: skip

    assert client.post(path, given | {"q-c_activities": ""}).status_code == 422
    for _ in range(2):
        assert client.post(path, given).status_code == 302

    assert pairing.support_contacts.count() == 1


def test_a_pairing_without_any_decision_for_the_child_does_not_close_on_its_page(client):
    pairing = a_pairing()
    client.force_login(make.a_worker())
    path = reverse("support:close", args=[pairing.pk])
    given = {"kind": "UNWILLING", "cause": "NO_BOND", "reason": "不愿意"}

    assert client.post(path, given).status_code == 422
    assert client.post(path, given | {"next_step": "REMATCH"}).status_code == 422
    assert client.post(path, given | {"next_step": "COOL_DOWN"}).status_code == 302
    pairing.refresh_from_db()
    assert (pairing.state, pairing.next_step) == (life.CLOSING, "COOL_DOWN")


def test_the_demo_fills_the_rooms_of_care():
    for name in ("county", "town"):
        make.a_worker(username=name)
    run = make_pairing.a_run()
    for _ in range(9):
        make_pairing.a_proposal(run=run)

    taken = furnish_support.furnish(make.COUNTY, seed=1, today=make.TODAY)

    states = set(Pairing.objects.values_list("state", flat=True))
    assert taken == 9
    assert {life.ACTIVE, life.AT_RISK, life.PAUSED, life.CLOSING, life.CLOSED} <= states
    assert Followup.objects.exists()
    assert (Complaint.objects.count(), Transfer.objects.count()) == (1, 1)
    assert Digest.objects.exists()


def test_a_contact_of_another_county_is_not_found(client):
    made = a_contact(a_pairing())
    client.force_login(make.a_worker(make.OTHER_COUNTY))

    assert client.post(reverse("support:said", args=[made.pk]), {"reason": "x"}).status_code == 404
