"""What one change costs, told from a run's files, is what solving anew would find."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from django.urls import reverse

from qianshou.engines.matching.plan import make_plan
from qianshou.pairing.models import Proposal
from qianshou.pairing.queries import archived, asking, regrets
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
NEIGHBOUR = "500235101202"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def people(*, children=9, mothers=5, seed=1):
    """Children and mothers whose needs and strengths differ, with too few places."""
    rng = np.random.default_rng(seed)
    for _ in range(children):
        make_pairing.a_child(
            tier=int(rng.integers(0, 4)), needs=[int(n) for n in rng.integers(0, 101, 8)]
        )
    for _ in range(mothers):
        make_pairing.a_mother(
            capacity=int(rng.integers(1, 3)), skills=[int(n) for n in rng.integers(0, 101, 8)]
        )


def solved_without(people, plan, child, mother):
    barred = np.vstack([people.barred, [[child, mother]]]).astype(np.int32)
    return make_plan(people.children, people.mothers, plan.policy, barred=barred)


def placed(plan):
    return [row["matched"] for row in plan.tiers]


@pytest.mark.parametrize("step", [0, 300], ids=["by mother", "place by place"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_refusal_costs_what_a_new_solve_loses(seed, step):
    people(seed=seed)
    run, instance, plan = make_pairing.a_computed_run(step=step)
    stored = archived.archived(run)

    for child in np.flatnonzero(plan.mate >= 0).tolist():
        cost = stored.veto(plan.children.ids[child])
        anew = solved_without(instance, plan, child, int(plan.mate[child]))
        worth = dict(zip(plan.penalties.tiers, plan.penalties.bonus, strict=True))
        tier = dict(zip(plan.children.ids, plan.children.tier.tolist(), strict=True))
        lost = worth[tier[cost.left_out]] if cost.left_out else 0
        won = worth[tier[cost.taken_in]] if cost.taken_in else 0
        assert cost.points + lost - won == plan.objective - anew.objective


def test_moves_lead_from_the_plan_to_one_without_the_pair():
    people()
    run, _, plan = make_pairing.a_computed_run()
    proposal = run.proposals.order_by("id").first()

    cost = archived.archived(run).veto(str(proposal.child_id))

    mates = {str(p.child_id): str(p.mother_id) for p in run.proposals.all()}
    after = mates | {move.child: move.after for move in cost.moves}
    assert all(mates.get(move.child, "") == move.before for move in cost.moves)
    assert after[str(proposal.child_id)] != str(proposal.mother_id)
    places = dict(zip(plan.mothers.ids, plan.places.tolist(), strict=True))
    held = [mother for mother in after.values() if mother]
    assert all(held.count(mother) <= places[mother] for mother in held)


def test_fit_and_scarcity_bound_the_loss():
    people()
    run, _, plan = make_pairing.a_computed_run()
    stored = archived.archived(run)
    child = plan.children.ids[int(np.flatnonzero(plan.mate >= 0)[0])]
    told = [stored.why_not(child, mother) for mother in plan.mothers.ids]

    # Where nobody gains or loses a place, the loss is told in points alone.
    plain = [each for each in told if each and not each.cost.left_out and not each.cost.taken_in]
    assert plain
    assert all(each.scarcity - each.fit <= each.cost.points for each in plain)


def test_nobody_is_asked_about_who_was_not_in_the_run():
    people()
    run, _, plan = make_pairing.a_computed_run()
    stranger = make_pairing.a_mother()

    stored = archived.archived(run)

    assert stored.why_not(plan.children.ids[0], str(stranger.pk)) is None
    assert stored.veto(str(stranger.pk)) is None


def test_page_tells_the_exact_cost(client):
    people()
    run, _, _ = make_pairing.a_computed_run()
    proposal = run.proposals.filter(runner_up__isnull=False).first()
    client.force_login(make.a_worker())

    page = client.get(
        reverse("pairing:proposal", args=[proposal.pk]), {"mother": proposal.runner_up.name}
    )

    assert page.context["refusal"].changes[0].child.pk == proposal.child_id
    assert page.context["asked"][0].told is not None
    assert "整个方案" in page.context["refusal"].sentences[0] or page.context["refusal"].sentences


@pytest.mark.parametrize("flaw", ["gone", "broken", "too large"])
def test_without_usable_files_the_bound_is_told_instead(flaw, client, settings, monkeypatch):
    people()
    run, _, _ = make_pairing.a_computed_run()
    proposal = run.proposals.filter(runner_up__isnull=False).first()
    if flaw == "gone":
        shutil.rmtree(Path(settings.VAR) / run.folder)
    elif flaw == "broken":
        (Path(settings.VAR) / run.folder / "pairs.parquet").write_bytes(b"PAR1")
    else:
        monkeypatch.setattr(archived, "LARGEST", 1)
    client.force_login(make.a_worker())

    page = client.get(
        reverse("pairing:proposal", args=[proposal.pk]), {"mother": proposal.runner_up.name}
    )

    assert page.status_code == 200
    assert page.context["refusal"] is None
    answer = page.context["asked"][0]
    assert answer.told is None
    assert answer.words


def test_names_of_another_area_are_not_told():
    people()
    run, _, _ = make_pairing.a_computed_run()
    proposal = run.proposals.first()
    moved = [archived.Move(str(proposal.child_id), str(proposal.mother_id), "")]
    other = make_pairing.a_child(area=NEIGHBOUR, name="欧阳海")
    moved.append(archived.Move(str(other.pk), "", str(proposal.mother_id)))
    cost = archived.Cost(5, str(proposal.child_id), str(other.pk), tuple(moved))

    here = regrets.told(make.a_worker(), cost, first="", child=str(proposal.child_id))
    both = regrets.told(make.a_worker(make.CITY), cost, first="", child=str(proposal.child_id))

    assert [each.child.pk for each in here.changes] == [proposal.child_id]
    assert here.more == 1
    assert not any("欧" in words for words in here.sentences)
    # The control: who works in both counties is told both.
    assert len(both.changes) == 2
    assert any("欧" in words for words in both.sentences)


def test_another_mother_of_the_run_is_answered_with_fit_and_place(settings):
    people()
    run, _, _ = make_pairing.a_computed_run()
    proposal = run.proposals.filter(runner_up__isnull=False).first()

    (answer,) = [
        each
        for each in asking.why_not(make.a_worker(), proposal, proposal.runner_up.name)
        if each.title == str(proposal.runner_up)
    ]

    assert len(answer.told.sentences) >= 2
    assert Proposal.objects.filter(run=run).count() == run.figures["paired"]
