"""A decision can be followed from the child's page to its run, policy and certificate."""

import json
from hashlib import sha256

import pytest
from django.conf import settings
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.config import console
from qianshou.engines.matching import partial
from qianshou.pairing.actions import deciding
from qianshou.pairing.queries import archived, instance
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


def taken(client, user, run, area=None):
    client.force_login(user)
    if area:
        client.post(reverse("web:area"), {"area": area})
    return client.post(reverse("pairing:certificate", args=[run.pk]))


@pytest.fixture
def city_run():
    """A run of the city with a pair here, a pair elsewhere, and a child left over elsewhere."""
    elsewhere = "500235101202"
    for area in (make_pairing.VILLAGE, elsewhere):
        make_pairing.a_child(area=area)
        make_pairing.a_mother(area=area)
    make_pairing.a_child(area=elsewhere)
    run, _, _ = make_pairing.a_computed_run(make.CITY)
    return run


def test_county_takes_its_part_of_the_citys_certificate(client, city_run):
    whole = json.loads((settings.VAR / city_run.folder / "certificate.json").read_text())

    part = json.loads(taken(client, make.a_worker(), city_run).content)

    (pair,) = part["pairs"]
    here = city_run.proposals.get(area_code=make_pairing.VILLAGE)
    assert (pair["child_id"], pair["mother_id"]) == (str(here.child_id), str(here.mother_id))
    assert set(part["child_value"]) == {str(here.child_id)} < set(whole["child_value"])
    assert partial.flaws(part) == []
    assert part["whole_sha256"] == sha256(archived.certificate_text(city_run)).hexdigest()
    entry = Entry.objects.get(act="pairing.certificate.taken")
    assert (entry.area_code, json.loads(entry.details)["extent"]) == (make.COUNTY, "part")


@pytest.mark.parametrize("key", ["child_value", "mother_price", "rest", "capacity"])
def test_part_that_was_changed_does_not_add_up(client, city_run, key):
    part = json.loads(taken(client, make.a_worker(make.OTHER_COUNTY), city_run).content)
    assert partial.flaws(part) == []

    part[key] = {name: n + 1 for name, n in part[key].items()} if key != "rest" else 1 + part[key]

    assert partial.flaws(part)


def test_part_is_verified_on_the_command_line(client, city_run, tmp_path, capsys):
    file = tmp_path / "part.json"
    file.write_bytes(taken(client, make.a_worker(), city_run).content)

    assert console.main(["verify-part", str(file)]) == 0
    file.write_text("{}")
    assert console.main(["verify-part", str(file)]) == 2
    assert "take it again from the page of the run" in capsys.readouterr().err


def test_city_takes_figures_that_name_nobody(client, city_run):
    text = taken(client, make.a_user("fed_city", area=make.CITY), city_run).content.decode()

    figures = json.loads(text)["figures"]
    assert figures["gap"] == 0
    # Three children are too few for sums of any kind.
    assert not {"matched", "left_over", "tiers", "objective", "dual_sum"} & set(figures)
    for proposal in city_run.proposals.all():
        assert str(proposal.child_id) not in text
        assert str(proposal.mother_id) not in text


def test_city_takes_the_sums_of_many_children(client):
    for _ in range(6):
        make_pairing.a_child()
        make_pairing.a_mother()
    run, _, _ = make_pairing.a_computed_run(make.CITY)

    answer = taken(client, make.a_user("fed_city", area=make.CITY), run)

    figures = json.loads(answer.content)["figures"]
    assert (figures["matched"], figures["gap"], len(figures["tiers"])) == (6, 0, 1)
    assert "child_value" not in answer.content.decode()


def test_town_takes_its_part_of_the_countys_certificate(client, proposal):
    part = json.loads(
        taken(client, make.a_user("fed_town", area=make_exchange.TOWN), proposal.run).content
    )

    assert part["pairs"] == []
    assert part["child_value"] == {}
    assert partial.flaws(part) == []


def test_certificate_is_kept_from_another_county(client, proposal):
    answer = taken(client, make.a_worker(make.OTHER_COUNTY), proposal.run)

    assert answer.status_code == 404
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
