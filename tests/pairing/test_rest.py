"""Steering and teams over REST: answered, carried out as answered, taken back; figures follow."""

import json

import pytest
from django.utils import timezone

from qianshou.accounts import actions as accounts
from qianshou.accounts.rules import Power
from qianshou.pairing.models import MatchRun, SteeringAct, TeamRun
from qianshou.pairing.queries import parts
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    """A computed run in which not every child has a place."""
    for number in range(7):
        make_pairing.a_child(tier=number % 3, needs=[10 * number] * 8)
    for number in range(5):
        make_pairing.a_mother(skills=[20 * number] * 8)
    return make_pairing.a_computed_run()[0]


@pytest.fixture
def ask(client):
    """Ask an operation with the key of a county worker."""
    worker = make.a_worker()
    powers = [Power.VIEW_PAIRING, Power.VIEW_PAIRS, Power.DECIDE_PAIRING, Power.RUN_PAIRING]
    key = accounts.create_token(
        worker, by=worker, name="test", powers=list(map(str, powers)), today=timezone.localdate()
    )

    def send(path, **body):
        answer = client.post(
            f"/api/v1{path}", json.dumps(body), content_type="application/json",
            headers={"authorization": f"Bearer {key}"},
        )  # fmt: skip
        return answer.status_code, answer.json()

    return send


def mates(run):
    return dict(run.proposals.current().open().values_list("child_id", "mother_id"))


def test_a_veto_is_answered_carried_out_and_taken_back(run, ask):
    pair, before = run.proposals.order_by("tier", "id").first(), mates(run)
    loads, objective = parts.loads_in(run, run.area_code), run.figures["objective"]
    path = f"/matching/proposals/{pair.pk}/steering"
    why = {"reason_code": "CONFLICT", "reason": "两家有矛盾"}

    _, answer = ask(f"{path}/try", kind="VETO")
    assert ask(path, kind="VETO", seal="0" * 32, **why)[0] == 409
    code, act = ask(path, kind="VETO", seal=answer["seal"], **why)

    assert (code, act["points"]) == (200, answer["points"])
    assert mates(run).get(pair.child_id) != pair.mother_id
    steered = MatchRun.objects.get(pk=run.pk)
    scores = run.proposals.current().values_list("score", flat=True)
    assert steered.figures["objective"] == sum(scores)
    assert sum(parts.loads_in(steered, run.area_code)) == sum(loads) == 5
    _, back = ask(f"/matching/steering/{act['id']}/undo/try")
    code, undone = ask(f"/matching/steering/{act['id']}/undo", seal=back["seal"])
    assert (code, undone["undone_at"] is not None) == (200, True)
    assert mates(run) == before
    again = MatchRun.objects.get(pk=run.pk)
    assert (again.figures["objective"], parts.loads_in(again, run.area_code)) == (objective, loads)


def test_the_load_of_mothers_follows_a_forced_pair(run, ask):
    pair = run.proposals.order_by("tier", "id").first()
    roomy = make_pairing.a_mother()  # had no part in the run, so she cannot be demanded

    code, _ = ask(f"/matching/proposals/{pair.pk}/steering/try", kind="FORCE", mother=str(roomy.pk))

    assert code == 409
    assert not SteeringAct.objects.exists()


def test_teams_of_an_empty_roster_are_not_begun(ask):
    code, _ = ask("/teams/runs", kind="FOUR", area=make.COUNTY)

    assert code == 409
    assert not TeamRun.objects.exists()
