"""What if: two exact plans side by side, of today's people, with nothing written."""

import pytest
from django.urls import reverse

from qianshou.common.errors import NotAllowed
from qianshou.pairing.actions import matching
from qianshou.pairing.models import MatchRun, Proposal
from qianshou.pairing.queries import whatifs
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
TOWN = "500236103000"


@pytest.fixture
def policy():
    """Three children and one place."""
    for _ in range(3):
        make_pairing.a_child()
    make_pairing.a_mother(capacity=1)
    return matching.load_policies()


def asked(policy, **changes):
    weights = changes.pop("weights", whatifs.weights_of(policy))
    question = whatifs.Question(weights, **changes)
    rows = whatifs.compare(make.COUNTY, policy, question)
    return {row.label: row for row in rows}


def paired(rows):
    return next(iter(rows.values()))


def test_more_mothers_place_more_children(policy):
    row = paired(asked(policy, mothers=2, town=TOWN))

    assert (row.now, row.then, row.change) == ("1", "3", "+2")


def test_without_changes_both_plans_are_the_same(policy):
    """The control: no change is told where nothing was changed."""
    rows = asked(policy)

    assert not any(row.change for row in rows.values())
    assert list(rows.values())[-1].then == "0"


def test_other_weights_give_another_fit(policy):
    only = dict.fromkeys(whatifs.weights_of(policy), 0) | {"skills": 1}

    rows = list(asked(policy, weights=only).values())

    assert paired({0: rows[0]}).change == ""
    assert any(row.change for row in rows)


def test_nothing_is_stored(policy):
    asked(policy, mothers=2, town=TOWN)

    assert not MatchRun.objects.exists()
    assert not Proposal.objects.exists()


def test_too_large_an_area_is_refused(policy, monkeypatch):
    monkeypatch.setattr(whatifs, "LARGEST", 2)

    with pytest.raises(whatifs.TooManyChildren):
        asked(policy)


def test_invented_mothers_need_one_to_resemble():
    make_pairing.a_child()

    with pytest.raises(whatifs.NoMothers):
        asked(matching.load_policies(), mothers=1, town=TOWN)


def test_page_computes_what_was_asked(policy, client):
    client.force_login(make.a_worker())
    given = {name: str(n) for name, n in whatifs.weights_of(policy).items()}
    address = reverse("pairing:what-if")

    page = client.get(address, given | {"mothers": "2", "town": TOWN})
    without_town = client.get(address, given | {"mothers": "2"})

    assert page.context["rows"][0].change == "+2"
    assert "rows" not in without_town.context
    assert without_town.context["form"].errors["town"]


def test_page_is_for_those_who_may_run_a_matching(policy, client):
    clerk = make.a_user("clerk")
    client.force_login(clerk)

    assert client.get(reverse("pairing:what-if")).status_code == 403
    with pytest.raises(NotAllowed):
        matching.start(make.COUNTY, by=clerk)
