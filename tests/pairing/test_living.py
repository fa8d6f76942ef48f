"""A plan lives on: what changed since is told, one press repairs it, new children get a batch."""

from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings

from qianshou.assessment.models import Assessment
from qianshou.common.errors import NotAllowed
from qianshou.common.identity import new_id
from qianshou.engines.matching import plan, relisting
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import policy_from
from qianshou.pairing.actions import deciding, matching, repairing, steering
from qianshou.pairing.models import MatchRun, Move, Proposal
from qianshou.pairing.queries import kept, living, since, standing
from qianshou.pairing.queries.standing import Demand
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


@pytest.fixture
def unjudged(monkeypatch):
    """Leave out the verifier's process, which takes seconds; one test below asks it."""

    def store(run, plan):
        run.folder = f"runs/{run.pk}"
        write_plan(plan, Path(settings.VAR) / run.folder)
        return True

    monkeypatch.setattr(matching, "_prove", store)


@pytest.fixture
def run():
    """A computed run of the county, in which everybody but one has a place."""
    for number in range(6):
        make_pairing.a_child(tier=number % 3, needs=[10 * number] * 8)
    for number in range(5):
        make_pairing.a_mother(skills=[20 * number] * 8)
    matching.load_policies()
    return make_pairing.a_computed_run()[0]


def told(run):
    return {each.code: each.count for each in since.since(run, run.area_code, named=True)}


def repaired(run):
    asked = repairing.repair(run, run.area_code, by=make.a_worker())
    return matching.compute(asked.pk)


def mates(run):
    return dict(run.proposals.current().open().values_list("child_id", "mother_id"))


def test_nothing_changed_is_told_as_nothing_and_repaired_to_the_same(run):
    before = mates(run)

    after = repaired(run)

    assert told(run) == {}
    assert mates(after) == before
    assert after.figures["moved"] == 0
    assert (after.verified, after.base) == (True, run)


def test_every_kind_of_change_is_told(run):
    pairs = list(run.proposals.order_by("id"))
    make_pairing.a_child()
    make_pairing.a_mother(capacity=2)
    pairs[0].child.state = "CLOSED"
    pairs[0].child.save()
    pairs[1].mother.state = "PAUSED"
    pairs[1].mother.save()
    deciding.refuse(pairs[2], by=make.a_worker(), reason="路太远")
    old = Assessment.objects.get(child=pairs[3].child, is_current=True)
    old.is_current = False
    old.computed_at = run.created_at
    old.save()
    old.pk, old.is_current, old.needs, old.computed_at = new_id(), True, [99] * 8, make.now()
    old.save(force_insert=True)

    assert told(run) == {
        "arrived": 1, "gone": 1, "needs": 1, "refused": 1, "lost_places": 1, "new_places": 1,
    }  # fmt: skip


def test_a_repair_places_who_came_and_moves_only_for_cause(run, unjudged):
    gone, *others = run.proposals.order_by("-tier", "id")
    gone.mother.state = "PAUSED"
    gone.mother.save()
    newcomer = make_pairing.a_child(tier=0)
    make_pairing.a_mother(capacity=1)
    make_pairing.a_mother(capacity=1)
    before = mates(run)

    after = repaired(run)

    moves = {move.child_id: move.why for move in Move.objects.filter(run=after)}
    assert moves[gone.child_id] == "mother_gone"
    assert moves[newcomer.pk] == "new_child"
    same = [each for each in others if mates(after)[each.child_id] == before[each.child_id]]
    assert len(same) == len(others)
    assert set(Proposal.objects.open().values_list("run_id", flat=True)) == {after.pk}


def test_approved_pairs_and_locks_stand_through_a_repair_and_vetoes_hold(run, unjudged):
    first, second, third = run.proposals.order_by("tier", "id")[:3]
    worker = make.a_worker()
    deciding.approve(first, by=worker, today=make.TODAY)
    for kind, pair in (("LOCK", second), ("VETO", third)):
        asked = Demand(kind, pair.child_id, pair.mother_id)
        seal = standing.standing(run, run.area_code).answer(asked).seal
        steering.steer(
            run, run.area_code, asked, by=worker, why=steering.Why("KNOWN", "认识"), seal=seal
        )

    after = repaired(run)

    assert first.child_id not in mates(after)
    assert mates(after)[second.child_id] == second.mother_id
    assert mates(after).get(third.child_id) != third.mother_id
    kept = after.proposals.get(child=second.child_id)
    assert kept.attention == ["FIXED"]
    assert after.figures["paired"] == after.proposals.count()


def test_a_repair_is_for_a_plan_that_stands_and_for_one_at_a_time(run):
    with pytest.raises(NotAllowed):
        repairing.repair(run, run.area_code, by=make.a_user("clerk"))
    repairing.repair(run, run.area_code, by=make.a_worker())
    with pytest.raises(repairing.AlreadyComputing):
        repairing.repair(run, run.area_code, by=make.a_worker())
    Proposal.objects.update(state="LAPSED")
    with pytest.raises(repairing.NothingStands):
        repairing.repair(run, run.area_code, by=make.a_worker())


def test_a_batch_places_new_children_and_disturbs_nobody(run, unjudged):
    before = mates(run)
    newcomer = make_pairing.a_child()
    make_pairing.a_mother(capacity=1)

    asked = repairing.place_arrivals(make.COUNTY, by=make.a_worker())
    done = matching.compute(asked.pk)

    assert mates(run) == before
    assert len(mates(done)) == 1
    assert done.verified
    # The place is free for the child who fits best: the new one or the one who was left over.
    assert set(mates(done)) <= {newcomer.pk, *run.left_over.values_list("child_id", flat=True)}


def test_a_batch_without_children_or_places_does_nothing(run):
    with pytest.raises(repairing.NobodyArrived):
        repairing.place_arrivals(make.COUNTY, by=make.a_worker())
    assert not MatchRun.objects.filter(kind="ARRIVALS").exists()


def test_batches_run_by_themselves_only_where_they_are_switched_on(run, unjudged):
    make_pairing.a_mother(capacity=1)
    make_pairing.a_child()

    assert repairing.batch(make.COUNTY) is None
    with pytest.raises(repairing.NotACounty):
        repairing.switch_batches(make.CITY, by=make.a_user("fed_city", area=make.CITY), on=True)
    repairing.switch_batches(make.COUNTY, by=make.a_worker(), on=True)

    assert repairing.hand_out_batches() == 1
    done = repairing.batch(make.COUNTY)
    assert done is not None
    assert len(mates(done)) == 1
    # The child who is left over is no news: no second run for the same result.
    assert repairing.batch(make.COUNTY) is None
    repairing.switch_batches(make.COUNTY, by=make.a_worker(), on=False)
    assert repairing.hand_out_batches() == 0


def test_repair_lists_only_what_changed_and_proposes_what_a_new_listing_would(unjudged):
    for number in range(8):
        make_pairing.a_child(tier=number % 3, needs=[10 * number] * 8)
    for number in range(6):
        make_pairing.a_mother(
            skills=[20 * number] * 8, languages=["chongqing", "sichuan", "yi"][: 1 + number % 3]
        )
    matching.load_policies()
    base = matching.run_now(make.COUNTY)
    make_pairing.a_child(needs=[35] * 8, facts={"languages": ["yi"], "interests": ["chess"]})
    make_pairing.a_mother(skills=[33] * 8, area="500236104201")
    used = []
    relisted = plan.relisted

    with mock.patch.object(relisting, "MOST", 0), mock.patch.object(plan, "relisted") as spy:
        spy.side_effect = lambda *given: used.append(relisted(*given)) or used[-1]
        after = repaired(base)
    again = living.starting_point(after, policy_from(after.policy.body, digest="0"))
    anew = make_plan(
        again.people.children, again.people.mothers,
        policy_from(after.policy.body, digest="0"), barred=again.people.barred,
    )  # fmt: skip

    assert [found is not None for found in used] == [True]
    assert after.figures["paired"] == int((anew.mate >= 0).sum()) == 7
    assert kept.kept(after) is not None
    assert kept.kept(base) is None
