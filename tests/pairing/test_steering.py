"""Veto, lock and force: solved at once, exactly as shown, logged, taken back, obeyed later."""

import json
from uuid import UUID

import pytest
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.pairing.actions import deciding, matching, steering
from qianshou.pairing.models import LeftOver, Move, Proposal, SteeringAct
from qianshou.pairing.queries import archived, arrays, standing
from qianshou.pairing.queries.standing import Demand
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
WHY = steering.Why("FACTS", "两家有矛盾")


def a_plan(*, children=7, mothers=5, step=0):
    """A computed run in which not every child has a place."""
    for number in range(children):
        make_pairing.a_child(tier=number % 3, needs=[10 * number] * 8)
    for number in range(mothers):
        make_pairing.a_mother(skills=[20 * number] * 8)
    run, _people, _plan = make_pairing.a_computed_run(step=step)
    return run


def first_pair(run, **narrow):
    return run.proposals.current().filter(state="OPEN", **narrow).order_by("tier", "id").first()


def demand(kind, pair, mother=None):
    return Demand(kind, pair.child_id, mother or pair.mother_id)


def carry_out(run, asked, *, by=None, seal=None):
    if seal is None:
        seal = standing.standing(run, run.area_code).answer(asked).seal
    by = by or make.a_worker()
    return steering.steer(run, run.area_code, asked, by=by, why=WHY, seal=seal)


def mates(run):
    return dict(run.proposals.current().open().values_list("child_id", "mother_id"))


def who_would_move(run, pair):
    """Return the proposal of another child whom a veto of this pair would move."""
    moves = standing.standing(run, run.area_code).answer(demand("VETO", pair)).moves
    moved = [move for move in moves if move.child != pair.child_id and move.before]
    assert moved, "the veto moves nobody else, so the test would show nothing"
    return run.proposals.current().get(child=moved[0].child)


@pytest.mark.parametrize("step", [0, 500])
def test_veto_moves_what_the_page_showed_and_costs_what_the_engine_says(step):
    run = a_plan(step=step)
    pair, before = first_pair(run), mates(run)
    asked = demand("VETO", pair)
    answer = standing.standing(run, run.area_code).answer(asked)
    exact = archived.archived(run).veto(str(pair.child_id))

    act = carry_out(run, asked)

    after = mates(run)
    changed = {child for child in {*before, *after} if before.get(child) != after.get(child)}
    assert changed == {move.child for move in answer.moves}
    assert changed == {UUID(move.child) for move in exact.moves}
    assert after.get(pair.child_id) != pair.mother_id
    assert act.points == answer.points
    assert {move.child_id for move in act.moves.all()} == changed
    kept = run.proposals.get(pk=pair.pk)
    assert (kept.state, kept.is_current) == ("LAPSED", False)


def test_a_child_who_loses_its_place_is_told_why_and_one_who_gains_one_is_no_longer_left_over():
    run = a_plan(children=3, mothers=1)
    pair = first_pair(run)

    act = carry_out(run, demand("VETO", pair))

    assert (act.lost, act.won) == (1, 1)
    lost = LeftOver.objects.get(run=run, child=pair.child_id)
    assert lost.reason == "NO_CANDIDATE"
    assert LeftOver.objects.filter(run=run).count() == 2
    assert list(run.proposals.current().values_list("child_id", flat=True)) != [pair.child_id]
    run.refresh_from_db()
    assert (run.figures["paired"], run.figures["left_over"]) == (1, 2)
    assert run.figures["steered"] == 1


def test_force_pairs_them_and_the_others_give_way():
    run = a_plan()
    pair = first_pair(run)
    other = run.proposals.current().exclude(pk=pair.pk).filter(tier=pair.tier).first()

    act = carry_out(run, demand("FORCE", pair, other.mother_id))

    assert mates(run)[pair.child_id] == other.mother_id
    why = {move.child_id: move.why for move in act.moves.all()}
    assert why[pair.child_id] == "force"
    assert why[other.child_id] == "gave_way"
    assert act.moves.get(child=other.child_id).yielded_to_id == pair.child_id
    assert act.points >= 0


def test_a_locked_pair_does_not_move_when_another_is_vetoed():
    run = a_plan()
    pair = first_pair(run)
    victim = who_would_move(run, pair)

    lock = carry_out(run, demand("LOCK", victim))
    carry_out(run, demand("VETO", pair))

    assert lock.points == 0
    assert not lock.moves.exists()
    assert mates(run)[victim.child_id] == victim.mother_id


def test_an_approved_pair_never_moves_and_cannot_be_vetoed():
    run = a_plan()
    pair = first_pair(run)
    other = who_would_move(run, pair)
    deciding.approve(other, by=make.a_worker(), today=make.TODAY)

    carry_out(run, demand("VETO", pair))

    other.refresh_from_db()
    assert (other.state, other.is_current) == ("APPROVED", True)
    with pytest.raises(standing.NoLongerOpen):
        standing.standing(run, run.area_code).answer(demand("VETO", other))


def test_taking_a_veto_back_brings_the_better_plan_back():
    run = a_plan()
    pair, before = first_pair(run), mates(run)
    act = carry_out(run, demand("VETO", pair))
    back = Demand("VETO", pair.child_id, pair.mother_id, undoes=act)
    seal = standing.standing(run, run.area_code).answer(back).seal
    worker = make.a_worker()

    steering.undo(act, run.area_code, by=worker, seal=seal)

    act.refresh_from_db()
    assert act.undone_by == worker
    assert mates(run) == before
    again = standing.standing(run, run.area_code).answer(back).seal
    with pytest.raises(steering.AlreadyUndone):
        steering.undo(act, run.area_code, by=worker, seal=again)


def test_a_veto_and_a_lock_hold_in_the_next_run_and_a_lock_that_is_undone_does_not():
    run = a_plan()
    pair = first_pair(run)
    worst = run.proposals.current().order_by("-tier").first()
    vetoed = carry_out(run, demand("VETO", pair))
    target = run.proposals.current().exclude(child=worst.child_id).filter(tier=0).first()
    forced = carry_out(run, demand("FORCE", worst, target.mother_id))

    people = arrays.read_instance(run.area_code, today=make.TODAY)

    assert [(c.id, m.id) for c, m in people.settled] == [(worst.child_id, target.mother_id)]
    assert worst.child_id not in {row.id for row in people.child_rows}
    hers = next(m for m in people.mother_rows if m.id == target.mother_id)
    assert hers.places == 0
    barred = {
        (people.child_rows[c].id, people.mother_rows[m].id) for c, m in people.barred.tolist()
    }
    assert (vetoed.child_id, vetoed.mother_id) in barred
    forced.undone_by, forced.undone_at = make.a_worker(), make.now()
    forced.save()
    assert not arrays.read_instance(run.area_code, today=make.TODAY).settled


def test_refusals_leave_everything_as_it_was():
    run = a_plan()
    pair, before = first_pair(run), mates(run)
    asked = demand("VETO", pair)
    seal = standing.standing(run, run.area_code).answer(asked).seal

    with pytest.raises(NotAllowed):
        carry_out(run, asked, by=make.a_user("clerk"))
    with pytest.raises(NotAllowed):
        carry_out(run, asked, by=make.a_user("fed_city", area=make.CITY))
    nothing = steering.Why("OTHER", " ")
    with pytest.raises(steering.ReasonMissing):
        steering.steer(run, run.area_code, asked, by=make.a_worker(), why=nothing, seal=seal)
    with pytest.raises(steering.ChangedMeanwhile):
        carry_out(run, asked, seal="0" * 32)

    assert mates(run) == before
    assert not SteeringAct.objects.exists()
    assert not Move.objects.exists()
    assert not Entry.objects.filter(act__startswith="pairing.steer").exists()


def test_what_was_decided_after_the_page_was_shown_stops_the_act():
    run = a_plan()
    pair = first_pair(run)
    asked = demand("VETO", pair)
    seal = standing.standing(run, run.area_code).answer(asked).seal
    other = who_would_move(run, pair)
    deciding.approve(other, by=make.a_worker(), today=make.TODAY)

    with pytest.raises(steering.ChangedMeanwhile):
        carry_out(run, asked, seal=seal)

    assert mates(run)[pair.child_id] == pair.mother_id


def test_the_trail_names_regret_and_number_of_moves_but_nobody():
    run = a_plan()
    pair = first_pair(run)
    act = carry_out(run, demand("VETO", pair))

    entry = Entry.objects.get(act="pairing.steered")

    told = json.loads(entry.details)
    assert told["regret"] == act.points
    assert told["moved"] == act.moves.count()
    assert entry.reason == WHY.words


def test_a_hard_rule_cannot_be_forced():
    run = a_plan()
    stranger = make_pairing.a_mother()
    pair = first_pair(run)
    carry_out(run, demand("VETO", pair))

    with pytest.raises(standing.NotInPlan):
        carry_out(run, demand("FORCE", pair, stranger.pk))
    with pytest.raises(standing.PairForbidden):
        carry_out(run, demand("FORCE", pair))


def test_the_page_of_a_steered_run_says_that_the_proof_speaks_of_the_first_plan(client):
    run = a_plan()
    client.force_login(make.a_worker())
    client.cookies["django_language"] = "en"
    address = reverse("pairing:run", args=[run.pk])
    before = client.get(address).content.decode()
    carry_out(run, demand("VETO", first_pair(run)))
    after = client.get(address).content.decode()

    assert "Proved: there is no better plan" in before
    assert "people have steered it since" not in before
    assert "people have steered it since" in after
    assert "Proved: there is no better plan" not in after


def test_a_replaced_run_cannot_be_steered():
    run = a_plan()
    pair = first_pair(run)
    Proposal.objects.update(state="LAPSED")

    with pytest.raises(standing.NoLongerOpen):
        carry_out(run, demand("VETO", pair))
    assert matching.policy_for_area(run.area_code)
