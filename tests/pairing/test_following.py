"""A decision can be followed from the child's page to its run, policy and certificate."""

import json

import pytest
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.pairing.actions import deciding
from qianshou.pairing.queries import instance
from tests import make, make_exchange, make_pairing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def proposal():
    make_pairing.a_child()
    make_pairing.a_mother()
    run, _, _ = make_pairing.a_computed_run()
    return run.proposals.get()


def as_worker(client, **fields):
    client.force_login(make.a_worker(**fields))
    return client


def test_way_from_the_child_to_the_certificate(client, proposal):
    deciding.approve(proposal, by=make.a_worker(), today=make.TODAY)
    client = as_worker(client)
    to_proposal = reverse("pairing:proposal", args=[proposal.pk])
    to_run = reverse("pairing:run", args=[proposal.run_id])
    to_policy = reverse("pairing:policy", args=[proposal.run.policy_id])
    to_certificate = reverse("pairing:certificate", args=[proposal.run_id])

    child = client.get(reverse("registry:child", args=[proposal.child_id])).text
    page = client.get(to_proposal).text
    answer = client.post(to_certificate)

    assert to_proposal in child
    assert all(address in page for address in (to_run, to_policy, to_certificate))
    assert str(proposal.child_id) in json.loads(answer.content)["child_value"]
    assert Entry.objects.filter(act="pairing.certificate.taken").count() == 1


def test_refused_proposal_can_be_followed_too(client, proposal):
    deciding.refuse(proposal, by=make.a_worker(), reason="两家有矛盾")

    child = as_worker(client).get(reverse("registry:child", args=[proposal.child_id])).text

    assert reverse("pairing:proposal", args=[proposal.pk]) in child
    assert "两家有矛盾" in child


@pytest.mark.parametrize(
    ("role", "area"),
    [
        ("fed_city", make.CITY),
        ("fed_town", make_exchange.TOWN),
        ("fed_county", make.OTHER_COUNTY),
    ],
)
def test_certificate_is_kept_from_who_may_not_see_every_child_of_the_run(
    client, proposal, role, area
):
    client.force_login(make.a_user(role, area=area))

    assert client.post(reverse("pairing:certificate", args=[proposal.run_id])).status_code == 404
    assert not Entry.objects.filter(act="pairing.certificate.taken").exists()


def test_certificate_whose_files_are_gone_is_refused_in_words(client, proposal):
    proposal.run.folder = ""
    proposal.run.save()

    answer = as_worker(client).post(reverse("pairing:certificate", args=[proposal.run_id]))

    assert answer.status_code == 409
    assert not Entry.objects.filter(act="pairing.certificate.taken").exists()


def test_people_of_the_child_reaches_the_matching():
    child = make_pairing.a_child(ethnicity="15")

    (row,) = instance.child_rows([child.pk])

    assert row.ethnicity == "15"


def test_child_left_over_is_told_why_until_a_later_run_placed_it(client):
    child = make_pairing.a_child()
    first, _, _ = make_pairing.a_computed_run()
    address = reverse("registry:child", args=[child.pk])
    to_run = reverse("pairing:run", args=[first.pk])
    client = as_worker(client)

    assert to_run in client.get(address).text

    later = make_pairing.a_proposal(child)
    deciding.refuse(later, by=make.a_worker(), reason="两家有矛盾")
    assert to_run not in client.get(address).text
