"""T10 over the whole road: forty at once approve, propose, answer, lapse and take back.

No child ever has two open pairs, no mother more than her places, and every pair that ended has
exactly one step that ended it.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from qianshou.bonds.actions import answering, closing, offering, proposing
from qianshou.bonds.models import Offer
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.pairing.actions import deciding, matching, moving
from qianshou.pairing.models import MatchRun, Pairing, Policy, Proposal, StepTaken
from qianshou.pairing.rules import life
from tests import make, make_bonds, make_pairing
from tests.make_bonds import TODAY
from tests.pairing.test_race import THREADS, at_once, excess

NO = answering.Said(False, "STAFF", cause="TOO_FAR")
LATE = TODAY + timedelta(days=8)


def quietly(act: Callable[[], object]) -> Callable[[], None]:
    """Do an act as the system; a refusal is a right answer."""

    def run() -> None:
        try:
            with rowsecurity.acting(rowsecurity.SYSTEM):
                act()
        except Refused:
            return

    return run


def on_the_road(policy: Policy) -> list[Offer]:
    """Six pairs on offer."""
    found = []
    for _ in range(6):
        run = MatchRun.objects.create(area_code=make.COUNTY, policy=policy, state="DONE")
        mother = make_pairing.a_mother(capacity=1)
        pairing = make_bonds.a_pair(life.OFFERED_MOTHER, mother=mother, run=run)
        found.append(make_bonds.asked(pairing))
    return found


def crowd(worker) -> list[Callable[[], None]]:
    """Forty acts: many of them want the same children, mothers and offers."""
    matching.load_policies()
    policy = matching.policy_for_area(make.COUNTY)
    offers = on_the_road(policy)
    acts: list[Callable[[], object]] = []
    for offer in offers:
        acts += [
            lambda o=offer: answering.note_answer(o, make_bonds.YES, by=worker, today=TODAY),
            lambda o=offer: answering.note_answer(o, NO, by=worker, today=TODAY),
            lambda o=offer: closing.lapse(o.pairing_id, today=LATE),
            lambda o=offer: closing.withdraw(
                o.pairing, by=worker, why=moving.Why("搬家"), today=TODAY
            ),
        ]
    # What falls free is wanted at once, by runs and by hand.
    for number in range(8):
        other = offers[number % 6].pairing
        run = MatchRun.objects.create(area_code=make.COUNTY, policy=policy, state="DONE")
        proposal = make_pairing.a_proposal(other.child, make_pairing.a_mother(capacity=1), run)
        acts.append(lambda p=proposal: deciding.approve(p, by=worker, today=TODAY))
    town = make.a_user("fed_town")
    kids, mother = [make_pairing.a_child() for _ in range(4)], make_pairing.a_mother(capacity=2)
    for child in itertools.chain(kids, kids):
        acts.append(
            lambda c=child: proposing.propose(c, mother, by=town, reason="邻居", today=TODAY)
        )
    assert len(acts) == THREADS
    return [quietly(act) for act in acts]


def test_forty_acts_at_once_over_the_whole_road_keep_every_limit(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        worker = make.a_worker()
        acts = crowd(worker)

    at_once(acts)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert excess() == (0, 0)
        assert Pairing.objects.filter(state=life.PROPOSED).count() == 2
        ended = Pairing.objects.exclude(ended_on=None)
        endings = Counter(
            StepTaken.objects.filter(act__in=["decline", "lapse", "withdraw"]).values_list(
                "pairing", flat=True
            )
        )
        assert set(endings) == set(ended.values_list("pk", flat=True))
        assert set(endings.values()) == {1}
        # Nobody's question stays open for a pair that is over.
        assert not Offer.objects.open().filter(pairing__in=ended).exists()


def test_double_clicks_move_a_pair_once(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        worker = make.a_worker()
        pairing = make_bonds.a_pair(life.REVIEWED)

    at_once([quietly(lambda: offering.offer(pairing, by=worker, today=TODAY))] * 12)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert StepTaken.objects.filter(pairing=pairing, act="offer_mother").count() == 1
        assert Offer.objects.filter(pairing=pairing).count() == 1


def test_without_the_lock_and_the_trigger_an_answer_and_a_lapse_both_win(committed):
    """Negative control: read first, then write, with the trigger off."""
    committed.execute("ALTER TABLE pairing_pairing DISABLE TRIGGER USER")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        pairing = make_bonds.a_pair(life.OFFERED_MOTHER)
    checked = threading.Barrier(2)
    won = []

    def check_then_write(target: str) -> None:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            found = Pairing.objects.get(pk=pairing.pk)
            checked.wait()
            if found.state == life.OFFERED_MOTHER:
                ended = TODAY if target in life.ENDED else None
                Pairing.objects.filter(pk=pairing.pk).update(state=target, ended_on=ended)
                won.append(target)

    try:
        at_once(
            [lambda: check_then_write(life.OFFERED_GUARDIAN), lambda: check_then_write("LAPSED")]
        )

        assert len(won) == 2
    finally:
        committed.execute("ALTER TABLE pairing_pairing ENABLE TRIGGER USER")


@pytest.mark.django_db
def test_an_open_proposal_that_has_lapsed_is_refused_in_words():
    proposal = make_pairing.a_proposal()
    Proposal.objects.filter(pk=proposal.pk).update(state=Proposal.State.LAPSED)

    with pytest.raises(deciding.ProposalLapsed):
        deciding.approve(proposal, by=make.a_worker(), today=TODAY)

    assert not Pairing.objects.exists()
